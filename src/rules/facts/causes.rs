//! Inner reasons: what the provider or the identity service itself says inside the failure that
//! Integration Service reports.

use std::cmp::Reverse;
use std::sync::LazyLock;

use regex::Regex;

use crate::model::{Category, Cause, CauseRule, Guard, cut, normalise};
use crate::redact::redact;
use crate::rules::facts::codes::{Codes, is_ignored};
use crate::rules::facts::views;
use crate::rules::facts::views::{MessageView, holds};
use crate::search::literals::fold_literals;
use crate::search::{LiteralNumbers, LiteralSearcher, LiteralSet, all_captures, static_regex};

/// Most bytes of a reason's own words kept with it: a sentence.
const CAUSE_LIMIT: usize = 160;

/// A number the pack does not know is still the identity service refusing something. Below every
/// rank the pack gives, so that it speaks only if nothing else does.
const UNKNOWN_AADSTS_RANK: u8 = 0;

/// At the end of a word of a reason: whatever letters, digits and `_` follow.
const ANY_REST: char = '*';

/// Places in which an OAuth word is the answer of a token service and not prose: a JSON member,
/// a callback parameter, the pseudo text of a connector, parentheses after a token sentence.
static OAUTH: LazyLock<Regex> = LazyLock::new(|| {
    static_regex(
        r#"(?i)(?:(?-u:\b)error(?:_?code)?(?:\\*"\s?:\s?\\*"|:\s?\\*"|=\\*"?)|(?-u:\b)(?:code|error) - |(?-u:\b)token(?-u:\b)[^()]{0,60}\()([A-Za-z][A-Za-z0-9_]*)"#,
    )
});

/// All reasons, compiled.
#[derive(Debug)]
pub(crate) struct CauseMatcher {
    reasons: Vec<Compiled>,
    /// All their words, looked for in one pass.
    literals: LiteralSearcher,
}

#[derive(Debug)]
struct Compiled {
    reason: CauseRule,
    /// Numbers of its words among the literals; none for a reason told by number.
    numbers: Vec<usize>,
    words: Vec<String>,
    all: Vec<String>,
    any: Vec<String>,
}

/// A reason found in a text, with its rank among the reasons of that text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RankedCause {
    /// Higher wins.
    pub rank: u8,
    /// The reason.
    pub cause: Cause,
}

impl RankedCause {
    /// The better of two; ties go to the smaller code.
    pub fn better(a: RankedCause, b: RankedCause) -> RankedCause {
        let key = |ranked: &RankedCause| (Reverse(ranked.rank), ranked.cause.code.clone());
        if key(&b) < key(&a) { b } else { a }
    }
}

impl CauseMatcher {
    /// Compiles reasons. A word that cannot be found is an error of its file.
    pub fn compile(reasons: &[CauseRule]) -> Result<CauseMatcher, String> {
        let (mut words, mut aside) = (LiteralNumbers::default(), LiteralNumbers::default());
        let mut compiled = Vec::with_capacity(reasons.len());
        for reason in reasons {
            let known = Compiled::new(reason, if reason.off { &mut aside } else { &mut words })?;
            if !reason.off {
                compiled.push(known);
            }
        }
        Ok(CauseMatcher { reasons: compiled, literals: words.build() })
    }

    /// Whether a reason could be compiled among others.
    pub fn vet(reason: &CauseRule) -> Result<(), String> {
        Compiled::new(reason, &mut LiteralNumbers::default()).map(drop)
    }

    /// The reason that explains a text best.
    pub fn best(&self, view: &MessageView<'_>, codes: &Codes) -> Option<RankedCause> {
        let present = self.literals.present(&view.text);
        let oauth = if present.is_empty() { Vec::new() } else { oauth_words(&view.text) };
        let known = self
            .reasons
            .iter()
            .filter(|reason| {
                reason.numbers.is_empty() || reason.numbers.iter().any(|n| present.contains(n))
            })
            .filter_map(|reason| reason.find(view, codes, &oauth));
        known.chain(unknown_aadsts(&self.reasons, view, codes)).reduce(RankedCause::better)
    }
}

impl Compiled {
    fn new(reason: &CauseRule, literals: &mut LiteralNumbers) -> Result<Compiled, String> {
        let words = match reason.guard {
            Guard::Sentence => fold_literals(&reason.words),
            Guard::Code | Guard::Oauth => reason.words.iter().map(|w| normalise(w)).collect(),
            Guard::Aadsts => Vec::new(),
        };
        let empty = match reason.guard {
            Guard::Aadsts => reason.aadsts.is_empty(),
            _ => words.is_empty() || words.iter().any(String::is_empty),
        };
        if empty {
            return Err(format!("reason `{}` has nothing to look for", reason.code));
        }
        let stem = |word: &String| literals.number(word.strip_suffix(ANY_REST).unwrap_or(word));
        let numbers = words.iter().map(stem).collect();
        let (all, any) = (fold_literals(&reason.all), fold_literals(&reason.any));
        Ok(Compiled { numbers, words, all, any, reason: reason.clone() })
    }

