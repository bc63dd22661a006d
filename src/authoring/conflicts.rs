//! Conflicts between signatures: which also match the examples of others, and which can never win.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Alternative, Context, LogLevel, Record, Signature, normalise};
use crate::rules::{RuleSet, is_code, matching_signatures};

/// For each wanted signature the others that match one of its examples too, with their ranks.
pub fn conflicts(
    rule_set: &RuleSet,
    wanted: impl Fn(&str) -> bool,
) -> BTreeMap<String, BTreeMap<String, u8>> {
    let mut conflicts: BTreeMap<String, BTreeMap<String, u8>> = BTreeMap::new();
    let enabled =
        rule_set.signatures().iter().filter(|signature| !signature.is_off && wanted(&signature.id));
    for signature in enabled {
        let others = conflicts.entry(signature.id.clone()).or_default();
        for example in &signature.examples {
            others.extend(matching_signatures(
                rule_set,
                &Record::log_row(&example.text, LogLevel::Error),
            ));
        }
        others.remove(&signature.id);
    }
    conflicts
}

/// The conflicts of one signature, as messages for its author.
pub(crate) fn describe_conflicts(rule_set: &RuleSet, signature: &Signature) -> BTreeSet<String> {
    let mut messages = BTreeSet::new();
    for (index, when) in signature.when.iter().enumerate() {
        let previous = signature.when[..index].iter().position(|other| shadows(other, when));
        if let Some(previous) = previous {
            messages.insert(format!(
                "`when` number {} never decides: number {} matches all its texts first; remove or narrow one",
                index + 1,
                previous + 1
            ));
        }
        let others = may_shadow(rule_set, when)
            .filter(|other| !other.is_off && other.id != signature.id && wins(other, signature));
        for other in others.filter(|other| is_unconditional(other)) {
            if other.when.iter().any(|alternative| shadows(alternative, when)) {
                messages.insert(format!(
                    "`when` number {} never decides: `{}` of rank {} matches all its texts; raise the rank",
                    index + 1,
                    other.id,
                    other.rank
                ));
            }
        }
    }
    for example in &signature.examples {
        for (id, rank) in
            matching_signatures(rule_set, &Record::log_row(&example.text, LogLevel::Error))
        {
            if id != signature.id && rank == signature.rank {
                messages.insert(format!(
                    "overlaps with `{id}`: both match `{}` at rank {rank}, and the id that sorts first \
                     wins; give the more specific one a higher rank",
                    example.text
                ));
            }
        }
    }
    messages
}

/// The signatures that may shadow an alternative: its first anchor contains one of their anchors.
/// With this index a check of the whole set does not compare every pair of signatures.
fn may_shadow<'p>(
    rule_set: &'p RuleSet,
    when: &Alternative,
) -> impl Iterator<Item = &'p Signature> {
    let first = when.anchors.first().map(|anchor| normalise(anchor)).unwrap_or_default();
    let present = rule_set.literals.present(&first);
    let indexes: BTreeSet<usize> = present
        .iter()
        .flat_map(|number| &rule_set.by_anchor[*number])
        .map(|matcher| rule_set.matchers[*matcher].0)
        .collect();
    indexes.into_iter().map(|index| &rule_set.signatures()[index])
}

/// True if the first signature wins a text that both match.
fn wins(first: &Signature, second: &Signature) -> bool {
    (first.rank, &second.id) > (second.rank, &first.id)
}

fn is_unconditional(signature: &Signature) -> bool {
    signature.veto.any.is_empty() && signature.veto.regex.is_none()
}

/// True if the first alternative certainly matches every text that the second matches. False does
/// not mean the opposite.
fn shadows(first: &Alternative, second: &Alternative) -> bool {
    let is_unconditional = first.all.is_empty()
        && first.regex.is_none()
        && first.status.is_empty()
        && first.context == Context::None;
    let fold = |literal: &String| normalise(literal).to_ascii_lowercase();
    is_unconditional
        && second.anchors.iter().all(|anchor| {
            first.anchors.iter().any(|shorter| {
                // A code matches only as a whole.
                if is_code(shorter) {
                    shorter == anchor
                } else {
                    fold(anchor).contains(&fold(shorter))
                }
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::samples;

    fn messages(change: impl Fn(&mut Vec<(String, String)>)) -> String {
        let mut texts = samples::texts();
        change(&mut texts);
        let rule_set = RuleSet::from_texts(&texts).unwrap();
        let all = rule_set
            .signatures()
            .iter()
            .flat_map(|signature| describe_conflicts(&rule_set, signature));
        all.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn overlaps_without_a_tie_are_only_listed() {
        assert_eq!(messages(|_| {}), "");
        let conflicts = conflicts(&samples::rule_set(), |_| true);
        assert_eq!(
            conflicts["conn-view-denied"],
            BTreeMap::from([("conn-resolve-unknown".into(), 40)])
        );
        assert!(conflicts["net-dns"].is_empty());
    }

    #[test]
    fn ties_and_shadows_are_reported() {
        let tied = messages(|texts| texts[1].1 = texts[1].1.replacen("rank = 40", "rank = 85", 1));
        assert!(tied.contains("overlaps with `conn-resolve-unknown`"), "{tied}");
        let shadowed = messages(|texts| {
            texts[1].1 = texts[1].1.replacen(
                "anchors = [\"DAP-GE-3000\"]",
                "anchors = [\"the Connections.View permission\", \"DAP-GE-3000\"]",
                1,
            );
            texts[1].1 = texts[1].1.replacen("rank = 40", "rank = 90", 1);
            texts[0].1 = texts[0].1.replacen(
                "anchors = [\"does not have the Connections.View permission\", \"does not have Connections.View permission\"]",
                "anchors = [\"does not have the Connections.View permission\"]",
                1,
            );
        });
        assert!(
            shadowed.contains("number 1 never decides: `conn-resolve-unknown` of rank 90"),
            "{shadowed}"
        );
        let within = messages(|texts| {
            texts[0].1 = texts[0].1.replacen(
                "anchors = [\"CNS1045\"]",
                "anchors = [\"robot does not have Connections.View permission\"]",
                1,
            );
        });
        assert!(within.contains("number 3 never decides: number 1"), "{within}");
    }
}
