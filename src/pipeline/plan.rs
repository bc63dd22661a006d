//! Turns a selection of sources into the tasks of a run, with a redacted key for each source. Opens
//! no source; `steps` reads the planned ones.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::discover;
use crate::discover::{FoundSource, SourceOrigin, SourcePlan, SourceSelection};
use crate::model::{Digest, SourceKey, SourceUse};
use crate::pipeline::settings::{PipelineError, Settings};
use crate::read::Task;
use crate::redact::{Redaction, redact_digest, unique_name};

/// Prefix of the keys of sources given with `--names`, so that they never share a key with a scanned
/// source.
const NAMES_PREFIX: &str = "--names/";

/// Plans the selected sources and those of `--names`. Fails if a pattern is invalid or none of the
/// selected paths exists.
pub fn plan(settings: &Settings) -> Result<ScanPlan, PipelineError> {
    let redaction = &settings.redaction;
    let main = sources(settings.selection.clone(), redaction)?;
    let names = if settings.names.is_empty() {
        SourcePlan::default()
    } else {
        let roots = settings.names.clone();
        let found = discover::plan(&SourceSelection { roots, ..SourceSelection::default() })?;
        without_secrets(found, redaction)
    };
    // Canonical paths cost a system call each and matter only if a file can be given twice.
    let scanned = if names.sources.is_empty() { &[] } else { &main.sources[..] };
    let scanned = canonical_paths(scanned);
    let named = canonical_paths(&names.sources);
    let is_in = |paths: &BTreeSet<PathBuf>, path: &PathBuf| {
        !paths.is_empty() && path.canonicalize().is_ok_and(|path| paths.contains(&path))
    };
    let mut planned = ScanPlan { tasks: Vec::new(), digest: Digest::default() };
    planned.add(main, "", &|path| {
        let is_named = is_in(&named, path);
        Some(if is_named { SourceUse::RecordsAndNames } else { SourceUse::Records })
    });
    // A file below a PATH is read once, for both purposes.
    planned.add(names, NAMES_PREFIX, &|path| (!is_in(&scanned, path)).then_some(SourceUse::Names));
    Ok(planned)
}

fn canonical_paths(sources: &[FoundSource]) -> BTreeSet<PathBuf> {
    sources.iter().filter_map(|found| found.path.canonicalize().ok()).collect()
}

/// Finds the sources of a selection alone, for commands that only inspect them. Fails like [`plan`].
/// Keys that contain secrets are redacted.
pub fn sources(
    selection: SourceSelection,
    redaction: &Redaction,
) -> Result<SourcePlan, PipelineError> {
    let found = discover::plan(&selection)?;
    if !selection.roots.is_empty() && found.missing.len() == selection.roots.len() {
        return Err(no_path_error(&found));
    }
    Ok(without_secrets(found, redaction))
}

/// Redacts the keys of a plan. Two keys that differ only in redacted text stay distinct.
fn without_secrets(mut plan: SourcePlan, redaction: &Redaction) -> SourcePlan {
    let mut taken: BTreeSet<SourceKey> = plan
        .sources
        .iter()
        .map(|found| found.key.clone())
        .chain(plan.unread.iter().map(|(key, _)| key.clone()))
        .collect();
    for found in &mut plan.sources {
        let name = redaction.name(found.key.as_str());
        if name != found.key.as_str() {
            found.key = unique_name(&name, |name| taken.contains(name));
            taken.insert(found.key.clone());
        }
    }
    let unread = Digest {
        coverage: std::mem::take(&mut plan.unread).into_iter().collect(),
        diagnostics: std::mem::take(&mut plan.diagnostics).into(),
        ..Digest::default()
    };
    let unread = redact_digest(unread, redaction);
    plan.unread = unread.coverage.into_iter().collect();
    plan.diagnostics = unread.diagnostics.into();
    plan
}

fn no_path_error(plan: &SourcePlan) -> PipelineError {
    let missing: Vec<String> = plan.missing.iter().map(|path| path.display().to_string()).collect();
    PipelineError::NothingThere(missing.join(", "))
}

/// The sources to read, and the coverage and diagnostics of those that cannot be read.
pub struct ScanPlan {
    pub(crate) tasks: Vec<Task>,
    pub(crate) digest: Digest,
}

impl ScanPlan {
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// The number of sources, and their bytes on disk.
    pub fn extent(&self) -> (u64, u64) {
        (self.tasks.len() as u64, self.tasks.iter().map(|task| task.size).sum())
    }

    /// Adds the sources for which `purpose` says what they are read for.
    fn add(
        &mut self,
        plan: SourcePlan,
        prefix: &str,
        purpose: &dyn Fn(&PathBuf) -> Option<SourceUse>,
    ) {
        let prefixed = |key: &SourceKey| SourceKey::new(&format!("{prefix}{key}"));
        for found in plan.sources {
            let Some(purpose) = purpose(&found.path) else { continue };
            self.tasks.push(Task {
                number: self.tasks.len(),
                key: prefixed(&found.key),
                path: found.path,
                size: found.size,
                purpose,
                stdin: found.origin == SourceOrigin::Stdin,
                pipe: found.origin == SourceOrigin::Pipe,
            });
        }
        for (key, item) in plan.unread {
            self.digest.coverage.insert(prefixed(&key), item);
        }
        for mut diagnostic in plan.diagnostics {
            diagnostic.source = prefixed(&SourceKey::new(&diagnostic.source)).to_string();
            self.digest.diagnostics.add(diagnostic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(roots: Vec<PathBuf>, names: Vec<PathBuf>) -> Settings {
        let selection = SourceSelection { roots, ..SourceSelection::default() };
        Settings { selection, names, ..Settings::default() }
    }

    #[test]
    fn a_diagnostic_of_a_name_source_has_the_key_of_its_coverage() {
        let dir = tempfile::tempdir().unwrap();
        let missing = |name: &str| dir.path().join(name);
        let settings = settings(vec![dir.path().into()], vec![missing("a"), missing("b")]);
        let digest = plan(&settings).ok().unwrap().digest;
        let diagnosed: Vec<&str> = digest.diagnostics.iter().map(|d| d.source.as_str()).collect();
        let covered: Vec<&str> = digest.coverage.keys().map(SourceKey::as_str).collect();
        assert_eq!(diagnosed, covered);
        assert_eq!(diagnosed.len(), 2);
    }
}
