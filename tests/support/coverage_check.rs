//! Checks the coverage of every run: each source has one status, the counts add up, the CSV files
//! equal the report, and the exit code fits.

use std::collections::BTreeMap;

use serde_json::Value;

use super::env::Outcome;

/// Sources with the same problem that are named one by one on standard error.
const MAX_PRINTED: usize = 20;

pub fn check(outcome: &Outcome, fails_on_findings: bool) {
    let coverage = &outcome.report["coverage"];
    let items = coverage["items"].as_array().unwrap();
    let by_status = statuses(items);
    let sources = coverage["sources"].as_object().unwrap();
    let mut sum = 0;
    for word in ["complete", "partial", "unchanged", "skipped", "failed"] {
        let counted = by_status.get(word).copied().unwrap_or_default();
        assert_eq!(sources[word].as_u64(), Some(counted), "{word} of {items:#?}");
        sum += counted;
    }
    assert_eq!(sources["found"].as_u64(), Some(sum));
    assert_eq!(sum as usize, items.len(), "every source in exactly one known state");

    let total = |name: &str| items.iter().map(|item| item[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!(coverage["bytes"]["read"].as_u64(), Some(total("bytes")));
    assert_eq!(coverage["records"]["total"].as_u64(), Some(total("records")));
    assert_eq!(coverage["records"]["rejected"].as_u64(), Some(total("rejected")));
    reasons(items, outcome);
    coverage_csv(items, outcome);
    findings(outcome);

    let unread = by_status.contains_key("partial") || by_status.contains_key("failed");
    match outcome.code {
        Some(1) => assert!(fails_on_findings),
        code => assert_eq!(code == Some(3), unread, "exit {code:?}\n{}", outcome.stderr),
    }
}

fn statuses(items: &[Value]) -> BTreeMap<&str, u64> {
    let mut by_status = BTreeMap::new();
    for item in items {
        *by_status.entry(item["status"].as_str().unwrap()).or_default() += 1;
    }
    by_status
}

/// Coverage and standard error give a reason for every source that is not complete.
fn reasons(items: &[Value], outcome: &Outcome) {
    for item in items {
        let reason = item["reason"].as_str().unwrap();
        assert_eq!(reason.is_empty(), item["status"] == "complete", "{item:#?}");
        assert!(item["rejected"].as_u64() <= item["records"].as_u64(), "{item:#?}");
    }
    let unread: Vec<&Value> =
        items.iter().filter(|i| i["status"] == "partial" || i["status"] == "failed").collect();
    if unread.len() > MAX_PRINTED {
        return;
    }
    for item in unread {
        // A name with a control byte is printed in escaped form.
        let source = item["source"].as_str().unwrap();
        if source.chars().all(|c| !c.is_control()) {
            assert!(outcome.stderr.contains(source), "{source} is not told:\n{}", outcome.stderr);
        }
    }
}

fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::Reader::from_reader(bytes);
    let row = |row: csv::StringRecord| row.iter().map(str::to_string).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// coverage.csv has the same rows as the report. Its cells may have the guard against formulas.
fn coverage_csv(items: &[Value], outcome: &Outcome) {
    let Some(file) = outcome.files.get("coverage.csv") else { return };
    const COLUMNS: [&str; 11] = [
        "source",
        "kind",
        "encoding",
        "compression",
        "bytes",
        "records",
        "rejected",
        "first_time",
        "last_time",
        "status",
        "reason",
    ];
    let shown = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rows = rows(file);
    assert_eq!(rows.len(), items.len());
    for (row, item) in rows.iter().zip(items) {
        for (cell, column) in row.iter().zip(COLUMNS) {
            let value = shown(&item[column]);
            assert!(*cell == value || *cell == format!("'{value}"), "{column}: {cell} / {value}");
        }
    }
}

/// Incidents, their counts and the CSV files agree.
fn findings(outcome: &Outcome) {
    let report = &outcome.report;
    let incidents = report["incidents"].as_array().unwrap();
    let count = |incident: &Value, name: &str| incident["counts"][name].as_u64().unwrap();
    let occurrences: u64 = incidents.iter().map(|i| count(i, "occurrences")).sum();
    assert_eq!(report["summary"]["incidents"].as_u64(), Some(incidents.len() as u64));
    assert_eq!(report["summary"]["occurrences"].as_u64(), Some(occurrences));
    let order: Vec<_> = incidents
        .iter()
        .map(|i| {
            let down = |name: &str| std::cmp::Reverse(count(i, name));
            (down("jobs"), down("occurrences"), i["id"].as_str().unwrap())
        })
        .collect();
    assert!(order.is_sorted(), "{order:?}");
    for incident in incidents {
        assert!(incident["samples"].as_array().unwrap().len() <= 3);
        assert!(count(incident, "records") >= 1);
    }
    for (file, wanted) in
        [("incidents.csv", incidents.len() as u64), ("occurrences.csv", occurrences)]
    {
        if let Some(bytes) = outcome.files.get(file) {
            assert_eq!(rows(bytes).len() as u64, wanted, "{file}");
        }
    }
}
