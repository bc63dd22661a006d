//! The connections of the report, each with the totals of its incidents. Comes after `incidents`
//! and changes none of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ConnectionFolder, ConnectionRow, Guid, Incident, Occurrence, Owner, Severity};

/// The connection, or the key and path of its folder where the connection is unknown.
type ConnectionKey = (Option<Guid>, Option<Guid>, Option<String>);

/// One row per connection, in order of connection id. Incidents without a connection share a row
/// per folder and come first, in order of folder.
pub fn connections(incidents: &[Incident], occurrences: &[Occurrence]) -> Vec<ConnectionRow> {
    let mut jobs: BTreeMap<&str, BTreeSet<Guid>> = BTreeMap::new();
    for occurrence in occurrences {
        jobs.entry(&occurrence.incident_id).or_default().extend(occurrence.job_key);
    }
    let mut rows: BTreeMap<ConnectionKey, ConnectionRow> = BTreeMap::new();
    for incident in incidents {
        let folder: &ConnectionFolder = &incident.connection_folder;
        let key = match incident.connection.id {
            Some(_) => (incident.connection.id, None, None),
            None => (None, folder.key, folder.path.clone()),
        };
        let row = rows.entry(key).or_insert_with(|| ConnectionRow {
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
        add_incident(row, incident);
    }
    for row in rows.values_mut() {
        row.incidents.sort();
        row.signatures.sort();
        // A job may belong to several incidents of a connection; a sum would count it twice.
        let jobs_of_row = row.incidents.iter().filter_map(|id| jobs.get(id.as_str())).flatten();
        row.jobs = jobs_of_row.collect::<BTreeSet<_>>().len() as u64;
    }
    rows.into_values().collect()
}

fn add_incident(row: &mut ConnectionRow, incident: &Incident) {
    if row.incidents.is_empty() || incident.severity < row.worst_severity {
        row.worst_severity = incident.severity;
        row.owner = incident.owner;
    }
    if incident.connection.id.is_none() && !row.incidents.is_empty() {
        // Several unknown connections share the row, so it must not name one of them.
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
