//! Translates a finished report: titles, remedies and reasons come from the signatures and the data
//! of the incident. Texts of the log and counts never change.

use std::collections::{BTreeMap, BTreeSet};

use crate::correlate::explain::{remediation, why};
use crate::model::{Lang, Report, Signature};

/// Translates the texts that correlation wrote. Returns the ids of unknown signatures: their titles
/// and remedies stay in the language of the report, as the reasons of a report before version 1.1
/// do, which has no data for them.
pub fn translate(report: &mut Report, signatures: &[Signature], lang: Lang) -> BTreeSet<String> {
    let catalogue: BTreeMap<&str, &Signature> =
        signatures.iter().map(|s| (s.id.as_str(), s)).collect();
    let mut unknown = BTreeSet::new();
    for incident in &mut report.incidents {
        if let Some(data) = incident.why.data.take() {
            incident.why = why::explain(data, incident.connection.attribution, lang);
        }
        match catalogue.get(incident.signature.id.as_str()) {
            Some(signature) => {
                incident.signature.title = signature.title.get(lang).to_string();
                let values = std::mem::take(&mut incident.remediation.values);
                incident.remediation = remediation::fill_remedy(signature, values, lang);
            }
            None => {
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
    report.lang = Some(lang);
    unknown
}
