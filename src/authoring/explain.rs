//! Explains why a signature does not match a record: the first failed condition of the alternative
//! that met the most conditions. For authors; a scan never runs this.

use crate::model::{Context, Record, cut};
use crate::rules::facts::status;
use crate::rules::{
    self, CompiledAlternative, Judgement, MatchInput, Matcher, RuleSet, UserPattern,
};

/// Most bytes of a pattern in a message.
const PATTERN_SHOWN: usize = 120;

/// How a signature relates to a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The signature wins.
    Hit,
    /// The signature matches, but another one ranks higher: its id and rank.
    Outranked(String, u8),
    /// The signature matches a record below Error level.
    Mention,
    /// The signature matches a reply that is not about a connection.
    Reply,
    /// An anchor is in the text, and this condition failed.
    NearMiss(String),
    /// The text has none of its anchors.
    Nothing,
}

/// The failed condition. In the order in which conditions are tested, so a greater value is a
/// nearer miss.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum FailedCondition {
    Anchor,
    Context,
    All(String),
    Regex(String),
    Status(String),
    Veto(String),
}

impl RuleSet {
    pub fn explain(&self, id: &str, record: &Record) -> Verdict {
        let judgement = self.judge(record);
        if let Judgement::Hit(reading) = &judgement
            && *reading.signature == *id
        {
            return Verdict::Hit;
        }
        let matches = rules::matching_signatures(self, record);
        if matches.iter().any(|(matched, _)| matched == id) {
            return match matches.first().filter(|(first, _)| first != id) {
                _ if !rules::may_be_failure(record) => Verdict::Mention,
                Some((first, rank)) => Verdict::Outranked(first.clone(), *rank),
                None => Verdict::Reply,
            };
        }
        let Some(matcher) = self.matcher(id) else { return Verdict::Nothing };
        let failed = rules::for_each_text(self, record, |input| matcher.failed(input));
        match failed.into_iter().flatten().max() {
            None | Some(FailedCondition::Anchor) => Verdict::Nothing,
            Some(failed) => Verdict::NearMiss(failed.to_string()),
        }
    }
}

impl std::fmt::Display for FailedCondition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FailedCondition::Anchor => write!(f, "no anchor occurs"),
            FailedCondition::Context => {
                write!(f, "the record shows no Integration Service (`context`)")
            }
            FailedCondition::All(literal) => write!(f, "`all`: {literal:?} does not occur"),
            FailedCondition::Regex(pattern) => write!(f, "`regex` does not match: {pattern}"),
            FailedCondition::Status(read) => write!(f, "`status`: {read}"),
            FailedCondition::Veto(what) => write!(f, "`veto`: {what}"),
        }
    }
}

impl Matcher {
    /// The failed condition of the nearest alternative, or the veto; `None` if the signature
    /// matches.
    fn failed(&self, input: &MatchInput<'_, '_>) -> Option<FailedCondition> {
        let nearest = self
            .alternatives
            .iter()
            .map(|alternative| alternative.failed(input))
            .collect::<Option<Vec<_>>>();
        match nearest {
            Some(failed) => failed.into_iter().max(),
            None => self.vetoed_by(input),
        }
    }

    fn vetoed_by(&self, input: &MatchInput<'_, '_>) -> Option<FailedCondition> {
        let literal = self.veto_any.iter().find(|literal| input.view.lower.contains(*literal));
        let regex = self.veto_regex.as_ref().filter(|regex| regex.get().is_match(&input.view.text));
        let by_literal = literal.map(|literal| format!("{literal:?} occurs"));
        by_literal
            .or_else(|| regex.map(|regex| format!("matches {}", excerpt(regex))))
            .map(FailedCondition::Veto)
    }
}

impl CompiledAlternative {
    fn failed(&self, input: &MatchInput<'_, '_>) -> Option<FailedCondition> {
        if !self.anchors.iter().any(|anchor| anchor.is_in(input)) {
            return Some(FailedCondition::Anchor);
        }
        if self.context == Context::Record && !input.in_context {
            return Some(FailedCondition::Context);
        }
        if let Some(missing) = self.all.iter().find(|literal| !input.view.lower.contains(*literal))
        {
            return Some(FailedCondition::All(missing.clone()));
        }
        let captures = match &self.regex {
            None => None,
            Some(regex) => match regex.get().captures(&input.view.text) {
                Some(captures) => Some(captures),
                None => return Some(FailedCondition::Regex(excerpt(regex))),
            },
        };
        let captured = captures.and_then(|c| status::parse(c.name("status")?.as_str()));
        let status = captured.or(input.extract.status);
        let message = match status {
            Some(status) => format!("{status} is not one of {:?}", self.status),
            None => format!("no status found; one of {:?} is required", self.status),
        };
        (!rules::is_one_of(status, &self.status)).then_some(FailedCondition::Status(message))
    }
}

fn excerpt(regex: &UserPattern) -> String {
    let pattern = regex.as_str();
    match cut(pattern, PATTERN_SHOWN) {
        part if part.len() < pattern.len() => format!("{part}…"),
        whole => whole.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LogLevel, Record};
    use crate::rules::samples;

    #[test]
    fn the_first_failed_condition_is_reported() {
        let rule_set = samples::rule_set();
        let explain =
            |id: &str, text: &str| rule_set.explain(id, &Record::log_row(text, LogLevel::Error));
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
            rule_set.explain("conn-view-denied", &Record::log_row(denied, LogLevel::Info)),
            Verdict::Mention
        );
        assert!(near("conn-view-denied", "ErrorCode: \"CNS1045\"").contains("(?i)forbidden"));
        let vetoed = near("conn-view-denied", &format!("granted permission: {denied}"));
        assert!(vetoed.contains("granted permission"), "{vetoed}");
        assert!(near("conn-token-remote", "Could not obtain access token.").contains("context"));
    }
}
