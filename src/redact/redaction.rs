//! What becomes of a text before it is kept or shown: secrets go, and where that is asked for people
//! get stand-ins. What a secret looks like is `redact`'s; which texts there are is the caller's.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::model::MEMBER;
use crate::redact::accounts;
use crate::redact::pseudonyms::PseudonymKey;
use crate::redact::secrets::{redact_known_shapes, without_secrets};
use crate::search::static_regex;

/// An e-mail address, also with its sign as in URLs or in full width.
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| static_regex(r"(?i)[\w.+'-]+(?:@|%40|＠)[\w-]+(?:\.[\w-]+)+"));

/// What is taken out of texts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Redaction {
    /// Only what is a secret by its shape goes; what its name or place betrays stays.
    pub keep_named: bool,
    /// People get stand-ins.
    pub people: Option<PseudonymKey>,
}

impl Redaction {
    /// A text of a log.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = self.label(text);
        let Some(key) = &self.people else { return text };
        let address = |found: &Captures<'_>| key.pseudonym(&found[0]);
        if let Cow::Owned(replaced) = ADDRESS.replace_all(&text, address) {
            text = Cow::Owned(replaced);
        }
        if let Cow::Owned(replaced) = accounts::replace(&text, |account| key.pseudonym(account)) {
            text = Cow::Owned(replaced);
        }
        text
    }

    /// The label of a connection: often an address, and what its owner knows it by.
    pub fn label<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.keep_named { redact_known_shapes(text) } else { without_secrets(text) }
    }

    /// The name of a source or directory, part by part: what is taken out of one part never swallows
    /// the next, and a file stays in its directory.
    pub fn name(&self, name: &str) -> String {
        let parts = |file: &str| -> String {
            file.split('/').map(|part| self.text(part)).collect::<Vec<_>>().join("/")
        };
        name.split(MEMBER).map(parts).collect::<Vec<_>>().join(MEMBER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_people() -> Redaction {
        Redaction { people: Some(PseudonymKey::new(b"a key")), ..Redaction::default() }
    }

    #[test]
    fn one_person_has_one_stand_in_however_the_address_is_written() {
        let with = with_people();
        let one = with.text("to ann.o@example.com: no").into_owned();
        assert!(one.starts_with("to [person:") && one.ends_with("]: no"), "{one}");
        for same in ["to ANN.O@example.com: no", "to ann.o%40example.com: no"] {
            assert_eq!(with.text(same), one);
        }
        assert_ne!(with.text("to bob@example.com: no"), one);
        assert_eq!(with.text(&one), one);
        assert_eq!(with.label("ann.o@example.com"), "ann.o@example.com");
        let account = with.text(r"for NORDWIND\ann: no").into_owned();
        assert!(account.starts_with("for [person:") && !account.contains("NORD"), "{account}");
        assert_eq!(with.text(r"for NORDWIND\\ann: no"), account);
        let other = Redaction { people: Some(PseudonymKey::new(b"b")), ..Redaction::default() };
        assert_ne!(other.text("to ann.o@example.com: no"), one);
    }

    #[test]
    fn unmistakable_secrets_go_whatever_is_asked_for() {
        let with = Redaction { keep_named: true, people: None };
        let text = "password=hunter2-Zx9 AKIAABCDEFGHIJKLMNOP";
        assert_eq!(with.text(text), "password=hunter2-Zx9 [redacted:aws-key]");
    }

    #[test]
    fn parts_of_a_name_keep_to_themselves() {
        let name = "db_password=hunter2/cookie=a=b.zip » R1/x.log";
        let redacted = "db_password=[redacted:password]/cookie=[redacted:cookie] » R1/x.log";
        assert_eq!(Redaction::default().name(name), redacted);
    }

    #[test]
    fn a_key_shows_nothing_of_itself() {
        let key = PseudonymKey::new(b"sesame");
        assert!(!format!("{key:?}").contains("sesame"));
        assert_eq!(key.id(), PseudonymKey::new(b"sesame").id());
    }
}
