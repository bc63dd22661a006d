//! The redaction of one text before it is stored or shown: removes secrets and, on request,
//! replaces accounts and addresses by pseudonyms. `secrets` knows the patterns; the caller knows
//! the texts.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::model::MEMBER;
use crate::redact::accounts;
use crate::redact::pseudonyms::PseudonymKey;
use crate::redact::secrets::{redact_known_shapes, without_secrets};
use crate::search::static_regex;

/// An e-mail address; its `@` may be percent-encoded or full-width.
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| static_regex(r"(?i)[\w.+'-]+(?:@|%40|＠)[\w-]+(?:\.[\w-]+)+"));

/// What is removed from texts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Redaction {
    /// Removes only secrets with a known shape; values that only their name shows to be secret
    /// stay.
    pub keep_secrets: bool,
    /// The key with which accounts and addresses are replaced by pseudonyms, if they are.
    pub pseudonym_key: Option<PseudonymKey>,
}

impl Redaction {
    /// Redacts a text of a log.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = self.label(text);
        let Some(key) = &self.pseudonym_key else { return text };
        let address = |captures: &Captures<'_>| key.pseudonym(&captures[0]);
        if let Cow::Owned(replaced) = ADDRESS.replace_all(&text, address) {
            text = Cow::Owned(replaced);
        }
        if let Cow::Owned(replaced) = accounts::replace(&text, |account| key.pseudonym(account)) {
            text = Cow::Owned(replaced);
        }
        text
    }

    /// Redacts the label of a connection. Addresses stay: a label often is one, and its owner
    /// recognises the connection by it.
    pub fn label<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.keep_secrets { redact_known_shapes(text) } else { without_secrets(text) }
    }

    /// Redacts the name of a source or directory, each part of the path on its own, so that a
    /// secret in one part never removes the next and a file stays in its directory.
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

    fn with_pseudonyms() -> Redaction {
        Redaction { pseudonym_key: Some(PseudonymKey::new(b"a key")), ..Redaction::default() }
    }

    #[test]
    fn one_address_has_one_pseudonym_in_every_form() {
        let with = with_pseudonyms();
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
        let other =
            Redaction { pseudonym_key: Some(PseudonymKey::new(b"b")), ..Redaction::default() };
        assert_ne!(other.text("to ann.o@example.com: no"), one);
    }

    #[test]
    fn secrets_of_known_shape_are_always_removed() {
        let with = Redaction { keep_secrets: true, pseudonym_key: None };
        let text = "password=hunter2-Zx9 AKIAABCDEFGHIJKLMNOP";
        assert_eq!(with.text(text), "password=hunter2-Zx9 [redacted:aws-key]");
    }

    #[test]
    fn the_parts_of_a_name_are_redacted_separately() {
        let name = "db_password=hunter2/cookie=a=b.zip » R1/x.log";
        let redacted = "db_password=[redacted:password]/cookie=[redacted:cookie] » R1/x.log";
        assert_eq!(Redaction::default().name(name), redacted);
    }

    #[test]
    fn a_key_is_never_printed() {
        let key = PseudonymKey::new(b"sesame");
        assert!(!format!("{key:?}").contains("sesame"));
        assert_eq!(key.id(), PseudonymKey::new(b"sesame").id());
    }
}
