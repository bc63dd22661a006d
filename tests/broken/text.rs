//! Execution logs that are cut, mixed with other text, extended, or in another encoding.

use encoding_rs::{Encoding, SHIFT_JIS};

use super::{failing, with_good_file};
use crate::support::{Row, execution_log};

fn text(rows: &[Row]) -> String {
    rows.iter().map(|row| row.line() + "\n").collect()
}

#[test]
fn a_last_line_that_was_cut_is_not_counted() {
    let whole = execution_log(&[failing(1), failing(2), failing(3)]);
    let cut = &whole[..whole.len() - 200];
    with_good_file(&[("cut.log", cut)]).costs("partial", "format.cut-record").finds(2).counts(2, 0);
    // The last line is complete without its line end.
    let whole = &whole[..whole.len() - 2];
    with_good_file(&[("whole.log", whole)]).complete().finds(3).counts(3, 0);
}

#[test]
fn nothing_is_lost_for_nuls_after_a_crash() {
    let mut bytes = execution_log(&[failing(1), failing(2)]);
    bytes.extend([0; 4096]);
    with_good_file(&[("tail.log", &bytes)]).complete().finds(2).counts(2, 0);
    bytes.extend(execution_log(&[failing(3)]));
    with_good_file(&[("middle.log", &bytes)]).complete().finds(3).counts(3, 0);
    let mut cut = execution_log(&[failing(1), failing(2)]);
    cut.truncate(cut.len() - 100);
    cut.extend([0; 4096]);
    with_good_file(&[("cut.log", &cut)]).costs("partial", "format.cut-record").finds(1);
}

#[test]
fn bytes_that_are_no_text_cost_nothing_else() {
    let mut bytes = execution_log(&[failing(1), failing(2), failing(3)]);
    let at = bytes.windows(4).position(|window| window == b"NORD").unwrap();
    bytes.splice(at..at + 4, [0xff, 0xfe, 0xc3, 0x28]);
    with_good_file(&[("bytes.log", &bytes)]).complete().finds(3).counts(3, 0);
}

#[test]
fn a_line_of_six_mebibytes_costs_itself_and_its_head_is_matched() {
    let mut huge = failing(2);
    huge.message.push_str(&" and so on".repeat(630_000));
    let bytes = execution_log(&[failing(1), huge, failing(3)]);
    assert!(bytes.len() > 6 << 20);
    let observed = with_good_file(&[("huge.log", &bytes)])
        .costs("partial", "format.oversize")
        .finds(3)
        .counts(3, 1);
    assert!(observed.outcome.stderr.contains("line 2"), "{}", observed.outcome.stderr);
}

/// A robot process that ends in the middle of a row writes no line end, and the next process
/// appends to that line.
#[test]
fn f22_a_line_end_that_was_never_written_costs_no_row() {
    let [one, two, three] = [1, 2, 3].map(|job| failing(job).line());
    for between in ["", "\r", "\0\0", " "] {
        let glued = format!("{one}{between}{two}{between}{three}\r\n");
        with_good_file(&[("glued.log", glued.as_bytes())]).complete().finds(3).counts(3, 0);
        let bare = |line: &str| line[line.find('{').unwrap()..].to_string();
        let glued = format!("{}{between}{}\n{}\n", bare(&one), bare(&two), bare(&three));
        with_good_file(&[("bare.log", glued.as_bytes())]).complete().finds(3).counts(3, 0);
    }
    // Of the interrupted row only a part of its time was written.
    for length in [1, 9] {
        let glued = format!("{one}\r\n{}{two}\r\n{three}\r\n", &one[..length]);
        with_good_file(&[("begun.log", glued.as_bytes())]).complete().finds(3);
    }
    for length in [20, 60, one.len() - 1] {
        let glued = format!("{}{two}\r\n{three}\r\n", &one[..length]);
        let observed = with_good_file(&[("cut.log", glued.as_bytes())]);
        observed.costs("partial", "format.bad-record").finds(2).counts(3, 1);
    }
    // Text that a message quotes is not a row.
    let mut quoting = failing(1);
    quoting.message.push_str(&format!("\r\n{two}"));
    let bytes = execution_log(&[quoting, failing(3)]);
    with_good_file(&[("quoted.log", &bytes)]).complete().finds(2).counts(2, 0);
}

