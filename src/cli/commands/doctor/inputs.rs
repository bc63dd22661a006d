//! Checks the inputs of a run: formats, encodings, zones, and sources that cannot or will not be read.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use crate::cli::commands::doctor::findings::{FindingLevel, Findings};
use crate::cli::exit::Exit;
use crate::inspect::{SourceHead, Times, read_heads};
use crate::model::{DiagnosticCode, Instant, SourceStatus, count};
use crate::pipeline::{ReadSettings, Settings, SourcePlan};
use crate::redact::redact;
use crate::report::localized_message;

/// Sources listed per finding; the rest is counted.
const MAX_LISTED: usize = 10;

/// Tolerance in seconds for a file that is dated later than the clock.
const CLOCK_TOLERANCE: i64 = 300;

/// Inspects the head of every source.
pub fn check_inputs(
    plan: &SourcePlan,
    reading: &ReadSettings,
    settings: &Settings,
    now: Instant,
    findings: &mut Findings,
) {
    let heads: Vec<SourceHead> =
        plan.sources.iter().flat_map(|source| read_heads(source, reading)).collect();
    let bytes: u64 = plan.sources.iter().map(|source| source.size).sum();
    let (files, sources, mib) = (plan.sources.len(), heads.len(), bytes >> 20);
    let (some_files, some_sources) = (count(files as u64, "file"), count(sources as u64, "source"));
    let en = format!("{some_files} ({mib} MiB) with {some_sources}");
    let ja = format!("{files} ファイル({mib} MiB)、ソース {sources} 件");
    let level = if files == 0 { FindingLevel::Note } else { FindingLevel::Ok };
    findings.add(level, "inputs", en, ja).details = count_kinds(&heads);
    check_zones(&heads, settings, findings);
    check_guesses(&heads, settings.strict, findings);
    check_unread(plan, &heads, findings);
    check_dates(plan, now, findings);
}

/// Counts sources by format and encoding.
fn count_kinds(heads: &[SourceHead]) -> Vec<String> {
    let mut kinds: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for head in heads.iter().filter(|head| head.status == SourceStatus::Complete) {
        *kinds.entry((&head.kind, &head.encoding)).or_default() += 1;
    }
    kinds
        .iter()
        .map(|((kind, encoding), count)| format!("{count:>7} {kind} ({encoding})"))
        .collect()
}

fn check_zones(heads: &[SourceHead], settings: &Settings, findings: &mut Findings) {
    let assumed: Vec<&SourceHead> =
        heads.iter().filter(|head| head.times == Times::Assumed).collect();
    let zone = &settings.zone_name;
    if assumed.is_empty() {
        let en = "every time that was read has a zone".to_string();
        findings.add(
            FindingLevel::Ok,
            "zone",
            en,
            "確認した時刻にはすべてゾーンがあります".to_string(),
        );
        return;
    }
    let n = assumed.len();
    let en = format!(
        "{} with times without a zone; {zone} is assumed (--timezone)",
        count(n as u64, "source")
    );
    let ja = format!("{n} 件のソースの時刻にゾーンがなく、{zone} とみなします(--timezone)");
    findings.add(FindingLevel::Note, "zone", en, ja).details =
        list_names(assumed.iter().map(|head| head.key.as_str()));
}

fn check_guesses(heads: &[SourceHead], strict: bool, findings: &mut Findings) {
    let guessed: Vec<String> = heads
        .iter()
        .filter(|head| head.guessed && head.status == SourceStatus::Complete)
        .map(|head| format!("{} ({})", head.key, head.encoding))
        .collect();
    if guessed.is_empty() {
        return;
    }
    let n = guessed.len();
    let level = if strict { FindingLevel::Bad(Exit::Partial) } else { FindingLevel::Note };
    let en = format!("{} with a guessed encoding (--encoding)", count(n as u64, "source"));
    let ja = format!("{n} 件のソースの文字コードは推定です(--encoding)");
    findings.add(level, "encoding", en, ja).details =
        list_names(guessed.iter().map(String::as_str));
}

/// Reports sources that cannot be read and files that are not exports.
fn check_unread(plan: &SourcePlan, heads: &[SourceHead], findings: &mut Findings) {
    let lang = findings.lang;
    let code_of = |key: &str| {
        let diagnostic = plan.diagnostics.iter().find(|diagnostic| diagnostic.source == key);
        diagnostic.map(|diagnostic| diagnostic.code)
    };
    let from_walk = plan
        .unread
        .iter()
        .map(|(key, item)| (key.as_str(), item.status, code_of(key.as_str()), &item.reason));
    let from_heads =
        heads.iter().map(|head| (head.key.as_str(), head.status, head.code, &head.reason));
    let all: Vec<(&str, SourceStatus, Option<DiagnosticCode>, &String)> =
        from_walk.chain(from_heads).collect();
    let with_status = |wanted: SourceStatus| -> Vec<String> {
        let sources = all.iter().filter(|(_, status, ..)| *status == wanted);
        sources
            .map(|(key, _, code, why)| {
                let code = code.map_or("", DiagnosticCode::as_str);
                format!("{key}: {}", localized_message(code, why, lang))
            })
            .collect()
    };
    let failed = with_status(SourceStatus::Failed);
    if !failed.is_empty() {
        let n = failed.len();
        let en = format!("cannot read {}", count(n as u64, "source"));
        let ja = format!("{n} 件を読み取れません");
        let level = FindingLevel::Bad(Exit::Partial);
        findings.add(level, "unread", en, ja).details =
            list_names(failed.iter().map(String::as_str));
    }
    let skipped = with_status(SourceStatus::Skipped);
    if !skipped.is_empty() {
        let n = skipped.len();
        let en = format!("{} of an unknown format, skipped", count(n as u64, "source"));
        let ja = format!("{n} 件は対象外のためスキップします");
        findings.add(FindingLevel::Note, "skipped", en, ja).details =
            list_names(skipped.iter().map(String::as_str));
    }
}

/// Reports files that are dated in the future: the clock of this machine or of the writer is wrong.
fn check_dates(plan: &SourcePlan, now: Instant, findings: &mut Findings) {
    let limit = now.plus_seconds(CLOCK_TOLERANCE);
    let late = plan.sources.iter().filter(|source| {
        let written = std::fs::metadata(&source.path).and_then(|metadata| metadata.modified());
        let since_epoch = written.ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        since_epoch.is_some_and(|since| {
            i64::try_from(since.as_micros()).is_ok_and(|micros| micros > limit.0)
        })
    });
    let late: Vec<&str> = late.map(|source| source.key.as_str()).collect();
    if !late.is_empty() {
        let n = late.len();
        let en = format!("{} dated in the future: a clock is wrong", count(n as u64, "file"));
        let ja = format!("{n} 件のファイルの日時が現在より後です。時計を確認してください");
        findings.add(FindingLevel::Note, "clock", en, ja).details = list_names(late.into_iter());
    }
}

/// Redacts and sorts the names, and cuts the list to [`MAX_LISTED`].
fn list_names<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut names: Vec<String> = names.map(redact).collect();
    names.sort();
    let more = names.len().saturating_sub(MAX_LISTED);
    names.truncate(MAX_LISTED);
    if more > 0 {
        names.push(format!("… +{more}"));
    }
    names
}
