//! What is listed apart from incidents: neighbours, mentions, and connector errors that no
//! signature takes.

use std::collections::{BTreeMap, BTreeSet};

use super::incidents::sample;
use super::records::Record;
use crate::model::report::{Lang, Mention, Neighbour, Unmatched};
use crate::model::signature::Signature;
use crate::model::text::cut;
use crate::model::{Category, Digest, Guid, UNMATCHED};

/// Rows shown per neighbour.
const SAMPLES: usize = 3;

/// A template longer than this says no more.
const TEMPLATE: usize = 240;

/// Divides records into connection failures and the rest.
pub fn split(records: Vec<Record>, digest: &Digest) -> (Vec<Record>, Vec<Record>) {
    let evident: BTreeSet<Guid> = records
        .iter()
        .filter(|r| r.reading.in_context)
        .filter_map(|r| r.job)
        .chain(digest.evidence.iter().copied())
        .collect();
    let (mut failing, mut apart) = (Vec::new(), Vec::new());
    for mut record in records {
        let reading = &mut record.reading;
        let in_context = reading.in_context || record.job.is_some_and(|job| evident.contains(&job));
        if reading.needs_context && !in_context {
            reading.category = Category::NeighbourNetwork;
        }
        let incident = !reading.category.is_neighbour() && reading.signature.as_ref() != UNMATCHED;
        if incident { failing.push(record) } else { apart.push(record) }
    }
    let failed_jobs: BTreeSet<Guid> = failing.iter().filter_map(|r| r.job).collect();
    // "Too many consecutive exceptions" in a job whose failure is told is a symptom of it.
    apart.retain(|r| {
        r.reading.category != Category::NeighbourMeta
            || !r.job.is_some_and(|job| failed_jobs.contains(&job))
    });
    (failing, apart)
}

/// The lists of the report.
pub fn listed(
    apart: Vec<Record>,
    catalogue: &BTreeMap<&str, &Signature>,
    lang: Lang,
) -> (Vec<Neighbour>, Vec<Unmatched>) {
    let mut neighbours: BTreeMap<(Category, String), Vec<Record>> = BTreeMap::new();
    let mut unknown: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for record in apart {
        if record.reading.signature.as_ref() == UNMATCHED {
            unknown.entry(template(&record.hit.core)).or_default().push(record);
        } else {
            let key = (record.reading.category, record.reading.signature.to_string());
            neighbours.entry(key).or_default().push(record);
        }
    }
    let neighbours = neighbours
        .into_iter()
        .map(|((category, signature), rows)| {
            let title = catalogue.get(signature.as_str()).map_or("", |s| s.title.get(lang));
            Neighbour {
                category,
                title: title.to_string(),
                signature,
                records: rows.len() as u64,
                jobs: jobs(&rows),
                first_seen: rows.iter().filter_map(Record::at).min(),
                last_seen: rows.iter().filter_map(Record::at).max(),
                samples: rows.iter().take(SAMPLES).map(shown).collect(),
            }
        })
        .collect();
    let mut unmatched: Vec<Unmatched> = unknown
        .into_iter()
        .map(|(template, rows)| {
            let codes: BTreeSet<String> =
                rows.iter().flat_map(|r| r.reading.codes.iter().cloned()).collect();
            Unmatched {
                template,
                records: rows.len() as u64,
                jobs: jobs(&rows),
                codes: codes.into_iter().collect(),
                sample: rows.first().map(shown),
            }
        })
        .collect();
    unmatched.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.template.cmp(&b.template)));
    (neighbours, unmatched)
}

fn shown(record: &Record) -> crate::model::report::Sample {
    sample(record, record.hit.process.as_deref().map(str::to_string))
}

fn jobs(rows: &[Record]) -> u64 {
    rows.iter().filter_map(|r| r.job).collect::<BTreeSet<_>>().len() as u64
}

/// Mentions per signature.
pub fn mentions(digest: &Digest) -> Vec<Mention> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for ((signature, _), count) in &digest.mentions {
        *counts.entry(signature).or_default() += count;
    }
    counts
        .into_iter()
        .map(|(signature, records)| Mention { signature: signature.to_string(), records })
        .collect()
}

/// The text with ids, numbers and quoted names masked: equal for equal errors of different jobs.
fn template(core: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    let mut quote = None;
    for c in core.chars().chain(std::iter::once(' ')) {
        if let Some(open) = quote {
            if c == open {
                out.push('…');
                out.push(c);
                quote = None;
            }
            continue;
        }
        if c.is_alphanumeric() || c == '-' {
            word.push(c);
            continue;
        }
        flush(&mut word, &mut out);
        // An apostrophe inside a word (`doesn't`) opens nothing.
        let opens = c == '"' || c == '\'' && !out.ends_with(char::is_alphanumeric);
        if opens {
            quote = Some(c);
        }
        out.push(c);
    }
    if quote.is_some() {
        out.push('…');
    }
    cut(out.trim(), TEMPLATE).to_string()
}

fn flush(word: &mut String, out: &mut String) {
    let is_code = ["DAP-", "CNS", "AADSTS"].iter().any(|family| word.starts_with(family));
    if Guid::parse(word).is_some() {
        out.push_str("<id>");
    } else if !is_code && word.chars().any(|c| c.is_ascii_digit()) {
        out.push('#');
    } else {
        out.push_str(word);
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_forget_what_differs_between_jobs() {
        assert_eq!(
            template(
                "Job 12: can't open \"Sales\" of 0f6f6a0e-2c55-4b8f-9d6e-3b0a51c7e9aa. Error code: DAP-RT-1999."
            ),
            "Job #: can't open \"…\" of <id>. Error code: DAP-RT-1999."
        );
    }
}
