//! The compiled pack: immutable, shared by all workers.

use std::collections::BTreeMap;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_128;

use crate::model::signature::{Reason, Signature};
use crate::model::text::normalise;
use crate::model::{Reading, Record};

use super::builtin;
use super::confirm;
use super::literals::{Collector, Literals};
use super::load::{Loaded, PackError};
use super::matcher::Matcher;
use super::reasons::Reasons;

/// What a record turned out to be.
#[derive(Clone, PartialEq, Debug)]
pub enum Judgement {
    /// A failure.
    Hit(Box<Reading>),
    /// Texts of these signatures, below Error level: an echo, a warning, documentation.
    Mention(Vec<Arc<str>>),
    /// A failure that shows Integration Service and that no signature takes; the reading's
    /// signature is [`crate::model::UNMATCHED`].
    Unknown(Box<Reading>),
    /// Nothing of interest.
    Nothing,
}

/// A set of signatures and reasons, compiled.
#[derive(Debug)]
pub struct Pack {
    /// All of them, sorted by id.
    signatures: Vec<Signature>,
    reasons: Vec<Reason>,
    /// Those that are on: index into `signatures` and the compiled form, in the same order.
    pub(super) matchers: Vec<(usize, Matcher)>,
    /// Anchor number → indexes into `matchers`.
    pub(super) by_anchor: Vec<Vec<usize>>,
    pub(super) literals: Literals,
    pub(super) inner: Reasons,
}

impl Pack {
    /// The pack this program is shipped with.
    pub fn builtin() -> Result<Pack, PackError> {
        Pack::load(&[])
    }

    /// File name and text of the shipped pack, as [`super::check`] takes them.
    pub fn builtin_texts() -> Vec<(String, String)> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_string(), (*text).to_string());
        builtin::FILES.iter().map(owned).collect()
    }

    /// The shipped pack with own files (name, text) laid over it: the same id replaces a shipped
    /// signature, reasons are added.
    pub fn load(extra: &[(String, String)]) -> Result<Pack, PackError> {
        let mut loaded = Loaded::read(builtin::FILES.iter().copied())?;
        loaded.overlay(checked(Loaded::read(pairs(extra))?)?);
        Pack::compile(loaded)
    }

    /// Only these files (name, text).
    pub fn from_texts(texts: &[(String, String)]) -> Result<Pack, PackError> {
        Pack::compile(checked(Loaded::read(pairs(texts))?)?)
    }

    fn compile(loaded: Loaded) -> Result<Pack, PackError> {
        let mut collector = Collector::default();
        let mut signatures = Vec::with_capacity(loaded.signatures.len());
        let mut matchers = Vec::new();
        for (id, (origin, signature)) in loaded.signatures {
            let mut aside = Collector::default();
            let place = if signature.off { &mut aside } else { &mut collector };
            let matcher = Matcher::compile(&signature, place)
                .map_err(|problem| origin.error(format!("signature `{id}`: {problem}")))?;
            if !signature.off {
                matchers.push((signatures.len(), matcher));
            }
            signatures.push(signature);
        }
        for (origin, reason) in &loaded.reasons {
            Reasons::compile(std::slice::from_ref(reason)).map_err(|e| origin.error(e))?;
        }
        let reasons: Vec<Reason> = loaded.reasons.into_iter().map(|(_, reason)| reason).collect();
        let whole = |message| PackError { file: String::new(), line: None, column: None, message };
        let mut by_anchor = vec![Vec::new(); collector.len()];
        for (at, (_, matcher)) in matchers.iter().enumerate() {
            for number in matcher.numbers() {
                by_anchor[number].push(at);
            }
        }
        Ok(Pack {
            literals: collector.build().map_err(whole)?,
            inner: Reasons::compile(&reasons).map_err(whole)?,
            signatures,
            reasons,
            matchers,
            by_anchor,
        })
    }

    /// Decides what a record is.
    pub fn judge(&self, record: &Record) -> Judgement {
        confirm::judge(self, record)
    }

    /// All signatures, those that are off included, sorted by id.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// A signature by id.
    pub fn get(&self, id: &str) -> Option<&Signature> {
        let at =
            self.signatures.binary_search_by(|signature| signature.id.as_str().cmp(id)).ok()?;
        self.signatures.get(at)
    }

    /// Named groups that the patterns of a signature read out of a text.
    pub(super) fn groups(&self, id: &str, text: &str) -> BTreeMap<String, String> {
        let matcher = self.matchers.iter().find(|(_, matcher)| *matcher.id == *id);
        matcher.map(|(_, matcher)| matcher.groups(&normalise(text))).unwrap_or_default()
    }

    /// The literals of all signatures that are on, sorted, each once.
    pub fn anchors(&self) -> Vec<&str> {
        let on = self.signatures.iter().filter(|signature| !signature.off);
        let whens = on.flat_map(|signature| &signature.when);
        let mut anchors: Vec<&str> =
            whens.flat_map(|when| when.anchors.iter().map(String::as_str)).collect();
        anchors.sort_unstable();
        anchors.dedup();
        anchors
    }

    /// Identity of the content: the same for the same signatures and reasons, however they are
    /// spread over files.
    pub fn hash(&self) -> String {
        let mut reasons: Vec<String> = self.reasons.iter().map(canonical).collect();
        reasons.sort_unstable();
        let signatures = self.signatures.iter().map(canonical);
        let lines: Vec<String> = signatures.chain(reasons).collect();
        format!("{:032x}", xxh3_128(lines.join("\n").as_bytes()))
    }
}

/// Compiles the patterns of a set that no test of ours has compiled, so that one which cannot be
/// is an error of its file.
fn checked(loaded: Loaded) -> Result<Loaded, PackError> {
    for (id, (origin, signature)) in &loaded.signatures {
        Matcher::compile(signature, &mut Collector::default())
            .and_then(|matcher| matcher.check())
            .map_err(|problem| origin.error(format!("signature `{id}`: {problem}")))?;
    }
    Ok(loaded)
}

/// JSON in the order of the definition. These types hold nothing that JSON cannot say.
fn canonical<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn pairs(texts: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))
}
