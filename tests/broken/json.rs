//! JSON files that are cut, nested too deeply, unusual, or only one page of a reply.

use serde_json::{Value, json};

use super::{failing, with_good_file};
use crate::support::{Row, connection, envelope, missing, odata_page};

fn page(rows: &[Row], next: Option<&str>) -> Vec<u8> {
    let rows: Vec<Value> = rows.iter().map(Row::api).collect();
    odata_page("RobotLogs", &rows, next)
}

/// Three lines of an execution log, the second of which is changed.
fn changed(change: impl Fn(String) -> String) -> Vec<u8> {
    let mut lines: Vec<String> = (1..=3).map(|job| failing(job).line()).collect();
    lines[1] = change(std::mem::take(&mut lines[1]));
    (lines.join("\r\n") + "\r\n").into_bytes()
}

#[test]
fn a_page_that_was_cut_keeps_the_rows_before() {
    let whole = page(&[failing(1), failing(2), failing(3)], None);
    with_good_file(&[("cut.json", &whole[..whole.len() - 300])])
        .costs("partial", "format.cut-record")
        .finds(2);
    with_good_file(&[("bracket.json", &whole[..whole.len() - 1])])
        .costs("partial", "format.cut-record")
        .finds(3);
}

#[test]
fn json_that_is_too_deep_costs_one_record() {
    let deep = format!("\"custom\":{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bytes = changed(|line| line.replace("\"fileName\"", &format!("{deep},\"fileName\"")));
    with_good_file(&[("deep.log", &bytes)])
        .costs("partial", "format.bad-record")
        .finds(2)
        .counts(3, 1);

    let rows = [failing(1), failing(2), failing(3)].map(|row| row.api().to_string());
    let second = rows[1].replace("\"Id\":0", &deep);
    let bytes = format!("{{\"value\":[{},{second},{}]}}", rows[0], rows[2]);
    with_good_file(&[("deep.json", bytes.as_bytes())])
        .costs("partial", "format.bad-record")
        .finds(2)
        .counts(3, 1);
}