    fn find(
        &self,
        view: &MessageView<'_>,
        codes: &Codes,
        oauth: &[(usize, &str)],
    ) -> Option<RankedCause> {
        let (code, at) = match self.reason.guard {
            Guard::Aadsts => {
                let number = codes.aadsts().find(|number| self.reason.aadsts.contains(number))?;
                let code = format!("{}{number}", self.reason.code);
                let at = whole_word(&view.text, &code).unwrap_or_default();
                (code, at)
            }
            guard => {
                let at = self.words.iter().find_map(|word| match guard {
                    Guard::Sentence => views::find_literal(&view.lower, word),
                    Guard::Code => whole_word(&view.text, word),
                    _ => place(oauth, word),
                })?;
                (self.reason.code.clone(), at)
            }
        };
        let beside = |literal: &String| holds(&view.lower, literal);
        if !self.all.iter().all(beside) || !(self.any.is_empty() || self.any.iter().any(beside)) {
            return None;
        }
        let text = cause_text(&view.text[at..]);
        Some(RankedCause {
            rank: self.reason.rank,
            cause: Cause { category: self.reason.category, code, text },
        })
    }
}

fn unknown_aadsts(
    reasons: &[Compiled],
    view: &MessageView<'_>,
    codes: &Codes,
) -> Option<RankedCause> {
    let listed = |number: u32| reasons.iter().any(|known| known.reason.aadsts.contains(&number));
    let code = codes.all.iter().find(|code| {
        let number = code.strip_prefix("AADSTS").and_then(|number| number.parse().ok());
        number.is_some_and(|number| !listed(number)) && !is_ignored(code)
    })?;
    let at = whole_word(&view.text, code)?;
    Some(RankedCause {
        rank: UNKNOWN_AADSTS_RANK,
        cause: Cause {
            category: Category::AuthCredentials,
            code: code.clone(),
            text: cause_text(&view.text[at..]),
        },
    })
}

/// OAuth words in a place where they count, with where they begin.
fn oauth_words(text: &str) -> Vec<(usize, &str)> {
    let groups = all_captures(&OAUTH, text).filter_map(|found| found.get(1));
    groups.map(|group| (group.start(), group.as_str())).collect()
}

fn place(oauth: &[(usize, &str)], word: &str) -> Option<usize> {
    oauth.iter().find(|(_, found)| found.eq_ignore_ascii_case(word)).map(|(at, _)| *at)
}

/// Where a word stands as a whole word, or one that ends in [`ANY_REST`] as the beginning of one, in
/// exact case. Letters outside ASCII are no part of a
/// word: Japanese writes codes without blanks around them.
fn whole_word(text: &str, word: &str) -> Option<usize> {
    let part_of_word =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let bytes = text.as_bytes();
    let (word, whole) = word.strip_suffix(ANY_REST).map_or((word, true), |stem| (stem, false));
    memchr::memmem::find_iter(bytes, word).find(|at| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        !(part_of_word(before) || whole && part_of_word(bytes.get(at + word.len())))
    })
}

/// What ends the words of a reason: its string or block does, or what follows in the same block and
/// differs from one failure to the next.
const ENDS: &[&str] = &[
    "\"",
    "\\",
    "}",
    "]",
    ")",
    " ProviderErrorCode",
    " RequestId",
    " ClientRequestId",
    " Trace ID",
    " Correlation ID",
    " Timestamp",
    " Status code",
    " Error code",
    " ---> ",
];

/// The words of a reason: from where it begins to the end of its string or block.
fn cause_text(text: &str) -> String {
    static SEARCH: LazyLock<LiteralSet> = LazyLock::new(|| LiteralSet::new(ENDS.iter().copied()));
    let end = SEARCH.first_in(text).unwrap_or(text.len());
    // Redacted first: what a cut leaves of a secret would not be known as one.
    cut(&redact(&text[..end]), CAUSE_LIMIT).trim_end().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
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
            off: false,
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
    fn oauth_words_count_in_their_places_only() {
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
    fn the_highest_rank_speaks() {
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
        let off = CauseRule { off: true, any: vec![], ..login.clone() };
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
    fn numbers_are_whole_and_unknown_ones_are_shown() {
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
