//! The decision on one parsed record: which signature matches it, with which details, and whether
//! it counts as a failure. Reads no raw block and stores nothing.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Category, Cause, MatchDetails, Record, RecordKind, UNMATCHED};
use crate::rules::compile::matcher::{AlternativeMatch, MatchInput};
use crate::rules::facts::causes::RankedCause;
use crate::rules::facts::evidence::ProductEvidence;
use crate::rules::facts::extract::{Extract, extract};
use crate::rules::facts::stack::display_name;
use crate::rules::facts::truncated::{is_most_of, without_cut_mark};
use crate::rules::facts::views::{MessageView, views};
use crate::rules::judgement::Judgement;
use crate::rules::rule_set::RuleSet;

impl RuleSet {
    pub fn judge(&self, record: &Record) -> Judgement {
        let views = views(&record.message);
        let texts: Vec<TextFacts<'_>> =
            views.iter().filter_map(|view| TextFacts::new(self, view, record)).collect();
        let mut ranked: Vec<(&TextFacts<'_>, Vec<SignatureMatch<'_>>)> =
            texts.iter().map(|text| (text, text.matching_signatures(self))).collect();
        // The sort is stable and the unchanged text comes first, so it wins ties against the text
        // with escapes undone.
        ranked.sort_by_key(|(_, matches)| Reverse(matches.first().map(|best| best.rank)));
        let Some((text, matches)) = ranked.first() else { return Judgement::Nothing };
        if !may_be_failure(record) {
            return judge_mention(matches, text.in_context);
        }
        match matches.iter().find(|matched| text.is_about_connection(record) || matched.reply) {
            Some(winner) if !winner.generic => {
                Judgement::Hit(Box::new(text.match_details(self, winner, matches, record)))
            }
            Some(winner) => Judgement::Hit(Box::new(
                judge_truncated(self, &ranked, record, winner.rank)
                    .unwrap_or_else(|| text.match_details(self, winner, matches, record)),
            )),
            None if matches.is_empty() && text.is_about_connection(record) => {
                let Some(unknown) =
                    ranked.iter().find_map(|(text, _)| text.judge_unknown(self, record))
                else {
                    return Judgement::Nothing;
                };
                match judge_truncated(self, &ranked, record, 0) {
                    Some(details) => Judgement::Hit(Box::new(details)),
                    None => unknown,
                }
            }
            None => Judgement::Nothing,
        }
    }
}

/// The match of a truncated text that as it is matches nothing more specific than a signature of
/// rank `replaced`: the match it would have if its last sentence were complete. Nothing unless there
/// is exactly one. It ranks just above the one it replaces, so that a whole text of the same failure
/// has priority.
fn judge_truncated(
    rule_set: &RuleSet,
    texts: &[(&TextFacts<'_>, Vec<SignatureMatch<'_>>)],
    record: &Record,
    replaced: u8,
) -> Option<MatchDetails> {
    let details =
        texts.iter().find_map(|(text, _)| text.judge_completed(rule_set, record, replaced))?;
    Some(MatchDetails { rank: replaced.saturating_add(1), ..details })
}

/// Id and rank of every signature that matches a record, the winner first, for the one text by
/// which [`RuleSet::judge`] decides.
pub(crate) fn matching_signatures(rule_set: &RuleSet, record: &Record) -> Vec<(String, u8)> {
    let views = views(&record.message);
    let texts = views.iter().filter_map(|view| TextFacts::new(rule_set, view, record));
    let all = texts.map(|text| {
        let matches = text.matching_signatures(rule_set);
        matches.iter().map(|matched| (matched.id.to_string(), matched.rank)).collect::<Vec<_>>()
    });
    // `max_by_key` returns the last of equals; `judge` takes the first.
    all.rev().max_by_key(|matches| matches.first().map(|(_, rank)| *rank)).unwrap_or_default()
}

/// Calls `inspect` for each text of a record that holds a literal or evidence.
pub(crate) fn for_each_text<R>(
    rule_set: &RuleSet,
    record: &Record,
    mut inspect: impl FnMut(&MatchInput<'_, '_>) -> R,
) -> Vec<R> {
    let views = views(&record.message);
    let texts = views.iter().filter_map(|view| TextFacts::new(rule_set, view, record));
    texts.map(|text| inspect(&text.match_input())).collect()
}

/// False for a record below Error level. A reply has no level and may be a failure.
pub(crate) fn may_be_failure(record: &Record) -> bool {
    record.kind == RecordKind::Reply || record.level.is_some_and(|level| level.is_error())
}

