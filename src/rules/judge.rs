//! The decision on one parsed record: who takes it, what it says, and whether it counts.

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
    /// Decides what a record is.
    pub fn judge(&self, record: &Record) -> Judgement {
        let pack = self;
        let views = views(&record.message);
        let trials: Vec<TextFacts<'_>> =
            views.iter().filter_map(|view| TextFacts::new(pack, view, record)).collect();
        let mut all: Vec<(&TextFacts<'_>, Vec<SignatureMatch<'_>>)> =
            trials.iter().map(|trial| (trial, trial.matching_signatures(pack))).collect();
        // The text as it stands goes first, so it wins where undoing escapes shows nothing better.
        all.sort_by_key(|(_, takers)| Reverse(takers.first().map(|taker| taker.rank)));
        let Some((trial, takers)) = all.first() else { return Judgement::Nothing };
        if !counts(record) {
            return mention(takers, trial.in_context);
        }
        match takers.iter().find(|taker| trial.answers(record) || taker.reply) {
            Some(taker) if !taker.generic => {
                Judgement::Hit(Box::new(trial.reading(pack, taker, takers, record)))
            }
            Some(taker) => Judgement::Hit(Box::new(
                judge_truncated(pack, &all, record, taker.rank)
                    .unwrap_or_else(|| trial.reading(pack, taker, takers, record)),
            )),
            None if takers.is_empty() && trial.answers(record) => {
                let Some(unknown) = all.iter().find_map(|(trial, _)| trial.unknown(pack, record))
                else {
                    return Judgement::Nothing;
                };
                match judge_truncated(pack, &all, record, 0) {
                    Some(reading) => Judgement::Hit(Box::new(reading)),
                    None => unknown,
                }
            }
            None => Judgement::Nothing,
        }
    }
}

/// What a text that says no more than boilerplate of this rank would say if the sentence at its end
/// were whole, if that is one thing. It ranks just above what it replaces, so that whatever a whole
/// text of the same failure says goes first.
fn judge_truncated(
    pack: &RuleSet,
    all: &[(&TextFacts<'_>, Vec<SignatureMatch<'_>>)],
    record: &Record,
    replaced: u8,
) -> Option<MatchDetails> {
    let reading = all.iter().find_map(|(trial, _)| trial.continued(pack, record, replaced))?;
    Some(MatchDetails { rank: replaced.saturating_add(1), ..reading })
}

/// Every signature that takes a record, the winner first, with its rank. The text that [`judge`]
/// would decide by.
pub(crate) fn matching_signatures(pack: &RuleSet, record: &Record) -> Vec<(String, u8)> {
    let views = views(&record.message);
    let trials = views.iter().filter_map(|view| TextFacts::new(pack, view, record));
    let all = trials.map(|trial| {
        let takers = trial.matching_signatures(pack);
        takers.iter().map(|taker| (taker.id.to_string(), taker.rank)).collect::<Vec<_>>()
    });
    // The first of equals, as in `judge`.
    all.rev().max_by_key(|takers| takers.first().map(|(_, rank)| *rank)).unwrap_or_default()
}

/// Asks something of each text of a record that holds anything of interest.
pub(crate) fn for_each_text<R>(
    pack: &RuleSet,
    record: &Record,
    mut question: impl FnMut(&MatchInput<'_, '_>) -> R,
) -> Vec<R> {
    let views = views(&record.message);
    let trials = views.iter().filter_map(|view| TextFacts::new(pack, view, record));
    trials.map(|trial| question(&trial.case())).collect()
}

/// Failures are written at Error and Fatal; a reply that says that something failed has no level.
pub(crate) fn counts(record: &Record) -> bool {
    record.kind == RecordKind::Reply || record.level.is_some_and(|level| level.is_error())
}

