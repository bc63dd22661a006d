//! The compiled rule set: immutable, shared by all workers. Holds what `judge` needs and decides
//! nothing itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use crate::model::knowledge::{self, KNOWLEDGE};
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
use crate::search::{LiteralNumbers, LiteralSearcher};

/// Signatures and cause rules, compiled.
#[derive(Debug)]
pub struct RuleSet {
    /// All signatures, the disabled ones included, sorted by id.
    signatures: Vec<Signature>,
    /// The file of each signature, in the same order.
    files: Vec<Arc<RuleFile>>,
    hash: String,
    /// The enabled signatures: index into `signatures` and compiled form, sorted by id.
    pub(crate) matchers: Vec<(usize, Matcher)>,
    /// Indexes into `matchers`, by number of the anchor.
    pub(crate) by_anchor: Vec<Vec<usize>>,
    pub(crate) literals: LiteralSearcher,
    pub(crate) truncation_index: TruncationIndex,
    pub(crate) causes: CauseMatcher,
}

impl RuleSet {
    pub fn builtin() -> Result<RuleSet, RuleFileError> {
        RuleSet::load(&[], &RuleSelection::default())
    }

    /// File name and text of the built-in rule set.
    pub fn builtin_texts() -> Vec<(String, String)> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_string(), (*text).to_string());
        builtin::FILES.iter().map(owned).collect()
    }

    /// Loads the built-in rule set and the user's files (name, text), then applies the selection. A
    /// signature of the user replaces the built-in one of the same id; cause rules are added.
    pub fn load(
        extra: &[(String, String)],
        selection: &RuleSelection,
    ) -> Result<RuleSet, RuleFileError> {
        let mut loaded = LoadedRules::builtin()?;
        loaded.merge_over(LoadedRules::read(pairs(extra))?.validated()?);
        selection.apply(&mut loaded)?;
        RuleSet::compile(loaded)
    }

    /// Loads these files (name, text) without the built-in rule set.
    pub fn from_texts(texts: &[(String, String)]) -> Result<RuleSet, RuleFileError> {
        RuleSet::compile(LoadedRules::read(pairs(texts))?.validated()?)
    }

    fn compile(loaded: LoadedRules) -> Result<RuleSet, RuleFileError> {
        let hash = content_hash(&loaded);
        let (mut literals, cache) = (LiteralNumbers::default(), PatternCache::default());
        let mut signatures = Vec::with_capacity(loaded.signatures.len());
        let mut files = Vec::with_capacity(loaded.signatures.len());
        let mut matchers = Vec::new();
        for (id, (file, signature)) in loaded.signatures {
            let mut unused = LiteralNumbers::default();
            let numbers = if signature.is_off { &mut unused } else { &mut literals };
            let matcher = Matcher::compile(&signature, numbers, &cache).map_err(|problem| {
                file.table_error(&id, None, format!("signature `{id}`: {problem}"))
            })?;
            if !signature.is_off {
                matchers.push((signatures.len(), matcher));
            }
            signatures.push(signature);
            files.push(file);
        }
        let reasons: Vec<CauseRule> =
            loaded.reasons.into_iter().map(|(_, reason)| reason).collect();
        let mut by_anchor = vec![Vec::new(); literals.len()];
        for (index, (_, matcher)) in matchers.iter().enumerate() {
            for number in matcher.numbers() {
                by_anchor[number].push(index);
            }
        }
        Ok(RuleSet {
            literals: literals.build(),
            truncation_index: TruncationIndex::default(),
            causes: CauseMatcher::compile(&reasons).map_err(RuleFileError::of_rule_set)?,
            signatures,
            files,
            hash,
            matchers,
            by_anchor,
        })
    }

    /// All signatures, the disabled ones included, sorted by id.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    pub fn get(&self, id: &str) -> Option<&Signature> {
        self.signatures.get(self.position(id)?)
    }

    /// The family of a signature: the name of its file without directory and `.toml`.
    pub fn family(&self, id: &str) -> &str {
        let file = self.position(id).map_or("", |index| &*self.files[index].file);
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        name.strip_suffix(".toml").unwrap_or(name)
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.signatures.binary_search_by(|signature| signature.id.as_str().cmp(id)).ok()
    }

    /// The named groups that the patterns of a signature capture in a text.
    pub(crate) fn groups(&self, id: &str, text: &str) -> BTreeMap<String, String> {
        self.matcher(id).map(|matcher| matcher.groups(&normalise(text))).unwrap_or_default()
    }

    /// The compiled form of an enabled signature.
    pub(crate) fn matcher(&self, id: &str) -> Option<&Matcher> {
        let index = self.matchers.binary_search_by(|(_, matcher)| (*matcher.id).cmp(id)).ok()?;
        Some(&self.matchers[index].1)
    }

    /// The anchors of all enabled signatures, sorted, each once.
    pub fn anchors(&self) -> Vec<&str> {
        let enabled = self.signatures.iter().filter(|signature| !signature.is_off);
        let alternatives = enabled.flat_map(|signature| &signature.when);
        let mut anchors: Vec<&str> =
            alternatives.flat_map(|when| when.anchors.iter().map(String::as_str)).collect();
        anchors.sort_unstable();
        anchors.dedup();
        anchors
    }

    /// The literals that make a record worth judging, for the prefilter: all anchors, the frames of
    /// the connector runtime, and the code prefixes with a digit (without one they are frequent in
    /// truncated texts and prose).
    pub fn raw_literals(&self) -> impl Iterator<Item = String> {
        let product = &KNOWLEDGE.product;
        let with_digit = |text: &'static str| (0..=9).map(move |n| format!("{text}{n}"));
        let anchors = self.anchors().into_iter().map(str::to_string);
        let codes = KNOWLEDGE.codes.searched().flat_map(with_digit);
        anchors.chain(product.frames.iter().cloned()).chain(codes)
    }

    /// Hash of the content, in hex: equal for the same program, the same enabled signatures and equal
    /// tables of the user, in whatever files they are.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// Hashes what is embedded as it stands: writing the built-in tables anew took a tenth of a start.
fn content_hash(loaded: &LoadedRules) -> String {
    let signatures = || loaded.signatures.values();
    let enabled = signatures().filter(|(_, signature)| !signature.is_off);
    let ids: Vec<&str> = enabled.map(|(_, signature)| signature.id.as_str()).collect();
    let own = signatures().filter(|(file, _)| !file.is_builtin());
    let mut lines: Vec<String> = own.map(|(_, signature)| canonical(signature)).collect();
    let own = loaded.reasons.iter().filter(|(file, _)| !file.is_builtin());
    lines.extend(own.map(|(_, reason)| canonical(reason)));
    lines.sort_unstable();
    let mut hash = Xxh3::new();
    for text in [builtin::TABLES, knowledge::TABLES, &ids.join("\n"), &lines.join("\n")] {
        hash.update(text.as_bytes());
    }
    format!("{:032x}", hash.digest128())
}

/// JSON with fields in the order of their definition. These types always serialise.
fn canonical<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn pairs(texts: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))
}
