//! The order of the steps from a merged digest to a report. Read this first. Decides nothing
//! itself: every rule is in the step that it calls.

use std::collections::{BTreeMap, BTreeSet};

use crate::correlate::coverage;
use crate::correlate::folder_hint::FolderHint;
use crate::correlate::grouping::{
    attribution, classify, connections, folders, incidents, inventory, occurrences, platform,
};
use crate::correlate::joining::{agreement, copies, jobs, records};
use crate::correlate::naming::{names, scope};
use crate::model::{
    Digest, Incident, Lang, Occurrence, Report, Run, SCHEMA_VERSION, Signature, SignatureSet,
    SourceKey, Summary, Window,
};
use crate::threads::join2;

/// Everything that correlation needs in addition to the digest.
pub struct CorrelateInput<'a> {
    /// Every signature in use.
    pub signatures: &'a [Signature],
    /// Language of titles, remedies and reasons.
    pub lang: Lang,
    pub run: Run,
    pub set: SignatureSet,
    /// The requested time window.
    pub window: Window,
    /// Folder of a source whose records name none.
    pub folder_hint: &'a dyn Fn(&SourceKey) -> Option<FolderHint>,
}

pub fn correlate(digest: &Digest, input: CorrelateInput<'_>) -> Report {
    let catalogue: BTreeMap<&str, &Signature> =
        input.signatures.iter().map(|s| (s.id.as_str(), s)).collect();
    let scope = scope::Scope::new(digest);
    let names = names::NameIndex::new(digest, &scope);

    let mut records = records::records(digest);
    jobs::join_by_file_name(&mut records, digest);
    jobs::complete_from_jobs(&mut records, digest, &scope);
    copies::fold_copies(&mut records);
    // A copy of a row with a job belongs to that job, even if its time lies in another job's span.
    if jobs::join_by_span(&mut records, digest, &scope) {
        jobs::complete_from_jobs(&mut records, digest, &scope);
        copies::fold_copies(&mut records);
    }
    agreement::agree_on_signature(&mut records, &catalogue);
    let classify::ClassifiedRecords { failing, others } = classify::classify(records, digest);
    let has_several_tenants = scope.has_several_tenants();
    let folders = folders::Folders::new(digest, &names, input.folder_hint, has_several_tenants);
    let build_incidents = || {
        let inventories = inventory::Inventories::new(&names);
        let mut occurrences = occurrences::occurrences(failing, digest, &names, &inventories);
        let (failures, several) = (&mut occurrences.failures, has_several_tenants);
        attribution::attribute(failures, digest, &names, &inventories, &catalogue, several);
        platform::group_platform_failures(&mut occurrences.failures, &catalogue, &folders);
        incidents::incidents(occurrences, &catalogue, &folders, input.lang)
    };
    let build_unmatched = || classify::unmatched(&others);
    let ((incidents, rows), (unmatched, unmatched_rest)) =
        join2(input.run.threads, build_incidents, build_unmatched);
    let (coverage, diagnostics) = coverage::coverage(digest, &input.window.timezone_assumed);
    Report {
        schema_version: SCHEMA_VERSION.to_string(),
        lang: Some(input.lang),
        run: input.run,
        signatures: input.set,
        window: input.window,
        coverage,
        summary: summary(&incidents, &rows),
        connections: connections::connections(&incidents, &rows),
        incidents,
        neighbours: classify::neighbours(&others, &catalogue, input.lang),
        mentions: classify::mentions(digest),
        unmatched,
        unmatched_rest,
        diagnostics,
        occurrences: rows,
    }
}

fn summary(incidents: &[Incident], occurrences: &[Occurrence]) -> Summary {
    let jobs: BTreeSet<_> = occurrences.iter().filter_map(|o| o.job_key).collect();
    let mut summary = Summary {
        incidents: incidents.len() as u64,
        occurrences: occurrences.len() as u64,
        jobs: jobs.len() as u64,
        ..Summary::default()
    };
    let increment = |counts: &mut BTreeMap<String, u64>, key: &str| {
        *counts.entry(key.to_string()).or_default() += 1;
    };
    for incident in incidents {
        increment(&mut summary.by_category, incident.category.as_str());
        increment(&mut summary.by_severity, incident.severity.as_str());
        increment(&mut summary.by_owner, incident.owner.as_str());
        increment(&mut summary.by_state, incident.state.as_str());
    }
    summary
}