/// The signatures that a record below Error level mentions: a generic one only if no specific one
/// matches, and one that needs context only if the text shows Integration Service.
fn judge_mention(matches: &[SignatureMatch<'_>], in_context: bool) -> Judgement {
    let has_specific = matches.iter().any(|matched| !matched.generic);
    let mut ids: Vec<Arc<str>> = matches
        .iter()
        .filter(|matched| !(has_specific && matched.generic))
        .filter(|matched| in_context || !matched.alternative.needs_context)
        .map(|matched| Arc::clone(matched.id))
        .collect();
    ids.sort_unstable();
    if ids.is_empty() { Judgement::Nothing } else { Judgement::Mention(ids) }
}

/// One text of a record with the facts that need no signature.
struct TextFacts<'t> {
    view: &'t MessageView<'t>,
    present: BTreeSet<usize>,
    evidence: ProductEvidence,
    extract: Extract,
    in_context: bool,
}

/// A signature that matches a text.
struct SignatureMatch<'p> {
    id: &'p Arc<str>,
    rank: u8,
    category: Category,
    category_from_cause: bool,
    generic: bool,
    reply: bool,
    alternative: AlternativeMatch<'p>,
}

impl SignatureMatch<'_> {
    /// The category of the failure; the cause decides it where the signature says so.
    fn category_of(&self, cause: Option<&Cause>) -> Category {
        cause.filter(|_| self.category_from_cause).map_or(self.category, |cause| cause.category)
    }
}