/// Below Error: what the text speaks of. Boilerplate only if nothing says more, and a socket
/// sentence only beside Integration Service.
fn mention(takers: &[SignatureMatch<'_>], in_context: bool) -> Judgement {
    let specific = takers.iter().any(|taker| !taker.generic);
    let mut ids: Vec<Arc<str>> = takers
        .iter()
        .filter(|taker| !(specific && taker.generic))
        .filter(|taker| in_context || !taker.found.needs_context)
        .map(|taker| Arc::clone(taker.id))
        .collect();
    ids.sort_unstable();
    if ids.is_empty() { Judgement::Nothing } else { Judgement::Mention(ids) }
}

/// One text of a record and what is known of it before any signature is asked.
struct TextFacts<'t> {
    view: &'t MessageView<'t>,
    present: BTreeSet<usize>,
    evidence: ProductEvidence,
    extract: Extract,
    in_context: bool,
}

/// A signature that takes the text.
struct SignatureMatch<'p> {
    id: &'p Arc<str>,
    rank: u8,
    category: Category,
    category_from_cause: bool,
    generic: bool,
    reply: bool,
    found: AlternativeMatch<'p>,
}

impl SignatureMatch<'_> {
    /// The category of the failure, which an inner reason may decide.
    fn category_of(&self, cause: Option<&Cause>) -> Category {
        cause.filter(|_| self.category_from_cause).map_or(self.category, |cause| cause.category)
    }
}

