//! Translates a finished report: titles, remedies and reasons come from the signatures and the
//! incident itself. Texts of the log and counts never change.

use std::collections::{BTreeMap, BTreeSet};

use crate::correlate::explain::{remediation, why};
use crate::model::{Lang, Report, Signature};

/// The language of the texts that correlation wrote; `None` if the report contains none of them.
pub fn language(report: &Report, signatures: &[Signature]) -> Option<Lang> {
    let of_incidents = report.incidents.iter().find_map(|i| why::language(&i.why.matched));
    of_incidents.or_else(|| {
        report.neighbours.iter().find_map(|neighbour| {
            let signature = signatures.iter().find(|s| s.id == neighbour.signature)?;
            let is_title = |lang| signature.title.get(lang) == neighbour.title;
            match (is_title(Lang::En), is_title(Lang::Ja)) {
                (true, false) => Some(Lang::En),
                (false, true) => Some(Lang::Ja),
                // A title that is the same in both languages proves neither.
                _ => None,
            }
        })
    })
}

/// Translates the texts that correlation wrote. Returns the ids of unknown signatures: their titles
/// and remedies stay in the language of the report.
pub fn translate(report: &mut Report, signatures: &[Signature], lang: Lang) -> BTreeSet<String> {
    let catalogue: BTreeMap<&str, &Signature> =
        signatures.iter().map(|s| (s.id.as_str(), s)).collect();
    let mut unknown = BTreeSet::new();
    for incident in &mut report.incidents {
        let current_lang = why::language(&incident.why.matched);
        incident.why.matched = why::translate_matched(&incident.why.matched, lang);
        let (connection, folder) = (&incident.connection, &incident.connection_folder);
        match catalogue.get(incident.signature.id.as_str()) {
            Some(signature) => {
                incident.why.grouped = why::grouping_reason(signature, connection, folder, lang);
                incident.signature.title = signature.title.get(lang).to_string();
                incident.remediation = remediation::translate_remedy(
                    signature,
                    &incident.remediation,
                    current_lang,
                    lang,
                );
            }
            None => {
                incident.why.grouped = why::connection_grouping_reason(connection, folder, lang);
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
