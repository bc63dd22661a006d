//! The order of the steps from a merged digest to a report. Read this first.

use crate::correlate::coverage;
use crate::correlate::folder_hint::FolderHint;
use crate::correlate::grouping::{
    classify, connections, folders, incidents, occurrences, platform,
};
use crate::correlate::joining::{agreement, attribution, jobs, records};
use crate::correlate::naming::{names, scope};
use crate::model::Signature;
use crate::model::{Digest, SourceKey};
use crate::model::{Lang, Report, Run, SCHEMA_VERSION, SignatureSet, Summary, Window};
use crate::threads::join2;
use std::collections::BTreeMap;
/// What correlation needs besides the digest.
pub struct CorrelateInput<'a> {
    /// Every signature in use.
    pub signatures: &'a [Signature],
    /// Language of titles, remedies and reasons.
    pub lang: Lang,
    /// How the run went.
    pub run: Run,
    /// The signature set.
    pub set: SignatureSet,
    /// The window asked for.
    pub window: Window,
    /// Folder of records that carry none.
    pub folder_hint: &'a dyn Fn(&SourceKey) -> Option<FolderHint>,
}

/// Builds the report.
pub fn correlate(digest: &Digest, input: CorrelateInput<'_>) -> Report {
    let catalogue: BTreeMap<&str, &Signature> =
        input.signatures.iter().map(|s| (s.id.as_str(), s)).collect();
    let scope = scope::Scope::new(digest);
    let names = names::NameIndex::new(digest, &scope);

    let mut records = records::records(digest);
    jobs::join(&mut records, digest);
    records::fold_copies(&mut records);
    agreement::agree_on_match(&mut records, &catalogue);
    let (mut failing, apart) = classify::classify(records, digest);
    let places = folders::Folders { digest, names: &names, hint: input.folder_hint };
    let told = || {
        attribution::attribute(&mut failing, digest, &names);
        agreement::share_connections(&mut failing);
        let mut occurrences = occurrences::occurrences(failing, digest);
        platform::group_platform_failures(&mut occurrences.failures, &catalogue, &places);
        incidents::incidents(occurrences, &catalogue, &places, input.lang)
    };
    let listed = || classify::unmatched(&apart);
    let ((incidents, rows), (unmatched, unmatched_rest)) = join2(input.run.threads, told, listed);
    let (coverage, diagnostics) = coverage::coverage(digest);
    Report {
        schema_version: SCHEMA_VERSION.to_string(),
        run: input.run,
        signatures: input.set,
        window: input.window,
        coverage,
        summary: summary(&incidents, &rows),
        connections: connections::connections(&incidents, &rows),
        incidents,
        neighbours: classify::neighbours(&apart, &catalogue, input.lang),
        mentions: classify::mentions(digest),
        unmatched,
        unmatched_rest,
        diagnostics,
        occurrences: rows,
    }
}

fn summary(
    incidents: &[crate::model::Incident],
    occurrences: &[crate::model::Occurrence],
) -> Summary {
    let mut summary = Summary {
        incidents: incidents.len() as u64,
        occurrences: occurrences.len() as u64,
        ..Summary::default()
    };
    let jobs: std::collections::BTreeSet<_> =
        occurrences.iter().filter_map(|o| o.job_key).collect();
    summary.jobs = jobs.len() as u64;
    for incident in incidents {
        let add = |map: &mut BTreeMap<String, u64>, word: &str| {
            *map.entry(word.to_string()).or_default() += 1;
        };
        add(&mut summary.by_category, incident.category.as_str());
        add(&mut summary.by_severity, incident.severity.as_str());
        add(&mut summary.by_owner, incident.owner.as_str());
        add(&mut summary.by_state, &incident.state);
    }
    summary
}
