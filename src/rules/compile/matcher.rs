//! One signature, compiled. A signature that cannot be compiled is an error of its file, found
//! when it is loaded and never while a record waits; patterns of shipped ones wait for a record,
//! since a test has compiled them all.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use regex::{Captures, Regex};

use crate::model::{Alternative, Context, Signature, normalise};
use crate::rules::compile::pattern_cache::{PatternCache, UserPattern};
use crate::rules::facts::codes::is_code;
use crate::rules::facts::evidence::ProductEvidence;
use crate::rules::facts::extract::Extract;
use crate::rules::facts::status;
use crate::rules::facts::views::{MessageView, holds};
use crate::search::LiteralNumbers;
use crate::search::literals::fold_literals;

/// Shortest anchor in bytes. Shorter ones are in every other record and defeat the prefilter.
pub(crate) const ANCHOR_MIN: usize = 6;

/// Between words of a pattern that may stand far from each other.
const GAP: &str = ".*";

/// A compiled signature.
#[derive(Debug)]
pub(crate) struct Matcher {
    /// Signature id.
    pub id: Arc<str>,
    pub(crate) ways: Vec<CompiledAlternative>,
    pub(crate) veto_any: Vec<String>,
    pub(crate) veto_regex: Option<UserPattern>,
}

/// A compiled alternative.
#[derive(Debug)]
pub(crate) struct CompiledAlternative {
    pub(crate) anchors: Vec<Anchor>,
    pub(crate) all: Vec<String>,
    pub(crate) regex: Option<UserPattern>,
    pub(crate) status: Vec<u16>,
    pub(crate) context: Context,
}

#[derive(Debug)]
pub(crate) struct Anchor {
    number: usize,
    pub(crate) literal: String,
    /// The literal is one whole code and counts only where that code was read.
    pub(crate) code: bool,
}

/// What a signature is tried on.
pub(crate) struct MatchInput<'t, 'c> {
    /// The text.
    pub view: &'t MessageView<'t>,
    /// Numbers of the anchors in it.
    pub present: &'c BTreeSet<usize>,
    /// What it shows of Integration Service.
    pub evidence: &'c ProductEvidence,
    /// What was read out of it.
    pub extract: &'c Extract,
    /// Evidence in the text or, for a reply, in the question it answers.
    pub in_context: bool,
}

/// A signature that took a record.
pub(crate) struct AlternativeMatch<'t> {
    /// The anchor that did.
    pub anchor: &'t str,
    /// Needs evidence in the job where the record shows none.
    pub needs_context: bool,
    /// Its pattern and what that captured.
    pub captures: Option<(Arc<Regex>, Captures<'t>)>,
}

impl Matcher {
    /// Compiles a signature; its anchors are numbered by the collector, and its patterns will lie on
    /// the shelf.
    pub fn compile(
        signature: &Signature,
        collector: &mut LiteralNumbers,
        shelf: &PatternCache,
    ) -> Result<Matcher, String> {
        if signature.when.is_empty() == signature.gathers.is_empty() {
            return Err("needs either `when` or `gathers`".to_string());
        }
        let ways =
            signature.when.iter().map(|when| CompiledAlternative::compile(when, collector, shelf));
        Ok(Matcher {
            id: Arc::from(signature.id.as_str()),
            ways: ways.collect::<Result<_, String>>()?,
            veto_any: fold_literals(&signature.veto.any),
            veto_regex: signature.veto.regex.as_deref().map(|regex| UserPattern::new(regex, shelf)),
        })
    }

    /// Numbers of all anchors.
    pub fn numbers(&self) -> impl Iterator<Item = usize> {
        self.ways.iter().flat_map(|way| way.anchors.iter().map(|anchor| anchor.number))
    }

    /// Named groups of the first alternative whose pattern fits a normalised text.
    pub fn groups(&self, text: &str) -> BTreeMap<String, String> {
        let patterns = self.ways.iter().filter_map(|way| Some(way.regex.as_ref()?.get()));
        let groups = |regex: Arc<Regex>| {
            let found = regex.captures(text)?;
            let names = regex.capture_names().flatten();
            let read = names.filter_map(|name| Some((name, found.name(name)?.as_str())));
            Some(read.map(|(name, value)| (name.to_string(), value.to_string())).collect())
        };
        patterns.filter_map(groups).next().unwrap_or_default()
    }

