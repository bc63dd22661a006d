//! Rows of documents, whole and in pieces, sound and damaged.

use proptest::prelude::*;

use crate::format::framing::frame::FrameKind;
use crate::format::framing::json::*;
use crate::format::framing::pieces::in_pieces;

fn cut(text: &str, step: usize) -> (Vec<String>, Option<String>) {
    let mut scanner = JsonScanner::new();
    let shown = in_pieces(
        text,
        step,
        |block, block_end, frames| scanner.cut(block, block_end, frames),
        |kind, text| match kind {
            FrameKind::Record { lead } => format!("{}{text}", if lead { "*" } else { "" }),
            FrameKind::Wrapper(members) => format!("W{members}"),
            kind => format!("{kind:?}"),
        },
    );
    (shown, scanner.unfinished())
}

fn same_in_pieces(text: &str) -> Vec<String> {
    let whole = cut(text, text.len().max(1));
    for step in 1..text.len().min(40) {
        assert_eq!(cut(text, step), whole, "step {step}");
    }
    whole.0
}

#[test]
fn rows_of_a_page_and_what_is_around_them() {
    let text = r#"{"@odata.context":"x","value":[{"a":"}\"]"},{"b":[{"c":1}]}],"next":null}"#;
    let want = [
        "*{\"a\":\"}\\\"]\"}",
        "{\"b\":[{\"c\":1}]}",
        "W{\"@odata.context\":\"x\",\"value\":[],\"next\":null}",
    ];
    assert_eq!(same_in_pieces(text), want);
}

#[test]
fn arrays_single_objects_and_several_values() {
    assert_eq!(same_in_pieces("[{\"a\":1}, {\"a\":2}]"), ["*{\"a\":1}", "{\"a\":2}"]);
    let want = ["*{\"Data\":{\"Key\":[1]}}", "*{\"b\":1}"];
    assert_eq!(same_in_pieces("{\"Data\":{\"Key\":[1]}}\n{\"b\":1}"), want);
    assert_eq!(
        same_in_pieces("{\"hits\":{\"total\":1,\"hits\":[{\"_source\":{}}]}}")[0],
        "*{\"_source\":{}}"
    );
}

#[test]
fn text_around_the_json() {
    let text = "EXIT=0\n[ERROR] HTTP 404: {no}\n---STDOUT---\n{ \"a\": 1 }\ndone\n";
    assert_eq!(same_in_pieces(text), ["*{ \"a\": 1 }"]);
    assert!(same_in_pieces("1.195.0\n").is_empty());
}

#[test]
fn a_damaged_row_costs_one_row() {
    let open = "[{\"a\":\"x\n\"},{\"a\":2},\n{\"a\":3}]";
    assert_eq!(same_in_pieces(open)[1..], ["*{\"a\":2}", "{\"a\":3}"]);
    let unclosed = "[{\"a\":1,{\"a\":2},{\"a\":3}]";
    assert_eq!(same_in_pieces(unclosed)[1..], ["*{\"a\":2}", "{\"a\":3}"]);
}

#[test]
fn what_is_blank_does_not_depend_on_where_chunks_begin() {
    let tail = "y".repeat(CHUNK);
    for blanks in ["\0\0\0\0\n", " \t\r\n", ""] {
        for length in 0..CHUNK {
            let head = "x".repeat(length);
            let row = format!("{{\"a\":\"{head}\",\"b\":{blanks}{{\"c\":\"{tail}\"}}}}");
            let text = format!("[{row},{row}]");
            assert_eq!(cut(&text, text.len()), cut(&text, 1), "{text:?}");
            assert_eq!(cut(&text, 1).0.len(), 2, "{text:?}");
        }
    }
}

#[test]
fn a_false_end_is_detected() {
    let (rows, unfinished) = cut("{\"value\":[{\"a\":1},{\"a\":", 4);
    assert_eq!(rows, ["*{\"a\":1}"]);
    assert!(unfinished.is_some());
}

proptest! {
    /// Whole chunks and single bytes see the same rows, however odd the text.
    #[test]
    fn strides_see_what_single_steps_see(
        pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..60),
        around in 0_usize..3,
    ) {
        let (open, close) = [("[", "]"), ("{\"value\":[", "]}"), ("", "")][around];
        let text = format!("{open}{}{close}", pieces.concat());
        let whole = cut(&text, text.len().max(1));
        prop_assert_eq!(cut(&text, 13), whole);
    }
}

const PIECES: &[&str] = &[
    "{\"a\":\"",
    "\"},",
    "{\"b\":[{\"c\":1}],\"d\":{}},",
    "\\\"",
    "\\\\",
    "x",
    "\n",
    "{",
    "}",
    "]",
    ",",
    "long text that goes on and on until it is longer than one chunk of sixty-four bytes ",
    "{\"RawMessage\":\"{\\\"message\\\":\\\"a } b\\\"}\",\"Id\":0},",
    "\"",
    " ",
    ":\0\n",
];
