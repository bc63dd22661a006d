//! Measures the search for literals in raw blocks: naive search, automaton and kernel, each on
//! healthy text and on text made of prefixes of literals. The counts are compared before a time is
//! printed.
//!
//! `cargo bench --bench anchors [FILE…]` also measures the first 64 MiB of each file.

#![allow(clippy::print_stdout)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use faultline::rules::RuleSet;
use faultline::scan::prefilter_literals;
use faultline::search::Prefilter;

/// Bytes that the program searches at a time.
const BLOCK: usize = 256 << 10;

/// Bytes of each generated text.
const TEXT: usize = 16 << 20;

/// Bytes that the naive search reads; it is too slow for the whole text.
const NAIVE: usize = BLOCK;

/// Bytes read from each file.
const FILE: u64 = 64 << 20;

/// Number of measurements; the median is printed.
const ROUNDS: usize = 7;

/// One healthy row in this number contains a literal.
const RARE: usize = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let begin = Instant::now();
    let pack = RuleSet::builtin()?;
    let loaded = begin.elapsed();
    let anchors = Prefilter::new(prefilter_literals(&pack));
    println!(
        "start-up: pack {:.1} ms, anchors {:.1} ms, {} literals",
        loaded.as_secs_f64() * 1e3,
        (begin.elapsed() - loaded).as_secs_f64() * 1e3,
        anchors.literals().count()
    );
    let plain: Vec<String> = pack.anchors().into_iter().map(str::to_string).collect();
    compare("healthy", &pack, &healthy(&plain));
    compare("adversarial", &pack, &adversarial(&plain));
    for path in std::env::args().skip(1).filter(|argument| !argument.starts_with('-')) {
        let mut text = Vec::new();
        std::io::Read::read_to_end(
            &mut std::io::Read::take(std::fs::File::open(&path)?, FILE),
            &mut text,
        )?;
        compare(&path, &pack, &text);
    }
    Ok(())
}

/// Checks that all searches find the same number, then prints their speed.
fn compare(name: &str, pack: &RuleSet, text: &[u8]) {
    let anchors = Prefilter::new(prefilter_literals(pack));
    let literals: Vec<&[u8]> = anchors.literals().collect();
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .ascii_case_insensitive(true)
        .build(&literals);
    let Ok(automaton) = automaton else { return };
    let by_automaton = |block: &[u8]| {
        let mut starts: Vec<u32> =
            automaton.find_overlapping_iter(block).map(|found| found.start() as u32).collect();
        starts.sort_unstable();
        starts.dedup();
        starts.len()
    };
    let mut out = Vec::new();
    let mut by_kernel = |block: &[u8]| {
        out.clear();
        anchors.find(block, &mut out);
        out.len()
    };
    let head = &text[..NAIVE.min(text.len())];
    let expected = naive(head, &literals);
    assert_eq!(by_automaton(head), expected, "{name}: automaton and naive search");
    assert_eq!(by_kernel(head), expected, "{name}: kernel and naive search");
    let count = |search: &mut dyn FnMut(&[u8]) -> usize| text.chunks(BLOCK).map(search).sum();
    let total: usize = count(&mut { by_automaton });
    assert_eq!(count(&mut by_kernel), total, "{name}: kernel and automaton");

    let speed = |bytes: usize, time: Duration| bytes as f64 / time.as_secs_f64() / 1e9;
    let slow = speed(head.len(), median(1, || naive(head, &literals)));
    let (mut nfa, mut kernel) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        nfa.push(median(1, || count(&mut { by_automaton })));
        kernel.push(median(1, || count(&mut by_kernel)));
    }
    let (nfa, kernel) = (speed(text.len(), middle(nfa)), speed(text.len(), middle(kernel)));
    println!(
        "{name}: {total} found; GB/s: naive {slow:.4}, automaton {nfa:.3}, kernel {kernel:.3}; kernel is {:.1} times the automaton",
        kernel / nfa
    );
}

fn median(rounds: usize, mut work: impl FnMut() -> usize) -> Duration {
    let times = (0..rounds).map(|_| {
        let begin = Instant::now();
        std::hint::black_box(work());
        begin.elapsed()
    });
    middle(times.collect())
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Compares every literal at every offset.
fn naive(block: &[u8], literals: &[&[u8]]) -> usize {
    let starts_here = |at: &usize| {
        let rest = &block[*at..];
        literals.iter().any(|l| rest.len() >= l.len() && rest[..l.len()].eq_ignore_ascii_case(l))
    };
    (0..block.len()).filter(starts_here).count()
}

/// A generator that returns the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB)
    }

    fn below(&mut self, end: usize) -> usize {
        ((self.next() >> 32) as usize * end) >> 32
    }
}

/// Rows of an execution log, nearly all without a failure.
fn healthy(anchors: &[String]) -> Vec<u8> {
    const MESSAGES: &[&str] = &[
        "Queue item # fetched",
        "Connection to mailbox opened, # messages",
        "Click 'Save' done in # ms",
        "Access token valid for # s",
        "GET /odata/Jobs(#) returned 200",
        "伝票 # を登録しました",
        "接続先 # を開きました",
        "Saved C:\\\\Out\\\\list_#.xlsx",
    ];
    let mut numbers = Numbers(1);
    let mut text = String::with_capacity(TEXT + 1_000);
    let mut row = 0;
    while text.len() < TEXT {
        row += 1;
        let message = MESSAGES[numbers.below(MESSAGES.len())]
            .replace('#', &numbers.below(100_000).to_string());
        let seldom =
            if row % RARE == 0 { anchors[numbers.below(anchors.len())].as_str() } else { "" };
        let (a, b) = (numbers.next(), numbers.next());
        let time = format!(
            "{:02}:{:02}:{:02}.{:04}",
            row / 36_000 % 24,
            row / 600 % 60,
            row / 10 % 60,
            row % 10_000
        );
        let _ = writeln!(
            text,
            r#"{time} Info {{"message":"{message}{seldom}","level":"Information","timeStamp":"2026-05-04T{time}","fingerprint":"{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}","machineName":"BENCH-{:03}","processName":"Ledger","jobId":"{:08x}-0000-4000-8000-{:012x}"}}"#,
            a as u32,
            a >> 48,
            a >> 52,
            b >> 52,
            b & 0xffff_ffff_ffff,
            a % 100,
            b as u32 % 999,
            a & 0xffff_ffff
        );
    }
    text.into_bytes()
}

/// Prefixes of literals, one after the other.
fn adversarial(anchors: &[String]) -> Vec<u8> {
    let mut numbers = Numbers(2);
    let mut text = Vec::with_capacity(TEXT + 1_000);
    while text.len() < TEXT {
        let anchor = anchors[numbers.below(anchors.len())].as_bytes();
        text.extend_from_slice(&anchor[..1 + numbers.below(anchor.len() - 1)]);
        text.push(if numbers.below(16) == 0 { b'\n' } else { b' ' });
    }
    text
}
