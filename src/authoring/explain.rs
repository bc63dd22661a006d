//! Why a signature does not take a record: the first condition that failed, of the alternative that
//! came farthest. For authors; a scan never asks.

use crate::model::{Context, Record, cut};
use crate::rules;
use crate::rules::facts::status;
use crate::rules::{CompiledAlternative, Judgement, MatchInput, Matcher, RuleSet, UserPattern};

/// Bytes of a pattern that are shown.
const PATTERN_SHOWN: usize = 120;

/// How far a record is from a signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is this failure.
    Hit,
    /// Its text is there, but another signature ranks higher: its id and rank.
    Outranked(String, u8),
    /// Its text is there, below Error level.
    Mention,
    /// Its text is there, in a reply that is about no connection.
    Reply,
    /// An anchor is there and this condition fails.
    NearMiss(String),
    /// Nothing of it is there.
    Nothing,
}

/// Conditions in the order in which they are tried; a later one is nearer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Failed {
    Anchor,
    Context,
    All(String),
    Regex(String),
    Status(String),
    Veto(String),
}

impl RuleSet {
    /// What keeps a signature from taking a record, if anything does.
    pub fn explain(&self, id: &str, record: &Record) -> Verdict {
        let judgement = self.judge(record);
        if let Judgement::Hit(reading) = &judgement
            && *reading.signature == *id
        {
            return Verdict::Hit;
        }
        let takers = rules::matching_signatures(self, record);
        if takers.iter().any(|(taker, _)| taker == id) {
            return match takers.first().filter(|(first, _)| first != id) {
                _ if !rules::may_be_failure(record) => Verdict::Mention,
                Some((first, rank)) => Verdict::Outranked(first.clone(), *rank),
                None => Verdict::Reply,
            };
        }
        let Some(matcher) = self.matcher(id) else { return Verdict::Nothing };
        let failed = rules::for_each_text(self, record, |case| matcher.failed(case));
        match failed.into_iter().flatten().max() {
            None | Some(Failed::Anchor) => Verdict::Nothing,
            Some(failed) => Verdict::NearMiss(failed.to_string()),
        }
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failed::Anchor => write!(f, "no anchor is there"),
            Failed::Context => write!(f, "the record shows no Integration Service (`context`)"),
            Failed::All(literal) => write!(f, "`all`: {literal:?} is not there"),
            Failed::Regex(pattern) => write!(f, "`regex` does not match: {pattern}"),
            Failed::Status(read) => write!(f, "`status`: {read}"),
            Failed::Veto(what) => write!(f, "`veto`: {what}"),
        }
    }
}

impl Matcher {
    /// The failure of the alternative that came farthest; `None` if one takes the text.
    fn failed(&self, case: &MatchInput<'_, '_>) -> Option<Failed> {
        let nearest =
            self.alternatives.iter().map(|way| way.failed(case)).collect::<Option<Vec<_>>>();
        match nearest {
            Some(failed) => failed.into_iter().max(),
            None => self.vetoed_by(case),
        }
    }

    fn vetoed_by(&self, case: &MatchInput<'_, '_>) -> Option<Failed> {
        let literal = self.veto_any.iter().find(|literal| case.view.lower.contains(*literal));
        let regex = self.veto_regex.as_ref().filter(|regex| regex.get().is_match(&case.view.text));
        let told = literal.map(|literal| format!("{literal:?} is there"));
        told.or_else(|| regex.map(|regex| format!("matches {}", shown(regex)))).map(Failed::Veto)
    }
}

impl CompiledAlternative {
    fn failed(&self, case: &MatchInput<'_, '_>) -> Option<Failed> {
        if !self.anchors.iter().any(|anchor| anchor.is_in(case)) {
            return Some(Failed::Anchor);
        }
        if self.context == Context::Record && !case.in_context {
            return Some(Failed::Context);
        }
        if let Some(missing) = self.all.iter().find(|literal| !case.view.lower.contains(*literal)) {
            return Some(Failed::All(missing.clone()));
        }
        let captures = match &self.regex {
            None => None,
            Some(regex) => match regex.get().captures(&case.view.text) {
                Some(captures) => Some(captures),
                None => return Some(Failed::Regex(shown(regex))),
            },
        };
        let named = captures.and_then(|c| status::parse(c.name("status")?.as_str()));
        let read = named.or(case.extract.status);
        let told = match read {
            Some(status) => format!("{status} is none of {:?}", self.status),
            None => format!("none is read, {:?} is asked for", self.status),
        };
        (!rules::is_one_of(read, &self.status)).then_some(Failed::Status(told))
    }
}

fn shown(regex: &UserPattern) -> String {
    let pattern = regex.as_str();
    match cut(pattern, PATTERN_SHOWN) {
        part if part.len() < pattern.len() => format!("{part}…"),
        whole => whole.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LogLevel;
    use crate::model::Record;
    use crate::rules::samples;

    #[test]
    fn the_first_condition_that_fails_is_told() {
        let pack = samples::rule_set();
        let explain =
            |id: &str, text: &str| pack.explain(id, &Record::log_row(text, LogLevel::Error));
        let near = |id: &str, text: &str| match explain(id, text) {
            Verdict::NearMiss(why) => why,
            other => panic!("{other:?}"),
        };
        let denied = "the robot does not have the Connections.View permission";
        assert_eq!(explain("conn-view-denied", denied), Verdict::Hit);
        assert_eq!(explain("conn-view-denied", "fine"), Verdict::Nothing);
        assert_eq!(
            explain("conn-resolve-unknown", &format!("{denied} DAP-GE-3000.")),
            Verdict::Outranked("conn-view-denied".to_string(), 85)
        );
        assert_eq!(
            pack.explain("conn-view-denied", &Record::log_row(denied, LogLevel::Info)),
            Verdict::Mention
        );
        assert!(near("conn-view-denied", "ErrorCode: \"CNS1045\"").contains("(?i)forbidden"));
        let vetoed = near("conn-view-denied", &format!("granted permission: {denied}"));
        assert!(vetoed.contains("granted permission"), "{vetoed}");
        assert!(near("conn-token-remote", "Could not obtain access token.").contains("context"));
    }
}
