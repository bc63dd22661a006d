//! From a selection to the tasks of a run: which sources are read, under which names.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::discover;
use crate::discover::{Plan, SourceOrigin, SourceSelection};
use crate::model::{Digest, SourceKey};
use crate::pipeline::settings::{PipelineError, Settings};
use crate::read::Task;
use crate::redact::{Redaction, redact_digest, unique_name};

/// Sources given with `--names` stand under this in the books, so that they never share a name
/// with a scanned one.
const NAMES_PREFIX: &str = "--names/";

/// Finds the sources. Fails when a pattern is wrong or no PATH exists.
pub fn plan(settings: &Settings) -> Result<ScanPlan, PipelineError> {
    let redaction = &settings.redaction;
    let main = sources(settings.selection.clone(), redaction)?;
    let names = if settings.names.is_empty() {
        Plan::default()
    } else {
        let roots = settings.names.clone();
        let found = discover::plan(&SourceSelection { roots, ..SourceSelection::default() })?;
        without_secrets(found, redaction)
    };
    // Where every file really lies is only asked when one could be given twice.
    let read = if names.sources.is_empty() { &[] } else { &main.sources[..] };
    let known: BTreeSet<PathBuf> =
        read.iter().filter_map(|found| found.path.canonicalize().ok()).collect();
    let mut planned = ScanPlan { tasks: Vec::new(), digest: Digest::default() };
    planned.add(main, None, &|_| true);
    planned.add(names, Some(NAMES_PREFIX), &|path| {
        path.canonicalize().map_or(true, |path| !known.contains(&path))
    });
    Ok(planned)
}

/// Finds the sources of a selection alone, for those who only look. Fails like [`plan`].
/// Names of sources that hold secrets get others.
pub fn sources(selection: SourceSelection, redaction: &Redaction) -> Result<Plan, PipelineError> {
    let found = discover::plan(&selection)?;
    if !selection.roots.is_empty() && found.missing.len() == selection.roots.len() {
        return Err(nothing_there(&found));
    }
    Ok(without_secrets(found, redaction))
}

/// The plan under names that hold no secrets; two names that differ in those alone stay two.
fn without_secrets(mut plan: Plan, redaction: &Redaction) -> Plan {
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

fn nothing_there(plan: &Plan) -> PipelineError {
    let missing: Vec<String> = plan.missing.iter().map(|path| path.display().to_string()).collect();
    PipelineError::NothingThere(missing.join(", "))
}

/// Sources to read, and what is already known of those that will not be.
pub struct ScanPlan {
    pub(crate) tasks: Vec<Task>,
    pub(crate) digest: Digest,
}

impl ScanPlan {
    /// The sources that are read.
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// Sources and their bytes on disk.
    pub fn extent(&self) -> (u64, u64) {
        (self.tasks.len() as u64, self.tasks.iter().map(|task| task.size).sum())
    }

    fn add(&mut self, plan: Plan, prefix: Option<&str>, wanted: &dyn Fn(&PathBuf) -> bool) {
        let renamed = |key: &SourceKey| match prefix {
            Some(prefix) => SourceKey::new(&format!("{prefix}{key}")),
            None => key.clone(),
        };
        for found in plan.sources.into_iter().filter(|found| wanted(&found.path)) {
            self.tasks.push(Task {
                number: self.tasks.len(),
                key: renamed(&found.key),
                path: found.path,
                size: found.size,
                named: prefix.is_some(),
                stdin: found.origin == SourceOrigin::Stdin,
                pipe: found.origin == SourceOrigin::Pipe,
            });
        }
        for (key, item) in plan.unread {
            self.digest.coverage.insert(renamed(&key), item);
        }
        for mut diagnostic in plan.diagnostics {
            diagnostic.source = renamed(&SourceKey::new(&diagnostic.source)).to_string();
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
    fn a_problem_of_a_name_source_stands_under_its_own_key() {
        let dir = tempfile::tempdir().unwrap();
        let gone = |name: &str| dir.path().join(name);
        let settings = settings(vec![dir.path().into()], vec![gone("a"), gone("b")]);
        let digest = plan(&settings).ok().unwrap().digest;
        let told: Vec<&str> = digest.diagnostics.iter().map(|d| d.source.as_str()).collect();
        let booked: Vec<&str> = digest.coverage.keys().map(SourceKey::as_str).collect();
        assert_eq!(told, booked);
        assert_eq!(told.len(), 2);
    }
}