    /// The first alternative that takes the record, unless something vetoes it.
    pub fn match_text<'t>(&'t self, case: &MatchInput<'t, '_>) -> Option<AlternativeMatch<'t>> {
        let found = self.ways.iter().find_map(|way| way.match_text(case))?;
        (!self.vetoed(case.view)).then_some(found)
    }

    /// Where in a text it takes the sentences stand each of which decides alone.
    pub fn sentences(&self, case: &MatchInput<'_, '_>) -> Vec<Range<usize>> {
        self.ways.iter().flat_map(|way| way.sentences(case)).collect()
    }

    fn vetoed(&self, view: &MessageView<'_>) -> bool {
        self.veto_any.iter().any(|literal| holds(&view.lower, literal))
            || self.veto_regex.as_ref().is_some_and(|regex| regex.get().is_match(&view.text))
    }
}

impl CompiledAlternative {
    fn compile(
        when: &Alternative,
        collector: &mut LiteralNumbers,
        shelf: &PatternCache,
    ) -> Result<CompiledAlternative, String> {
        if when.anchors.is_empty() {
            return Err("a `when` has no anchors".to_string());
        }
        let anchors = when.anchors.iter().map(|literal| Anchor::compile(literal, collector));
        Ok(CompiledAlternative {
            anchors: anchors.collect::<Result<_, String>>()?,
            all: fold_literals(&when.all),
            regex: when.regex.as_deref().map(|regex| UserPattern::new(regex, shelf)),
            status: when.status.clone(),
            context: when.context,
        })
    }

    fn match_text<'t>(&'t self, case: &MatchInput<'t, '_>) -> Option<AlternativeMatch<'t>> {
        let anchor = self.anchors.iter().find(|anchor| anchor.holds(case))?;
        if self.context == Context::Record && !case.in_context {
            return None;
        }
        if !self.all.iter().all(|literal| holds(&case.view.lower, literal)) {
            return None;
        }
        let captures = match &self.regex {
            Some(regex) => {
                let regex = regex.get();
                let found = regex.captures(&case.view.text)?;
                Some((regex, found))
            }
            None => None,
        };
        let named = captures.as_ref().and_then(|(_, c)| status::parse(c.name("status")?.as_str()));
        status::is_one_of(named.or(case.extract.status), &self.status).then_some(AlternativeMatch {
            anchor: &anchor.literal,
            needs_context: self.context == Context::Job,
            captures,
        })
    }
}

impl CompiledAlternative {
    /// What its pattern matches without a gap, or its anchors. Where a status is asked for, no sentence
    /// decides.
    fn sentences(&self, case: &MatchInput<'_, '_>) -> Vec<Range<usize>> {
        let Some(found) = self.match_text(case).filter(|_| self.status.is_empty()) else {
            return Vec::new();
        };
        if let Some((pattern, captures)) = &found.captures {
            let whole = captures.get(0).filter(|_| !pattern.as_str().contains(GAP));
            return whole.map(|whole| whole.range()).into_iter().collect();
        }
        let anchors = self.anchors.iter().filter(|anchor| anchor.holds(case));
        anchors
            .filter_map(|anchor| {
                let literal = normalise(&anchor.literal).to_ascii_lowercase();
                let start = case.view.lower.rfind(&literal)?;
                Some(start..start + literal.len())
            })
            .collect()
    }
}

impl Anchor {
    fn compile(literal: &str, collector: &mut LiteralNumbers) -> Result<Anchor, String> {
        if literal.len() < ANCHOR_MIN {
            return Err(format!("anchor `{literal}` is shorter than {ANCHOR_MIN} bytes"));
        }
        if literal.contains(['\r', '\n']) {
            return Err(format!("anchor `{literal}` spans a line break"));
        }
        Ok(Anchor {
            number: collector.number(literal),
            literal: literal.to_string(),
            code: is_code(literal),
        })
    }

    /// True if the text holds it, and a code as a whole.
    pub(crate) fn holds(&self, case: &MatchInput<'_, '_>) -> bool {
        case.present.contains(&self.number)
            && (!self.code || case.evidence.codes.all.contains(&self.literal))
    }
}