impl<'t> TextFacts<'t> {
    /// Nothing where the text holds no literal anybody asks for, which is nearly always.
    fn new(pack: &RuleSet, view: &'t MessageView<'t>, record: &Record) -> Option<TextFacts<'t>> {
        let present = pack.literals.present(&view.text);
        if present.is_empty() && !ProductEvidence::may_be_in(&view.keywords) {
            return None;
        }
        let evidence = ProductEvidence::read(&view.text, &view.keywords);
        // A reply about a connection is an answer of Integration Service whatever its words are.
        let in_context = evidence.any || record.subject.is_some();
        Some(TextFacts { view, present, evidence, extract: extract(view), in_context })
    }

    /// A reply counts if it is about a connection: asked about one or naming one. Any other record
    /// speaks for itself.
    fn answers(&self, record: &Record) -> bool {
        record.kind != RecordKind::Reply
            || record.subject.is_some()
            || self.extract.connection.is_some()
    }

    fn case(&self) -> MatchInput<'_, '_> {
        MatchInput {
            view: self.view,
            present: &self.present,
            evidence: &self.evidence,
            extract: &self.extract,
            in_context: self.in_context,
        }
    }

    /// The signatures that take this text, the most specific first.
    fn matching_signatures<'p>(&'p self, pack: &'p RuleSet) -> Vec<SignatureMatch<'p>> {
        let candidates: BTreeSet<usize> =
            self.present.iter().flat_map(|number| &pack.by_anchor[*number]).copied().collect();
        let case = self.case();
        let mut takers: Vec<SignatureMatch<'p>> = candidates
            .into_iter()
            .filter_map(|at| {
                let (signature, matcher) = &pack.matchers[at];
                let found = matcher.match_text(&case)?;
                let signature = &pack.signatures()[*signature];
                Some(SignatureMatch {
                    id: &matcher.id,
                    rank: signature.rank,
                    category: signature.category,
                    category_from_cause: signature.category_from_cause,
                    generic: signature.generic,
                    reply: signature.reply,
                    found,
                })
            })
            .collect();
        // Candidates come sorted by id, and the sort is stable: ties go to the smaller id.
        takers.sort_by_key(|taker| Reverse(taker.rank));
        takers
    }

    fn reading(
        &self,
        pack: &RuleSet,
        taker: &SignatureMatch<'_>,
        takers: &[SignatureMatch<'_>],
        record: &Record,
    ) -> MatchDetails {
        // The winner's anchor first, the others may show better where the sentence begins.
        let others = takers.iter().map(|other| other.found.anchor);
        let anchors: Vec<&str> = std::iter::once(taker.found.anchor).chain(others).collect();
        let mut extract = self.extract.clone();
        if let Some((pattern, captures)) = &taker.found.captures {
            extract.apply_groups(pattern, captures, &self.view.text);
        }
        let said = pack.causes.best(self.view, &self.evidence.codes);
        let ranked =
            said.into_iter().chain(network_behind(taker, takers)).reduce(RankedCause::choose);
        let cause = ranked.map(|ranked| ranked.cause);
        MatchDetails {
            signature: Arc::clone(taker.id),
            category: taker.category_of(cause.as_ref()),
            rank: taker.rank,
            cause,
            needs_context: taker.found.needs_context,
            ..self.plain(extract, &anchors, record)
        }
    }

    /// What the text would be read as if it went on as examples do, above this rank. All of them must
    /// agree.
    fn continued(&self, pack: &RuleSet, record: &Record, above: u8) -> Option<MatchDetails> {
        let text = without_cut_mark(&self.view.text);
        let ways = pack
            .truncation_index
            .continuations(without_cut_mark(&self.view.lower), pack.signatures());
        let mut agreed: Option<MatchDetails> = None;
        for rest in ways {
            let view = self.view.continued(rest);
            let whole = TextFacts::new(pack, &view, record)?;
            let takers = whole.matching_signatures(pack);
            let specific = takers.iter().filter(|taker| !taker.generic && taker.rank > above);
            let (taker, there) = specific
                .filter_map(|taker| Some((taker, whole.cut_sentence(pack, taker, text)?)))
                .next()?;
            if agreed.as_ref().is_some_and(|other| other.signature != *taker.id) {
                return None;
            }
            agreed.get_or_insert_with(|| self.reading_of_cut(pack, taker, there, record));
        }
        agreed
    }

    /// What is there in a text of a sentence that decides here and that the text ends inside.
    fn cut_sentence<'c>(
        &self,
        pack: &RuleSet,
        taker: &SignatureMatch<'_>,
        text: &'c str,
    ) -> Option<&'c str> {
        let matcher = pack.matcher(taker.id)?;
        matcher.sentences(&self.case()).into_iter().find_map(|sentence| {
            let there = text.get(sentence.start..)?;
            is_most_of(there, sentence.len()).then_some(there)
        })
    }

    /// What a signature that would take more of the text reads in what is there.
    fn reading_of_cut(
        &self,
        pack: &RuleSet,
        taker: &SignatureMatch<'_>,
        there: &str,
        record: &Record,
    ) -> MatchDetails {
        let cause = pack.causes.best(self.view, &self.evidence.codes).map(|ranked| ranked.cause);
        MatchDetails {
            signature: Arc::clone(taker.id),
            category: taker.category_of(cause.as_ref()),
            cause,
            needs_context: taker.found.needs_context,
            ..self.plain(self.extract.clone(), &[there], record)
        }
    }

    fn unknown(&self, pack: &RuleSet, record: &Record) -> Option<Judgement> {
        let sign = self.evidence.unexplained?;
        let mut reading = self.plain(self.extract.clone(), &[sign], record);
        reading.cause =
            pack.causes.best(self.view, &self.evidence.codes).map(|ranked| ranked.cause);
        if let Some(cause) = &reading.cause {
            reading.category = cause.category;
        }
        Some(Judgement::Unknown(Box::new(reading)))
    }

    /// A reading that no signature has signed. `anchors` are what matched, the decisive one first.
    fn plain(&self, extract: Extract, anchors: &[&str], record: &Record) -> MatchDetails {
        // What stands in front of a reply's sentence is the client's, not an activity.
        let is_reply = record.kind == RecordKind::Reply;
        let front = || display_name(self.view, anchors, self.in_context);
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
            activity: extract.activity.or_else(|| if is_reply { None } else { front() }),
            activity_class: extract.class,
            workflow: extract.workflow,
            named: extract.named,
            in_context: self.in_context,
            needs_context: false,
            matched: anchors.first().map(|anchor| anchor.to_string()).unwrap_or_default(),
        }
    }
}

/// The network sentence behind a failure that has a name of its own.
fn network_behind(
    taker: &SignatureMatch<'_>,
    takers: &[SignatureMatch<'_>],
) -> Option<RankedCause> {
    if taker.found.needs_context {
        return None;
    }
    let other = takers.iter().find(|other| other.category.is_network() && other.id != taker.id)?;
    Some(RankedCause {
        rank: other.rank,
        cause: Cause {
            category: other.category,
            code: other.id.to_string(),
            text: other.found.anchor.to_string(),
        },
    })
}
