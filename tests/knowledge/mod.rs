//! The built-in signatures against a generated corpus: the text of every example in every form of
//! export and every encoding that can write it. Each must be reported once and as what it is, and
//! nothing else may be reported.

mod codes;
mod corpus;
mod cut;
mod evidence;
mod forms;
mod guards;
mod japanese;
mod lists;
mod message_variants;
mod names;
mod platform;
mod reference;
mod reported_failures;
mod rungs;
mod severity_and_owner;

use corpus::{Case, cases, counterexamples};
use forms::{Encoding, FORMS, Form};
use reported_failures::{reads, scan};

use crate::support::Env;

/// A form with jobs must also assign each failure to its job.
fn holds(form: &str, reported: &reported_failures::ReportedFailures, cases: &[&Case]) {
    reported.is_exactly(cases, form);
    if reported.occurrences.iter().any(|occurrence| occurrence.job.is_some()) {
        for (case, occurrence) in reported.by_job(cases, form) {
            reads(case, &occurrence.incident, form);
        }
    } else if reported.occurrences.iter().any(|occurrence| occurrence.process.is_some()) {
        for case in cases.iter().filter(|case| case.is_incident()) {
            let process = Some(format!("Process{}", case.job));
            let mine: Vec<&str> = reported
                .occurrences
                .iter()
                .filter(|occurrence| occurrence.process == process)
                .map(|occurrence| occurrence.signature.as_str())
                .collect();
            assert_eq!(mine, [case.signature.as_str()], "{form}: {}", case.message);
        }
    }
}

#[test]
fn every_text_is_reported_in_every_form_and_encoding() {
    let all = cases();
    assert!(all.len() > 400, "the pack has {} examples", all.len());
    let env = Env::new();
    for form in FORMS {
        for encoding in Encoding::ALL {
            let Some(name) = form.file_name(*encoding) else { continue };
            let cases: Vec<&Case> =
                all.iter().filter(|case| encoding.can_write(&case.message)).collect();
            env.write(&name, encoding.encode(&form.text(&cases)));
            holds(&name, &scan(&env, &[&name]), &cases);
        }
    }
}

/// All forms of the same failures together count them once.
#[test]
fn every_text_counts_once_in_any_number_of_forms() {
    let all = cases();
    let cases: Vec<&Case> = all.iter().collect();
    let env = Env::new();
    for form in FORMS.iter().filter(|form| form.is_whole()) {
        let name = form.file_name(Encoding::Utf8).unwrap();
        env.write(&format!("night/{name}"), Encoding::Utf8.encode(&form.text(&cases)));
    }
    let reported = scan(&env, &["night"]);
    holds("all forms", &reported, &cases);
    for (case, occurrence) in reported.by_job(&cases, "all forms") {
        let jobs = occurrence.incident["counts"]["jobs"].as_u64();
        assert!(jobs >= Some(1), "{}", case.message);
    }
}

/// A reply counts if it is about a connection, and then its text determines the failure.
#[test]
fn replies_are_about_connections_or_nothing() {
    let all = cases();
    let env = Env::new();
    let about = |case: &&Case| case.reply || case.expect.contains_key("connection");
    let (counting, other): (Vec<&Case>, Vec<&Case>) = all.iter().partition(about);
    for case in &counting {
        env.write(&format!("about/{}.json", case.job), forms::reply(case));
    }
    for case in &other {
        env.write(&format!("other/{}.json", case.job), forms::reply(case));
    }
    let reported = scan(&env, &["about"]);
    let ids = |reported: &reported_failures::ReportedFailures| -> std::collections::BTreeSet<(String, String)> {
        let id =
            |o: &reported_failures::Occurrence| o.incident["connection"]["id"].as_str().unwrap_or("").into();
        reported.occurrences.iter().map(|o| (o.signature.clone(), id(o))).collect()
    };
    let incidents = counting.iter().filter(|case| case.is_incident());
    let wanted = incidents
        .map(|case| {
            let connection = case.expect.get("connection").cloned().unwrap_or_default();
            (case.signature.clone(), connection)
        })
        .collect();
    assert_eq!(ids(&reported), wanted);
    for occurrence in &reported.occurrences {
        assert_eq!(occurrence.incident["surface"], "admin");
        assert_eq!(occurrence.incident["counts"]["jobs"], 0);
    }
    scan(&env, &["other"]).is_exactly(&[], "replies about nothing of ours");
}

/// A text that resembles a failure is not reported as that failure in any form.
#[test]
fn counterexamples_are_not_what_they_resemble() {
    let all = counterexamples();
    let cases: Vec<&Case> = all.iter().collect();
    let env = Env::new();
    for form in [Form::ExecutionLog, Form::RobotLogs, Form::Jobs] {
        let name = form.file_name(Encoding::Utf8).unwrap();
        env.write(&name, Encoding::Utf8.encode(&form.text(&cases)));
        let reported = scan(&env, &[&name]);
        for occurrence in &reported.occurrences {
            let job = occurrence.job.as_deref();
            let case = all.iter().find(|case| Some(&*case.job_key()) == job).unwrap();
            assert_ne!(occurrence.signature, case.signature, "{name}: {}", case.message);
            if let Some(other) = case.expect.get("is") {
                assert_eq!(occurrence.signature, *other, "{name}: {}", case.message);
            }
        }
    }
}
