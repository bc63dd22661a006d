//! The one choke point between what was read and anything that is kept, printed or sent: every text
//! of a digest goes through it before anybody else sees the digest. A new text in the digest needs a
//! line here; the sweep in `tests/cli/secrets.rs` looks for what was forgotten.
//!
//! Messages are redacted where they are cut (`hits`), since a cut may hide what a secret was.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::{
    ConnectionFact, Diagnostics, Digest, FolderFact, FolderRef, Hit, JobFact, MatchDetails,
    SourceKey, TraceFact,
};
use crate::redact::redaction::Redaction;

/// The digest without secrets.
pub fn redact_digest(mut digest: Digest, with: &Redaction) -> Digest {
    let mut texts = TextRedactor { with, known: HashMap::new() };
    let names = RedactedNames::of(&digest, with);
    for hit in digest.hits.values_mut() {
        let hit = Arc::make_mut(hit);
        texts.hit(hit);
        names.keys(&mut hit.places);
    }
    for job in digest.jobs.values_mut() {
        texts.job(job);
    }
    digest.folders = map_set(&mut digest.folders, |fact: &mut FolderFact| {
        texts.folder(&mut fact.folder);
        texts.maybe(&mut fact.name);
        texts.name(&mut fact.directory);
    });
    digest.connections = map_set(&mut digest.connections, |fact| texts.connection(fact));
    digest.traces =
        map_set(&mut digest.traces, |fact: &mut TraceFact| texts.text(&mut fact.activity));
    digest.log_directories = map_set(&mut digest.log_directories, |name| texts.name(name));
    digest.job_directories = map_set(&mut digest.job_directories, |name| texts.name(name));
    names.keys(&mut digest.continuations);
    digest.continuations.values_mut().for_each(|link| texts.text(link));
    names.keys(&mut digest.coverage);
    digest.coverage.values_mut().for_each(|item| texts.text(&mut item.reason));
    let mut diagnostics = Diagnostics::default();
    for mut diagnostic in std::mem::take(&mut digest.diagnostics) {
        diagnostic.source = names.of_source(&SourceKey::new(&diagnostic.source)).to_string();
        texts.text(&mut diagnostic.location);
        texts.text(&mut diagnostic.message);
        diagnostics.add(diagnostic);
    }
    digest.diagnostics = diagnostics;
    digest
}

/// The members of a set, each changed.
fn map_set<T: Ord>(set: &mut BTreeSet<T>, mut change: impl FnMut(&mut T)) -> BTreeSet<T> {
    let members = std::mem::take(set).into_iter();
    members
        .map(|mut member| {
            change(&mut member);
            member
        })
        .collect()
}

/// Sources whose names hold secrets, with the names they get.
struct RedactedNames<'r> {
    renamed: BTreeMap<SourceKey, SourceKey>,
    with: &'r Redaction,
}

impl RedactedNames<'_> {
    /// Two names that differ in their secrets alone stay two.
    fn of<'r>(digest: &Digest, with: &'r Redaction) -> RedactedNames<'r> {
        let mut renamed = BTreeMap::new();
        let mut used: BTreeSet<SourceKey> = BTreeSet::new();
        for key in digest.coverage.keys() {
            let name = with.name(key.as_str());
            if name != key.as_str() {
                let free = unique_name(&name, |name| {
                    used.contains(name) || digest.coverage.contains_key(name)
                });
                used.insert(free.clone());
                renamed.insert(key.clone(), free);
            }
        }
        RedactedNames { renamed, with }
    }

    fn of_source(&self, key: &SourceKey) -> SourceKey {
        match self.renamed.get(key) {
            Some(name) => name.clone(),
            None => SourceKey::new(&self.with.name(key.as_str())),
        }
    }

    fn keys<T, M>(&self, map: &mut M)
    where
        M: Default + IntoIterator<Item = (SourceKey, T)> + FromIterator<(SourceKey, T)>,
    {
        if !self.renamed.is_empty() {
            let rows = std::mem::take(map);
            *map = rows.into_iter().map(|(key, row)| (self.of_source(&key), row)).collect();
        }
    }
}

/// The name, or the first numbered one that is not taken.
pub fn unique_name(name: &str, taken: impl Fn(&SourceKey) -> bool) -> SourceKey {
    let mut free = SourceKey::new(name);
    let mut number = 2_u64;
    while taken(&free) {
        free = SourceKey::new(&format!("{name} ({number})"));
        number += 1;
    }
    free
}

struct TextRedactor<'r> {
    with: &'r Redaction,
    /// Names of processes and hosts come thousands of times, in one copy each.
    known: HashMap<Arc<str>, Arc<str>>,
}

impl TextRedactor<'_> {
    fn text(&self, text: &mut String) {
        if let Cow::Owned(redacted) = self.with.text(text) {
            *text = redacted;
        }
    }

    fn maybe(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn label(&self, label: &mut Option<String>) {
        if let Some(text) = label
            && let Cow::Owned(redacted) = self.with.label(text)
        {
            *text = redacted;
        }
    }

    fn name(&self, name: &mut String) {
        *name = self.with.name(name);
    }

    fn shared(&mut self, text: &mut Option<Arc<str>>) {
        let Some(text) = text else { return };
        let with = self.with;
        let known = self.known.entry(Arc::clone(text));
        *text = Arc::clone(known.or_insert_with_key(|text| match with.text(text) {
            Cow::Owned(redacted) => Arc::from(redacted),
            Cow::Borrowed(_) => Arc::clone(text),
        }));
    }

    fn folder(&self, folder: &mut FolderRef) {
        self.maybe(&mut folder.path);
    }

    fn hit(&mut self, hit: &mut Hit) {
        self.shared(&mut hit.process);
        self.shared(&mut hit.process_version);
        self.shared(&mut hit.robot);
        self.shared(&mut hit.machine);
        self.folder(&mut hit.folder);
        self.maybe(&mut hit.reply_code);
        self.reading(Arc::make_mut(&mut hit.reading));
    }

    fn reading(&self, reading: &mut MatchDetails) {
        if let Some(cause) = &mut reading.cause {
            self.text(&mut cause.code);
            self.text(&mut cause.text);
        }
        for text in [
            &mut reading.connector,
            &mut reading.host,
            &mut reading.request_id,
            &mut reading.activity,
            &mut reading.activity_class,
            &mut reading.workflow,
        ] {
            self.maybe(text);
        }
        reading.codes.iter_mut().for_each(|code| self.text(code));
        reading.named.values_mut().for_each(|value| self.text(value));
        self.text(&mut reading.matched);
    }

    fn job(&self, job: &mut JobFact) {
        if let Some((_, state)) = &mut job.state {
            self.text(state);
        }
        self.maybe(&mut job.process);
        self.maybe(&mut job.machine);
        self.maybe(&mut job.robot);
        self.folder(&mut job.folder);
        job.bindings.iter_mut().for_each(|binding| self.label(&mut binding.label));
        job.directories.iter_mut().for_each(|directory| self.name(directory));
        job.directories.sort();
        job.directories.dedup();
    }

    fn connection(&self, fact: &mut ConnectionFact) {
        self.label(&mut fact.name);
        self.maybe(&mut fact.connector);
        self.maybe(&mut fact.connector_name);
        self.maybe(&mut fact.folder_name);
        self.maybe(&mut fact.state);
        self.name(&mut fact.directory);
    }
}