#[test]
fn odd_values_are_no_damage() {
    for (name, value) in [
        ("exponent", "1e999"),
        ("digits", &"9".repeat(400)),
        ("surrogate", r#""cut \ud83d""#),
        ("null", "null"),
        ("object", r#"{"message":"nested","level":"Information"}"#),
        ("escapes", r#""\u0000\b\f""#),
    ] {
        let custom = format!("\"custom\":{value},\"fileName\"");
        let bytes = changed(|line| line.replace("\"fileName\"", &custom));
        with_good_file(&[(&format!("{name}.log"), &bytes)]).complete().finds(3).counts(3, 0);
    }
    let bytes = changed(|line| line.replace("\"Send Mail\\\"\"", "\"Send Mail\\\" \\ud83d\""));
    assert!(String::from_utf8_lossy(&bytes).contains("\\ud83d"));
    with_good_file(&[("message.log", &bytes)]).complete().finds(3).counts(3, 0);
}

#[test]
fn what_is_no_json_costs_one_record() {
    for value in ["NaN", "01", "'x'", "undefined"] {
        let custom = format!("\"custom\":{value},\"fileName\"");
        let bytes = changed(|line| line.replace("\"fileName\"", &custom));
        with_good_file(&[("value.log", &bytes)])
            .costs("partial", "format.bad-record")
            .finds(2)
            .counts(3, 1);
    }
}

#[test]
fn of_equal_keys_the_standard_field_counts() {
    // Custom fields are between `fileName` and `processName`.
    let custom = "\"fileName\":\"Main\",\"message\":\"all is well\",\"level\":\"Information\",\
                  \"timeStamp\":\"1999-01-01T00:00:00Z\",\"processName\":\"Custom\",\
                  \"jobId\":\"custom\",\"organizationUnitId\":\"custom\"";
    let bytes = changed(|line| line.replace("\"fileName\":\"Main\"", custom));
    let observed = with_good_file(&[("twice.log", &bytes)]).complete().finds(3);
    let report = &observed.outcome.report;
    let incidents = report["incidents"].as_array().unwrap();
    let mine = incidents.iter().find(|i| i["connection"]["id"] == connection(900)).unwrap();
    assert_eq!(mine["counts"]["jobs"], 3);
    let names: Vec<_> =
        mine["processes"].as_array().unwrap().iter().map(|p| p["name"].clone()).collect();
    assert_eq!(names, ["Process101", "Process102", "Process103"]);
    assert_eq!(mine["by_day"], json!({ "2026-03-14": 3 }));
}

#[test]
fn a_nested_message_or_level_is_none() {
    let row = Row::info(101, 1).line();
    let nested = json!({ "message": missing(&connection(900)), "level": "Error" });
    let line = row.replace("\"fileName\"", &format!("\"custom\":{nested},\"fileName\""));
    with_good_file(&[("nested.log", line.as_bytes())]).complete().finds(0).counts(1, 0);
}

#[test]
fn a_page_that_names_a_next_one_needs_it() {
    let next = Some("https://orchestrator.example/odata/RobotLogs?$skip=1000");
    let first = page(&[failing(1), failing(2)], next);
    with_good_file(&[("logs_0.json", &first)]).costs("partial", "format.incomplete-page").finds(2);
    let last = page(&[failing(3)], None);
    let observed = with_good_file(&[("logs_0.json", &first), ("logs_1000.json", &last)]);
    observed.complete().finds(3);
}

#[test]
fn a_last_page_elsewhere_is_none_of_this_export() {
    // The good files contain a last page of log rows in another directory.
    let next = Some("https://orchestrator.example/odata/RobotLogs?$skip=1000");
    let first = page(&[failing(1)], next);
    let jobs = odata_page("Jobs", &[crate::support::job_row(150, "Successful", 5, "")], None);
    with_good_file(&[("logs_0.json", &first), ("jobs.json", &jobs)])
        .costs("partial", "format.incomplete-page");
}

#[test]
fn text_around_json_is_passed_over() {
    let rows: Vec<Value> = [failing(1), failing(2)].iter().map(Row::api).collect();
    let reply = String::from_utf8(envelope("JobLogs", json!(rows))).unwrap();
    for (file, text) in [
        ("echo.json", format!("$ uip or jobs logs\n{reply}\nEXIT=0\n")),
        ("twice.json", format!("{reply}{reply}")),
        ("array.json", serde_json::to_string_pretty(&rows).unwrap()),
        ("lines.json", format!("{}\n{}\n", rows[0], rows[1])),
        ("lines-crlf.json", format!("{}\r\n\r\n{}\r\n", rows[0], rows[1])),
        ("behind.json", format!("{}\n{}\n", rows[0], rows[1]).replace('\n', "\n\0")),
    ] {
        let observed = with_good_file(&[(file, text.as_bytes())]);
        assert_eq!(observed.outcome.code, Some(0), "{file}: {}", observed.outcome.stderr);
        observed.finds(2);
    }
}

#[test]
fn a_broken_line_of_json_lines_costs_one_record() {
    let rows = [failing(1), failing(2), failing(3)].map(|row| row.api().to_string());
    let cut = &rows[1][..rows[1].len() - 40];
    let bytes = format!("{}\n{cut}\n{}\n", rows[0], rows[2]);
    with_good_file(&[("lines.json", bytes.as_bytes())])
        .costs("partial", "format.bad-record")
        .finds(2)
        .counts(3, 1);
}

#[test]
fn a_row_of_six_mebibytes_costs_itself_and_its_head_is_matched() {
    let mut huge = failing(2);
    huge.message.push_str(&" and so on".repeat(630_000));
    let head = json!({
        "Level": "Error", "Message": huge.message, "TimeStamp": "2026-03-14T07:00:05Z",
        "JobKey": crate::support::guid(0x10b, 102), "ProcessName": "Process102",
    });
    let rows = [failing(1).api(), head, failing(3).api()];
    with_good_file(&[("huge.json", &odata_page("RobotLogs", &rows, None))])
        .costs("partial", "format.oversize")
        .finds(3)
        .counts(3, 1);
}

#[test]
fn an_error_answer_is_no_export() {
    for text in [
        r#"{"error":{"code":"x","message":"Unauthorized"}}"#,
        r#"{"message":"Too many requests, slow down","errorCode":4290,"traceId":"00-1"}"#,
    ] {
        with_good_file(&[("logs.json", text.as_bytes())]).costs("failed", "format.error-answer");
    }
    let other = r#"{"message":"hello","status":"ok"}"#;
    with_good_file(&[("notes.json", other.as_bytes())]).skipped();
}
