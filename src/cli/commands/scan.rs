//! `faultline scan`: converts arguments to settings, runs the pipeline and prints the summary.

use std::path::{Path, PathBuf};
use std::time::Instant as Clock;

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::progress::ScanProgress;
use crate::cli::terminal::signals::Signals;
use crate::cli::terminal::{diagnostics, output};
use crate::cli::values::scan_options::{FailOn, ScanArguments, Stdout};
use crate::cli::values::settings::{build_settings, require_path};
use crate::cli::values::{language, pseudonym_key, signature_files, time};
use crate::model::{IncidentState, Instant, Lang, Report, Run, Severity};
use crate::pipeline::{self, FinishedRun, IncrementalRun, Output, PipelineError, Settings};
use crate::redact::Redaction;
use crate::report::{ReportFormat, Style, TerminalOptions, render, summary};
use crate::rules::{RuleSelection, RuleSet};
use crate::state::Mutes;

/// What both stages of a scan use: reading the sources, and publishing the report.
struct ScanContext<'a> {
    arguments: &'a ScanArguments,
    signals: &'a Signals,
    settings: Settings,
    rules: RuleSet,
    output: Output,
}

pub fn run(arguments: &ScanArguments) -> Result<Exit, CliError> {
    let now = time::now();
    let clock = Clock::now();
    require_path(&arguments.paths)?;
    let signals = Signals::watch().map_err(|error| CliError::new(Exit::Output, error))?;
    let context = ScanContext::new(arguments, &signals, now)?;
    let ScanContext { settings, rules, .. } = &context;
    let plan = pipeline::plan(settings)?;
    let mut incremental = open_incremental(arguments, now)?;
    pipeline::check_output(&context.output)?;

    let progress = ScanProgress::new(arguments.progress, arguments.quiet, plan.extent(), &signals);
    let scanned = match &mut incremental {
        Some(run) => run.scan(plan, rules, settings, &progress).map(Some),
        None => pipeline::scan(plan, rules, settings, &progress),
    };
    let scanned = scanned?;
    progress.finish();
    let finished = time::now();
    let is_interrupted = incremental.as_ref().is_some_and(IncrementalRun::interrupted);
    let outcome = match (scanned, signals.received()) {
        (Some(outcome), None) if !is_interrupted => outcome,
        (_, signal) => {
            if let Some(run) = &mut incremental {
                let times = (now.to_string(), finished.to_string());
                run.commit_interrupted(rules, settings, times)?;
            }
            return Ok(interrupted(signal, incremental.is_some()));
        }
    };

    let run = Run {
        id: incremental
            .as_ref()
            .map_or_else(|| format!("{:x}", now.0), |incremental| incremental.run().to_string()),
        started_at: now.to_string(),
        finished_at: finished.to_string(),
        duration_ms: u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX),
        tool_version: env!("CARGO_PKG_VERSION").to_string(),
        threads: settings.threads,
        command: settings.redaction.text(&command_line()).into_owned(),
        paths: absolute_paths(&arguments.paths, &settings.redaction),
    };
    let terminal_lang = language::terminal_language(arguments.lang);
    let second_lang = Some(terminal_lang).filter(|lang| *lang != settings.lang);
    let finished = match &mut incremental {
        Some(incremental) => {
            incremental.finish(&outcome, rules, settings, &run, second_lang, &context.output)
        }
        None => pipeline::finish_run(&outcome, rules, settings, &run, second_lang, &context.output),
    };
    let exit = context.publish(finished, incremental)?;
    // The process ends here. Freeing thousands of failures takes longer than printing them.
    std::mem::forget(outcome);
    Ok(exit)
}

impl<'a> ScanContext<'a> {
    fn new(
        arguments: &'a ScanArguments,
        signals: &'a Signals,
        now: Instant,
    ) -> Result<ScanContext<'a>, CliError> {
        let mut settings = build_settings(arguments, now)?;
        settings.redaction.pseudonym_key = pseudonym_key::load_or_create(arguments)?;
        let output = Output {
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
        let rules = signature_files::load_selected(&arguments.signatures, &selection)?;
        Ok(ScanContext { arguments, signals, settings, rules, output })
    }

