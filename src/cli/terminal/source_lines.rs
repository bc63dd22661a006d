//! Source lines on the terminal: redacted unless secrets are asked for, escaped always.

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::inspect::{ExcerptLine, JobRecord, excerpt, job_records, locate};
use crate::model::{Guid, Incident, Location, Report};
use crate::pipeline::{Plan, ReadSettings};
use crate::redact::{Redaction, redact};
use crate::report::{escape_block, escape_for_terminal as shown};

/// Places that are read again for one incident; more are counted.
const PLACES: usize = 20;

/// A place in a source.
pub type LineRef<'r> = (&'r str, Location);

/// Where the evidence of an incident stands, or every occurrence of it; each place once.
pub fn places<'r>(incident: &'r Incident, report: &'r Report, every: bool) -> Vec<LineRef<'r>> {
    let place =
        |source: &'r String, line, offset| (source.as_str(), Location { offset, line, record: 0 });
    let mut places: Vec<LineRef<'_>> = if every {
        let mine = report.occurrences.iter().filter(|o| o.incident_id == incident.id);
        mine.map(|o| place(&o.source, o.line, o.offset)).collect()
    } else {
        incident.samples.iter().map(|s| place(&s.source, s.line, s.offset)).collect()
    };
    let mut seen = std::collections::BTreeSet::new();
    places.retain(|place| seen.insert(*place));
    places
}

/// Prints the lines around places. Ends as partial when one could not be read again.
pub fn lines(
    places: &[LineRef<'_>],
    report: &Report,
    plan: &Plan,
    reading: &ReadSettings,
    context: usize,
    redacted: bool,
) -> Result<Exit, CliError> {
    let mut exit = Exit::Done;
    for (at, (source, place)) in places.iter().take(PLACES).enumerate() {
        let gap = if at > 0 { "\n" } else { "" };
        output::print(format!("{gap}{}, line {}\n", shown(source), place.line).as_bytes())?;
        let found = locate(plan, source).ok_or("it is not among the PATHs".to_string());
        let lines = found.and_then(|(found, key)| {
            if changed(report, source, found.size) {
                let source = shown(source);
                output::note(&format!(
                    "faultline: {source} has another size than when it was scanned"
                ));
            }
            excerpt(found, &key, *place, context, reading)
        });
        match lines {
            Ok(lines) => print(&lines, redacted)?,
            Err(why) => {
                output::error(&format!("{source} cannot be read again: {why}"));
                exit = Exit::Partial;
            }
        }
    }
    if let Some(more) = places.len().checked_sub(PLACES).filter(|more| *more > 0) {
        output::note(&format!(
            "faultline: … and {more} more places; show --occurrences lists them"
        ));
    }
    Ok(exit)
}

/// True when a file on disk has another size than the report says. Members are not files.
fn changed(report: &Report, source: &str, size: u64) -> bool {
    let item = report.coverage.items.iter().find(|item| item.source == source);
    item.is_some_and(|item| item.item.compression != "zip" && item.item.bytes != size)
}

fn print(lines: &[ExcerptLine], redacted: bool) -> Result<(), CliError> {
    // A secret may span lines: they are redacted as one text.
    let all: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let all = all.join("\n");
    let all = if redacted { redact(&all) } else { all };
    let texts: Vec<&str> = all.split('\n').collect();
    if texts.len() != lines.len() {
        // One did: which line is which can no longer be told.
        return output::print((escape_block(&all) + "\n").as_bytes());
    }
    let width = lines.last().map_or(1, |line| line.number.to_string().len());
    let dots = |more: bool| if more { "…" } else { "" };
    let mut out = String::new();
    for (line, text) in lines.iter().zip(texts) {
        let mark = if line.wanted { '>' } else { ' ' };
        let text = format!("{}{}{}", dots(line.cut.0), escape_block(text), dots(line.cut.1));
        out.push_str(&format!("{mark} {:>width$}  {text}\n", line.number));
    }
    output::print(out.as_bytes())
}

/// Prints every record of a job.
pub fn job(
    key: Guid,
    plan: &Plan,
    reading: &ReadSettings,
    redacted: bool,
) -> Result<Exit, CliError> {
    let found = job_records(plan, key, reading);
    for (source, why) in &found.unread {
        output::error(&format!("{source} was not read to its end: {why}"));
    }
    if found.records.is_empty() {
        output::note(&format!("faultline: no record of job {key} in {} files", plan.sources.len()));
    }
    let mut text = String::new();
    for told in &found.records {
        text.push_str(&record(told, redacted));
    }
    output::print(text.as_bytes())?;
    if found.beyond > 0 {
        output::note(&format!("faultline: … and {} more records, not shown", found.beyond));
    }
    let partial = !found.unread.is_empty() || found.beyond > 0;
    Ok(if partial { Exit::Partial } else { Exit::Done })
}

fn record(told: &JobRecord, redacted: bool) -> String {
    let JobRecord { record, source, place, copies } = told;
    let time = record.time.map_or("-".to_string(), |stamp| stamp.at.to_string());
    let level = record.level.map_or("-", |level| level.as_str());
    let also = if *copies > 0 { format!(" (+{copies})") } else { String::new() };
    let source =
        if redacted { Redaction::default().name(source.as_str()) } else { source.to_string() };
    let place = format!("{}:{}{also}", shown(&source), place.line);
    let message = if redacted { redact(&record.message) } else { record.message.clone() };
    let message = escape_block(message.trim_end()).replace('\n', "\n    ");
    format!("{time}  {level:5}  {place}\n    {message}\n")
}
