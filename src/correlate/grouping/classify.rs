//! What is listed apart from incidents: neighbours, mentions, and connector errors that no
//! signature takes.

use crate::correlate::grouping::incidents::sample;
use crate::correlate::grouping::template::template;
use crate::correlate::record::MergedRecord;
use crate::model::Signature;
use crate::model::{Category, Digest, Guid, UNMATCHED};
use crate::model::{Lang, Mention, Neighbour, Sample, Unmatched, UnmatchedRest};
use std::collections::{BTreeMap, BTreeSet};
/// Rows shown per neighbour.
const SAMPLES: usize = 3;

/// Templates listed. Whoever writes signatures begins with the most frequent; the rest is counted.
const TEMPLATES: usize = 100;

/// Signs besides letters and digits that a source may hold to stand in a command: they mean nothing
/// between double quotes, whatever shell reads them.
const HARMLESS: &str = " ./_-+,=@#()[]~:»";

/// Divides records into connection failures and the rest.
pub fn classify(
    mut records: Vec<MergedRecord>,
    digest: &Digest,
) -> (Vec<MergedRecord>, Vec<MergedRecord>) {
    let evident: BTreeSet<Guid> = records
        .iter()
        .filter(|r| r.reading.in_context)
        .filter_map(|r| r.job)
        .chain(digest.evidence.iter().copied())
        .collect();
    for record in &mut records {
        let reading = &record.reading;
        let in_context = reading.in_context || record.job.is_some_and(|job| evident.contains(&job));
        if reading.needs_context && !in_context {
            record.details_mut().category = Category::NeighbourNetwork;
        }
    }
    let fails =
        |record: &mut MergedRecord| !(record.reading.category.is_neighbour() || is_unknown(record));
    let failing: Vec<MergedRecord> = records.extract_if(.., fails).collect();
    let mut apart = records;
    let failed_jobs: BTreeSet<Guid> = failing.iter().filter_map(|r| r.job).collect();
    // "Too many consecutive exceptions" in a job whose failure is told is a symptom of it.
    apart.retain(|r| {
        r.reading.category != Category::NeighbourMeta
            || !r.job.is_some_and(|job| failed_jobs.contains(&job))
    });
    (failing, apart)
}

/// Neighbours, by category and signature.
pub fn neighbours(
    apart: &[MergedRecord],
    catalogue: &BTreeMap<&str, &Signature>,
    lang: Lang,
) -> Vec<Neighbour> {
    let mut groups: BTreeMap<(Category, &str), Vec<&MergedRecord>> = BTreeMap::new();
    for record in apart.iter().filter(|record| !is_unknown(record)) {
        let key = (record.reading.category, record.reading.signature.as_ref());
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
                jobs: jobs(&rows).len() as u64,
                first_seen: rows.iter().filter_map(|r| r.at()).min(),
                last_seen: rows.iter().filter_map(|r| r.at()).max(),
                samples: rows.iter().take(SAMPLES).map(|r| shown(r)).collect(),
            }
        })
        .collect()
}

/// Errors that no signature takes, by template, the most frequent first; and what is left of them.
pub fn unmatched(apart: &[MergedRecord]) -> (Vec<Unmatched>, Option<UnmatchedRest>) {
    let mut groups: BTreeMap<String, Vec<&MergedRecord>> = BTreeMap::new();
    for record in apart.iter().filter(|record| is_unknown(record)) {
        let (hit, reading) = (&record.hit, &record.reading);
        let template = template(&hit.core, &hit.text, reading.activity.as_deref(), &reading.codes);
        groups.entry(template).or_default().push(record);
    }
    let mut groups: Vec<(String, Vec<&MergedRecord>)> = groups.into_iter().collect();
    // Stable: templates of equally many records stay in their own order.
    groups.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    let rest = groups.split_off(groups.len().min(TEMPLATES));
    (groups.into_iter().map(|(template, rows)| cluster(template, &rows)).collect(), left(&rest))
}

fn cluster(template: String, rows: &[&MergedRecord]) -> Unmatched {
    let codes: BTreeSet<String> =
        rows.iter().flat_map(|r| r.reading.codes.iter().cloned()).collect();
    let sample = rows.first().map(|r| shown(r));
    Unmatched {
        template,
        records: rows.len() as u64,
        jobs: jobs(rows).len() as u64,
        command: sample.as_ref().and_then(|sample| command(sample, codes.first())),
        codes: codes.into_iter().collect(),
        sample,
    }
}

fn left(rest: &[(String, Vec<&MergedRecord>)]) -> Option<UnmatchedRest> {
    let of_all: BTreeSet<Guid> = rest.iter().flat_map(|(_, rows)| jobs(rows)).collect();
    (!rest.is_empty()).then(|| UnmatchedRest {
        templates: rest.len() as u64,
        records: rest.iter().map(|(_, rows)| rows.len() as u64).sum(),
        jobs: of_all.len() as u64,
    })
}

/// What drafts a signature from a row. A source whose name a shell could read as more than a name
/// gets none: names of files are foreign text, and a command is there to be pasted.
fn command(sample: &Sample, code: Option<&String>) -> Option<String> {
    let harmless = |c: char| c.is_alphanumeric() || HARMLESS.contains(c);
    let source = &sample.source;
    if sample.line == 0 || source.starts_with('-') || !source.chars().all(harmless) {
        return None;
    }
    let id = code.map_or("own.unknown-error".to_string(), |code| {
        format!("own.{}", code.to_ascii_lowercase())
    });
    Some(format!("faultline signatures new {id} --from \"{source}:{}\"", sample.line))
}

fn is_unknown(record: &MergedRecord) -> bool {
    record.reading.signature.as_ref() == UNMATCHED
}

fn shown(record: &MergedRecord) -> Sample {
    sample(record, record.hit.process.as_deref().map(str::to_string))
}

fn jobs(rows: &[&MergedRecord]) -> BTreeSet<Guid> {
    rows.iter().filter_map(|r| r.job).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_holds_only_what_every_shell_leaves_alone() {
        let of = |source: &str, line| {
            let sample = Sample { source: source.to_string(), line, ..Sample::default() };
            command(&sample, Some(&"DAP-RT-1999".to_string()))
        };
        assert_eq!(
            of("nacht/夜間 1.zip » R1/a.log", 7).unwrap(),
            "faultline signatures new own.dap-rt-1999 --from \"nacht/夜間 1.zip » R1/a.log:7\""
        );
        for hostile in
            ["$(x)", "`x`", "a\"b", "a'b", "%x%", "a\nb", "-o", "a;b", "a!b", "a\\b", "a”b"]
        {
            assert_eq!(of(hostile, 7), None, "{hostile}");
        }
        assert_eq!(of("a.json", 0), None);
    }
}
