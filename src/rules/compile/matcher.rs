//! One compiled signature and how it matches a text. A signature that does not compile is an error
//! of its file, reported when the file is loaded, never while a record is judged. Patterns are
//! compiled on first use; a test compiles those of all built-in signatures.

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

/// Shortest anchor in bytes. Shorter literals are frequent in all logs and defeat the prefilter.
pub(crate) const ANCHOR_MIN: usize = 6;

/// The part of a pattern between texts that may be far apart.
const GAP: &str = ".*";

#[derive(Debug)]
pub(crate) struct Matcher {
    pub id: Arc<str>,
    pub(crate) alternatives: Vec<CompiledAlternative>,
    pub(crate) veto_any: Vec<String>,
    pub(crate) veto_regex: Option<UserPattern>,
}

/// A compiled `when` of a signature.
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
    /// The literal is one whole code; it matches only if the text has that code.
    pub(crate) is_code: bool,
}

/// A text and the facts that a signature is matched against.
pub(crate) struct MatchInput<'t, 'c> {
    pub view: &'t MessageView<'t>,
    /// Numbers of the anchors in the text.
    pub present: &'c BTreeSet<usize>,
    pub evidence: &'c ProductEvidence,
    pub extract: &'c Extract,
    /// The text shows Integration Service, or it is a reply to a request about a connection.
    pub in_context: bool,
}

/// How an alternative matched.
pub(crate) struct AlternativeMatch<'t> {
    /// The first anchor in the text.
    pub anchor: &'t str,
    /// The match counts only with evidence of Integration Service in the record or its job.
    pub needs_context: bool,
    /// The pattern of the alternative and its captures.
    pub captures: Option<(Arc<Regex>, Captures<'t>)>,
}

impl Matcher {
    /// Compiles a signature. `literals` numbers its anchors; `cache` holds its patterns.
    pub fn compile(
        signature: &Signature,
        literals: &mut LiteralNumbers,
        cache: &PatternCache,
    ) -> Result<Matcher, String> {
        if signature.when.is_empty() == signature.gathers.is_empty() {
            return Err("needs either `when` or `gathers`".to_string());
        }
        let alternatives =
            signature.when.iter().map(|when| CompiledAlternative::compile(when, literals, cache));
        Ok(Matcher {
            id: Arc::from(signature.id.as_str()),
            alternatives: alternatives.collect::<Result<_, String>>()?,
            veto_any: fold_literals(&signature.veto.any),
            veto_regex: signature.veto.regex.as_deref().map(|regex| UserPattern::new(regex, cache)),
        })
    }

    /// Numbers of the anchors of all alternatives.
    pub fn numbers(&self) -> impl Iterator<Item = usize> {
        self.alternatives
            .iter()
            .flat_map(|alternative| alternative.anchors.iter().map(|anchor| anchor.number))
    }

    /// The named groups of the first alternative whose pattern matches a normalised text.
    pub fn groups(&self, text: &str) -> BTreeMap<String, String> {
        let patterns = self
            .alternatives
            .iter()
            .filter_map(|alternative| Some(alternative.regex.as_ref()?.get()));
        let groups = |regex: Arc<Regex>| {
            let captures = regex.captures(text)?;
            let names = regex.capture_names().flatten();
            let values = names.filter_map(|name| Some((name, captures.name(name)?.as_str())));
            Some(values.map(|(name, value)| (name.to_string(), value.to_string())).collect())
        };
        patterns.filter_map(groups).next().unwrap_or_default()
    }

