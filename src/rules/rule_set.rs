//! The compiled pack: immutable, shared by all workers.

use std::collections::BTreeMap;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_128;

use crate::model::{CauseRule, Signature, normalise};
use crate::rules::compile::matcher::Matcher;
use crate::rules::compile::pattern_cache::PatternCache;
use crate::rules::facts::causes::CauseMatcher;
use crate::rules::facts::truncated::TruncationIndex;
use crate::rules::files::builtin;
use crate::rules::files::error::RuleFileError;
use crate::rules::files::load::LoadedRules;
use crate::rules::files::location::RuleFile;
use crate::rules::files::select::RuleSelection;
use crate::rules::knowledge::{CODE_PREFIXES, FRAMES};
use crate::search::{LiteralNumbers, LiteralSearcher};

/// A set of signatures and reasons, compiled.
#[derive(Debug)]
pub struct RuleSet {
    /// All of them, sorted by id.
    signatures: Vec<Signature>,
    /// Their files, in the same order.
    origins: Vec<Arc<RuleFile>>,
    reasons: Vec<CauseRule>,
    /// Those that are on: index into `signatures` and the compiled form, sorted by id.
    pub(crate) matchers: Vec<(usize, Matcher)>,
    /// Anchor number → indexes into `matchers`.
    pub(crate) by_anchor: Vec<Vec<usize>>,
    pub(crate) literals: LiteralSearcher,
    pub(crate) truncation_index: TruncationIndex,
    pub(crate) causes: CauseMatcher,
}

impl RuleSet {
    /// The pack this program is shipped with.
    pub fn builtin() -> Result<RuleSet, RuleFileError> {
        RuleSet::load(&[], &RuleSelection::default())
    }

    /// File name and text of the shipped pack, as [`super::check`] takes them.
    pub fn builtin_texts() -> Vec<(String, String)> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_string(), (*text).to_string());
        builtin::FILES.iter().map(owned).collect()
    }

    /// The shipped pack with own files (name, text) laid over it - the same id replaces a shipped
    /// signature, reasons are added - and of all that the selection.
    pub fn load(
        extra: &[(String, String)],
        selection: &RuleSelection,
    ) -> Result<RuleSet, RuleFileError> {
        let mut loaded = LoadedRules::shipped()?;
        loaded.merge_over(LoadedRules::read(pairs(extra))?.validated()?);
        selection.apply(&mut loaded)?;
        RuleSet::compile(loaded)
    }

    /// Only these files (name, text).
    pub fn from_texts(texts: &[(String, String)]) -> Result<RuleSet, RuleFileError> {
        RuleSet::compile(LoadedRules::read(pairs(texts))?.validated()?)
    }

    fn compile(loaded: LoadedRules) -> Result<RuleSet, RuleFileError> {
        let (mut collector, shelf) = (LiteralNumbers::default(), PatternCache::default());
        let mut signatures = Vec::with_capacity(loaded.signatures.len());
        let mut origins = Vec::with_capacity(loaded.signatures.len());
        let mut matchers = Vec::new();
        for (id, (origin, signature)) in loaded.signatures {
            let mut aside = LiteralNumbers::default();
            let place = if signature.off { &mut aside } else { &mut collector };
            let matcher = Matcher::compile(&signature, place, &shelf).map_err(|problem| {
                origin.error(&id, None, format!("signature `{id}`: {problem}"))
            })?;
            if !signature.off {
                matchers.push((signatures.len(), matcher));
            }
            signatures.push(signature);
            origins.push(origin);
        }
        let reasons: Vec<CauseRule> =
            loaded.reasons.into_iter().map(|(_, reason)| reason).collect();
        let mut by_anchor = vec![Vec::new(); collector.len()];
        for (at, (_, matcher)) in matchers.iter().enumerate() {
            for number in matcher.numbers() {
                by_anchor[number].push(at);
            }
        }
        Ok(RuleSet {
            literals: collector.build(),
            truncation_index: TruncationIndex::default(),
            causes: CauseMatcher::compile(&reasons).map_err(RuleFileError::whole)?,
            signatures,
            origins,
            reasons,
            matchers,
            by_anchor,
        })
    }

    /// All signatures, those that are off included, sorted by id.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// A signature by id.
    pub fn get(&self, id: &str) -> Option<&Signature> {
        self.signatures.get(self.place(id)?)
    }

    /// Name of the file a signature stands in, without its ending: its family.
    pub fn family(&self, id: &str) -> &str {
        let file = self.place(id).map_or("", |at| &*self.origins[at].file);
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        name.strip_suffix(".toml").unwrap_or(name)
    }

    fn place(&self, id: &str) -> Option<usize> {
        self.signatures.binary_search_by(|signature| signature.id.as_str().cmp(id)).ok()
    }

    /// Named groups that the patterns of a signature read out of a text.
    pub(crate) fn groups(&self, id: &str, text: &str) -> BTreeMap<String, String> {
        self.matcher(id).map(|matcher| matcher.groups(&normalise(text))).unwrap_or_default()
    }

    /// The compiled form of a signature that is on.
    pub(crate) fn matcher(&self, id: &str) -> Option<&Matcher> {
        let at = self.matchers.binary_search_by(|(_, matcher)| (*matcher.id).cmp(id)).ok()?;
        Some(&self.matchers[at].1)
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

    /// What makes a record worth a judgement, as raw blocks are searched for it: all anchors, the
    /// frames of the connector runtime, and code prefixes before a digit (without one they are
    /// frequent in truncated texts and prose).
    pub fn raw_literals(&self) -> impl Iterator<Item = String> {
        let codes =
            CODE_PREFIXES.iter().flat_map(|prefix| (0..=9).map(move |n| format!("{prefix}{n}")));
        self.anchors().into_iter().chain(FRAMES.iter().copied()).map(str::to_string).chain(codes)
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

/// JSON in the order of the definition. These types hold nothing that JSON cannot say.
fn canonical<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn pairs(texts: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))
}