    /// Publishes the report, commits the state and prints the result.
    fn publish(
        &self,
        finished: Result<FinishedRun, PipelineError>,
        mut incremental: Option<IncrementalRun>,
    ) -> Result<Exit, CliError> {
        let ScanContext { arguments, output, .. } = self;
        let FinishedRun { report, translated: shown, files, archived: archive } =
            match (finished, self.signals.received()) {
                // A state error loses what was read, so it has precedence over the interruption.
                (Err(error @ PipelineError::State(_)), _) => return Err(CliError::from(error)),
                (_, Some(signal)) => return Ok(interrupted(Some(signal), incremental.is_some())),
                (finished, None) => finished?,
            };
        let files = match &mut incremental {
            // From here on, later runs are compared with this one.
            Some(incremental) => incremental.publish(files, archive),
            None => files.replace().map_err(PipelineError::from),
        };
        let files = files?;
        diagnostics::print_diagnostics(
            &report,
            arguments.verbose,
            language::terminal_language(arguments.lang),
        );
        print_result(arguments, shown.as_ref().unwrap_or(&report), &files, output)?;
        let exit = exit_for(&report, &arguments.fail_on);
        // Not freed, for the same reason as the outcome.
        std::mem::forget((report, shown));
        Ok(exit)
    }
}

/// Opens the state for an incremental run, if the arguments name one.
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
    let mutes = Mutes::open_for_state(file)
        .and_then(|mutes| mutes.list(|text| time::parse_until(text, now)))?;
    IncrementalRun::open(file, now, mutes).map(Some).map_err(CliError::from)
}

/// Prints that the run was interrupted, and whether the state has what was read. Returns the exit code.
pub fn interrupted(signal: Option<u8>, is_stored: bool) -> Exit {
    output::note(if is_stored {
        "faultline: interrupted; sources that were read completely are stored, and the same command continues"
    } else {
        "faultline: interrupted; nothing was written"
    });
    // Only a signal interrupts a run, so the default is never used.
    Exit::Interrupted(signal.unwrap_or(130))
}

fn print_result(
    arguments: &ScanArguments,
    report: &Report,
    files: &[String],
    output: &Output,
) -> Result<(), CliError> {
    if let Some(stdout) = arguments.stdout {
        return print_format(report, stdout, &output.style);
    }
    if arguments.quiet {
        return Ok(());
    }
    print_summary(report, language::terminal_language(arguments.lang), files, &output.dir)
}

/// Prints the report in one machine format.
pub fn print_format(report: &Report, stdout: Stdout, style: &Style) -> Result<(), CliError> {
    let (format, name) = match stdout {
        Stdout::Json => (ReportFormat::Json, "report.json"),
        Stdout::Csv => (ReportFormat::Csv, "incidents.csv"),
        Stdout::Ndjson => (ReportFormat::Ndjson, "occurrences.ndjson"),
    };
    let rendered =
        render(report, &[format], style).map_err(|error| CliError::new(Exit::Output, error))?;
    let file = rendered.into_iter().find(|(file, _)| file == name);
    output::print(&file.map(|(_, bytes)| bytes).unwrap_or_default())
}

/// Prints the summary and the names of the written files.
pub fn print_summary(
    report: &Report,
    lang: Lang,
    files: &[String],
    directory: &Path,
) -> Result<(), CliError> {
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    let options = TerminalOptions {
        lang,
        width: output::terminal_width(),
        colour: output::has_colour(),
        out_dir: &directory.display().to_string(),
        files: &names,
    };
    output::print(summary(report, &options).as_bytes())
}

/// Returns the command line as typed, for the report.
fn command_line() -> String {
    let arguments = std::env::args_os().skip(1);
    let arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once("faultline".to_string()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Makes the paths absolute and redacts them, so that the report is usable from any directory.
fn absolute_paths(paths: &[PathBuf], redaction: &Redaction) -> Vec<String> {
    let typed = |path: &PathBuf| path.to_string_lossy().into_owned();
    let full = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    paths
        .iter()
        .map(|path| if path.as_os_str() == "-" { typed(path) } else { typed(&full(path)) })
        .map(|path| redaction.name(&path))
        .collect()
}

/// Returns the exit code for `--fail-on` and for sources that were not read completely.
fn exit_for(report: &Report, fail_on: &[FailOn]) -> Exit {
    let open = || report.incidents.iter().filter(|incident| incident.is_open());
    let is_reached = |class: &FailOn| {
        let any_in_state = |state| open().any(|incident| incident.state == state);
        // `Severity` is ordered from the most severe.
        let any_at_least = |limit: Severity| open().any(|incident| incident.severity <= limit);
        match class {
            FailOn::New => any_in_state(IncidentState::New),
            FailOn::Regressed => any_in_state(IncidentState::Regressed),
            FailOn::Any => open().next().is_some(),
            FailOn::Critical => any_at_least(Severity::Critical),
            FailOn::High => any_at_least(Severity::High),
            FailOn::Medium => any_at_least(Severity::Medium),
            FailOn::Low => any_at_least(Severity::Low),
        }
    };
    let class_exit = if fail_on.iter().any(is_reached) { Exit::Found } else { Exit::Done };
    let coverage_exit = if pipeline::is_partial(report) { Exit::Partial } else { Exit::Done };
    class_exit.min(coverage_exit)
}
