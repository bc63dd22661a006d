//! `faultline scan`: lifts arguments into settings, runs the pipeline, shows the summary.

use std::path::{Path, PathBuf};
use std::time::Instant as Clock;

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::progress::ScanProgress;
use crate::cli::terminal::signals::Signals;
use crate::cli::terminal::{diagnostics, output};
use crate::cli::values::scan_options::{FailOn, ScanArguments, Stdout};
use crate::cli::values::settings::{build_settings, require_path};
use crate::cli::values::{language, pseudonym_key, signature_files, time};
use crate::model::{Instant, Lang, Report, Run, Severity};
use crate::pipeline;
use crate::pipeline::{FinishedRun, IncrementalRun, Output, PipelineError};
use crate::redact::Redaction;
use crate::report::{ReportFormat, Style, TerminalOptions, render, summary};
use crate::rules::RuleSelection;
use crate::state::Mutes;

/// Runs the command.
pub fn run(arguments: &ScanArguments) -> Result<Exit, CliError> {
    let now = time::now();
    let clock = Clock::now();
    require_path(&arguments.paths)?;
    let signals = Signals::watch().map_err(|error| CliError::new(Exit::Output, error))?;
    let mut settings = build_settings(arguments, now)?;
    settings.redaction.people = pseudonym_key::load_or_create(arguments)?;
    let written = Output {
        dir: arguments.out.clone(),
        formats: ReportFormat::parse_list(&arguments.formats).map_err(CliError::usage)?,
        style: Style { lang: settings.lang, csv_plain: arguments.csv_plain },
        threads: settings.threads,
    };
    let selection = RuleSelection {
        only: arguments.select.clone(),
        without: arguments.ignore.clone(),
        ..RuleSelection::default()
    };
    let pack = signature_files::load_selected(&arguments.signatures, &selection)?;
    let planned = pipeline::plan(&settings)?;
    let mut night = open_incremental(arguments, now)?;
    pipeline::check_output(&written)?;

    let progress =
        ScanProgress::new(arguments.progress, arguments.quiet, planned.extent(), &signals);
    let scanned = match &mut night {
        Some(night) => night.scan(planned, &pack, &settings, &progress).map(Some),
        None => pipeline::scan(planned, &pack, &settings, &progress),
    };
    let scanned = scanned?;
    progress.finish();
    let finished = time::now();
    let stopped = night.as_ref().is_some_and(IncrementalRun::interrupted);
    let scanned = match (scanned, signals.received()) {
        (Some(scanned), None) if !stopped => scanned,
        (_, signal) => {
            if let Some(night) = &mut night {
                let times = (now.to_string(), finished.to_string());
                night.commit_interrupted(&pack, &settings, times)?;
            }
            return Ok(interrupted(signal, night.is_some()));
        }
    };

    let id = night.as_ref().map_or_else(|| format!("{:x}", now.0), |n| n.run().to_string());
    let about = Run {
        id,
        started_at: now.to_string(),
        finished_at: finished.to_string(),
        duration_ms: u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX),
        tool_version: env!("CARGO_PKG_VERSION").to_string(),
        threads: settings.threads,
        command: settings.redaction.text(&command()).into_owned(),
        paths: absolute(&arguments.paths, &settings.redaction),
    };
    let shown_in = language::terminal_language(arguments.lang);
    let other = Some(shown_in).filter(|lang| *lang != settings.lang);
    let told = match &mut night {
        Some(night) => night.conclude(&scanned, &pack, &settings, &about, other, &written),
        None => pipeline::finish_run(&scanned, &pack, &settings, &about, other, &written),
    };
    let FinishedRun { report, shown, files, kept } = match (told, signals.received()) {
        // What was read is not kept: that is more than that the run was told to stop.
        (Err(error @ PipelineError::State(_)), _) => return Err(CliError::from(error)),
        (_, Some(signal)) => return Ok(interrupted(Some(signal), night.is_some())),
        (told, None) => told?,
    };
    let files = match &mut night {
        // From then on others are compared with this run.
        Some(night) => night.publish(files, kept),
        None => files.replace().map_err(PipelineError::from),
    };
    let files = files?;
    diagnostics::print_diagnostics(&report, arguments.verbose, shown_in);
    show(arguments, shown.as_ref().unwrap_or(&report), &files, &written)?;
    let exit = exit(&report, &arguments.fail_on);
    // The program ends here. To give the memory of thousands of failures back piece by piece takes
    // longer than to print them, and nobody uses it any more.
    std::mem::forget((scanned, report, shown));
    Ok(exit)
}

