//! Inner causes: the error code or sentence of the provider or the identity service inside the
//! failure that Integration Service reports. Finds the best cause in one text; whether the record
//! is a failure at all is decided in `judge`.

use std::cmp::Reverse;
use std::sync::LazyLock;

use regex::Regex;

use crate::model::knowledge::KNOWLEDGE;
use crate::model::{Cause, CauseRule, Guard, cut, normalise};
use crate::redact::redact;
use crate::rules::facts::codes::{Codes, is_ignored};
use crate::rules::facts::views::{self, MessageView, holds};
use crate::search::literals::fold_literals;
use crate::search::{LiteralNumbers, LiteralSearcher, LiteralSet, all_captures, static_regex};

/// Most bytes of a cause's text: about one sentence.
const CAUSE_LIMIT: usize = 160;

/// At the end of a search text: any letters, digits and `_` may follow.
const ANY_REST: char = '*';

static OAUTH_CODE: LazyLock<Regex> = LazyLock::new(|| static_regex(&KNOWLEDGE.causes.oauth_code));

#[derive(Debug)]
pub(crate) struct CauseMatcher {
    reasons: Vec<CompiledCause>,
    /// The search texts of all causes, searched in one pass.
    literals: LiteralSearcher,
}

#[derive(Debug)]
struct CompiledCause {
    reason: CauseRule,
    /// Numbers of `words` among the literals; empty for a rule that matches AADSTS numbers.
    numbers: Vec<usize>,
    words: Vec<String>,
    all: Vec<String>,
    any: Vec<String>,
}

/// A cause in a text, with its rank among the causes of that text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RankedCause {
    /// Higher wins.
    pub rank: u8,
    pub cause: Cause,
}

impl RankedCause {
    /// Returns the one with the higher rank, and of equal ranks the one with the smaller code.
    pub fn choose(a: RankedCause, b: RankedCause) -> RankedCause {
        let key = |ranked: &RankedCause| (Reverse(ranked.rank), ranked.cause.code.clone());
        if key(&b) < key(&a) { b } else { a }
    }
}

impl CauseMatcher {
    /// # Errors
    ///
    /// Fails on a rule without anything to search for.
    pub fn compile(reasons: &[CauseRule]) -> Result<CauseMatcher, String> {
        let (mut enabled, mut disabled) = (LiteralNumbers::default(), LiteralNumbers::default());
        let mut compiled = Vec::with_capacity(reasons.len());
        for reason in reasons {
            let cause = CompiledCause::new(
                reason,
                if reason.is_off { &mut disabled } else { &mut enabled },
            )?;
            if !reason.is_off {
                compiled.push(cause);
            }
        }
        Ok(CauseMatcher { reasons: compiled, literals: enabled.build() })
    }

    /// Checks one rule without building a searcher.
    pub fn vet(reason: &CauseRule) -> Result<(), String> {
        CompiledCause::new(reason, &mut LiteralNumbers::default()).map(drop)
    }

    pub fn best(&self, view: &MessageView<'_>, codes: &Codes) -> Option<RankedCause> {
        let present = self.literals.present(&view.text);
        let oauth = if present.is_empty() { Vec::new() } else { oauth_codes(&view.text) };
        let listed = self
            .reasons
            .iter()
            .filter(|reason| {
                reason.numbers.is_empty() || reason.numbers.iter().any(|n| present.contains(n))
            })
            .filter_map(|reason| reason.find(view, codes, &oauth));
        listed.chain(self.unlisted(view, codes)).reduce(RankedCause::choose)
    }

    /// The first code that no rule lists, of a family whose codes are causes all the same.
    fn unlisted(&self, view: &MessageView<'_>, codes: &Codes) -> Option<RankedCause> {
        let is_listed = |code: &String| self.reasons.iter().any(|cause| cause.lists(code));
        let (code, unlisted) = codes.all.iter().find_map(|code| {
            let families = &KNOWLEDGE.codes.families;
            let family = families.iter().find(|family| code.starts_with(&family.start))?;
            let unlisted = family.unlisted.as_ref()?;
            (!is_listed(code) && !is_ignored(code)).then_some((code, unlisted))
        })?;
        let text = cause_text(&view.text[find_whole_word(&view.text, code)?..]);
        let cause = Cause { category: unlisted.category, code: code.clone(), text };
        Some(RankedCause { rank: unlisted.rank, cause })
    }
}

