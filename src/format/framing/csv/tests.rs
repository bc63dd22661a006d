//! Rows of tables, whole and in pieces, sound and damaged.

use proptest::prelude::*;

use crate::format::framing::csv::*;
use crate::format::framing::frame::FrameKind;
use crate::format::framing::pieces::in_pieces;

fn rows(text: &str, step: usize) -> Vec<String> {
    let Some((delimiter, columns, _)) = header(text) else { return vec!["no header".into()] };
    let mut reader = CsvFrames::new(delimiter, columns);
    in_pieces(
        text,
        step,
        |block, block_end, frames| reader.cut(block, block_end, frames),
        |kind, text| match kind {
            FrameKind::Record { .. } => text.trim_end().to_string(),
            kind => format!("{kind:?} {}", text.trim_end()),
        },
    )
}

fn same_in_pieces(text: &str) -> Vec<String> {
    let whole = rows(text, text.len());
    for step in 1..text.len().min(50) {
        assert_eq!(rows(text, step), whole, "step {step}");
    }
    whole
}

const HEAD: &str = "Time,Level,Process,Message\r\n";

#[test]
fn quoted_line_ends_and_doubled_quotes() {
    let text = format!(
        "{HEAD}2026-03-14,Error,P,\"a\r\nb \"\"c\"\", d\"\r\n2026-03-15,Info,5\" pipe,x\r\n"
    );
    let got = same_in_pieces(&text);
    assert_eq!(got.len(), 2);
    assert!(got[1].contains("5\" pipe"));
}

#[test]
fn an_unclosed_quote_costs_its_row() {
    let text = format!(
        "{HEAD}2026-03-14,Error,P,\"lost\r\n2026-03-15,Info,P,\"good\"\r\n2026-03-16,Info,P,y\r\n"
    );
    let got = same_in_pieces(&text);
    assert_eq!(got.len(), 3, "{got:?}");
    assert!(got[0].starts_with("Damaged"));
    assert!(got[1].starts_with("2026-03-15"));
}

#[test]
fn headers_again_and_other_delimiters() {
    let text = format!("{HEAD}2026-03-14,Info,P,x\r\n{HEAD}2026-03-15,Info,P,y\r\n");
    assert_eq!(same_in_pieces(&text).len(), 2);
    let text = "sep=;\r\nTime;Level;Message\r\n2026-03-14;Info;a,b\r\n";
    assert_eq!(same_in_pieces(text), ["2026-03-14;Info;a,b"]);
    assert_eq!(
        same_in_pieces("#TYPE X\n\"Time\",\"Level\",\"Message\"\n\"1\",\"Info\",\"m\"\n").len(),
        1
    );
}

proptest! {
    /// Whole chunks and single bytes see the same rows, however odd the text.
    #[test]
    fn strides_see_what_single_steps_see(
        pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..60),
    ) {
        let text = format!("{HEAD}{}", pieces.concat());
        prop_assert_eq!(rows(&text, 11), rows(&text, text.len()));
    }
}

const PIECES: &[&str] = &[
    "2026-03-14,Error,P,\"",
    "\"\r\n",
    "\"",
    "\"\"",
    "\"\"\"",
    ",",
    "\r\n",
    "\n",
    "a",
    "\",\"",
    "long text that goes on and on until it is longer than one chunk of sixty-four bytes ",
    "\"{\"\"message\"\":\"\"x\"\"}\"\r\n",
    "2026-03-15,Info,P,plain\r\n",
];
