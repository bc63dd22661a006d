//! What a user reads in the terminal with `--lang ja`.

use std::collections::BTreeMap;

use faultline::model::{Lang, Report};
use faultline::report::{TerminalOptions, summary};
use unicode_width::UnicodeWidthStr;

use super::corpus::{Case, cases};
use super::forms::Form;
use crate::support::{Env, execution_log};

/// Number of rows in the table.
const ROWS: usize = 15;

fn is_japanese(text: &str) -> bool {
    text.chars().any(|c| ('\u{3041}'..='\u{30fe}').contains(&c))
}

/// Reports that together have all signatures, each with as many incidents as the table shows.
fn reports() -> Vec<Report> {
    let all = cases();
    let one_each: BTreeMap<&str, &Case> = all
        .iter()
        .filter(|case| case.is_incident())
        .map(|case| (case.signature.as_str(), case))
        .collect();
    let cases: Vec<&Case> = one_each.into_values().collect();
    let env = Env::new();
    let parsed = cases.chunks(ROWS).map(|chunk| {
        env.write("night.log", Form::ExecutionLog.text(chunk));
        let outcome = env.scan(&["night.log", "--lang", "ja"]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        serde_json::from_slice(&outcome.files["report.json"]).unwrap()
    });
    parsed.collect()
}

fn shown(report: &Report, width: usize) -> String {
    summary(
        report,
        &TerminalOptions { lang: Lang::Ja, width, colour: false, out_dir: "out", files: &[] },
    )
}

#[test]
fn no_line_of_a_cell_begins_or_ends_with_a_mark_that_may_not_stand_there() {
    let never_first = "、。，．・：；？！ー）」』】〕］｝〉》ゃゅょっぁぃぅぇぉャュョッァィゥェォ";
    let never_last = "（「『【〔［｛〈《";
    let reports = reports();
    for width in (60..200).step_by(7) {
        let mut seen = 0;
        for table in reports.iter().map(|report| shown(report, width)) {
            let rule = table.lines().find(|line| line.starts_with('─')).unwrap().width();
            assert!(rule <= width, "{width}: {rule}\n{table}");
            let rows = table.lines().skip_while(|line| !line.starts_with('═'));
            for line in rows.filter(|line| line.starts_with(' ')) {
                assert!(line.width() <= rule, "{width}: {line}");
                // Columns are separated by at least two blanks, the words of a title by one.
                for cell in line.split("  ").map(str::trim).filter(|cell| is_japanese(cell)) {
                    seen += 1;
                    assert!(!cell.starts_with(|c| never_first.contains(c)), "{width}: {cell}");
                    assert!(!cell.ends_with(|c| never_last.contains(c)), "{width}: {cell}");
                }
            }
        }
        assert!(seen > 200, "{width}: only {seen} cells");
    }
}

/// Each column starts at the same position in every line.
#[test]
fn wide_characters_line_up_in_columns() {
    for table in reports().iter().map(|report| shown(report, 120)) {
        let column = |line: &str, what: &str| {
            let at = line.find(what)?;
            Some(line[..at].width())
        };
        let head = table.lines().find(|line| line.contains("重大度")).unwrap();
        let (severity, first) = (column(head, "重大度").unwrap(), column(head, "初回").unwrap());
        let rows: Vec<&str> = table.lines().filter(|line| line.starts_with(" FL-")).collect();
        assert!(!rows.is_empty());
        for row in rows {
            let words = ["緊急", "重大", "高", "中", "低"];
            let at = words.iter().filter_map(|word| column(row, word)).min();
            assert_eq!(at, Some(severity), "{row}");
            assert_eq!(column(row, "2026-"), Some(first), "{row}");
        }
    }
}

#[test]
fn standard_error_and_the_state_speak_japanese_too() {
    let env = Env::new();
    env.write("logs/a.log", execution_log(&[]));
    env.write("logs/cut.zip", b"PK\x03\x04cut");
    let arguments = ["scan", "logs", "-o", "out", "--state", "state.db", "--lang"];
    let stderr_in = |lang: &str| {
        let outcome = env.run(&[&arguments[..], &[lang]].concat());
        assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
        outcome.stderr
    };
    let (english, japanese) = (stderr_in("en"), stderr_in("ja"));
    assert!(!is_japanese(&english), "{english}");
    let code = english.split(&['[', ']'][..]).nth(1).unwrap();
    let message = english.trim_end().rsplit_once(": ").unwrap().1;
    assert!(is_japanese(&japanese), "{japanese}");
    for part in [code, "cut.zip", message] {
        assert!(japanese.contains(part), "{part} is not in {japanese}");
    }
    let info =
        |lang: &str| env.run(&["state", "info", "--state", "state.db", "--lang", lang]).stdout;
    assert!(!is_japanese(&info("en")) && is_japanese(&info("ja")));
    let values: Vec<usize> = info("ja")
        .lines()
        .skip(1)
        .map(|line| {
            let word = line.trim_start().split("  ").next().unwrap();
            let after = line.find(word).unwrap() + word.len();
            let blanks = line[after..].len() - line[after..].trim_start().len();
            line[..after + blanks].width()
        })
        .collect();
    assert!(values.len() > 5 && values.iter().all(|at| *at == values[0]), "{values:?}");
}
