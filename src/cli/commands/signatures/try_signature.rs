//! `faultline signatures try`: one signature on real exports. What it takes, what it misses by one
//! condition, who is read instead, and which incidents exist with it and without it.

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
use crate::pipeline;
use crate::pipeline::{NoObserver, Settings};
use crate::redact::{Redaction, redact};
use crate::report::escape_for_terminal;
use crate::rules::{RuleSelection, RuleSet};
use crate::search::Prefilter;

/// Records shown of a kind; the rest is counted.
const SHOWN: usize = 20;

/// Bytes of a message that are shown.
const MESSAGE: usize = 160;

/// Runs the command.
pub fn run(own: &[PathBuf], id: &str, paths: &[PathBuf], timezone: &str) -> Result<Exit, CliError> {
    let pack = load(own)?;
    require_known(&pack, id)?;
    let named = RuleSelection { only: vec![id.to_string()], ..RuleSelection::default() };
    let settings = settings_for(paths.to_vec(), timezone)?;

    let mut seen = TryResults::default();
    let alone = load_selected(own, &named)?;
    // A signature that is shipped off is tried as if it were on.
    let whole = if pack.get(id).is_some_and(|s| s.off) {
        load_selected(own, &with(id, &pack))?
    } else {
        pack
    };
    let planned = pipeline::plan(&settings)?;
    let mut show = |visited: VisitedRecord<'_>| {
        let level = visited.record.level.map_or("", LogLevel::as_str);
        let source = Redaction::default().name(visited.source.as_str());
        let place = format!("{source}:{}", visited.lines.start());
        let message = redact(&normalise(cut(&visited.record.message, MESSAGE * 8)));
        let text = format!("{place}  {level}  {}", cut(&message, MESSAGE));
        seen.add(whole.explain(id, visited.record), text);
    };
    let prefilter = Prefilter::new(pipeline::prefilter_literals(&alone));
    let read_settings = pipeline::read_settings(&settings);
    for task in planned.tasks() {
        visit(task, Some(&prefilter), &read_settings, &mut show);
    }

    let apart = RuleSelection { apart_from: Some(id.to_string()), ..with_all(&whole) };
    let before = report(&load_selected(own, &apart)?, &settings)?;
    let after = report(&whole, &settings)?;
    let mut text = format!("{id}\n");
    seen.print(&mut text);
    moved(&mut text, id, &before, &after);
    output::print(escape_for_terminal_lines(&text).as_bytes())?;
    Ok(if pipeline::is_partial(&after) { Exit::Partial } else { Exit::Done })
}

/// The pack as it is, and this one on.
fn with(id: &str, pack: &RuleSet) -> RuleSelection {
    let mut selection = with_all(pack);
    selection.only.push(id.to_string());
    selection
}

/// Every signature that is on, by its whole id.
fn with_all(pack: &RuleSet) -> RuleSelection {
    let on = pack.signatures().iter().filter(|signature| !signature.off);
    RuleSelection {
        only: on.map(|signature| signature.id.clone()).collect(),
        ..RuleSelection::default()
    }
}

fn report(pack: &RuleSet, settings: &Settings) -> Result<Report, CliError> {
    let planned = pipeline::plan(settings)?;
    let scanned = pipeline::scan(planned, pack, settings, &NoObserver)?;
    // Nobody watches, so nobody stops it.
    let scanned = scanned.ok_or_else(|| CliError::usage("the scan was interrupted"))?;
    Ok(pipeline::build_report(&scanned, pack, settings, Run::default(), Lang::En))
}

/// Records by how far they are from the signature.
#[derive(Default)]
struct TryResults {
    hits: Vec<String>,
    mentions: Vec<String>,
    outranked: Vec<String>,
    near: Vec<String>,
    counts: [usize; 4],
}

impl TryResults {
    fn add(&mut self, verdict: Verdict, text: String) {
        let (at, list, text) = match verdict {
            Verdict::Hit => (0, &mut self.hits, text),
            Verdict::Outranked(other, rank) => {
                (1, &mut self.outranked, format!("{text}\n      read as {other} of rank {rank}"))
            }
            Verdict::NearMiss(why) => (2, &mut self.near, format!("{text}\n      {why}")),
            Verdict::Mention => (3, &mut self.mentions, text),
            Verdict::Reply => {
                (3, &mut self.mentions, format!("{text}\n      a reply about no connection"))
            }
            Verdict::Nothing => return,
        };
        self.counts[at] += 1;
        if list.len() < SHOWN {
            list.push(text);
        }
    }

    fn print(&self, text: &mut String) {
        let kinds = ["hits", "outranked", "near misses", "mentions, below Error level"];
        let lists = [&self.hits, &self.outranked, &self.near, &self.mentions];
        for ((kind, list), count) in kinds.iter().zip(lists).zip(self.counts) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\n{count} {kind}");
            for line in list {
                let _ = writeln!(text, "  {line}");
            }
            if count > list.len() {
                let _ = writeln!(text, "  … and {} more", count - list.len());
            }
        }
    }
}

/// Incidents that exist only with the signature, only without it, or count otherwise.
fn moved(text: &mut String, id: &str, before: &Report, after: &Report) {
    let by_id = |report: &Report| -> BTreeMap<String, Incident> {
        report.incidents.iter().map(|i| (i.id.clone(), i.clone())).collect()
    };
    let (old, new) = (by_id(before), by_id(after));
    let mut lines = Vec::new();
    for (name, incident) in &new {
        let count = incident.counts.occurrences;
        match old.get(name).map(|i| i.counts.occurrences) {
            None => lines.push((name, incident, format!("{count} occurrences, only with it"))),
            Some(other) if other != count => {
                lines.push((
                    name,
                    incident,
                    format!("{other} occurrences without it, {count} with it"),
                ));
            }
            Some(_) => {}
        }
    }
    for (name, incident) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        let count = incident.counts.occurrences;
        lines.push((name, incident, format!("{count} occurrences, only without it")));
    }
    lines.sort_by_key(|(name, incident, _)| (incident.signature.id != id, name.as_str()));
    let neighbours = |report: &Report| report.neighbours.iter().map(|n| n.records).sum::<u64>();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n{} incidents move", lines.len());
    for (name, incident, change) in &lines {
        let _ = writeln!(text, "  {name}  {}: {change}", incident.signature.id);
    }
    for (what, count) in [
        ("unmatched", &Report::unmatched_records as &dyn Fn(&Report) -> u64),
        ("neighbours", &neighbours),
    ] {
        if count(before) != count(after) {
            let _ = writeln!(
                text,
                "  {what}: {} records without it, {} with it",
                count(before),
                count(after)
            );
        }
    }
}

/// Each line with its control bytes shown.
fn escape_for_terminal_lines(text: &str) -> String {
    text.lines().map(|line| escape_for_terminal(line).to_string() + "\n").collect()
}
