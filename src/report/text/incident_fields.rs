//! What is known of one incident, as names and values: what the page, a ticket and the terminal
//! show of it. Unknown things are left out.

use crate::model::{Incident, Lang, NamedJobs};
use crate::report::text::labels::{
    capital, connection, connection_folder, job_folder, minute, number, some_of,
};
use crate::report::text::terms::{Term, state};
use crate::report::text::ui_strings::words;
use serde::Serialize;
/// Names in one list: more do not help to see the pattern; the rest is counted.
const MAX_NAMES: usize = 20;

/// Request ids in a ticket: support needs one, three show that it repeats.
const MAX_REQUESTS: usize = 3;

/// A name and what is known of it.
#[derive(Serialize, Debug)]
pub struct IncidentField {
    /// Its name.
    pub label: String,
    /// What is known.
    pub value: String,
}

/// What is known, in the order in which one asks: where, who, when, how much, by what. `requests`
/// are the request ids of its occurrences.
pub fn facts(incident: &Incident, requests: &[&str], lang: Lang) -> Vec<IncidentField> {
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
    known.map(|(label, value)| IncidentField { label: capital(label), value }).collect()
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
