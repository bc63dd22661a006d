//! A finished report in another language: titles, remedies and reasons come from the signatures
//! and the incident itself. What the log said, and counts, stay as they are.

use crate::correlate::explain::{remediation, why};
use crate::model::Signature;
use crate::model::{Lang, Report};
use std::collections::{BTreeMap, BTreeSet};
/// The language a report's own texts are in; `None` when it has none.
pub fn language(report: &Report, signatures: &[Signature]) -> Option<Lang> {
    let of_incidents = report.incidents.iter().find_map(|i| why::language(&i.why.matched));
    of_incidents.or_else(|| {
        report.neighbours.iter().find_map(|neighbour| {
            let signature = signatures.iter().find(|s| s.id == neighbour.signature)?;
            // A title that is the same in both tells nothing.
            let said = |lang| signature.title.get(lang) == neighbour.title;
            match (said(Lang::En), said(Lang::Ja)) {
                (true, false) => Some(Lang::En),
                (false, true) => Some(Lang::Ja),
                _ => None,
            }
        })
    })
}

/// Puts the report's own texts into a language. Returns the ids of signatures that are not known
/// here: their titles and remedies stay as they are.
pub fn translate(report: &mut Report, signatures: &[Signature], lang: Lang) -> BTreeSet<String> {
    let catalogue: BTreeMap<&str, &Signature> =
        signatures.iter().map(|s| (s.id.as_str(), s)).collect();
    let mut unknown = BTreeSet::new();
    for incident in &mut report.incidents {
        let before = why::language(&incident.why.matched);
        incident.why.matched = why::again(&incident.why.matched, lang);
        let (connection, folder) = (&incident.connection, &incident.connection_folder);
        match catalogue.get(incident.signature.id.as_str()) {
            Some(signature) => {
                incident.why.grouped = why::together(signature, connection, folder, lang);
                incident.signature.title = signature.title.get(lang).to_string();
                incident.remediation =
                    remediation::again(signature, &incident.remediation, before, lang);
            }
            None => {
                incident.why.grouped = why::grouped(connection, folder, lang);
                unknown.insert(incident.signature.id.clone());
            }
        }
    }
    for neighbour in &mut report.neighbours {
        match catalogue.get(neighbour.signature.as_str()) {
            Some(signature) => neighbour.title = signature.title.get(lang).to_string(),
            None => {
                unknown.insert(neighbour.signature.clone());
            }
        }
    }
    unknown
}
