//! One incident in full: what happened, who acts, the repair and its check, the evidence, and a
//! text to paste into a ticket.

use serde::Serialize;

use crate::model::report::{Incident, Lang, NamedJobs, Sample};
use crate::report::escape::safe_url;
use crate::report::label::{
    capital, connection, connection_folder, job_folder, minute, number, some_of,
};
use crate::report::terms::{Term, state};
use crate::report::words::{Words, words};

/// Names in one list: more do not help to see the pattern; the rest is counted.
const MAX_NAMES: usize = 20;
/// Request ids in a ticket: support needs one, three show that it repeats.
const MAX_REQUESTS: usize = 3;

/// An incident in full.
#[derive(Serialize, Debug)]
pub struct Drawer {
    id: String,
    title: String,
    severity: String,
    severity_class: &'static str,
    connection: String,
    facts: Vec<Fact>,
    summary: String,
    steps: Vec<String>,
    verify: Vec<String>,
    url: String,
    ticket: String,
    samples: Vec<Evidence>,
    matched: String,
    grouped: String,
}

/// A name and what is known of it.
#[derive(Serialize, Debug)]
struct Fact {
    label: String,
    value: String,
}

/// A redacted record and where it stands.
#[derive(Serialize, Debug)]
struct Evidence {
    place: String,
    message: String,
}

impl Drawer {
    /// An incident with the request ids of its occurrences and at most so many samples.
    pub fn new(incident: &Incident, requests: &[&str], samples: usize, lang: Lang) -> Drawer {
        let w = words(lang);
        let facts = facts(incident, requests, lang);
        let remediation = &incident.remediation;
        Drawer {
            id: incident.id.clone(),
            title: incident.signature.title.clone(),
            severity: incident.severity.word(lang).to_string(),
            severity_class: incident.severity.as_str(),
            connection: connection(&incident.connection, lang),
            ticket: ticket(incident, &facts, w),
            facts,
            summary: remediation.summary.clone(),
            steps: remediation.steps.clone(),
            verify: remediation.verify.clone(),
            url: safe_url(&remediation.url).unwrap_or_default().to_string(),
            samples: incident.samples.iter().take(samples).map(|s| evidence(s, w)).collect(),
            matched: incident.why.matched.clone(),
            grouped: incident.why.grouped.clone(),
        }
    }
}

/// What is known, in the order in which one asks: where, who, when, how much, by what.
fn facts(incident: &Incident, requests: &[&str], lang: Lang) -> Vec<Fact> {
    let w = words(lang);
    let named = |items: &[NamedJobs]| list(items.iter().map(|item| item.name.clone()), lang);
    let candidates = incident.connection.candidates.iter();
    let candidates = candidates.map(|c| match &c.name {
        Some(name) => format!("{name} ({})", c.id),
        None => c.id.to_string(),
    });
    let folders = incident.job_folders.iter().map(|folder| job_folder(folder, lang));
    let text = |value: Option<String>| value.unwrap_or_default();
    let all = [
        (w.connection, full_connection(incident, lang)),
        (w.attribution, incident.connection.attribution.word(lang).to_string()),
        (w.candidates, list(candidates, lang)),
        (w.connection_folder, home(incident, lang)),
        (w.job_folders, list(folders, lang)),
        (w.owner, incident.owner.word(lang).to_string()),
        (w.state, state(&incident.state, lang).to_string()),
        (w.category, incident.category.word(lang).to_string()),
        (w.first, minute(incident.first_seen)),
        (w.last, minute(incident.last_seen)),
        (w.occurrences, number(incident.counts.occurrences)),
        (w.jobs, number(incident.counts.jobs)),
        (w.recovered, positive(incident.counts.recovered)),
        (w.codes, incident.codes.join(", ")),
        (w.provider_status, text(incident.provider_status.map(|status| status.to_string()))),
        (w.cause, text(incident.cause.as_ref().map(|c| format!("{}: {}", c.code, c.text)))),
        (w.request_ids, some_requests(requests)),
        (w.processes, named(&incident.processes)),
        (w.activities, named(&incident.activities)),
        (w.machines, named(&incident.machines)),
        (w.robots, named(&incident.robots)),
        (w.signature, incident.signature.id.clone()),
        (w.confidence, incident.signature.confidence.word(lang).to_string()),
        (w.identity, incident.fingerprint.clone()),
    ];
    let known = all.into_iter().filter(|(_, value)| !value.is_empty());
    known.map(|(label, value)| Fact { label: capital(label), value }).collect()
}

