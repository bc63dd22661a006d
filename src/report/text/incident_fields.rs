//! The fields of one incident as names and values, for the page, a ticket and the terminal. Unknown
//! values are left out.

use serde::Serialize;

use crate::model::{Incident, Lang, NamedJobs, format_number};
use crate::report::text::labels::{
    capitalize, connection_folder_label, connection_label, format_minute, job_folder_label,
    join_limited,
};
use crate::report::text::terms::Term;
use crate::report::text::ui_strings::ui_strings;

/// Names in one list; 20 show the pattern, and the others are counted.
const MAX_NAMES: usize = 20;

/// Request ids in a ticket: support needs one, and three show that the failure repeats.
const MAX_REQUESTS: usize = 3;

#[derive(Serialize, Debug)]
pub struct IncidentField {
    pub label: String,
    pub value: String,
}

/// In the order in which a reader asks: where, who, when, how much, by what evidence. `requests` are
/// the request ids of the occurrences.
pub fn incident_fields(incident: &Incident, requests: &[&str], lang: Lang) -> Vec<IncidentField> {
    let ui = ui_strings(lang);
    let names = |items: &[NamedJobs]| list(items.iter().map(|item| item.name.clone()), lang);
    let candidates = incident.connection.candidates.iter();
    let candidates = candidates.map(|c| match &c.name {
        Some(name) => format!("{name} ({})", c.id),
        None => c.id.to_string(),
    });
    let folders = incident.job_folders.iter().map(|folder| job_folder_label(folder, lang));
    let or_empty = |value: Option<String>| value.unwrap_or_default();
    let fields = [
        (ui.connection, full_connection(incident, lang)),
        (ui.attribution, incident.connection.attribution.word(lang).to_string()),
        (ui.candidates, list(candidates, lang)),
        (ui.connection_folder, full_connection_folder(incident, lang)),
        (ui.job_folders, list(folders, lang)),
        (ui.owner, incident.owner.word(lang).to_string()),
        (ui.state, incident.state.word(lang).to_string()),
        (ui.category, incident.category.word(lang).to_string()),
        (ui.first, format_minute(incident.first_seen)),
        (ui.last, format_minute(incident.last_seen)),
        (ui.occurrences, format_number(incident.counts.occurrences)),
        (ui.jobs, format_number(incident.counts.jobs)),
        (ui.recovered, number_unless_zero(incident.counts.recovered)),
        (ui.codes, incident.codes.join(", ")),
        (ui.provider_status, or_empty(incident.provider_status.map(|status| status.to_string()))),
        (ui.cause, or_empty(incident.cause.as_ref().map(|c| format!("{}: {}", c.code, c.text)))),
        (ui.request_ids, first_requests(requests)),
        (ui.processes, names(&incident.processes)),
        (ui.activities, names(&incident.activities)),
        (ui.machines, names(&incident.machines)),
        (ui.robots, names(&incident.robots)),
        (ui.signature, incident.signature.id.clone()),
        (ui.confidence, incident.signature.confidence.word(lang).to_string()),
        (ui.identity, incident.fingerprint.clone()),
    ];
    let known = fields.into_iter().filter(|(_, value)| !value.is_empty());
    known.map(|(label, value)| IncidentField { label: capitalize(label), value }).collect()
}

fn list(names: impl Iterator<Item = String>, lang: Lang) -> String {
    join_limited(&names.collect::<Vec<_>>(), MAX_NAMES, lang)
}

fn number_unless_zero(n: u64) -> String {
    if n > 0 { format_number(n) } else { String::new() }
}

/// With the whole id, so that a reader can copy it.
fn full_connection(incident: &Incident, lang: Lang) -> String {
    let connection = &incident.connection;
    let name = match (&connection.name, connection.id) {
        (Some(name), Some(id)) => format!("{name} ({id})"),
        (None, Some(id)) => id.to_string(),
        _ => connection_label(connection, lang),
    };
    match &connection.connector {
        Some(connector) => format!("{name}, {connector}"),
        None => name,
    }
}

fn full_connection_folder(incident: &Incident, lang: Lang) -> String {
    let folder = &incident.connection_folder;
    match (&folder.path, folder.key) {
        (Some(path), Some(key)) => format!("{path} ({key})"),
        (None, Some(key)) => key.to_string(),
        _ => connection_folder_label(folder, lang)
            .unwrap_or_else(|| ui_strings(lang).unknown.to_string()),
    }
}

/// At most [`MAX_REQUESTS`] distinct ids.
fn first_requests(requests: &[&str]) -> String {
    let mut ids: Vec<&str> = Vec::new();
    for id in requests {
        if ids.len() < MAX_REQUESTS && !ids.contains(id) {
            ids.push(id);
        }
    }
    ids.join(", ")
}