impl CompiledCause {
    fn new(reason: &CauseRule, literals: &mut LiteralNumbers) -> Result<CompiledCause, String> {
        let words = match reason.guard {
            Guard::Sentence => fold_literals(&reason.words),
            Guard::Code | Guard::Oauth => reason.words.iter().map(|w| normalise(w)).collect(),
            Guard::Aadsts => Vec::new(),
        };
        let is_empty = match reason.guard {
            Guard::Aadsts => reason.aadsts.is_empty(),
            _ => words.is_empty() || words.iter().any(String::is_empty),
        };
        if is_empty {
            return Err(format!("reason `{}` has nothing to look for", reason.code));
        }
        let stem = |word: &String| literals.number(word.strip_suffix(ANY_REST).unwrap_or(word));
        let numbers = words.iter().map(stem).collect();
        let (all, any) = (fold_literals(&reason.all), fold_literals(&reason.any));
        Ok(CompiledCause { numbers, words, all, any, reason: reason.clone() })
    }

    /// True if the rule names this code, as a word or as its prefix and a number.
    fn lists(&self, code: &String) -> bool {
        let number = code.strip_prefix(&self.reason.code).and_then(|number| number.parse().ok());
        self.words.contains(code) || number.is_some_and(|n| self.reason.aadsts.contains(&n))
    }

    fn find(
        &self,
        view: &MessageView<'_>,
        codes: &Codes,
        oauth: &[(usize, &str)],
    ) -> Option<RankedCause> {
        let (code, start) = match self.reason.guard {
            Guard::Aadsts => {
                let number = codes.aadsts().find(|number| self.reason.aadsts.contains(number))?;
                let code = format!("{}{number}", self.reason.code);
                let start = find_whole_word(&view.text, &code).unwrap_or_default();
                (code, start)
            }
            guard => {
                let start = self.words.iter().find_map(|word| match guard {
                    Guard::Sentence => views::find_literal(&view.lower, word),
                    Guard::Code => find_whole_word(&view.text, word),
                    _ => find_oauth_code(oauth, word),
                })?;
                (self.reason.code.clone(), start)
            }
        };
        let is_present = |literal: &String| holds(&view.lower, literal);
        let has_any = self.any.is_empty() || self.any.iter().any(is_present);
        if !has_any || !self.all.iter().all(is_present) {
            return None;
        }
        let text = cause_text(&view.text[start..]);
        Some(RankedCause {
            rank: self.reason.rank,
            cause: Cause { category: self.reason.category, code, text },
        })
    }
}

/// The OAuth error codes in a position where they count, each with its offset.
fn oauth_codes(text: &str) -> Vec<(usize, &str)> {
    let groups = all_captures(&OAUTH_CODE, text).filter_map(|captures| captures.get(1));
    groups.map(|group| (group.start(), group.as_str())).collect()
}

fn find_oauth_code(oauth: &[(usize, &str)], word: &str) -> Option<usize> {
    oauth.iter().find(|(_, code)| code.eq_ignore_ascii_case(word)).map(|(start, _)| *start)
}

/// Finds a whole word in exact case; a word that ends in [`ANY_REST`] may be the beginning of a
/// longer one. Letters outside ASCII are word boundaries: Japanese text has no spaces around codes.
fn find_whole_word(text: &str, word: &str) -> Option<usize> {
    let is_word_byte =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let bytes = text.as_bytes();
    let (word, is_whole) = word.strip_suffix(ANY_REST).map_or((word, true), |stem| (stem, false));
    memchr::memmem::find_iter(bytes, word).find(|start| {
        let before = start.checked_sub(1).and_then(|before| bytes.get(before));
        !(is_word_byte(before) || is_whole && is_word_byte(bytes.get(start + word.len())))
    })
}

