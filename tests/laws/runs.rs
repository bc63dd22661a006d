//! The same input gives the same bytes, for any number of threads and any order, locale and zone.

use std::collections::BTreeMap;

use super::{forms, message};
use crate::support::{Env, Row, incidents, normalised};

/// A tree with every form, some damage, and enough files for several threads.
fn tree(env: &Env, names: impl Iterator<Item = u64>) {
    for number in names {
        let rows: Vec<Row> = (0..6)
            .map(|kind| Row::error(number * 10 + u64::from(kind), 60, message(kind)))
            .chain([Row::info(number, 1)])
            .collect();
        for (name, bytes) in forms(&rows) {
            env.write(&format!("logs/{number}/{name}"), &bytes);
            env.write(&format!("logs/{number}/cut/{name}"), &bytes[..bytes.len() * 2 / 3]);
        }
    }
}

fn run(
    env: &Env,
    paths: &[&str],
    more: &[&str],
    variables: &[(&str, &str)],
) -> BTreeMap<String, String> {
    let formats = ["-o", "out", "-q", "-f", "json,csv,html,md,ndjson,prom"];
    let arguments = [&["scan"], paths, more, &formats].concat();
    let outcome = env.run_with(&arguments, |command| {
        command.envs(variables.iter().copied());
    });
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    assert_eq!(outcome.files.len(), 9);
    normalised(&outcome)
}

#[test]
fn threads_order_locale_and_zone_never_show() {
    let env = Env::new();
    tree(&env, 1..=4);
    let serial = run(&env, &["logs"], &["-j1"], &[]);
    for threads in ["-j2", "-j8"] {
        assert_eq!(run(&env, &["logs"], &[threads], &[]), serial, "{threads}");
    }
    for variables in [
        [("LANG", "ja_JP.UTF-8"), ("TZ", "Asia/Tokyo")],
        [("LC_ALL", "tr_TR.UTF-8"), ("TZ", "America/St_Johns")],
    ] {
        assert_eq!(run(&env, &["logs"], &[], &variables), serial, "{variables:?}");
    }
    // Another machine, on which the files were created in another order.
    let other = Env::new();
    tree(&other, (1..=4).rev());
    assert_eq!(run(&other, &["logs"], &[], &[]), serial);
}

#[test]
fn a_directory_may_be_given_in_parts() {
    let env = Env::new();
    tree(&env, 1..=2);
    let whole = incidents(&env.scan(&["logs"]).report);
    assert!(!whole.is_empty());
    for paths in [&["logs/1", "logs/2"][..], &["logs/2/cut", "logs", "logs/1/all.zip"]] {
        assert_eq!(incidents(&env.scan(paths).report), whole, "{paths:?}");
    }
}

#[test]
fn the_order_of_the_paths_never_shows() {
    let env = Env::new();
    tree(&env, 1..=3);
    let forward = run(&env, &["logs/1", "logs/2", "logs/3"], &[], &[]);
    for paths in [["logs/3", "logs/1", "logs/2"], ["logs/2", "logs/3", "logs/1"]] {
        assert_eq!(run(&env, &paths, &[], &[]), forward, "{paths:?}");
    }
}
