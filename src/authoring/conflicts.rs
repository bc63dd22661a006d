//! Signatures that stand in each other's way: who also takes whose examples, and who can never win.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Alternative, Context, LogLevel, Record, Signature, normalise};
use crate::rules::{RuleSet, is_code, matching_signatures};

/// For each wanted signature the others that also take one of its examples, with their ranks.
pub fn conflicts(
    pack: &RuleSet,
    wanted: impl Fn(&str) -> bool,
) -> BTreeMap<String, BTreeMap<String, u8>> {
    let mut matrix: BTreeMap<String, BTreeMap<String, u8>> = BTreeMap::new();
    let on = pack.signatures().iter().filter(|signature| !signature.off && wanted(&signature.id));
    for signature in on {
        let others = matrix.entry(signature.id.clone()).or_default();
        for example in &signature.examples {
            others.extend(matching_signatures(
                pack,
                &Record::log_row(&example.text, LogLevel::Error),
            ));
        }
        others.remove(&signature.id);
    }
    matrix
}

/// What an author should hear about the others, in words.
pub(crate) fn rivals(pack: &RuleSet, signature: &Signature) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    for (at, when) in signature.when.iter().enumerate() {
        let earlier = signature.when[..at].iter().position(|other| shadows(other, when));
        if let Some(earlier) = earlier {
            told.insert(format!(
                "`when` number {} is shadowed by number {}, which takes whatever it would",
                at + 1,
                earlier + 1
            ));
        }
        let others = near(pack, when)
            .filter(|other| !other.off && other.id != signature.id && wins(other, signature));
        for other in others.filter(|other| is_unconditional(other)) {
            if other.when.iter().any(|way| shadows(way, when)) {
                told.insert(format!(
                    "`when` number {} is shadowed by `{}` of rank {}, which takes whatever it would",
                    at + 1,
                    other.id,
                    other.rank
                ));
            }
        }
    }
    for example in &signature.examples {
        for (id, rank) in
            matching_signatures(pack, &Record::log_row(&example.text, LogLevel::Error))
        {
            if id != signature.id && rank == signature.rank {
                told.insert(format!(
                    "overlaps with `{id}`: both take `{}` at rank {rank}, and the smaller id wins; \
                     give the more specific one a higher rank",
                    example.text
                ));
            }
        }
    }
    told
}

/// The signatures that may swallow an alternative: an anchor of theirs stands in its first one. So
/// a set is looked through once and not once for each of its members.
fn near<'p>(pack: &'p RuleSet, when: &Alternative) -> impl Iterator<Item = &'p Signature> {
    let first = when.anchors.first().map(|anchor| normalise(anchor)).unwrap_or_default();
    let present = pack.literals.present(&first);
    let at: BTreeSet<usize> = present
        .iter()
        .flat_map(|number| &pack.by_anchor[*number])
        .map(|matcher| pack.matchers[*matcher].0)
        .collect();
    at.into_iter().map(|at| &pack.signatures()[at])
}

/// True if the first is read where both take a text.
fn wins(first: &Signature, second: &Signature) -> bool {
    (first.rank, &second.id) > (second.rank, &first.id)
}

fn is_unconditional(signature: &Signature) -> bool {
    signature.veto.any.is_empty() && signature.veto.regex.is_none()
}

/// True if the first takes every text that the second takes, as far as can be told without one.
fn shadows(first: &Alternative, second: &Alternative) -> bool {
    let free = first.all.is_empty()
        && first.regex.is_none()
        && first.status.is_empty()
        && first.context == Context::None;
    let fold = |literal: &String| normalise(literal).to_ascii_lowercase();
    free && second.anchors.iter().all(|anchor| {
        first.anchors.iter().any(|shorter| match is_code(shorter) {
            // A code counts only as a whole.
            true => shorter == anchor,
            false => fold(anchor).contains(&fold(shorter)),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::samples;

    fn told(change: impl Fn(&mut Vec<(String, String)>)) -> String {
        let mut texts = samples::texts();
        change(&mut texts);
        let pack = RuleSet::from_texts(&texts).unwrap();
        let all = pack.signatures().iter().flat_map(|signature| rivals(&pack, signature));
        all.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_pack_without_rivals_has_a_matrix() {
        assert_eq!(told(|_| {}), "");
        let matrix = conflicts(&samples::rule_set(), |_| true);
        assert_eq!(
            matrix["conn-view-denied"],
            BTreeMap::from([("conn-resolve-unknown".into(), 40)])
        );
        assert!(matrix["net-dns"].is_empty());
    }

    #[test]
    fn ties_and_shadows_are_told() {
        let tied = told(|texts| texts[1].1 = texts[1].1.replacen("rank = 40", "rank = 85", 1));
        assert!(tied.contains("overlaps with `conn-resolve-unknown`"), "{tied}");
        let shadowed = told(|texts| {
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
            shadowed.contains("number 1 is shadowed by `conn-resolve-unknown` of rank 90"),
            "{shadowed}"
        );
        let own = told(|texts| {
            texts[0].1 = texts[0].1.replacen(
                "anchors = [\"CNS1045\"]",
                "anchors = [\"robot does not have Connections.View permission\"]",
                1,
            );
        });
        assert!(own.contains("number 3 is shadowed by number 1"), "{own}");
    }
}
