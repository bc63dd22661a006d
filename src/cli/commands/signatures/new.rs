//! `faultline signatures new`: finds the record that was pointed at and drafts a signature from it.

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

/// Between the parts of a source inside an archive.
const INSIDE: &str = " » ";

/// Longest line of a file that is no export, in bytes.
const LINE_LIMIT: u64 = 1 << 20;

/// Prints the draft; what the author should know goes to standard error.
pub fn run(pack: &RuleSet, wanted: &NewArguments) -> Result<Exit, CliError> {
    let (source, line) = place(&wanted.from)?;
    let record = find(pack, source, line, wanted.report.as_deref())?;
    let draft = draft(pack, &wanted.id, &record).map_err(CliError::usage)?;
    let name = wanted.out.as_ref().map_or("draft".to_string(), |out| out.display().to_string());
    let problems = check(&[(name, draft.text.clone())]);
    match &wanted.out {
        Some(out) => write(out, &draft.text)?,
        None => output::print(draft.text.as_bytes())?,
    }
    for problem in &problems {
        output::print_error(&problem.to_string());
    }
    for note in &draft.notes {
        output::note(&format!("faultline: {note}"));
    }
    if let Some(out) = &wanted.out {
        let out = out.display();
        output::note(&format!(
            "faultline: look at every line with <- in {out}, then: faultline signatures check {out}"
        ));
    }
    Ok(if problems.iter().any(|problem| problem.is_error()) { Exit::Usage } else { Exit::Done })
}

fn place(from: &str) -> Result<(&str, u64), CliError> {
    let parts = from.rsplit_once(':').and_then(|(source, line)| Some((source, line.parse().ok()?)));
    match parts {
        Some((source, line)) if !source.is_empty() && line > 0 => Ok((source, line)),
        _ => Err(CliError::usage(format!("--from {from:?}: write FILE:LINE, lines begin with 1"))),
    }
}

/// The record that holds a line of an export; a line of any other text is a message as it stands.
fn find(
    _pack: &RuleSet,
    source: &str,
    line: u64,
    report: Option<&Path>,
) -> Result<Record, CliError> {
    let file = source.split(INSIDE).next().unwrap_or(source);
    let path = match PathBuf::from(file) {
        path if path.is_file() => path,
        _ => report_source::find_source_file(source, file, line, report)?,
    };
    let settings = settings_for(vec![path.clone()], "UTC")?;
    let planned = pipeline::plan(&settings)?;
    let inside = source.strip_prefix(file).unwrap_or_default();
    let (mut found, mut any) = (None, false);
    let mut show = |visited: VisitedRecord<'_>| {
        any = true;
        let is_source = visited.source.as_str().ends_with(inside);
        if found.is_none() && is_source && visited.lines.contains(&line) {
            found = Some(visited.record.clone());
        }
    };
    let read_settings = pipeline::read_settings(&settings);
    for task in planned.tasks() {
        visit(task, None, &read_settings, &mut show);
    }
    match found {
        Some(record) if record.message.trim().is_empty() => {
            Err(CliError::usage(format!("the record on line {line} of {source} has no message")))
        }
        Some(record) => Ok(record),
        None if any || !inside.is_empty() => {
            Err(CliError::usage(format!("no record stands on line {line} of {source}")))
        }
        None => plain(&path, line),
    }
}

fn plain(path: &Path, line: u64) -> Result<Record, CliError> {
    let cannot = |error: std::io::Error| {
        let reason = anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
        CliError { exit: Exit::Usage, reason }
    };
    let mut reader = BufReader::new(File::open(path).map_err(cannot)?);
    let mut bytes = Vec::new();
    for _ in 0..line {
        bytes.clear();
        if (&mut reader).take(LINE_LIMIT).read_until(b'\n', &mut bytes).map_err(cannot)? == 0 {
            return Err(CliError::usage(format!("{} has no line {line}", path.display())));
        }
    }
    let mut record = Record::new(RecordKind::ApiLog);
    record.message = String::from_utf8_lossy(&bytes).trim().to_string();
    Ok(record)
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let written = File::options().write(true).create_new(true).open(path);
    written.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        let reason = anyhow::Error::new(error).context(format!("cannot write {}", path.display()));
        CliError { exit: Exit::Output, reason }
    })
}
