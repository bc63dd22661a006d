//! `faultline scan`: lifts arguments into settings, runs the pipeline, shows the summary.

use std::path::{Path, PathBuf};
use std::time::Instant as Clock;

use regex::Regex;

use super::args::{FailOn, ScanArguments, Stdout};
use super::exit::{CliError, Exit};
use super::progress::ScanProgress;
use super::signals::Signals;
use super::{
    allowed, diagnostics, language, lifecycle, output, people, signatures, size, state, when,
};
use crate::model::report::{Lang, Report, Run};
use crate::model::{Instant, Severity};
use crate::pipeline::{
    self, FinishedRun, IncrementalRun, Output, OutputDirectory, PipelineError, Settings,
};
use crate::report::{ReportFormat, Style, TerminalOptions, is_own_file, render, summary};
use crate::signature::{Redaction, RuleSelection};
use crate::state::Mutes;

/// Runs the command.
pub fn run(arguments: &ScanArguments) -> Result<Exit, CliError> {
    let now = when::now();
    let clock = Clock::now();
    require_path(&arguments.paths)?;
    let signals = Signals::watch().map_err(|error| CliError::new(Exit::Output, error))?;
    let mut settings = settings(arguments, now)?;
    settings.redaction.people = people::key(arguments)?;
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
    let pack = signatures::load_selected(&arguments.signatures, &selection)?;
    let planned = pipeline::plan(&settings).map_err(failure)?;
    let mut night = open_incremental(arguments, now)?;
    pipeline::check_output(&written).map_err(failure)?;

    let progress =
        ScanProgress::new(arguments.progress, arguments.quiet, planned.extent(), &signals);
    let scanned = match &mut night {
        Some(night) => night.scan(planned, &pack, &settings, &progress).map(Some),
        None => pipeline::scan(planned, &pack, &settings, &progress),
    };
    let scanned = scanned.map_err(failure)?;
    progress.done();
    let finished = when::now();
    let stopped = night.as_ref().is_some_and(IncrementalRun::interrupted);
    let scanned = match (scanned, signals.received()) {
        (Some(scanned), None) if !stopped => scanned,
        (_, signal) => {
            if let Some(night) = &mut night {
                let times = (now.to_string(), finished.to_string());
                night.commit_interrupted(&pack, &settings, times).map_err(failure)?;
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
    let shown_in = language::shown(arguments.lang);
    let other = Some(shown_in).filter(|lang| *lang != settings.lang);
    let told = match &mut night {
        Some(night) => night.conclude(&scanned, &pack, &settings, &about, other, &written),
        None => pipeline::finish_run(&scanned, &pack, &settings, &about, other, &written),
    };
    let FinishedRun { report, shown, files, kept } = match (told, signals.received()) {
        // What was read is not kept: that is more than that the run was told to stop.
        (Err(error @ PipelineError::State(_)), _) => return Err(failure(error)),
        (_, Some(signal)) => return Ok(interrupted(Some(signal), night.is_some())),
        (told, None) => told.map_err(failure)?,
    };
    let files = match &mut night {
        // From then on others are compared with this run.
        Some(night) => night.publish(files, kept),
        None => files.replace().map_err(PipelineError::from),
    };
    let files = files.map_err(failure)?;
    diagnostics::tell(&report, arguments.verbose, shown_in);
    show(arguments, shown.as_ref().unwrap_or(&report), &files, &written)?;
    let exit = exit(&report, &arguments.fail_on);
    // The program ends here. To give the memory of thousands of failures back piece by piece takes
    // longer than to print them, and nobody uses it any more.
    std::mem::forget((scanned, report, shown));
    Ok(exit)
}

/// A run without a PATH is a mistake.
pub fn require_path(paths: &[PathBuf]) -> Result<(), CliError> {
    if paths.is_empty() {
        return Err(CliError::usage("no PATH: name one, or set `paths` in faultline.toml"));
    }
    Ok(())
}

/// All cores.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
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
    let mutes = Mutes::beside(file)
        .and_then(|mutes| mutes.list(|text| when::until(text, now)))
        .map_err(lifecycle::failure)?;
    IncrementalRun::open(file, now, mutes).map(Some).map_err(failure)
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

/// The arguments as plain settings.
pub fn settings(arguments: &ScanArguments, now: Instant) -> Result<Settings, CliError> {
    let zone = when::zone(&arguments.timezone).map_err(CliError::usage)?;
    let time = |text: &Option<String>| {
        text.as_deref().map(|t| when::instant(t, now, &zone)).transpose().map_err(CliError::usage)
    };
    let (since, until) = (time(&arguments.since)?, time(&arguments.until)?);
    let folder_from_path = arguments.folder_from_path.as_deref().map(folder_pattern).transpose()?;
    let encoding = arguments
        .encoding
        .as_deref()
        .map(|label| {
            pipeline::encoding_for_label(label).ok_or_else(|| {
                CliError::usage(format!(
                    "{label:?} is no encoding; write utf-8, shift_jis or utf-16le"
                ))
            })
        })
        .transpose()?;
    Ok(Settings {
        selection: pipeline::SourceSelection {
            roots: arguments.paths.clone(),
            include: arguments.include.clone(),
            exclude: arguments.exclude.clone(),
            follow_links: arguments.follow_links,
            own: Some(OutputDirectory { directory: arguments.out.clone(), is_own: is_own_file }),
        },
        names: arguments.names.clone(),
        zone_name: arguments.timezone.clone(),
        zone,
        encoding,
        since,
        until,
        folder: arguments.folder.clone(),
        folder_from_path,
        threads: arguments.threads.filter(|n| *n > 0).unwrap_or_else(cores),
        redaction: Redaction { keep_named: arguments.no_redact, people: None },
        strict: arguments.strict,
        limits: Default::default(),
        memory: match &arguments.max_memory {
            Some(size) => size::bytes(size).map_err(CliError::usage)?,
            None => size::default_memory(allowed::bytes(Path::new("/"))),
        },
        lang: language::written(arguments.lang),
    })
}

fn folder_pattern(pattern: &str) -> Result<Regex, CliError> {
    let regex = Regex::new(pattern).map_err(|error| {
        // Before its last line the pattern is drawn over several.
        let drawn = error.to_string();
        let why = drawn.lines().last().unwrap_or_default().trim_start_matches("error: ");
        CliError::usage(format!("--folder-from-path {pattern:?}: {why}"))
    })?;
    if regex.capture_names().flatten().any(|name| name == "folder") {
        Ok(regex)
    } else {
        Err(CliError::usage("--folder-from-path needs a group named folder: '^(?<folder>[^/]+)/'"))
    }
}

/// The exit code of what went wrong.
pub fn failure(error: PipelineError) -> CliError {
    let error = match error {
        PipelineError::State(error) => return state::failure(error),
        other => other,
    };
    let exit = match &error {
        PipelineError::Discover(_) | PipelineError::NothingThere(_) => Exit::Usage,
        PipelineError::Threads(_)
        | PipelineError::State(_)
        | PipelineError::Render(_)
        | PipelineError::Publish(_) => Exit::Output,
    };
    CliError::new(exit, error)
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
    print_summary(report, language::shown(arguments.lang), files, &written.dir)
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
        width: output::width(),
        colour: output::colour(),
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

fn exit(report: &Report, fail_on: &[FailOn]) -> Exit {
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
