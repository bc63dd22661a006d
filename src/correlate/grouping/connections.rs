//! Connections with all their incidents.

use crate::model::{ConnectionFolder, ConnectionRow, Incident, Occurrence};
use crate::model::{Guid, Owner, Severity};
use std::collections::{BTreeMap, BTreeSet};
/// A connection, or where none is known the key and path of its folder.
type ConnectionKey = (Option<Guid>, Option<Guid>, Option<String>);

/// One row per connection and folder, ordered by connection id, then folder; incidents without a
/// connection share a row per folder.
pub fn connections(incidents: &[Incident], occurrences: &[Occurrence]) -> Vec<ConnectionRow> {
    let mut jobs: BTreeMap<&str, BTreeSet<Guid>> = BTreeMap::new();
    for occurrence in occurrences {
        jobs.entry(&occurrence.incident_id).or_default().extend(occurrence.job_key);
    }
    let mut rows: BTreeMap<ConnectionKey, ConnectionRow> = BTreeMap::new();
    for incident in incidents {
        let folder: &ConnectionFolder = &incident.connection_folder;
        let place = match incident.connection.id {
            Some(_) => (incident.connection.id, None, None),
            None => (None, folder.key, folder.path.clone()),
        };
        let row = rows.entry(place).or_insert_with(|| ConnectionRow {
            connection: incident.connection.clone(),
            connection_folder: folder.clone(),
            incidents: Vec::new(),
            signatures: Vec::new(),
            occurrences: 0,
            jobs: 0,
            first_seen: None,
            last_seen: None,
            worst_severity: Severity::Low,
            owner: Owner::ConnectionOwner,
        });
        add(row, incident);
    }
    for row in rows.values_mut() {
        row.incidents.sort();
        row.signatures.sort();
        // One job may stand in several incidents of a connection; a sum would count it twice.
        let of_row = row.incidents.iter().filter_map(|id| jobs.get(id.as_str())).flatten();
        row.jobs = of_row.collect::<BTreeSet<_>>().len() as u64;
    }
    rows.into_values().collect()
}

fn add(row: &mut ConnectionRow, incident: &Incident) {
    if row.incidents.is_empty() || incident.severity < row.worst_severity {
        row.worst_severity = incident.severity;
        row.owner = incident.owner;
    }
    if incident.connection.id.is_none() && !row.incidents.is_empty() {
        // Several unknown connections share the row: it names none of them.
        row.connection.connector = None;
        row.connection.candidates.clear();
    }
    row.connection.attribution = row.connection.attribution.min(incident.connection.attribution);
    row.incidents.push(incident.id.clone());
    if !row.signatures.contains(&incident.signature.id) {
        row.signatures.push(incident.signature.id.clone());
    }
    row.occurrences += incident.counts.occurrences;
    row.first_seen = match (row.first_seen, incident.first_seen) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    row.last_seen = row.last_seen.max(incident.last_seen);
}
