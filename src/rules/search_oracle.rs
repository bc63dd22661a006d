//! Tests of the kernel and the prefilter against a naive search: they find exactly the literals in
//! the text, whatever text the kernel was trained on.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::rules::RuleSet;
use crate::search::kernel::byte_profile::Profile;
use crate::search::kernel::searcher::{Kernel, LiteralMatch, STEP};
use crate::search::kernel::word::SHORTEST;
use crate::search::prefilter::Prefilter;

/// Compares every offset with every literal.
fn naive(literals: &[Vec<u8>], block: &[u8]) -> Vec<u32> {
    let starts = |at: &usize| {
        let rest = &block[*at..];
        literals.iter().any(|literal| {
            rest.get(..literal.len()).is_some_and(|here| here.eq_ignore_ascii_case(literal))
        })
    };
    (0..block.len()).filter(starts).map(|at| at as u32).collect()
}

/// The matches of the kernel and the offset up to which it searched.
fn search(literals: &[Vec<u8>], profile: &Profile, block: &[u8]) -> (Vec<u32>, usize) {
    let mut out = Vec::new();
    let searched = Kernel::new(literals, profile).unwrap().search(
        literals,
        block,
        &mut |found: LiteralMatch| out.push(found.start as u32),
    );
    out.sort_unstable();
    out.dedup();
    (out, searched.to)
}

/// Every third byte or so in upper case, every third in lower case.
fn in_mixed_case(literal: &[u8], seed: usize) -> Vec<u8> {
    let change_case = |(index, byte): (usize, &u8)| match (index * 7 + seed) % 3 {
        0 => byte.to_ascii_uppercase(),
        1 => byte.to_ascii_lowercase(),
        _ => *byte,
    };
    literal.iter().enumerate().map(change_case).collect()
}

/// The prefilter of the built-in rule set and its literals.
fn builtin() -> &'static (Prefilter, Vec<Vec<u8>>) {
    static BUILTIN: LazyLock<(Prefilter, Vec<Vec<u8>>)> = LazyLock::new(|| {
        let prefilter = Prefilter::new(RuleSet::builtin().unwrap().raw_literals());
        let literals = prefilter.literals().map(<[u8]>::to_vec).collect();
        (prefilter, literals)
    });
    &BUILTIN
}

#[test]
fn every_form_is_found_at_every_alignment_and_at_both_ends() {
    let (prefilter, literals) = builtin();
    for literal in literals {
        let cases = [literal.clone(), literal.to_ascii_uppercase(), in_mixed_case(literal, 1)];
        for (before, case) in (0..STEP + 5).zip(cases.iter().cycle()) {
            for after in [0, 1, STEP] {
                let block = [&vec![b'.'; before], case.as_slice(), &vec![b'.'; after]].concat();
                let mut starts = Vec::new();
                prefilter.find(&block, &mut starts);
                assert!(
                    starts.contains(&(before as u32)),
                    "{} after {before} bytes and before {after}",
                    String::from_utf8_lossy(case)
                );
            }
        }
    }
}

#[test]
fn literals_too_short_for_the_grid_are_refused() {
    let fits = |literal: &str| Kernel::new(&[literal.into()], &Profile::default()).is_some();
    assert!(fits("aadsts") && !fits("aadst"));
    assert_eq!("aadsts".len(), SHORTEST);
}

#[test]
fn text_full_of_beginnings_is_left_to_the_automaton() {
    let (prefilter, literals) = builtin();
    let mut block = b"CNS1 ".repeat(400);
    let (_, to) = search(literals, Profile::healthy(), &block);
    assert!(to < 1_000, "searched up to {to}");
    // Not all literals: the naive search is slow.
    block.extend(literals.iter().step_by(12).flatten());
    let mut starts = Vec::new();
    prefilter.find(&block, &mut starts);
    assert_eq!(starts, naive(literals, &block));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn finds_the_literals_in_text_of_few_letters(
        literals in prop::collection::btree_set("[abc]{6,8}", 1..12),
        text in "[abcABC]{0,400}",
        other in "[abcABC]{0,100}",
    ) {
        let literals: Vec<Vec<u8>> = literals.into_iter().map(String::into_bytes).collect();
        let mut profile = Profile::default();
        profile.learn(other.as_bytes());
        let (starts, to) = search(&literals, &profile, text.as_bytes());
        let expected = naive(&literals, text.as_bytes());
        let longest = literals.iter().map(Vec::len).max().unwrap_or_default();
        let certain: Vec<u32> =
            expected.iter().copied().filter(|at| *at as usize + longest <= to).collect();
        prop_assert!(starts.iter().all(|at| expected.contains(at)));
        prop_assert!(certain.iter().all(|at| starts.contains(at)));
        prop_assert!(to < text.len() || starts == expected);
    }
}

proptest! {
    // The naive search for all built-in literals is slow.
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn finds_planted_forms_in_bytes_of_all_kinds(
        pieces in prop::collection::vec((any::<Index>(), 0..9_usize, "\\PC{0,9}"), 1..8),
        noise in prop::collection::vec(any::<u8>(), 0..70),
    ) {
        let (prefilter, literals) = builtin();
        let mut block = noise;
        for (which, seed, between) in &pieces {
            block.extend(in_mixed_case(&literals[which.index(literals.len())], *seed));
            block.extend(between.as_bytes());
        }
        let mut starts = Vec::new();
        prefilter.find(&block, &mut starts);
        prop_assert_eq!(starts, naive(literals, &block));
    }

    #[test]
    fn matches_do_not_depend_on_the_training_text(
        words in prop::collection::vec(select(TEXT), 0..60),
        training in prop::collection::vec(select(TEXT), 0..60),
    ) {
        let (_, literals) = builtin();
        let (block, training) = (words.concat(), training.concat());
        let mut profile = Profile::healthy().clone();
        let (before, done) = search(literals, &profile, block.as_bytes());
        profile.learn(training.as_bytes());
        let (after, done_after) = search(literals, &profile, block.as_bytes());
        if done == block.len() && done_after == block.len() {
            prop_assert_eq!(&before, &after);
            prop_assert_eq!(after, naive(literals, block.as_bytes()));
        }
    }
}

/// Texts of logs, among them anchors and beginnings of anchors.
const TEXT: &[&str] = &[
    "Connection ",
    "to mailbox opened, ",
    "DAP-RT-1101",
    "dap-ge-3000 ",
    "aadsts",
    "AADSTS50020: ",
    "Error code: CNS",
    "cns1045 ",
    "\"code\":\"",
    "\\\"code\\\":\\\"CNS",
    "at ConnectorActivity \"",
    "UiPath.IntegrationService.",
    "UiPath.Excel.Activities ",
    "connectionid",
    "\"ResourceOverwrites\":",
    "接続フォルダー",
    "\\u63a5\\u7d9a",
    "\r\n",
    "2026-03-12T10:24:31",
    "No such host is kno",
    "wn ",
];
