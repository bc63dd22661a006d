//! The code lists of the products and providers, number by number: what each code means, that none
//! is recognised inside a longer one, and that codes without a meaning are never reported.

use std::collections::BTreeMap;

use super::lists::{AADSTS, CODES, PROVIDERS};
use super::reported_failures::{ReportedFailures, scan};
use crate::support::{Env, Row, execution_log, guid};

/// Scans the texts, each as the failure of a job of its own.
fn scan_texts(texts: &[String]) -> ReportedFailures {
    let rows: Vec<Row> =
        texts.iter().zip(1..).map(|(text, job)| Row::error(job, job as u32 * 5, text)).collect();
    let env = Env::new();
    env.write("night/2026-03-14_Execution.log", execution_log(&rows));
    scan(&env, &["night"])
}

/// Signature and category of the incident of each job that has one.
fn by_job(reported: &ReportedFailures) -> BTreeMap<String, (String, String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    reported
        .occurrences
        .iter()
        .map(|occurrence| {
            let incident = &occurrence.incident;
            let read = (
                occurrence.signature.clone(),
                text(&incident["category"]),
                text(&incident["cause"]["code"]),
            );
            (occurrence.job.clone().unwrap(), read)
        })
        .collect()
}

/// Numbers that are neither known nor the prefix of a known one.
const UNLISTED: &[u32] = &[50021, 500201, 5002080, 7000820, 99999999];

#[test]
fn entra_numbers_are_read_whole() {
    let listed = AADSTS
        .iter()
        .flat_map(|(category, all)| all.iter().map(move |number| (*number, *category)));
    let unlisted = UNLISTED.iter().map(|number| (*number, "auth-credentials"));
    let numbers: Vec<(u32, &str)> = listed.chain(unlisted).collect();
    let sentence = |(number, _): &(u32, &str)| {
        format!("Send Mail: A configuration error AADSTS{number} occurred in the activity.")
    };
    let inside = |(number, _): &(u32, &str)| {
        format!(
            "Sync: Request failed with error: \r\nProviderMessage : error - invalid_grant, \
             error_description - AADSTS{number}: refused. Trace ID: \
             7f000000-0000-4000-8000-0000000{number:05}\r\nProviderErrorCode : 401\r\nRequestId : \
             66aa0b1c2d3e4f5061728394\r\nMessage : Unauthorized\r\n\r\nStatus code: Unauthorized. \
             Error code: DAP-RT-1101."
        )
    };
    for texts in [
        numbers.iter().map(sentence).collect::<Vec<_>>(),
        numbers.iter().map(inside).collect::<Vec<_>>(),
    ] {
        let reported = by_job(&scan_texts(&texts));
        for ((number, category), job) in numbers.iter().zip(1..) {
            let (_, read, cause) = &reported[&guid(0x10b, job)];
            // An OAuth error is more specific than an unknown number.
            let known = !UNLISTED.contains(number) || texts[0].contains("configuration error");
            let (category, code) = match known {
                true => (*category, format!("AADSTS{number}")),
                false => ("auth-expired", "invalid_grant".to_string()),
            };
            assert_eq!((read.as_str(), cause), (category, &code), "{number}");
        }
    }
    let pending: Vec<String> =
        [70016, 50140, 50199, 900561].iter().map(|number| sentence(&(*number, ""))).collect();
    let pending = scan_texts(&pending);
    assert!(pending.occurrences.is_empty());
    assert_eq!(pending.report["unmatched"].as_array().map(Vec::len), Some(0));
}

/// Numbers for a missing session mean that a user should have signed in, if the job can ask a user.
#[test]
fn a_missing_session_is_a_policy_where_a_job_asks_a_person() {
    let text = "Send Mail: A configuration error AADSTS50058 occurred in the activity. \
                Authentication type: InteractiveToken";
    let reported = by_job(&scan_texts(&[text.to_string()]));
    assert_eq!(reported[&guid(0x10b, 1)].1, "auth-policy");
}

/// In the form in which the activity packages and the client of the service write it.
#[test]
fn every_code_of_the_services_has_its_signature() {
    let text = |(code, reason, _): &(&str, &str, &str)| match code.starts_with("DAP") {
        true => format!("Step: It failed, {reason}. Error code: {code}."),
        false => format!(
            "Connection Service error reported: [StatusCode: BadRequest, ErrorCode: \"{code}\", \
             ErrorReason: \"{reason}\", TraceId: \"0123456789abcdef0123456789abcdef\"]"
        ),
    };
    let texts: Vec<String> = CODES.iter().map(text).collect();
    let reported = scan_texts(&texts);
    let read = by_job(&reported);
    let mut separate: BTreeMap<&str, u64> = BTreeMap::new();
    for ((code, reason, wanted), job) in CODES.iter().zip(1..) {
        let signature = read.get(&guid(0x10b, job)).map(|(id, ..)| id.as_str());
        match wanted.strip_prefix('=') {
            Some(id) => {
                *separate.entry(id).or_default() += 1;
                assert_eq!(signature, None, "{code} {reason}");
            }
            None => assert_eq!(signature.unwrap_or_default(), *wanted, "{code} {reason}"),
        }
    }
    let got: BTreeMap<&str, u64> =
        reported.neighbours.iter().map(|((_, id), jobs)| (id.as_str(), *jobs)).collect();
    assert_eq!(got, separate);
    assert_eq!(reported.report["unmatched"].as_array().map(Vec::len), Some(0));
}

/// The provider's own error takes precedence over a status that contradicts it.
#[test]
fn what_providers_answer_decides_the_category() {
    let words: Vec<(&str, &str)> = PROVIDERS
        .iter()
        .flat_map(|(category, all)| all.iter().map(move |words| (*words, *category)))
        .collect();
    let texts: Vec<String> = words
        .iter()
        .map(|(words, _)| {
            format!(
                "Step: Request failed with error: \r\nProviderMessage : {words}\r\n\
                 ProviderErrorCode : 418\r\nRequestId : 66aa0b1c2d3e4f5061728394\r\n\
                 Message : I am a teapot\r\n\r\nStatus code: 418. Error code: DAP-RT-1101."
            )
        })
        .collect();
    let reported = scan_texts(&texts);
    let read = by_job(&reported);
    for ((words, category), job) in words.iter().zip(1..) {
        let incident = read.get(&guid(0x10b, job)).map(|(_, category, _)| category.as_str());
        let wanted = (*category != "provider-request").then_some(*category);
        assert_eq!(incident, wanted, "{words}");
    }
}