/// The run with a past, if there is to be one.
fn open_incremental(
    arguments: &ScanArguments,
    now: Instant,
) -> Result<Option<IncrementalRun>, CliError> {
    let Some(file) = arguments.state.as_deref().filter(|_| !arguments.no_state) else {
        return Ok(None);
    };
    if arguments.no_redact {
        return Err(CliError::usage(
            "--no-redact would keep secrets in the state for years: use it with --no-state",
        ));
    }
    let mutes =
        Mutes::beside(file).and_then(|mutes| mutes.list(|text| time::parse_until(text, now)))?;
    IncrementalRun::open(file, now, mutes).map(Some).map_err(CliError::from)
}

/// Says what becomes of a run that was told to stop.
pub fn interrupted(signal: Option<u8>, kept: bool) -> Exit {
    output::note(if kept {
        "faultline: interrupted; what was read to its end is kept, and the same command goes on"
    } else {
        "faultline: interrupted; nothing was written"
    });
    // Nothing but a signal stops a run.
    Exit::Interrupted(signal.unwrap_or(130))
}

fn show(
    arguments: &ScanArguments,
    report: &Report,
    files: &[String],
    written: &Output,
) -> Result<(), CliError> {
    if let Some(stdout) = arguments.stdout {
        return machine(report, stdout, &written.style);
    }
    if arguments.quiet {
        return Ok(());
    }
    print_summary(report, language::terminal_language(arguments.lang), files, &written.dir)
}

/// Prints one machine format.
pub fn machine(report: &Report, stdout: Stdout, style: &Style) -> Result<(), CliError> {
    let (format, name) = match stdout {
        Stdout::Json => (ReportFormat::Json, "report.json"),
        Stdout::Csv => (ReportFormat::Csv, "incidents.csv"),
        Stdout::Ndjson => (ReportFormat::Ndjson, "occurrences.ndjson"),
    };
    let rendered =
        render(report, &[format], style).map_err(|error| CliError::new(Exit::Output, error))?;
    let face = rendered.into_iter().find(|(file, _)| file == name);
    output::print(&face.map(|(_, bytes)| bytes).unwrap_or_default())
}

/// Prints the summary for people.
pub fn print_summary(
    report: &Report,
    lang: Lang,
    files: &[String],
    directory: &Path,
) -> Result<(), CliError> {
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    let screen = TerminalOptions {
        lang,
        width: output::terminal_width(),
        colour: output::has_colour(),
        out_dir: &shown_path(directory),
        files: &names,
    };
    output::print(summary(report, &screen).as_bytes())
}

fn shown_path(path: &Path) -> String {
    path.display().to_string()
}

/// The command as typed, for the report.
fn command() -> String {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let program = PathBuf::from("faultline").display().to_string();
    std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ")
}

/// Where what was typed lies, for whoever looks from another directory.
fn absolute(paths: &[PathBuf], redaction: &Redaction) -> Vec<String> {
    let typed = |path: &PathBuf| path.to_string_lossy().into_owned();
    let full = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    paths
        .iter()
        .map(|path| if path.as_os_str() == "-" { typed(path) } else { typed(&full(path)) })
        .map(|path| redaction.name(&path))
        .collect()
}

pub(crate) fn exit(report: &Report, fail_on: &[FailOn]) -> Exit {
    let reached = |class: &FailOn| {
        let worst = |severity: Severity| report.incidents.iter().any(|i| i.severity <= severity);
        match class {
            FailOn::New => report.incidents.iter().any(|i| i.state == "new"),
            FailOn::Regressed => report.incidents.iter().any(|i| i.state == "regressed"),
            FailOn::Any => !report.incidents.is_empty(),
            FailOn::Critical => worst(Severity::Critical),
            FailOn::High => worst(Severity::High),
            FailOn::Medium => worst(Severity::Medium),
            FailOn::Low => worst(Severity::Low),
        }
    };
    let found = if fail_on.iter().any(reached) { Exit::Found } else { Exit::Done };
    let read = if pipeline::is_partial(report) { Exit::Partial } else { Exit::Done };
    found.min(read)
}
