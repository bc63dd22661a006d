//! What a run reported, by job where rows have one, and what it should have reported.

use std::collections::BTreeMap;

use serde_json::Value;

use super::corpus::Case;
use crate::support::{Env, Outcome};

/// A line of `occurrences.ndjson` with its incident.
pub struct Occurrence {
    pub signature: String,
    pub job: Option<String>,
    pub process: Option<String>,
    pub incident: Value,
}

/// Everything that a run reported about failures.
pub struct ReportedFailures {
    pub occurrences: Vec<Occurrence>,
    /// Jobs of the neighbours, or records if they have no jobs, by category and signature.
    pub neighbours: BTreeMap<(String, String), u64>,
    pub report: Value,
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_string)
}

/// Scans these paths, which must be complete.
pub fn scan(env: &Env, paths: &[&str]) -> ReportedFailures {
    let out = paths.join("-").replace(['/', '.'], "_");
    let outcome = env.run(&[&["scan"], paths, &["-f", "json,ndjson", "-o", &out]].concat());
    assert_eq!(outcome.code, Some(0), "{paths:?}: {}", outcome.stderr);
    read_outcome(outcome)
}

fn read_outcome(outcome: Outcome) -> ReportedFailures {
    let report = outcome.report;
    let incidents: BTreeMap<&str, &Value> = report["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|incident| (incident["id"].as_str().unwrap(), incident))
        .collect();
    let lines = String::from_utf8(outcome.files["occurrences.ndjson"].clone()).unwrap();
    let occurrences = lines
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            let incident = incidents[row["incident_id"].as_str().unwrap()];
            Occurrence {
                signature: text(&incident["signature"]["id"]).unwrap(),
                job: text(&row["job_key"]),
                process: text(&row["process"]),
                incident: incident.clone(),
            }
        })
        .collect();
    let neighbours = report["neighbours"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let key = (text(&row["category"]).unwrap(), text(&row["signature"]).unwrap());
            let count = |name: &str| row[name].as_u64().unwrap();
            (key, if count("jobs") > 0 { count("jobs") } else { count("records") })
        })
        .collect();
    ReportedFailures { occurrences, neighbours, report }
}

impl ReportedFailures {
    /// Each case was reported once, as what it is, and nothing else was.
    pub fn is_exactly(&self, cases: &[&Case], what: &str) {
        let mut wanted: BTreeMap<&str, u64> = BTreeMap::new();
        let mut neighbours_by_signature: BTreeMap<(String, String), u64> = BTreeMap::new();
        for case in cases {
            if case.is_incident() {
                *wanted.entry(&case.signature).or_default() += 1;
            } else {
                let key = (case.category.to_string(), case.signature.clone());
                *neighbours_by_signature.entry(key).or_default() += 1;
            }
        }
        let mut got: BTreeMap<&str, u64> = BTreeMap::new();
        for occurrence in &self.occurrences {
            *got.entry(&occurrence.signature).or_default() += 1;
        }
        assert_eq!(got, wanted, "{what}: occurrences by signature");
        assert_eq!(self.neighbours, neighbours_by_signature, "{what}: neighbours");
        assert_eq!(self.report["unmatched"], Value::Array(vec![]), "{what}");
        assert_eq!(self.report["mentions"], Value::Array(vec![]), "{what}");
    }

    /// The occurrence of each case that is an incident, found by its job.
    pub fn by_job<'t, 'c>(
        &'t self,
        cases: &[&'c Case],
        what: &str,
    ) -> Vec<(&'c Case, &'t Occurrence)> {
        let mut by_job: BTreeMap<String, &Occurrence> = BTreeMap::new();
        for occurrence in &self.occurrences {
            let job = occurrence.job.clone().unwrap_or_else(|| panic!("{what}: no job"));
            assert!(by_job.insert(job, occurrence).is_none(), "{what}: one occurrence a job");
        }
        let incidents = cases.iter().filter(|case| case.is_incident());
        incidents
            .map(|case| {
                let occurrence = by_job.get(&case.job_key()).unwrap_or_else(|| {
                    panic!("{what}: nothing told of {}: {}", case.signature, case.message)
                });
                (*case, *occurrence)
            })
            .collect()
    }
}

/// The incident has the match details that the example expects, as far as an incident shows them.
pub fn reads(case: &Case, incident: &Value, what: &str) {
    let what = format!("{what}: {}: {}", case.signature, case.message);
    assert_eq!(incident["signature"]["id"], case.signature.as_str(), "{what}");
    if incident["counts"]["occurrences"] != 1 {
        // Several failures of one connection may each have different details.
        return;
    }
    assert_eq!(incident["category"], case.category.as_str(), "{what}");
    let codes: Vec<&str> =
        incident["codes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let read = |name: &str| match name {
        "connection" => text(&incident["connection"]["id"]),
        "folder" => text(&incident["connection_folder"]["key"]),
        "codes" => Some(codes.join(",")),
        "status" => Some(incident["provider_status"].to_string()),
        "cause" => text(&incident["cause"]["code"]),
        "activity" => text(&incident["activities"][0]["name"]),
        _ => None,
    };
    for (name, wanted) in &case.expect {
        if let Some(read) = read(name) {
            assert_eq!(read, *wanted, "{what}: {name}");
        } else {
            assert!(
                !["connection", "folder", "cause", "activity"].contains(&name.as_str()),
                "{what}: {name} is not read"
            );
        }
    }
}
