//! CSV files with missing quotes, other separators, other headers and rows with a wrong number of
//! cells.

use encoding_rs::SHIFT_JIS;

use super::{failing, with_good_file};
use crate::support::{Row, logs_csv};

fn grid(rows: &[Row]) -> String {
    String::from_utf8(logs_csv(rows)).unwrap()
}

fn three() -> String {
    grid(&[failing(1), failing(2), failing(3)])
}

#[test]
fn a_quote_that_is_not_closed_costs_its_row() {
    let text = three();
    let opened: Vec<usize> = text.match_indices(",\"Send Mail").map(|(at, _)| at).collect();
    assert_eq!(opened.len(), 3);
    // Without the closing quote of the second row.
    let close = opened[1] + text[opened[1]..].find("\"\r\n2026").unwrap();
    let lost = format!("{}{}", &text[..close], &text[close + 1..]);
    with_good_file(&[("lost.csv", lost.as_bytes())]).costs("partial", "format.bad-record").finds(2);
    // Without the closing quote of the last row: the export was cut.
    let cut = &text[..text.len() - 3];
    let observed = with_good_file(&[("cut.csv", cut.as_bytes())]);
    assert_eq!(observed.outcome.code, Some(3), "{}", observed.outcome.stderr);
    observed.finds(2);
}

#[test]
fn a_row_of_another_width_costs_itself() {
    let text = three().replacen("2026-03-14 07:05:06.204,Error,", "2026-03-14 07:05:06.204,", 1);
    assert_ne!(text, three());
    with_good_file(&[("width.csv", text.as_bytes())])
        .costs("partial", "format.bad-record")
        .finds(2)
        .counts(3, 1);
}

#[test]
fn other_separators_and_first_lines() {
    let plain = "Time,Level,Process,Message\r\n\
                 2026-03-14 07:00:00,Info,P,x\r\n\
                 2026-03-14 07:00:09,Error,P,Connection is disabled. Please enable the connection \
                 to continue. Error code: DAP-GE-3005.\r\n";
    for (file, text) in [
        ("comma.csv", plain.to_string()),
        ("semicolon.csv", plain.replace(',', ";")),
        ("tab.csv", plain.replace(',', "\t")),
        ("sep.csv", format!("sep=;\r\n{}", plain.replace(',', ";"))),
        ("type.csv", format!("#TYPE Selected.Logs\r\n{plain}")),
        ("mark.csv", format!("\u{feff}{plain}")),
        ("lf.csv", plain.replace("\r\n", "\n")),
        ("twice.csv", format!("{plain}{plain}")),
    ] {
        let observed = with_good_file(&[(file, text.as_bytes())]).complete();
        // The same failure in the same second is the same occurrence.
        let records = if file == "twice.csv" { 4 } else { 2 };
        observed.finds(1).counts(records, 0);
    }
}

#[test]
fn columns_may_have_any_order() {
    let text = "Message,HOSTNAME,Level, Process ,Time\r\n\
                Connection is disabled. Please enable the connection to continue. Error code: \
                DAP-GE-3005.,H,Error,P,3/14/2026 7:00:09 AM\r\n";
    let observed = with_good_file(&[("order.csv", text.as_bytes())]).complete().finds(1);
    assert_eq!(observed.item()["first_time"], "2026-03-14T07:00:09.000Z");
}

#[test]
fn a_log_table_with_an_unknown_header_is_reported() {
    let text = "Zeit,Ebene,Vorgang,Text\r\n2026-03-14 07:00:09,Error,P,Connection is disabled.\r\n";
    let observed = with_good_file(&[("unknown.csv", text.as_bytes())])
        .costs("failed", "format.unrecognised-layout");
    assert!(observed.outcome.stderr.contains("Zeit,Ebene"), "{}", observed.outcome.stderr);
    let other = "name,amount\r\nx,1\r\n";
    with_good_file(&[("other.csv", other.as_bytes())]).skipped();
}

#[test]
fn japanese_headers_in_the_encoding_of_windows() {
    let text = "時刻,レベル,プロセス,ホスト名,ホスト ID,メッセージ\r\n\
                2026/03/14 7:00:09,Error,請求処理,H,ROOT,\"ユーザーにコネクションがありません。\
                コネクション フォルダーの権限を確認してください\"\r\n";
    let (bytes, _, _) = SHIFT_JIS.encode(text);
    let observed = with_good_file(&[("sjis.csv", &bytes)]).complete().finds(1).counts(1, 0);
    assert_eq!(observed.item()["encoding"], "shift_jis");
}

#[test]
fn a_header_alone_is_an_empty_export() {
    with_good_file(&[("none.csv", grid(&[]).as_bytes())]).complete().finds(0).counts(0, 0);
}