fn list(names: impl Iterator<Item = String>, lang: Lang) -> String {
    some_of(&names.collect::<Vec<_>>(), MAX_NAMES, lang)
}

fn positive(n: u64) -> String {
    if n > 0 { number(n) } else { String::new() }
}

/// Name and whole id: the drawer is where one copies it from.
fn full_connection(incident: &Incident, lang: Lang) -> String {
    let shown = &incident.connection;
    let name = match (&shown.name, shown.id) {
        (Some(name), Some(id)) => format!("{name} ({id})"),
        (None, Some(id)) => id.to_string(),
        _ => connection(shown, lang),
    };
    match &shown.connector {
        Some(connector) => format!("{name}, {connector}"),
        None => name,
    }
}

fn home(incident: &Incident, lang: Lang) -> String {
    let folder = &incident.connection_folder;
    match (&folder.path, folder.key) {
        (Some(path), Some(key)) => format!("{path} ({key})"),
        (None, Some(key)) => key.to_string(),
        _ => connection_folder(folder, lang).unwrap_or_else(|| words(lang).unknown.to_string()),
    }
}

fn some_requests(requests: &[&str]) -> String {
    let mut ids: Vec<&str> = Vec::new();
    for id in requests {
        if ids.len() < MAX_REQUESTS && !ids.contains(id) {
            ids.push(id);
        }
    }
    ids.join(", ")
}

/// Plain lines to paste: title, every fact, the repair.
fn ticket(incident: &Incident, facts: &[Fact], w: &Words) -> String {
    let mut lines = vec![format!("[{}] {}", incident.id, incident.signature.title)];
    lines.extend(facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value)));
    if !incident.remediation.summary.is_empty() {
        lines.push(format!("{}: {}", w.fix, incident.remediation.summary));
    }
    let steps = incident.remediation.steps.iter().enumerate();
    lines.extend(steps.map(|(at, step)| format!("{}. {step}", at + 1)));
    lines.join("\n")
}

fn evidence(sample: &Sample, w: &Words) -> Evidence {
    let mut place = vec![minute(sample.time)];
    place.extend(sample.level.clone());
    place.extend(sample.process.clone());
    place.push(format!("{}, {} {}", sample.source, w.line, number(sample.line)));
    place.retain(|part| !part.is_empty());
    Evidence { place: place.join(" · "), message: sample.message.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn the_ticket_holds_what_support_asks_for() {
        let report = sample::rich();
        let drawer = Drawer::new(&report.incidents[0], &["req-1", "req-1", "req-2"], 3, Lang::En);
        assert!(drawer.ticket.starts_with("[FL-7K3F9Q] The provider refused the token\n"));
        for line in [
            "Connection: 営業部メール (c1c1c1c1-c1c1-c1c1-c1c1-c1c1c1c1c1c1), uipath-microsoft-outlook365",
            "Request ids: req-1, req-2",
            "Job folders: Finance/日次, Shared/Mail, HR",
            "Cause: invalid_grant: The refresh token has expired",
        ] {
            assert!(drawer.ticket.lines().any(|l| l == line), "{line}\n{}", drawer.ticket);
        }
    }

    #[test]
    fn what_is_unknown_is_left_out() {
        let report = sample::rich();
        let drawer = Drawer::new(&report.incidents[2], &[], 3, Lang::En);
        let labels: Vec<&str> = drawer.facts.iter().map(|fact| fact.label.as_str()).collect();
        assert!(!labels.contains(&"First") && !labels.contains(&"HTTP status"));
        assert!(labels.contains(&"Candidates"));
    }
}
