//! What the targets share: a source read in one piece and in odd pieces must come out the same.
//! Each target asserts a law beside "no panic"; a law that needs the whole program is in `scan`.

use std::io::{self, Read};
use std::sync::LazyLock;

use faultline::format::{BlockEnd, Detected, FrameKind, Frames, LogFormat, ReadContext, RowKindsSeen, TimeRules, detect};
use faultline::open::Limits;
use faultline::read::{ReadSettings};
use faultline::scan::{RANGE, ScanSettings, SourceScanner};
use faultline::rules::RuleSet;

/// The shipped pack, compiled once per process.
pub static PACK: LazyLock<RuleSet> =
    LazyLock::new(|| RuleSet::builtin().expect("the shipped pack is loaded in every test"));

/// A scanner over the shipped pack that reads so many bytes at a time.
pub fn scanner(block: usize) -> SourceScanner<'static> {
    SourceScanner::new(
        &PACK,
        ScanSettings {
            read: ReadSettings { zone: jiff::tz::TimeZone::UTC, encoding: None, limits: small(), block },
            since: None,
            until: None,
            redaction: Default::default(),
            defers_cut_record: false,
            memory: u64::MAX,
            range: RANGE,
        },
    )
}

/// Limits that a fuzzer reaches.
pub fn small() -> Limits {
    Limits {
        max_expand: 8 << 20,
        max_ratio: 100,
        ratio_after: 64 << 10,
        max_entries: 64,
        max_depth: 3,
        max_spool: 64 << 10,
    }
}

/// A reader that gives a few bytes at a time.
pub struct Trickle<'d> {
    data: &'d [u8],
    step: usize,
}

impl<'d> Trickle<'d> {
    /// Over these bytes, at most so many at a time.
    pub fn new(data: &'d [u8], step: usize) -> Trickle<'d> {
        Trickle { data, step: step.max(1) }
    }
}

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.step.min(buffer.len()).min(self.data.len());
        let (now, later) = self.data.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.data = later;
        Ok(count)
    }
}

/// Runs a format over text that begins like one of its sources: frames are in order, inside the
/// block, and the same in one piece and in odd pieces. Every record is read.
pub fn read_as(head: &str, kind: &str, data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let Ok(rest) = std::str::from_utf8(rest) else { return };
    let text = format!("{head}{rest}");
    let Some(mut whole) = reader(&text) else { return };
    let Some(mut pieces) = reader(&text) else { return };
    let step = usize::from(*first).max(1);
    let (one, met) = frames(whole.as_mut(), text.as_bytes(), text.len().max(1));
    let (many, also_met) = frames(pieces.as_mut(), text.as_bytes(), step);
    assert_eq!(one, many, "in pieces of {step}");
    assert_eq!(met, also_met);
    assert_eq!(whole.unfinished(), pieces.unfinished());
    assert_eq!(whole.kind(&met), pieces.kind(&met));
    if !kind.is_empty() {
        let found = whole.kind(&met);
        assert!(found.contains(kind) || whole.is_unknown_json(&met), "{found}");
    }
}

fn reader(text: &str) -> Option<Box<dyn LogFormat>> {
    match detect(text.as_bytes()) {
        Detected::Format { format, .. } => Some(format),
        _ => None,
    }
}

/// The frames of a text fed in steps, as kind and text, and the kinds of rows in them; each is read
/// on the way.
fn frames(format: &mut dyn LogFormat, text: &[u8], step: usize) -> (Vec<(FrameKind, String)>, RowKindsSeen) {
    let context = ReadContext {
        times: TimeRules::default(),
        directory: "robots".to_string(),
        is_global: false,
    };
    let (mut held, mut found, mut met) = (Vec::new(), Vec::new(), RowKindsSeen::default());
    let mut steps = text.chunks(step);
    loop {
        let piece = steps.next();
        held.extend_from_slice(piece.unwrap_or_default());
        let mut frames = Frames::default();
        frames.begin(&[], true);
        let behind = if piece.is_none() { BlockEnd::Nothing } else { BlockEnd::More };
        let done = format.cut(&held, behind, &mut frames);
        assert!(done <= held.len());
        for frame in frames.wanted() {
            assert!(frame.start <= frame.end && frame.end <= done);
            let text = String::from_utf8_lossy(&held[frame.start..frame.end]).into_owned();
            let parsed = match &frame.kind {
                FrameKind::Record { .. } => format.read(&text, &context).ok(),
                FrameKind::Wrapper(members) => format.read_wrapper(members, &context).ok(),
                FrameKind::Oversize => {
                    drop(format.read_head(&text, &context));
                    None
                }
                FrameKind::Damaged(_) => None,
            };
            met.extend(parsed.map(|parsed| parsed.row_kind));
            found.push((frame.kind.clone(), text));
        }
        held.drain(..done);
        if piece.is_none() {
            return (found, met);
        }
    }
}
