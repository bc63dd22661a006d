//! Properties of the two stages on generated text: no panic, redaction is idempotent, and the
//! prefilter finds everything that the judgement reports.

use proptest::prelude::*;
use proptest::sample::select;

use crate::authoring::examples::forms;
use crate::model::{Guid, LogLevel, Record};
use crate::redact::redact;
use crate::rules::facts::headline::headline;
use crate::rules::files::select::RuleSelection;
use crate::rules::judgement::Judgement;
use crate::rules::rule_set::RuleSet;
use crate::rules::samples;
use crate::search::Prefilter;
use crate::search::escaped_variants::escaped_variants;

/// Parts of generated texts that resemble failures and secrets.
const PIECES: &[&str] = &[
    "password=",
    "\"client_secret\":\"",
    "\\\"api_key\\\":\\\"",
    "Bearer ",
    "Authorization: ",
    "Cookie: a=",
    "https://u:p",
    "@host",
    "?sig=",
    "[redacted:",
    "token: ",
    "=",
    ";",
    "'",
    "\"",
    "\\",
    ": ",
    "\n",
    "\r\n",
    " ---> ",
    "in Main.xaml",
    "    at ConnectorActivity \"A\"",
    "x1",
    "-----BEGIN PRIVATE KEY-----",
    "eyJhbGciOiJI.eyJzdWIiOiI.x",
    "Connection [",
    "]",
    "5f0e7d6c-1111-4222-8333-0123456789ab",
    "(Folder: ",
    ")",
    "DAP-GE-3000",
    "CNS1045",
    "AADSTS50020",
    "Status code: ",
    "Forbidden",
    "ErrorCode: \"CNS",
    "\\u63a5",
    "\\ud83d",
    "接続",
    "No such host is known",
    " (",
    ":443)",
    "invalid_grant",
    "\u{2019}",
    "\u{a0}",
];

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![3 => select(PIECES).prop_map(str::to_string), 1 => "\\PC{0,12}"];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn examples() -> Vec<String> {
    let all = rule_set().0.signatures().iter();
    let on = all.filter(|signature| !signature.is_off);
    on.flat_map(|signature| signature.examples.iter().map(|example| example.text.clone())).collect()
}

/// The built-in rule set with the small one of the tests, and its prefilter.
fn rule_set() -> &'static (RuleSet, Prefilter) {
    static RULE_SET: std::sync::LazyLock<(RuleSet, Prefilter)> = std::sync::LazyLock::new(|| {
        let rule_set = RuleSet::load(&samples::texts(), &RuleSelection::default()).unwrap();
        let anchors = Prefilter::new(rule_set.raw_literals());
        (rule_set, anchors)
    });
    &RULE_SET
}

fn offsets(text: &[u8]) -> Vec<u32> {
    let mut found = Vec::new();
    rule_set().1.find(text, &mut found);
    found
}

proptest! {
    #[test]
    fn judging_never_panics(text in pieces(), kind in 0..6usize, level in 0..7usize, asked: bool) {
        use crate::model::RecordKind::*;
        let mut row = Record::log_row(&text, LogLevel::Error);
        row.kind = [RobotLog, ApiLog, CsvLog, Job, Span, Reply][kind];
        row.level = ["0", "1", "2", "3", "4", "5", ""].get(level).and_then(|word| LogLevel::parse(word));
        row.subject = asked.then_some(Guid(7));
        let judgement = rule_set().0.judge(&row);
        let counts = row.kind == Reply || row.level.is_some_and(LogLevel::is_error);
        let is_failure = matches!(judgement, Judgement::Hit(_) | Judgement::Unknown(_));
        prop_assert!(counts || !is_failure);
        prop_assert_eq!(judgement, rule_set().0.judge(&row));
    }

    #[test]
    fn headlines_are_short_and_on_one_line(text in pieces()) {
        let headline = headline(&text);
        prop_assert!(headline.len() <= 1_000);
        prop_assert!(!headline.contains('\n'));
    }

    #[test]
    fn secrets_are_replaced_once(text in pieces()) {
        let once = redact(&text);
        prop_assert_eq!(redact(&once), once);
    }

    #[test]
    fn what_is_judged_is_found_in_every_form(
        before in "\\PC{0,20}",
        example in select(examples()),
        after in "\\PC{0,20}",
        level in select(vec![LogLevel::Info, LogLevel::Error]),
    ) {
        let text = format!("{before} {example} {after}");
        if rule_set().0.judge(&Record::log_row(&text, level)) != Judgement::Nothing {
            for (name, form) in forms(&text) {
                prop_assert!(!offsets(form.as_bytes()).is_empty(), "not found {name}: {form}");
            }
        }
    }

    #[test]
    fn any_text_that_is_judged_is_found(text in pieces()) {
        if rule_set().0.judge(&Record::log_row(&text, LogLevel::Error)) != Judgement::Nothing {
            prop_assert!(!offsets(text.as_bytes()).is_empty(), "{text}");
        }
    }

    #[test]
    fn an_anchor_is_found_at_every_offset(
        before in prop::collection::vec(any::<u8>(), 0..40),
        after in prop::collection::vec(any::<u8>(), 0..40),
        at: prop::sample::Index,
    ) {
        let anchors = rule_set().0.anchors();
        for form in escaped_variants(anchors[at.index(anchors.len())]) {
            let block = [before.as_slice(), &form, &after].concat();
            let found = offsets(&block);
            let planted = before.len()..before.len() + form.len();
            // Either the anchor, or a literal that overlaps it and begins before it.
            prop_assert!(found.iter().any(|offset| (*offset as usize) < planted.end));
            prop_assert!(found.is_sorted());
        }
    }
}
