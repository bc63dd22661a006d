//! Prints source lines and the records of a job. Lines are always escaped, and redacted unless the user
//! asks for secrets.

use std::collections::BTreeSet;

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::inspect::{ExcerptLine, JobRecord, excerpt, job_records, locate};
use crate::model::{Guid, Incident, Location, Report};
use crate::pipeline::{ReadSettings, SourcePlan};
use crate::redact::{Redaction, redact};
use crate::report::{escape_block, escape_for_terminal};

/// Maximum number of excerpts for one incident; the rest is counted.
const MAX_EXCERPTS: usize = 20;

/// A source by its key, and a location in it.
pub type LineRef<'r> = (&'r str, Location);

/// Returns the lines of the samples of an incident, or of all its occurrences, without duplicates.
pub fn incident_lines<'r>(
    incident: &'r Incident,
    report: &'r Report,
    all_occurrences: bool,
) -> Vec<LineRef<'r>> {
    let line_ref =
        |source: &'r String, line, offset| (source.as_str(), Location { offset, line, record: 0 });
    let mut lines: Vec<LineRef<'_>> = if all_occurrences {
        let rows = report.occurrences.iter().filter(|row| row.incident_id == incident.id);
        rows.map(|row| line_ref(&row.source, row.line, row.offset)).collect()
    } else {
        let samples = incident.samples.iter();
        samples.map(|sample| line_ref(&sample.source, sample.line, sample.offset)).collect()
    };
    let mut unique = BTreeSet::new();
    lines.retain(|line| unique.insert(*line));
    lines
}

/// Prints an excerpt around each line. Returns [`Exit::Partial`] if one cannot be read again. `context`
/// is the number of lines before and after.
pub fn print_excerpts(
    lines: &[LineRef<'_>],
    report: &Report,
    plan: &SourcePlan,
    settings: &ReadSettings,
    context: usize,
    redacted: bool,
) -> Result<Exit, CliError> {
    let mut exit = Exit::Done;
    for (index, (source, location)) in lines.iter().take(MAX_EXCERPTS).enumerate() {
        let gap = if index > 0 { "\n" } else { "" };
        let name = escape_for_terminal(source);
        output::print(format!("{gap}{name}, line {}\n", location.line).as_bytes())?;
        let located = locate(plan, source).ok_or("it is not among the PATHs".to_string());
        let excerpt_lines = located.and_then(|(file, key)| {
            if has_new_size(report, source, file.size) {
                output::note(&format!(
                    "faultline: {name} has another size than when it was scanned"
                ));
            }
            excerpt(file, &key, *location, context, settings)
        });
        match excerpt_lines {
            Ok(excerpt_lines) => print_excerpt(&excerpt_lines, redacted)?,
            Err(why) => {
                output::print_error(&format!("{source} cannot be read again: {why}"));
                exit = Exit::Partial;
            }
        }
    }
    if let Some(more) = lines.len().checked_sub(MAX_EXCERPTS).filter(|more| *more > 0) {
        output::note(&format!(
            "faultline: … and {more} more places; show --occurrences lists them"
        ));
    }
    Ok(exit)
}

/// True if a file on disk has another size than in the report. False for archive members.
fn has_new_size(report: &Report, source: &str, size: u64) -> bool {
    let item = report.coverage.items.iter().find(|item| item.source == source);
    item.is_some_and(|item| item.item.compression != "zip" && item.item.bytes != size)
}

fn print_excerpt(lines: &[ExcerptLine], redacted: bool) -> Result<(), CliError> {
    // A secret may span several lines, so they are redacted as one text.
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let joined = texts.join("\n");
    let text = if redacted { redact(&joined) } else { joined };
    let texts: Vec<&str> = text.split('\n').collect();
    if texts.len() != lines.len() {
        // A secret did span lines, so the texts no longer correspond to line numbers.
        return output::print((escape_block(&text) + "\n").as_bytes());
    }
    let width = lines.last().map_or(1, |line| line.number.to_string().len());
    let ellipsis = |is_cut: bool| if is_cut { "…" } else { "" };
    let mut out = String::new();
    for (line, text) in lines.iter().zip(texts) {
        let mark = if line.wanted { '>' } else { ' ' };
        let text =
            format!("{}{}{}", ellipsis(line.cut.0), escape_block(text), ellipsis(line.cut.1));
        out.push_str(&format!("{mark} {:>width$}  {text}\n", line.number));
    }
    output::print(out.as_bytes())
}

/// Prints every record of a job, in order of time. Returns [`Exit::Partial`] if some are missing.
pub fn print_job(
    key: Guid,
    plan: &SourcePlan,
    settings: &ReadSettings,
    redacted: bool,
) -> Result<Exit, CliError> {
    let job = job_records(plan, key, settings);
    for (source, why) in &job.unread {
        output::print_error(&format!("{source} was not read to its end: {why}"));
    }
    if job.records.is_empty() {
        output::note(&format!("faultline: no record of job {key} in {} files", plan.sources.len()));
    }
    let mut text = String::new();
    for record in &job.records {
        text.push_str(&format_record(record, redacted));
    }
    output::print(text.as_bytes())?;
    if job.beyond > 0 {
        output::note(&format!("faultline: … and {} more records, not shown", job.beyond));
    }
    let is_partial = !job.unread.is_empty() || job.beyond > 0;
    Ok(if is_partial { Exit::Partial } else { Exit::Done })
}

fn format_record(job_record: &JobRecord, redacted: bool) -> String {
    let JobRecord { record, source, location, copies } = job_record;
    let time = record.time.map_or("-".to_string(), |stamp| stamp.at.to_string());
    let level = record.level.map_or("-", |level| level.as_str());
    let copies = if *copies > 0 { format!(" (+{copies})") } else { String::new() };
    let source =
        if redacted { Redaction::default().name(source.as_str()) } else { source.to_string() };
    let location = format!("{}:{}{copies}", escape_for_terminal(&source), location.line);
    let message = if redacted { redact(&record.message) } else { record.message.clone() };
    let message = escape_block(message.trim_end()).replace('\n', "\n    ");
    format!("{time}  {level:5}  {location}\n    {message}\n")
}
