//! What the night will read: formats, encodings, zones, and what it will not read.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use crate::cli::commands::doctor::findings::{FindingLevel, Findings};
use crate::cli::exit::Exit;
use crate::inspect::{SourceHead, Times, look};
use crate::model::{Instant, SourceStatus};
use crate::pipeline::{Plan, ReadSettings, Settings};
use crate::redact::redact;
use crate::report::localized_message;

/// Sources named in one list; the rest is counted.
const NAMED: usize = 10;

/// How far a file's date may lie ahead of the clock.
const AHEAD: i64 = 300;

/// Looks at the head of every source.
pub fn look_at(
    plan: &Plan,
    reading: &ReadSettings,
    settings: &Settings,
    now: Instant,
    findings: &mut Findings,
) {
    let looks: Vec<SourceHead> =
        plan.sources.iter().flat_map(|found| look(found, reading)).collect();
    let bytes: u64 = plan.sources.iter().map(|found| found.size).sum();
    let (files, sources, mib) = (plan.sources.len(), looks.len(), bytes >> 20);
    let en = format!("{files} files ({mib} MiB), {sources} sources in them");
    let ja = format!("{files} ファイル({mib} MiB)、ソース {sources} 件");
    let level = if files == 0 { FindingLevel::Note } else { FindingLevel::Ok };
    findings.add(level, "inputs", en, ja).details = kinds(&looks);
    zones(&looks, settings, findings);
    guesses(&looks, settings.strict, findings);
    unread(plan, &looks, findings);
    ahead(plan, now, findings);
}

/// Sources by format and encoding.
fn kinds(looks: &[SourceHead]) -> Vec<String> {
    let mut kinds: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for look in looks.iter().filter(|look| look.status == SourceStatus::Complete) {
        *kinds.entry((&look.kind, &look.encoding)).or_default() += 1;
    }
    kinds.iter().map(|((kind, encoding), n)| format!("{n:>7} {kind} ({encoding})")).collect()
}

fn zones(looks: &[SourceHead], settings: &Settings, findings: &mut Findings) {
    let assumed: Vec<&SourceHead> =
        looks.iter().filter(|look| look.times == Times::Assumed).collect();
    let zone = &settings.zone_name;
    if assumed.is_empty() {
        let en = "every time that was seen carries its zone".to_string();
        findings.add(
            FindingLevel::Ok,
            "zone",
            en,
            "確認した時刻にはすべてゾーンがあります".to_string(),
        );
        return;
    }
    let n = assumed.len();
    let en = format!("{n} sources write times without a zone; {zone} is assumed (--timezone)");
    let ja = format!("{n} 件のソースの時刻にゾーンがなく、{zone} とみなします(--timezone)");
    findings.add(FindingLevel::Note, "zone", en, ja).details =
        named(assumed.iter().map(|l| l.key.as_str()));
}

fn guesses(looks: &[SourceHead], strict: bool, findings: &mut Findings) {
    let guessed: Vec<String> = looks
        .iter()
        .filter(|look| look.guessed && look.status == SourceStatus::Complete)
        .map(|look| format!("{} ({})", look.key, look.encoding))
        .collect();
    if guessed.is_empty() {
        return;
    }
    let n = guessed.len();
    let level = if strict { FindingLevel::Bad(Exit::Partial) } else { FindingLevel::Note };
    let en = format!("{n} sources are read in an encoding that is a guess (--encoding)");
    let ja = format!("{n} 件のソースの文字コードは推定です(--encoding)");
    findings.add(level, "encoding", en, ja).details = named(guessed.iter().map(String::as_str));
}

/// What cannot be read, and what is something else.
fn unread(plan: &Plan, looks: &[SourceHead], findings: &mut Findings) {
    let lang = findings.lang;
    let code_of = |key: &str| {
        let told = plan.diagnostics.iter().find(|told| told.source == key);
        told.map_or("", |told| told.code.as_str())
    };
    let walked = plan
        .unread
        .iter()
        .map(|(key, item)| (key.as_str(), item.status, code_of(key.as_str()), &item.reason));
    let looked =
        looks.iter().map(|look| (look.key.as_str(), look.status, &*look.code, &look.reason));
    let all: Vec<(&str, SourceStatus, &str, &String)> = walked.chain(looked).collect();
    let of = |status: SourceStatus| -> Vec<String> {
        let these = all.iter().filter(|(_, s, ..)| *s == status);
        these
            .map(|(key, _, code, why)| format!("{key}: {}", localized_message(code, why, lang)))
            .collect()
    };
    let failed = of(SourceStatus::Failed);
    if !failed.is_empty() {
        let n = failed.len();
        let en = format!("{n} cannot be read");
        let ja = format!("{n} 件を読み取れません");
        let level = FindingLevel::Bad(Exit::Partial);
        findings.add(level, "unread", en, ja).details = named(failed.iter().map(String::as_str));
    }
    let skipped = of(SourceStatus::Skipped);
    if !skipped.is_empty() {
        let n = skipped.len();
        let en = format!("{n} are something else and will be skipped");
        let ja = format!("{n} 件は対象外のためスキップします");
        findings.add(FindingLevel::Note, "skipped", en, ja).details =
            named(skipped.iter().map(String::as_str));
    }
}

/// Files from the future: the clock of this machine, or of the one that wrote them, is wrong.
fn ahead(plan: &Plan, now: Instant, findings: &mut Findings) {
    let limit = now.plus_seconds(AHEAD);
    let late = plan.sources.iter().filter(|found| {
        let written = std::fs::metadata(&found.path).and_then(|about| about.modified());
        let since = written.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        since.is_some_and(|since| i64::try_from(since.as_micros()).is_ok_and(|at| at > limit.0))
    });
    let late: Vec<&str> = late.map(|found| found.key.as_str()).collect();
    if !late.is_empty() {
        let n = late.len();
        let en = format!("{n} files are dated later than now: a clock is wrong");
        let ja = format!("{n} 件のファイルの日時が現在より後です。時計を確認してください");
        findings.add(FindingLevel::Note, "clock", en, ja).details = named(late.into_iter());
    }
}

fn named<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut names: Vec<String> = names.map(redact).collect();
    names.sort();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("… +{more}"));
    }
    names
}
