//! Digests of real scans can be merged in any order, in any grouping, and any number of times.

use proptest::prelude::*;

use super::{cases, digests, forms, merged, named, rows};
use crate::support::{connection, digest_of, gzip, missing, odata_page, scanner};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn commutative_associative_idempotent(
        one in rows(),
        other in rows(),
        order in Just((0..14_usize).collect::<Vec<_>>()).prop_shuffle(),
        cut in 0_usize..15,
    ) {
        // Other sources report the same jobs, connections and folders.
        let mut sources = forms(&one);
        sources.extend(forms(&other).into_iter().map(|(name, bytes)| (format!("x/{name}"), bytes)));
        let digests = digests(&sources);
        prop_assert_eq!(digests.len(), order.len());
        let whole = merged(digests.clone());

        let shuffled: Vec<_> = order.iter().map(|at| digests[*at].clone()).collect();
        prop_assert_eq!(&merged(shuffled.clone()), &whole);
        let (left, right) = shuffled.split_at(cut);
        let grouped = merged([merged(left.to_vec()), merged(right.to_vec())]);
        prop_assert_eq!(&grouped, &whole);
        let again = merged([whole.clone(), whole.clone(), digests[order[0]].clone()]);
        prop_assert_eq!(&again, &whole);
    }
}

#[test]
fn damaged_sources_merge_as_well() {
    let row = |second| crate::support::Row::error(1, second, missing(&connection(1)));
    let log = crate::support::execution_log(&[row(1), row(2), row(3)]);
    let compressed = gzip(&log);
    let next = Some("https://orchestrator.example/odata/RobotLogs?$skip=2");
    let page = odata_page("RobotLogs", &[row(1).api(), row(2).api()], next);
    let digests = digests(&[
        named("cut.log", log[..log.len() - 40].to_vec()),
        named("cut.log.gz", compressed[..compressed.len() - 6].to_vec()),
        named("first.json", page.clone()),
        named("cut.json", page[..page.len() - 90].to_vec()),
        named("page.json", b"<!doctype html>".to_vec()),
        named("none.txt", b"nothing".to_vec()),
    ]);
    let whole = merged(digests.clone());
    assert_eq!(merged(digests.into_iter().rev()), whole);
    assert_eq!(merged([whole.clone(), whole.clone()]), whole);
}

#[test]
fn a_digest_survives_its_own_writing() {
    let row = crate::support::Row::error(1, 5, missing(&connection(1)));
    let log = crate::support::execution_log(&[row]);
    let digest = digest_of(&scanner(), "a.log", &log);
    assert_eq!(digest.hits.len(), 1);
    assert_eq!(merged([digest.clone()]), digest);
}
