//! `faultline signatures new`: finds a record by source and line and drafts a signature from it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use crate::authoring::{check, draft};
use crate::cli::commands::signatures::args::NewArguments;
use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::report_source;
use crate::cli::values::settings::settings_for;
use crate::inspect::{VisitedRecord, visit};
use crate::model::{Record, RecordKind};
use crate::pipeline;
use crate::rules::RuleSet;

/// Separates the archive from its member in the name of a source.
const MEMBER_SEPARATOR: &str = " » ";

/// Longest line of a file that is not an export, in bytes.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// Prints or writes the draft. Problems and notes for the author go to standard error.
pub fn run(rules: &RuleSet, arguments: &NewArguments) -> Result<Exit, CliError> {
    let (source, line) = parse_source_line(&arguments.from)?;
    let record = find_record(source, line, arguments.report.as_deref())?;
    let draft = draft(rules, &arguments.id, &record).map_err(CliError::usage)?;
    let name = arguments.out.as_ref().map_or("draft".to_string(), |out| out.display().to_string());
    let problems = check(&[(name, draft.text.clone())]);
    match &arguments.out {
        Some(out) => write_new(out, &draft.text)?,
        None => output::print(draft.text.as_bytes())?,
    }
    for problem in &problems {
        output::print_error(&problem.to_string());
    }
    for note in &draft.notes {
        output::note(&format!("faultline: {note}"));
    }
    if let Some(out) = &arguments.out {
        let out = out.display();
        output::note(&format!(
            "faultline: look at every line with <- in {out}, then: faultline signatures check {out}"
        ));
    }
    Ok(if problems.iter().any(|problem| problem.is_error()) { Exit::Usage } else { Exit::Done })
}

/// Parses `FILE:LINE`. Lines begin with 1.
fn parse_source_line(from: &str) -> Result<(&str, u64), CliError> {
    let parts = from.rsplit_once(':').and_then(|(source, line)| Some((source, line.parse().ok()?)));
    match parts {
        Some((source, line)) if !source.is_empty() && line > 0 => Ok((source, line)),
        _ => Err(CliError::usage(format!("--from {from:?}: write FILE:LINE, lines begin with 1"))),
    }
}

/// Finds the record on a line of an export. A line of any other text becomes the message of a record.
fn find_record(source: &str, line: u64, report: Option<&Path>) -> Result<Record, CliError> {
    let file = source.split(MEMBER_SEPARATOR).next().unwrap_or(source);
    let path = match PathBuf::from(file) {
        path if path.is_file() => path,
        _ => report_source::find_source_file(source, file, line, report)?,
    };
    let settings = settings_for(vec![path.clone()], "UTC")?;
    let plan = pipeline::plan(&settings)?;
    let member = source.strip_prefix(file).unwrap_or_default();
    let (mut matching_record, mut has_records) = (None, false);
    let mut visitor = |visited: VisitedRecord<'_>| {
        has_records = true;
        let is_source = visited.source.as_str().ends_with(member);
        if matching_record.is_none() && is_source && visited.lines.contains(&line) {
            matching_record = Some(visited.record.clone());
        }
    };
    let read_settings = pipeline::read_settings(&settings);
    for task in plan.tasks() {
        visit(task, None, &read_settings, &mut visitor);
    }
    match matching_record {
        Some(record) if record.message.trim().is_empty() => {
            Err(CliError::usage(format!("the record on line {line} of {source} has no message")))
        }
        Some(record) => Ok(record),
        None if has_records || !member.is_empty() => {
            Err(CliError::usage(format!("no record stands on line {line} of {source}")))
        }
        None => read_plain_line(&path, line),
    }
}

fn read_plain_line(path: &Path, line: u64) -> Result<Record, CliError> {
    let read_error = |error: std::io::Error| {
        let reason = anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
        CliError { exit: Exit::Usage, reason }
    };
    let mut reader = BufReader::new(File::open(path).map_err(read_error)?);
    let mut bytes = Vec::new();
    for _ in 0..line {
        bytes.clear();
        if (&mut reader).take(MAX_LINE_BYTES).read_until(b'\n', &mut bytes).map_err(read_error)?
            == 0
        {
            return Err(CliError::usage(format!("{} has no line {line}", path.display())));
        }
    }
    let mut record = Record::new(RecordKind::ApiLog);
    record.message = String::from_utf8_lossy(&bytes).trim().to_string();
    Ok(record)
}

/// Writes a file that must not exist yet.
fn write_new(path: &Path, text: &str) -> Result<(), CliError> {
    let created = File::options().write(true).create_new(true).open(path);
    created.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        let reason = anyhow::Error::new(error).context(format!("cannot write {}", path.display()));
        CliError { exit: Exit::Output, reason }
    })
}
