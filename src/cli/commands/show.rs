//! `faultline show`: prints one incident in full, its source lines, or every record of a job.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::{output, source_lines};
use crate::cli::values::language::Language;
use crate::cli::values::parsers::{validate_encoding, validate_zone};
use crate::cli::values::report_source::{plan_sources, scanned_paths};
use crate::cli::values::run_ref::LaterChanges;
use crate::cli::values::saved_report::{ReportRef, SavedReport};
use crate::cli::values::shared_options::ConfigFile;
use crate::cli::values::{signature_files, time};
use crate::model::{Guid, Incident, Lang, nearest};
use crate::pipeline::{ReadSettings, encoding_for_label};
use crate::report::{detail, escape_for_terminal, occurrences_of_incident};

#[derive(Args, Debug)]
pub struct ShowArguments {
    /// The incident: FL-… or its fingerprint. After it, for --raw and --job, the exports; unless
    /// given, the PATHs of the report
    #[arg(value_name = "ID|PATH")]
    pub what: Vec<PathBuf>,

    #[command(flatten)]
    pub which: ReportRef,

    /// List every occurrence
    #[arg(long)]
    pub occurrences: bool,

    /// Show the source lines of the evidence, with --occurrences of every occurrence
    #[arg(long)]
    pub raw: bool,

    /// Lines before and after each, with --raw
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub context: usize,

    /// Show every record of one job, ordered by time
    #[arg(long, value_name = "KEY")]
    pub job: Option<Guid>,

    /// Language; unless given, that of the report
    #[arg(long, value_name = "LANG", env = "FAULTLINE_LANG")]
    pub lang: Option<Language>,

    /// Time zone of times without one, with --job
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "UTC",
        env = "FAULTLINE_TIMEZONE",
        allow_hyphen_values = true,
        value_parser = validate_zone
    )]
    pub timezone: String,

    /// Read everything in this encoding instead of detecting it
    #[arg(long, value_name = "LABEL", env = "FAULTLINE_ENCODING", value_parser = validate_encoding)]
    pub encoding: Option<String>,

    /// Signature files or directories, for the texts of your own signatures
    #[arg(long, value_name = "PATH", env = "FAULTLINE_SIGNATURES")]
    pub signatures: Vec<PathBuf>,

    /// Show secrets in source lines
    #[arg(long, env = "FAULTLINE_NO_REDACT", value_parser = FalseyValueParser::new())]
    pub no_redact: bool,

    #[command(flatten)]
    pub config: ConfigFile,
}

pub fn run(arguments: &ShowArguments) -> Result<Exit, CliError> {
    let (id, paths) = split_id(&arguments.what);
    if let Some(job) = arguments.job {
        let paths = if paths.is_empty() {
            scanned_paths(&arguments.which.load()?)?
        } else {
            paths.to_vec()
        };
        return source_lines::print_job(
            job,
            &plan_sources(paths)?,
            &read_settings(arguments)?,
            !arguments.no_redact,
        );
    }
    let Some(id) = id else {
        return Err(CliError::usage("which incident? Name its id (FL-…), or a job with --job KEY"));
    };
    let mut saved = arguments.which.load()?;
    let rules = signature_files::load(&arguments.signatures)?;
    let (lang, _) = saved.translate(&rules, arguments.lang.map(Lang::from));
    let incident = find_incident(&saved, id)?;
    if arguments.occurrences && !saved.has_occurrences {
        return Err(CliError::usage(saved.missing_occurrences()));
    }
    if !arguments.raw {
        let occurrences = &saved.report.occurrences;
        let mut text = detail(incident, occurrences, lang);
        if arguments.occurrences {
            text.push_str(&occurrences_of_incident(incident, occurrences, lang));
        }
        if let Some(current) = &saved.current {
            text.push_str(&format_changes(&current.later_changes(incident)?, lang));
        }
        output::print(text.as_bytes())?;
        return Ok(Exit::Done);
    }
    let paths = if paths.is_empty() { scanned_paths(&saved)? } else { paths.to_vec() };
    let lines = source_lines::incident_lines(incident, &saved.report, arguments.occurrences);
    let (plan, settings) = (plan_sources(paths)?, read_settings(arguments)?);
    source_lines::print_excerpts(
        &lines,
        &saved.report,
        &plan,
        &settings,
        arguments.context,
        !arguments.no_redact,
    )
}

/// Splits the positional arguments into the id, if the first one is an id, and the paths.
fn split_id(arguments: &[PathBuf]) -> (Option<&str>, &[PathBuf]) {
    let is_id = |text: &&str| {
        let text = text.to_ascii_lowercase();
        text.starts_with("fl-") || text.starts_with("fp1:")
    };
    match arguments.split_first() {
        Some((first, rest)) if first.to_str().as_ref().is_some_and(is_id) => (first.to_str(), rest),
        _ => (None, arguments),
    }
}

/// Finds an incident by its id, a previous id or its fingerprint.
fn find_incident<'s>(saved: &'s SavedReport, id: &str) -> Result<&'s Incident, CliError> {
    let incidents = &saved.report.incidents;
    let typed = id.to_ascii_uppercase();
    let current_id = saved.current.as_ref().and_then(|current| current.current_id(&typed));
    let has_id = |incident: &&Incident| {
        let aliases = incident.history.iter().flat_map(|history| &history.aliases);
        incident.fingerprint == id
            || Some(incident.id.as_str()) == current_id
            || std::iter::once(&incident.id).chain(aliases).any(|alias| *alias == typed)
    };
    incidents.iter().find(has_id).ok_or_else(|| {
        let proposal = nearest(&typed, incidents.iter().map(|incident| incident.id.as_str()));
        let proposal = proposal.map(|id| format!("; did you mean {id}?")).unwrap_or_default();
        let (report, count) = (&saved.name, incidents.len());
        CliError::usage(format!("{report} has no incident {id}, of {count}{proposal}"))
    })
}

/// Formats what users did with the incident after the run.
fn format_changes(changes: &LaterChanges<'_>, lang: Lang) -> String {
    let mut lines = Vec::new();
    if let Some(mute) = &changes.muted {
        let (until, reason) = (mute.until, escape_for_terminal(&mute.reason));
        lines.push(match lang {
            Lang::En => format!("Muted since then, until {until}: {reason}"),
            Lang::Ja => format!("その後 {until} までミュート: {reason}"),
        });
    }
    if changes.unmuted {
        lines.push(match lang {
            Lang::En => "No longer muted".to_string(),
            Lang::Ja => "その後ミュート解除".to_string(),
        });
    }
    if let Some(incident) = changes.resolved {
        let note = escape_for_terminal(incident.note.as_deref().unwrap_or_default());
        lines.push(match lang {
            Lang::En => format!("Resolved by hand since then: {note}"),
            Lang::Ja => format!("その後手動で解決済み: {note}"),
        });
    }
    lines.iter().map(|line| format!("\n{line}\n")).collect()
}

fn read_settings(arguments: &ShowArguments) -> Result<ReadSettings, CliError> {
    Ok(ReadSettings {
        zone: time::parse_zone(&arguments.timezone).map_err(CliError::usage)?,
        encoding: arguments.encoding.as_deref().and_then(encoding_for_label),
        ..ReadSettings::default()
    })
}