#[test]
fn one_line_that_is_broken_costs_one_record() {
    let mut lines: Vec<String> = (1..=3).map(|job| failing(job).line()).collect();
    lines[1] = lines[1].replace("\",\"level\"", "\"level\"");
    let bytes = lines.join("\r\n") + "\r\n";
    let observed = with_good_file(&[("line.log", bytes.as_bytes())])
        .costs("partial", "format.bad-record")
        .finds(2)
        .counts(3, 1);
    assert!(observed.outcome.stderr.contains("line 2"), "{}", observed.outcome.stderr);
}

#[test]
fn line_ends_may_be_mixed() {
    let bytes =
        format!("{}\r\n{}\n\n\r\n{}\r\n", failing(1).line(), failing(2).line(), failing(3).line());
    with_good_file(&[("mixed.log", bytes.as_bytes())]).complete().finds(3).counts(3, 0);
}

#[test]
fn concatenated_logs_with_byte_order_marks_in_the_middle() {
    let bytes = [execution_log(&[failing(1)]), execution_log(&[failing(2)])].concat();
    with_good_file(&[("joined.log", &bytes)]).complete().finds(2).counts(2, 0);
}

#[test]
fn utf_16_with_and_without_mark() {
    let text = text(&[failing(1), failing(2)]);
    for (name, unit, mark) in [
        ("le.log", u16::to_le_bytes as fn(u16) -> [u8; 2], true),
        ("be.log", u16::to_be_bytes, true),
        ("le-bare.log", u16::to_le_bytes, false),
        ("be-bare.log", u16::to_be_bytes, false),
    ] {
        let text = if mark { format!("\u{feff}{text}") } else { text.clone() };
        let bytes: Vec<u8> = text.encode_utf16().flat_map(unit).collect();
        let observed = with_good_file(&[(name, &bytes)]).complete().finds(2).counts(2, 0);
        let encoding = if name.starts_with("le") { "utf-16le" } else { "utf-16be" };
        assert_eq!(observed.item()["encoding"], encoding, "{name}");
        // A single byte at the end is a line end that was cut, so that its line is incomplete.
        let odd = &bytes[..bytes.len() - 1];
        with_good_file(&[(name, odd)]).costs("partial", "format.cut-record").finds(1);
    }
}

#[test]
fn legacy_encodings_are_read() {
    let japanese = Row::info(100, 1);
    let japanese = Row {
        message: "請求書の処理がエラーで終了しました".to_string(), ..japanese
    };
    let western = Row { message: "Überprüfung für Größe".to_string(), ..Row::info(100, 1) };
    for (encoding, row) in [(SHIFT_JIS, japanese), (encoding_rs::WINDOWS_1252, western)] {
        let text = text(&[row, failing(1)]);
        let (bytes, _, _) = Encoding::encode(encoding, &text);
        let observed = with_good_file(&[("legacy.log", &bytes)]).complete().finds(1).counts(2, 0);
        assert_eq!(observed.item()["encoding"], encoding.name().to_ascii_lowercase());
    }
}

#[test]
fn files_that_are_no_logs_are_skipped() {
    for (file, bytes) in [
        ("VERSION", &b"1.195.0\n"[..]),
        ("empty.log", b""),
        ("data.bin", b"\0\x01\x02\x03\x04\x05\x06\x07\x08binary\0\0\0\0\x01\x02"),
        ("zeros.log", &[0; 4096]),
        ("page.html", b"<!doctype html><html></html>"),
    ] {
        with_good_file(&[(file, bytes)]).skipped();
    }
}

#[test]
fn a_page_saved_instead_of_an_export_is_reported() {
    let page = b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>";
    for file in ["logs.json", "logs.csv", "a.log"] {
        with_good_file(&[(file, page)]).costs("failed", "format.html-page");
    }
}
