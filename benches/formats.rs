//! Measures how fast record boundaries are found: each format over 64 MiB in memory, in the blocks
//! that a scan uses. The count is compared before a time is printed.

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use std::hint::black_box;

use faultline::format::{BlockEnd, Detected, Frames, detect};
use support::{Form, fastest, rows};

const BYTES: usize = 64 << 20;
const BLOCK: usize = 256 << 10;

#[allow(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    for form in [Form::ExecutionLog, Form::Csv, Form::Ndjson, Form::Odata] {
        let (text, expected) = rows(form, BYTES);
        assert_eq!(count(&text), expected, "{form:?}");
        let speed = fastest(text.len(), || {
            black_box(count(black_box(&text)));
        });
        println!("{form:?}: {speed:.2} GB/s");
    }
}

/// Counts the records of a text that is read in blocks, as a scan does, with no record of interest.
fn count(text: &[u8]) -> u64 {
    let Detected::Format { mut format, .. } = detect(&text[..BLOCK]) else { return 0 };
    let mut frames = Frames::default();
    let (mut held, mut total): (Vec<u8>, u64) = (Vec::with_capacity(BLOCK * 2), 0);
    let mut blocks = text.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        held.extend_from_slice(block);
        frames.begin(&[], false);
        let behind = if blocks.peek().is_none() { BlockEnd::Nothing } else { BlockEnd::More };
        let done = format.cut(&held, behind, &mut frames);
        held.drain(..done);
        total += frames.records();
    }
    total
}
