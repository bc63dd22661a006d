//! Redacts every text of a digest, between scanning a source and any use of its digest. Nothing
//! else may store, print or send a text of a digest first. A new text in the digest needs a line
//! here; the sweep in `tests/cli/secrets.rs` finds forgotten ones.
//!
//! Messages are redacted where they are cut (`scan::hits`), since redaction would not recognise
//! half a secret.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::{
    ConnectionFact, Diagnostics, Digest, FolderFact, FolderRef, Hit, JobFact, MatchDetails,
    SourceKey, TenantFact, TraceFact,
};
use crate::redact::redaction::Redaction;

pub fn redact_digest(mut digest: Digest, with: &Redaction) -> Digest {
    let mut texts = TextRedactor { with, shared: HashMap::new() };
    let names = RedactedNames::new(&digest, with);
    for hit in digest.hits.values_mut() {
        let hit = Arc::make_mut(hit);
        texts.hit(hit);
        names.rename_keys(&mut hit.locations);
    }
    for job in digest.jobs.values_mut() {
        texts.job(job);
    }
    digest.folders = map_set(&mut digest.folders, |fact: &mut FolderFact| {
        texts.folder(&mut fact.folder);
        texts.optional(&mut fact.name);
        texts.name(&mut fact.directory);
    });
    digest.connections = map_set(&mut digest.connections, |fact| texts.connection(fact));
    digest.traces = map_set(&mut digest.traces, |fact: &mut TraceFact| {
        texts.text(&mut fact.activity);
        texts.optional(&mut fact.connector);
    });
    digest.tenants = map_set(&mut digest.tenants, |fact: &mut TenantFact| {
        texts.text(&mut fact.tenant);
        texts.name(&mut fact.directory);
    });
    digest.log_directories = map_set(&mut digest.log_directories, |name| texts.name(name));
    digest.job_directories = map_set(&mut digest.job_directories, |name| texts.name(name));
    names.rename_keys(&mut digest.continuations);
    digest.continuations.values_mut().for_each(|link| texts.text(link));
    names.rename_keys(&mut digest.coverage);
    digest.coverage.values_mut().for_each(|item| texts.text(&mut item.reason));
    let mut diagnostics = Diagnostics::default();
    for mut diagnostic in std::mem::take(&mut digest.diagnostics) {
        diagnostic.source = names.redacted_key(&SourceKey::new(&diagnostic.source)).to_string();
        texts.text(&mut diagnostic.location);
        texts.text(&mut diagnostic.message);
        diagnostics.add(diagnostic);
    }
    digest.diagnostics = diagnostics;
    digest
}

/// Takes the members of a set and returns them changed.
fn map_set<T: Ord>(set: &mut BTreeSet<T>, mut change: impl FnMut(&mut T)) -> BTreeSet<T> {
    let members = std::mem::take(set).into_iter();
    members
        .map(|mut member| {
            change(&mut member);
            member
        })
        .collect()
}

/// The new names of the sources whose names hold secrets.
struct RedactedNames<'r> {
    renamed: BTreeMap<SourceKey, SourceKey>,
    with: &'r Redaction,
}

impl RedactedNames<'_> {
    /// Two names that differ only in their secrets get different new names.
    fn new<'r>(digest: &Digest, with: &'r Redaction) -> RedactedNames<'r> {
        let mut renamed = BTreeMap::new();
        let mut used: BTreeSet<SourceKey> = BTreeSet::new();
        for key in digest.coverage.keys() {
            let name = with.name(key.as_str());
            if name != key.as_str() {
                let unique = unique_name(&name, |name| {
                    used.contains(name) || digest.coverage.contains_key(name)
                });
                used.insert(unique.clone());
                renamed.insert(key.clone(), unique);
            }
        }
        RedactedNames { renamed, with }
    }

    fn redacted_key(&self, key: &SourceKey) -> SourceKey {
        match self.renamed.get(key) {
            Some(name) => name.clone(),
            None => SourceKey::new(&self.with.name(key.as_str())),
        }
    }

    fn rename_keys<T, M>(&self, map: &mut M)
    where
        M: Default + IntoIterator<Item = (SourceKey, T)> + FromIterator<(SourceKey, T)>,
    {
        if !self.renamed.is_empty() {
            let rows = std::mem::take(map);
            *map = rows.into_iter().map(|(key, row)| (self.redacted_key(&key), row)).collect();
        }
    }
}

/// The name, or the first of `name (2)`, `name (3)` … that is not in use.
pub fn unique_name(name: &str, is_used: impl Fn(&SourceKey) -> bool) -> SourceKey {
    let mut key = SourceKey::new(name);
    let mut number = 2_u64;
    while is_used(&key) {
        key = SourceKey::new(&format!("{name} ({number})"));
        number += 1;
    }
    key
}

struct TextRedactor<'r> {
    with: &'r Redaction,
    /// Redacted text by original. Names of processes and hosts occur thousands of times; each is
    /// redacted once and stays one shared copy.
    shared: HashMap<Arc<str>, Arc<str>>,
}

impl TextRedactor<'_> {
    fn text(&self, text: &mut String) {
        if let Cow::Owned(redacted) = self.with.text(text) {
            *text = redacted;
        }
    }

    fn optional(&self, text: &mut Option<String>) {
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

    fn shared_text(&mut self, text: &mut Option<Arc<str>>) {
        let Some(text) = text else { return };
        let with = self.with;
        let entry = self.shared.entry(Arc::clone(text));
        *text = Arc::clone(entry.or_insert_with_key(|text| match with.text(text) {
            Cow::Owned(redacted) => Arc::from(redacted),
            Cow::Borrowed(_) => Arc::clone(text),
        }));
    }

    fn folder(&self, folder: &mut FolderRef) {
        self.optional(&mut folder.path);
    }

    fn hit(&mut self, hit: &mut Hit) {
        self.shared_text(&mut hit.process);
        self.shared_text(&mut hit.process_version);
        self.shared_text(&mut hit.robot);
        self.shared_text(&mut hit.machine);
        self.folder(&mut hit.folder);
        self.optional(&mut hit.reply_code);
        self.match_details(Arc::make_mut(&mut hit.details));
    }

    fn match_details(&self, details: &mut MatchDetails) {
        if let Some(cause) = &mut details.cause {
            self.text(&mut cause.code);
            self.text(&mut cause.text);
        }
        for text in [
            &mut details.connector,
            &mut details.host,
            &mut details.request_id,
            &mut details.activity,
            &mut details.activity_class,
            &mut details.workflow,
        ] {
            self.optional(text);
        }
        details.codes.iter_mut().for_each(|code| self.text(code));
        details.named.values_mut().for_each(|value| self.text(value));
        self.text(&mut details.matched);
    }

    fn job(&self, job: &mut JobFact) {
        if let Some((_, state)) = &mut job.state {
            self.text(state);
        }
        self.optional(&mut job.process);
        self.optional(&mut job.machine);
        self.optional(&mut job.robot);
        self.folder(&mut job.folder);
        job.bindings.iter_mut().for_each(|binding| self.label(&mut binding.label));
        job.directories.iter_mut().for_each(|directory| self.name(directory));
        job.directories.sort();
        job.directories.dedup();
    }

    fn connection(&self, fact: &mut ConnectionFact) {
        self.label(&mut fact.name);
        self.optional(&mut fact.connector);
        self.optional(&mut fact.connector_name);
        self.optional(&mut fact.folder_name);
        self.optional(&mut fact.state);
        self.name(&mut fact.directory);
    }
}