    /// The first alternative that matches, unless the veto matches too.
    pub fn match_text<'t>(&'t self, input: &MatchInput<'t, '_>) -> Option<AlternativeMatch<'t>> {
        let matched =
            self.alternatives.iter().find_map(|alternative| alternative.match_text(input))?;
        (!self.is_vetoed(input.view)).then_some(matched)
    }

    /// The ranges of `view.text` each of which is enough for a match of this signature.
    pub fn sentences(&self, input: &MatchInput<'_, '_>) -> Vec<Range<usize>> {
        self.alternatives.iter().flat_map(|alternative| alternative.sentences(input)).collect()
    }

    fn is_vetoed(&self, view: &MessageView<'_>) -> bool {
        self.veto_any.iter().any(|literal| holds(&view.lower, literal))
            || self.veto_regex.as_ref().is_some_and(|regex| regex.get().is_match(&view.text))
    }
}

impl CompiledAlternative {
    fn compile(
        when: &Alternative,
        literals: &mut LiteralNumbers,
        cache: &PatternCache,
    ) -> Result<CompiledAlternative, String> {
        if when.anchors.is_empty() {
            return Err("a `when` has no anchors".to_string());
        }
        let anchors = when.anchors.iter().map(|literal| Anchor::compile(literal, literals));
        Ok(CompiledAlternative {
            anchors: anchors.collect::<Result<_, String>>()?,
            all: fold_literals(&when.all),
            regex: when.regex.as_deref().map(|regex| UserPattern::new(regex, cache)),
            status: when.status.clone(),
            context: when.context,
        })
    }

    fn match_text<'t>(&'t self, input: &MatchInput<'t, '_>) -> Option<AlternativeMatch<'t>> {
        let anchor = self.anchors.iter().find(|anchor| anchor.is_in(input))?;
        if self.context == Context::Record && !input.in_context {
            return None;
        }
        if !self.all.iter().all(|literal| holds(&input.view.lower, literal)) {
            return None;
        }
        let captures = match &self.regex {
            Some(regex) => {
                let regex = regex.get();
                let captures = regex.captures(&input.view.text)?;
                Some((regex, captures))
            }
            None => None,
        };
        let captured =
            captures.as_ref().and_then(|(_, c)| status::parse(c.name("status")?.as_str()));
        let status = captured.or(input.extract.status);
        status::is_one_of(status, &self.status).then_some(AlternativeMatch {
            anchor: &anchor.literal,
            needs_context: self.context == Context::Job,
            captures,
        })
    }

    /// The match of the pattern if it has no gap, or the anchors if there is no pattern. Nothing if
    /// the alternative also requires a status.
    fn sentences(&self, input: &MatchInput<'_, '_>) -> Vec<Range<usize>> {
        let Some(matched) = self.match_text(input).filter(|_| self.status.is_empty()) else {
            return Vec::new();
        };
        if let Some((pattern, captures)) = &matched.captures {
            let whole = captures.get(0).filter(|_| !pattern.as_str().contains(GAP));
            return whole.map(|whole| whole.range()).into_iter().collect();
        }
        let anchors = self.anchors.iter().filter(|anchor| anchor.is_in(input));
        anchors
            .filter_map(|anchor| {
                let literal = normalise(&anchor.literal).to_ascii_lowercase();
                let start = input.view.lower.rfind(&literal)?;
                Some(start..start + literal.len())
            })
            .collect()
    }
}

impl Anchor {
    fn compile(literal: &str, literals: &mut LiteralNumbers) -> Result<Anchor, String> {
        if literal.len() < ANCHOR_MIN {
            return Err(format!("anchor `{literal}` is shorter than {ANCHOR_MIN} bytes"));
        }
        if literal.contains(['\r', '\n']) {
            return Err(format!("anchor `{literal}` spans a line break"));
        }
        Ok(Anchor {
            number: literals.number(literal),
            literal: literal.to_string(),
            is_code: is_code(literal),
        })
    }

    /// True if the anchor occurs in the text; an anchor that is a code must be a whole code there.
    pub(crate) fn is_in(&self, input: &MatchInput<'_, '_>) -> bool {
        input.present.contains(&self.number)
            && (!self.is_code || input.evidence.codes.all.contains(&self.literal))
    }
}