/// The text of a cause up to the end of its string or block, redacted and cut.
fn cause_text(text: &str) -> String {
    static END: LazyLock<LiteralSet> =
        LazyLock::new(|| LiteralSet::new(KNOWLEDGE.causes.ends.iter().map(String::as_str)));
    let end = END.first_in(text).unwrap_or(text.len());
    // Redact before the cut: the redaction would not recognise half a secret.
    cut(&redact(&text[..end]), CAUSE_LIMIT).trim_end().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Category;
    use crate::rules::facts::views::views;

    fn reason(code: &str, guard: Guard, rank: u8, category: Category) -> CauseRule {
        let words = if guard == Guard::Aadsts { vec![] } else { vec![code.to_string()] };
        let aadsts = if guard == Guard::Aadsts { vec![70008, 50020] } else { vec![] };
        let code = if guard == Guard::Aadsts { "AADSTS" } else { code }.to_string();
        CauseRule {
            code,
            category,
            guard,
            words,
            aadsts,
            all: vec![],
            any: vec![],
            rank,
            is_off: false,
        }
    }

    fn best(text: &str) -> Option<Cause> {
        let mut restricted = reason("ip restricted", Guard::Sentence, 80, Category::IpAllowlist);
        restricted.all = vec!["invalid_grant".to_string()];
        let reasons = CauseMatcher::compile(&[
            reason("invalid_grant", Guard::Oauth, 50, Category::AuthExpired),
            reason("INVALID_LOGIN", Guard::Code, 60, Category::AuthCredentials),
            reason("x", Guard::Aadsts, 70, Category::IdentityMismatch),
            restricted,
        ])
        .unwrap();
        let view = &views(text)[0];
        reasons.best(view, &Codes::read(&view.text, true)).map(|ranked| ranked.cause)
    }

    #[test]
    fn the_cut_of_a_long_cause_leaves_no_part_of_a_secret() {
        let filler = "x".repeat(CAUSE_LIMIT - 30);
        let text = format!("error=invalid_grant {filler} AKIAZ7QK2MWXNV4B6TDE was refused");
        let cause = best(&text).unwrap();
        assert!(cause.text.contains("xxx") && !cause.text.contains("AKIA"), "{cause:?}");
    }

    fn code(text: &str) -> Option<String> {
        best(text).map(|cause| cause.code)
    }

    #[test]
    fn oauth_codes_count_in_their_positions_only() {
        for text in [
            r#"{"error":"invalid_grant"}"#,
            r#"ErrorReason: "{\\\"error\\\": \\\"invalid_grant\\\"}""#,
            "callback?error=invalid_grant&state=1",
            "ProviderMessage : code - invalid_grant, message - x",
            "Could not obtain access token. (invalid_grant)",
            r#"Error:"invalid_grant", Description:"Token has been expired or revoked.""#,
        ] {
            assert_eq!(code(text).as_deref(), Some("invalid_grant"), "{text}");
        }
        for text in
            ["the word invalid_grant", r#"{"error":"invalid_grants"}"#, "case (invalid_grant)"]
        {
            assert_eq!(code(text), None, "{text}");
        }
    }

    #[test]
    fn the_highest_rank_wins() {
        let text = r#"{"error":"invalid_grant","error_description":"ip restricted"}"#;
        assert_eq!(best(text).map(|cause| cause.category), Some(Category::IpAllowlist));
        assert_eq!(code("mail about ip restricted areas"), None);
        assert_eq!(code("code:INVALID_LOGIN;").as_deref(), Some("INVALID_LOGIN"));
        assert_eq!(code("xINVALID_LOGIN invalid_login"), None);
    }

    #[test]
    fn a_star_stands_for_the_rest_of_a_word() {
        let mut login = reason("LOGIN_ERROR_*", Guard::Code, 60, Category::AuthCredentials);
        login.any = vec!["Salesforce".to_string(), "faultcode".to_string()];
        let off = CauseRule { is_off: true, any: vec![], ..login.clone() };
        let best = |reason: &CauseRule, text: &str| {
            let reasons = CauseMatcher::compile(std::slice::from_ref(reason)).unwrap();
            let view = &views(text)[0];
            reasons.best(view, &Codes::default()).map(|ranked| ranked.cause.text)
        };
        let text = "faultcode - LOGIN_ERROR_BAD_TOKEN\\";
        assert_eq!(best(&login, text).as_deref(), Some("LOGIN_ERROR_BAD_TOKEN"));
        assert_eq!(best(&login, "LOGIN_ERROR_BAD_TOKEN of nobody"), None);
        assert_eq!(best(&login, "salesforce XLOGIN_ERROR_BAD_TOKEN login_error_x"), None);
        assert_eq!(best(&off, text), None);
    }

    #[test]
    fn aadsts_numbers_are_whole_and_unlisted_ones_are_reported() {
        let known = best("AADSTS50020: User account from identity provider does not exist.");
        assert_eq!(known.as_ref().map(|cause| cause.code.as_str()), Some("AADSTS50020"));
        assert!(known.is_some_and(|cause| cause.text.starts_with("AADSTS50020: User account")));
        let block = "code - invalid_grant, message - no ProviderErrorCode : 403 RequestId : 66aa";
        assert_eq!(
            best(block).map(|cause| cause.text).as_deref(),
            Some("invalid_grant, message - no")
        );
        let unknown = best("AADSTS500208: x").unwrap();
        assert_eq!(
            (unknown.code.as_str(), unknown.category),
            ("AADSTS500208", Category::AuthCredentials)
        );
        assert_eq!(code("AADSTS50199: pending"), None);
        let both = r#"{"error":"invalid_grant","d":"AADSTS999999: x"}"#;
        assert_eq!(code(both).as_deref(), Some("invalid_grant"));
    }
}
