//! From a merged digest to incidents, once: rows that are copies become records, records join
//! their jobs, witnesses become occurrences, occurrences become incidents, and everything gets
//! the names that the input can prove.
//!
//! The order of the steps is the order of the modules: `records`, `jobs`, `failures`,
//! `attribution`, `occurrences`, `platform`, `incidents`, with `names`, `scope`, `weight` and `remedy`
//! beside them.
//! Where there is a past, `life` compares with it, by `carriers`. `translate` says a finished report again in another
//! language. Nothing here reads files or prints.

mod apart;
mod attribution;
mod books;
mod carriers;
mod connections;
mod failures;
mod folders;
mod incidents;
mod jobs;
mod life;
mod names;
mod occurrences;
mod platform;
mod records;
mod remedy;
mod resolve;
mod retell;
mod scope;
mod spans;
mod template;
mod weight;
mod words;

use std::collections::BTreeMap;

pub use life::{LifecycleInput, LifecycleOutcome, assign_states};
pub use names::UnresolvedReason;
pub use resolve::{NameReport, NameResolution, resolve};
pub use retell::{language, translate};

use crate::model::report::{Lang, Report, Run, SCHEMA_VERSION, SignatureSet, Summary, Window};
use crate::model::signature::Signature;
use crate::model::{Digest, SourceKey};
use crate::threads::join2;

/// A folder that the caller knows for a source whose records carry none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FolderHint {
    /// Its path.
    pub path: String,
    /// `path` or `option`.
    pub source: &'static str,
}

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
    failures::agree_on_match(&mut records, &catalogue);
    let (mut failing, apart) = apart::classify(records, digest);
    let places = folders::Folders { digest, names: &names, hint: input.folder_hint };
    let told = || {
        attribution::attribute(&mut failing, digest, &names);
        failures::share_connections(&mut failing);
        let mut occurrences = occurrences::occurrences(failing, digest);
        platform::group_platform_failures(&mut occurrences.failures, &catalogue, &places);
        incidents::incidents(occurrences, &catalogue, &places, input.lang)
    };
    let listed = || apart::unmatched(&apart);
    let ((incidents, rows), (unmatched, unmatched_rest)) = join2(input.run.threads, told, listed);
    let (coverage, diagnostics) = books::coverage(digest);
    Report {
        schema_version: SCHEMA_VERSION.to_string(),
        run: input.run,
        signatures: input.set,
        window: input.window,
        coverage,
        summary: summary(&incidents, &rows),
        connections: connections::connections(&incidents, &rows),
        incidents,
        neighbours: apart::neighbours(&apart, &catalogue, input.lang),
        mentions: apart::mentions(digest),
        unmatched,
        unmatched_rest,
        diagnostics,
        occurrences: rows,
    }
}

fn summary(
    incidents: &[crate::model::report::Incident],
    occurrences: &[crate::model::report::Occurrence],
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
