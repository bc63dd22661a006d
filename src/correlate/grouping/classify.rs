//! Separates connection failures from what the report lists separately: neighbours, mentions, and
//! connector errors without a signature. Decides no incident; `occurrences` receives the failures.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::correlate::grouping::incidents::sample;
use crate::correlate::grouping::template::template;
use crate::correlate::record::MergedRecord;
use crate::model::{
    Category, Digest, Guid, Lang, Mention, Neighbour, Sample, Signature, UNMATCHED, Unmatched,
    UnmatchedRest,
};

/// Records shown as samples of a neighbour.
const SAMPLES: usize = 3;

/// Templates listed in the report; the rest is only counted. Authors of signatures start with the
/// most frequent ones.
const TEMPLATES: usize = 100;

/// Characters other than letters and digits that the source in a command may contain. Between
/// double quotes no shell interprets them.
const SHELL_SAFE: &str = " ./_-+,=@#()[]~:»";

pub struct ClassifiedRecords {
    pub failing: Vec<MergedRecord>,
    /// Neighbours and records without a signature.
    pub others: Vec<MergedRecord>,
}

/// Separates connection failures from other records. Each list keeps the order of `records`.
pub fn classify(mut records: Vec<MergedRecord>, digest: &Digest) -> ClassifiedRecords {
    let jobs_in_context: BTreeSet<Guid> = records
        .iter()
        .filter(|r| r.details.in_context)
        .filter_map(|r| r.job)
        .chain(digest.evidence.iter().copied())
        .collect();
    for record in &mut records {
        let in_context = record.details.in_context
            || record.job.is_some_and(|job| jobs_in_context.contains(&job));
        if record.details.needs_context && !in_context {
            record.details_mut().category = Category::NeighbourNetwork;
        }
    }
    let is_failure = |record: &mut MergedRecord| {
        !record.details.category.is_neighbour() && !is_unmatched(record)
    };
    let failing: Vec<MergedRecord> = records.extract_if(.., is_failure).collect();
    let failed_jobs: BTreeSet<Guid> = failing.iter().filter_map(|r| r.job).collect();
    // "Too many consecutive exceptions" in a job with a known failure is a symptom of it.
    records.retain(|r| {
        r.details.category != Category::NeighbourMeta
            || !r.job.is_some_and(|job| failed_jobs.contains(&job))
    });
    ClassifiedRecords { failing, others: records }
}

/// Returns neighbours in order of category and signature.
pub fn neighbours(
    others: &[MergedRecord],
    catalogue: &BTreeMap<&str, &Signature>,
    lang: Lang,
) -> Vec<Neighbour> {
    let mut groups: BTreeMap<(Category, &str), Vec<&MergedRecord>> = BTreeMap::new();
    for record in others.iter().filter(|record| !is_unmatched(record)) {
        let key = (record.details.category, record.details.signature.as_ref());
        groups.entry(key).or_default().push(record);
    }
    groups
        .into_iter()
        .map(|((category, signature), rows)| {
            let title = catalogue.get(signature).map_or("", |s| s.title.get(lang));
            Neighbour {
                category,
                title: title.to_string(),
                signature: signature.to_string(),
                records: rows.len() as u64,
                jobs: distinct_jobs(&rows).len() as u64,
                first_seen: rows.iter().filter_map(|r| r.time()).min(),
                last_seen: rows.iter().filter_map(|r| r.time()).max(),
                samples: rows.iter().take(SAMPLES).map(|r| record_sample(r)).collect(),
            }
        })
        .collect()
}

/// Returns the templates of records without a signature, the most frequent first, and the totals of
/// those that are not listed.
pub fn unmatched(others: &[MergedRecord]) -> (Vec<Unmatched>, Option<UnmatchedRest>) {
    let mut groups: BTreeMap<String, Vec<&MergedRecord>> = BTreeMap::new();
    for record in others.iter().filter(|record| is_unmatched(record)) {
        let (hit, details) = (&record.hit, &record.details);
        let template =
            template(&hit.headline, &hit.text, details.activity.as_deref(), &details.codes);
        groups.entry(template).or_default().push(record);
    }
    let mut groups: Vec<(String, Vec<&MergedRecord>)> = groups.into_iter().collect();
    // The sort is stable: templates with equal counts stay in alphabetical order.
    groups.sort_by_key(|(_, rows)| Reverse(rows.len()));
    let unlisted = groups.split_off(groups.len().min(TEMPLATES));
    let listed =
        groups.into_iter().map(|(template, rows)| unmatched_row(template, &rows)).collect();
    (listed, unlisted_totals(&unlisted))
}

fn unmatched_row(template: String, rows: &[&MergedRecord]) -> Unmatched {
    let codes: BTreeSet<String> =
        rows.iter().flat_map(|r| r.details.codes.iter().cloned()).collect();
    let sample = rows.first().map(|r| record_sample(r));
    Unmatched {
        template,
        records: rows.len() as u64,
        jobs: distinct_jobs(rows).len() as u64,
        command: sample.as_ref().and_then(|sample| draft_command(sample, codes.first())),
        codes: codes.into_iter().collect(),
        sample,
    }
}

fn unlisted_totals(unlisted: &[(String, Vec<&MergedRecord>)]) -> Option<UnmatchedRest> {
    let jobs: BTreeSet<Guid> = unlisted.iter().flat_map(|(_, rows)| distinct_jobs(rows)).collect();
    (!unlisted.is_empty()).then(|| UnmatchedRest {
        templates: unlisted.len() as u64,
        records: unlisted.iter().map(|(_, rows)| rows.len() as u64).sum(),
        jobs: jobs.len() as u64,
    })
}

/// The command that drafts a signature from a row. Users paste it into a shell, and names of sources
/// are untrusted input: a name that a shell could interpret gets no command.
fn draft_command(sample: &Sample, code: Option<&String>) -> Option<String> {
    let is_safe = |c: char| c.is_alphanumeric() || SHELL_SAFE.contains(c);
    let source = &sample.source;
    if sample.line == 0 || source.starts_with('-') || !source.chars().all(is_safe) {
        return None;
    }
    let id = code.map_or("own.unknown-error".to_string(), |code| {
        format!("own.{}", code.to_ascii_lowercase())
    });
    Some(format!("faultline signatures new {id} --from \"{source}:{}\"", sample.line))
}

fn is_unmatched(record: &MergedRecord) -> bool {
    record.details.signature.as_ref() == UNMATCHED
}

fn record_sample(record: &MergedRecord) -> Sample {
    sample(record, record.hit.process.as_deref().map(str::to_string))
}

fn distinct_jobs(rows: &[&MergedRecord]) -> BTreeSet<Guid> {
    rows.iter().filter_map(|r| r.job).collect()
}

/// Returns mentions in order of signature id.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draft_command_contains_no_shell_syntax() {
        let command_for = |source: &str, line| {
            let sample = Sample { source: source.to_string(), line, ..Sample::default() };
            draft_command(&sample, Some(&"DAP-RT-1999".to_string()))
        };
        assert_eq!(
            command_for("nacht/夜間 1.zip » R1/a.log", 7).unwrap(),
            "faultline signatures new own.dap-rt-1999 --from \"nacht/夜間 1.zip » R1/a.log:7\""
        );
        for hostile in
            ["$(x)", "`x`", "a\"b", "a'b", "%x%", "a\nb", "-o", "a;b", "a!b", "a\\b", "a”b"]
        {
            assert_eq!(command_for(hostile, 7), None, "{hostile}");
        }
        assert_eq!(command_for("a.json", 0), None);
    }
}