impl<'t> TextFacts<'t> {
    /// Nothing for a text without a literal and without evidence, as nearly all texts are.
    fn new(
        rule_set: &RuleSet,
        view: &'t MessageView<'t>,
        record: &Record,
    ) -> Option<TextFacts<'t>> {
        let present = rule_set.literals.present(&view.text);
        if present.is_empty() && !ProductEvidence::may_be_in(&view.keywords) {
            return None;
        }
        let evidence = ProductEvidence::read(&view.text, &view.keywords);
        // A reply about a connection comes from Integration Service, whatever its text says.
        let in_context = evidence.any || record.subject.is_some();
        Some(TextFacts { view, present, evidence, extract: extract(view), in_context })
    }

    /// False only for a reply that neither answers a request about a connection nor names one.
    fn is_about_connection(&self, record: &Record) -> bool {
        record.kind != RecordKind::Reply
            || record.subject.is_some()
            || self.extract.connection.is_some()
    }

    fn match_input(&self) -> MatchInput<'_, '_> {
        MatchInput {
            view: self.view,
            present: &self.present,
            evidence: &self.evidence,
            extract: &self.extract,
            in_context: self.in_context,
        }
    }

    /// The signatures that match this text, in order of falling rank.
    fn matching_signatures<'p>(&'p self, rule_set: &'p RuleSet) -> Vec<SignatureMatch<'p>> {
        let candidates: BTreeSet<usize> =
            self.present.iter().flat_map(|number| &rule_set.by_anchor[*number]).copied().collect();
        let input = self.match_input();
        let mut matches: Vec<SignatureMatch<'p>> = candidates
            .into_iter()
            .filter_map(|index| {
                let (signature, matcher) = &rule_set.matchers[index];
                let alternative = matcher.match_text(&input)?;
                let signature = &rule_set.signatures()[*signature];
                Some(SignatureMatch {
                    id: &matcher.id,
                    rank: signature.rank,
                    category: signature.category,
                    category_from_cause: signature.category_from_cause,
                    generic: signature.generic,
                    reply: signature.reply,
                    alternative,
                })
            })
            .collect();
        // Candidates are sorted by id, and the sort is stable: ties go to the smaller id.
        matches.sort_by_key(|matched| Reverse(matched.rank));
        matches
    }

    fn match_details(
        &self,
        rule_set: &RuleSet,
        winner: &SignatureMatch<'_>,
        matches: &[SignatureMatch<'_>],
        record: &Record,
    ) -> MatchDetails {
        // The anchor of the winner comes first. Those of the others may lie closer to the beginning
        // of the sentence.
        let others = matches.iter().map(|other| other.alternative.anchor);
        let anchors: Vec<&str> = std::iter::once(winner.alternative.anchor).chain(others).collect();
        let mut extract = self.extract.clone();
        if let Some((pattern, captures)) = &winner.alternative.captures {
            extract.apply_groups(pattern, captures, &self.view.text);
        }
        let in_text = rule_set.causes.best(self.view, &self.evidence.codes);
        let ranked =
            in_text.into_iter().chain(network_cause(winner, matches)).reduce(RankedCause::choose);
        let cause = ranked.map(|ranked| ranked.cause);
        MatchDetails {
            signature: Arc::clone(winner.id),
            category: winner.category_of(cause.as_ref()),
            rank: winner.rank,
            cause,
            needs_context: winner.alternative.needs_context,
            ..self.base_details(extract, &anchors, record)
        }
    }

    /// The match of a specific signature above a rank if the text continued as in the examples. All
    /// continuations must lead to the same signature.
    fn judge_completed(
        &self,
        rule_set: &RuleSet,
        record: &Record,
        above: u8,
    ) -> Option<MatchDetails> {
        let text = without_cut_mark(&self.view.text);
        let continuations = rule_set
            .truncation_index
            .continuations(without_cut_mark(&self.view.lower), rule_set.signatures());
        let mut agreed: Option<MatchDetails> = None;
        for rest in continuations {
            let view = self.view.continued(rest);
            let whole = TextFacts::new(rule_set, &view, record)?;
            let matches = whole.matching_signatures(rule_set);
            let specific =
                matches.iter().filter(|matched| !matched.generic && matched.rank > above);
            let (winner, present) = specific
                .filter_map(|matched| Some((matched, whole.cut_sentence(rule_set, matched, text)?)))
                .next()?;
            if agreed.as_ref().is_some_and(|other| other.signature != *winner.id) {
                return None;
            }
            agreed.get_or_insert_with(|| self.truncated_details(rule_set, winner, present, record));
        }
        agreed
    }

    /// The part that `text` holds of a sentence on which the match of the completed text rests;
    /// nothing if `text` does not end inside such a sentence.
    fn cut_sentence<'c>(
        &self,
        rule_set: &RuleSet,
        matched: &SignatureMatch<'_>,
        text: &'c str,
    ) -> Option<&'c str> {
        let matcher = rule_set.matcher(matched.id)?;
        matcher.sentences(&self.match_input()).into_iter().find_map(|sentence| {
            let present = text.get(sentence.start..)?;
            is_most_of(present, sentence.len()).then_some(present)
        })
    }

    /// The details of this truncated text for the signature that matches the completed one.
    fn truncated_details(
        &self,
        rule_set: &RuleSet,
        winner: &SignatureMatch<'_>,
        present: &str,
        record: &Record,
    ) -> MatchDetails {
        let cause =
            rule_set.causes.best(self.view, &self.evidence.codes).map(|ranked| ranked.cause);
        MatchDetails {
            signature: Arc::clone(winner.id),
            category: winner.category_of(cause.as_ref()),
            cause,
            needs_context: winner.alternative.needs_context,
            ..self.base_details(self.extract.clone(), &[present], record)
        }
    }

    fn judge_unknown(&self, rule_set: &RuleSet, record: &Record) -> Option<Judgement> {
        let evidence = self.evidence.unexplained?;
        let mut details = self.base_details(self.extract.clone(), &[evidence], record);
        details.cause =
            rule_set.causes.best(self.view, &self.evidence.codes).map(|ranked| ranked.cause);
        if let Some(cause) = &details.cause {
            details.category = cause.category;
        }
        Some(Judgement::Unknown(Box::new(details)))
    }

    /// The match details that depend on no signature. `anchors` are the literals that matched, the
    /// decisive one first.
    fn base_details(&self, extract: Extract, anchors: &[&str], record: &Record) -> MatchDetails {
        let name_before_sentence = || match record.kind {
            // The client, not an activity, writes the text before the sentence of a reply.
            RecordKind::Reply => None,
            _ => display_name(self.view, anchors, self.in_context),
        };
        MatchDetails {
            signature: Arc::from(UNMATCHED),
            category: Category::Platform,
            rank: 0,
            codes: self.evidence.codes.all.iter().cloned().collect(),
            provider_status: extract.status,
            cause: None,
            connection: extract.connection.or(record.subject),
            connection_folder: extract.folder,
            connector: extract.connector,
            host: extract.host,
            request_id: extract.request_id,
            activity: extract.activity.or_else(name_before_sentence),
            activity_class: extract.class,
            workflow: extract.workflow,
            named: extract.named,
            in_context: self.in_context,
            needs_context: false,
            matched: anchors.first().map(|anchor| anchor.to_string()).unwrap_or_default(),
        }
    }
}

/// The network failure that caused the winner, if the text matches a network signature too.
fn network_cause(
    winner: &SignatureMatch<'_>,
    matches: &[SignatureMatch<'_>],
) -> Option<RankedCause> {
    if winner.alternative.needs_context {
        return None;
    }
    let other =
        matches.iter().find(|other| other.category.is_network() && other.id != winner.id)?;
    Some(RankedCause {
        rank: other.rank,
        cause: Cause {
            category: other.category,
            code: other.id.to_string(),
            text: other.alternative.anchor.to_string(),
        },
    })
}
