//! `faultline signatures try`: applies one signature to exports. Prints the records it matches, those it
//! misses by one condition, those that a signature of higher rank takes, and the incidents that change.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use crate::authoring::Verdict;
use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::settings::settings_for;
use crate::cli::values::signature_files::{load, load_selected, require_known};
use crate::inspect::{VisitedRecord, visit};
use crate::model::{Incident, Lang, LogLevel, Report, Run, cut, normalise};
use crate::pipeline::{self, NoObserver, Settings};
use crate::redact::{Redaction, redact};
use crate::report::escape_for_terminal;
use crate::rules::{RuleSelection, RuleSet};
use crate::search::Prefilter;

/// Records printed per kind; the rest is counted.
const MAX_RECORDS: usize = 20;

/// Bytes of a message that are printed.
const MAX_MESSAGE_BYTES: usize = 160;

/// Bytes of a message that are normalised and redacted before it is cut to [`MAX_MESSAGE_BYTES`].
const MAX_INPUT_BYTES: usize = MAX_MESSAGE_BYTES * 8;

/// Runs the command. `own` are the signature files of the user.
pub fn run(own: &[PathBuf], id: &str, paths: &[PathBuf], timezone: &str) -> Result<Exit, CliError> {
    let rules = load(own)?;
    require_known(&rules, id)?;
    let only_id = RuleSelection { only: vec![id.to_string()], ..RuleSelection::default() };
    let settings = settings_for(paths.to_vec(), timezone)?;

    let mut results = TryResults::default();
    let single_rule = load_selected(own, &only_id)?;
    // A built-in signature that is disabled is tried as if it were enabled.
    let rules = if rules.get(id).is_some_and(|signature| signature.is_off) {
        load_selected(own, &enabled_and(id, &rules))?
    } else {
        rules
    };
    let plan = pipeline::plan(&settings)?;
    let mut visitor = |visited: VisitedRecord<'_>| {
        let level = visited.record.level.map_or("", LogLevel::as_str);
        let source = Redaction::default().name(visited.source.as_str());
        let location = format!("{source}:{}", visited.lines.start());
        let message = redact(&normalise(cut(&visited.record.message, MAX_INPUT_BYTES)));
        let text = format!("{location}  {level}  {}", cut(&message, MAX_MESSAGE_BYTES));
        results.add(rules.explain(id, visited.record), text);
    };
    let prefilter = Prefilter::new(pipeline::prefilter_literals(&single_rule));
    let read_settings = pipeline::read_settings(&settings);
    for task in plan.tasks() {
        visit(task, Some(&prefilter), &read_settings, &mut visitor);
    }

    let without_id = RuleSelection { excluding: Some(id.to_string()), ..enabled(&rules) };
    let before = scan_report(&load_selected(own, &without_id)?, &settings)?;
    let after = scan_report(&rules, &settings)?;
    let mut text = format!("{id}\n");
    results.write_to(&mut text);
    add_changes(&mut text, id, &before, &after);
    output::print(escape_lines(&text).as_bytes())?;
    Ok(if pipeline::is_partial(&after) { Exit::Partial } else { Exit::Done })
}

/// Selects every enabled signature and this one.
fn enabled_and(id: &str, rules: &RuleSet) -> RuleSelection {
    let mut selection = enabled(rules);
    selection.only.push(id.to_string());
    selection
}

/// Selects every enabled signature by its complete id.
fn enabled(rules: &RuleSet) -> RuleSelection {
    let signatures = rules.signatures().iter().filter(|signature| !signature.is_off);
    RuleSelection {
        only: signatures.map(|signature| signature.id.clone()).collect(),
        ..RuleSelection::default()
    }
}

fn scan_report(rules: &RuleSet, settings: &Settings) -> Result<Report, CliError> {
    let plan = pipeline::plan(settings)?;
    let outcome = pipeline::scan(plan, rules, settings, &NoObserver)?;
    // `NoObserver` never stops a scan.
    let outcome = outcome.ok_or_else(|| CliError::usage("the scan was interrupted"))?;
    Ok(pipeline::build_report(&outcome, rules, settings, Run::default(), Lang::En))
}

#[derive(Default)]
struct TryResults {
    hits: RecordList,
    outranked: RecordList,
    near_misses: RecordList,
    mentions: RecordList,
}

/// The first [`MAX_RECORDS`] records of a kind, and how many there are.
#[derive(Default)]
struct RecordList {
    lines: Vec<String>,
    count: usize,
}

impl TryResults {
    fn add(&mut self, verdict: Verdict, text: String) {
        let (list, text) = match verdict {
            Verdict::Hit => (&mut self.hits, text),
            Verdict::Outranked(other, rank) => {
                (&mut self.outranked, format!("{text}\n      read as {other} of rank {rank}"))
            }
            Verdict::NearMiss(why) => (&mut self.near_misses, format!("{text}\n      {why}")),
            Verdict::Mention => (&mut self.mentions, text),
            Verdict::Reply => {
                (&mut self.mentions, format!("{text}\n      a reply about no connection"))
            }
            Verdict::Nothing => return,
        };
        list.count += 1;
        if list.lines.len() < MAX_RECORDS {
            list.lines.push(text);
        }
    }

    fn write_to(&self, text: &mut String) {
        for (kind, RecordList { lines, count }) in [
            ("hits", &self.hits),
            ("outranked", &self.outranked),
            ("near misses", &self.near_misses),
            ("mentions, below Error level", &self.mentions),
        ] {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\n{count} {kind}");
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
            if *count > lines.len() {
                let _ = writeln!(text, "  … and {} more", count - lines.len());
            }
        }
    }
}

/// Adds the incidents that exist only with or only without the signature, or whose count differs.
fn add_changes(text: &mut String, id: &str, before: &Report, after: &Report) {
    let by_id = |report: &Report| -> BTreeMap<String, Incident> {
        report.incidents.iter().map(|row| (row.id.clone(), row.clone())).collect()
    };
    let (old, new) = (by_id(before), by_id(after));
    let mut lines = Vec::new();
    for (incident_id, incident) in &new {
        let count = incident.counts.occurrences;
        match old.get(incident_id).map(|row| row.counts.occurrences) {
            None => {
                lines.push((incident_id, incident, format!("{count} occurrences, only with it")))
            }
            Some(other) if other != count => {
                lines.push((
                    incident_id,
                    incident,
                    format!("{other} occurrences without it, {count} with it"),
                ));
            }
            Some(_) => {}
        }
    }
    for (incident_id, incident) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
        let count = incident.counts.occurrences;
        lines.push((incident_id, incident, format!("{count} occurrences, only without it")));
    }
    lines.sort_by_key(|(key, incident, _)| (incident.signature.id != id, key.as_str()));
    let neighbours = |report: &Report| report.neighbours.iter().map(|row| row.records).sum::<u64>();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n{} incidents move", lines.len());
    for (incident_id, incident, change) in &lines {
        let _ = writeln!(text, "  {incident_id}  {}: {change}", incident.signature.id);
    }
    for (kind, count) in [
        ("unmatched", &Report::unmatched_records as &dyn Fn(&Report) -> u64),
        ("neighbours", &neighbours),
    ] {
        if count(before) != count(after) {
            let _ = writeln!(
                text,
                "  {kind}: {} records without it, {} with it",
                count(before),
                count(after)
            );
        }
    }
}

/// Escapes control characters in each line and keeps the line ends.
fn escape_lines(text: &str) -> String {
    text.lines().map(|line| escape_for_terminal(line).to_string() + "\n").collect()
}
