//! Converts the options of `scan` to the settings of the pipeline.

use std::path::{Path, PathBuf};

use regex::Regex;

use crate::cli::exit::CliError;
use crate::cli::values::scan_options::ScanArguments;
use crate::cli::values::{language, size, system_memory, time};
use crate::model::Instant;
use crate::pipeline::{self, OutputDirectory, Settings, SourceSelection};
use crate::redact::Redaction;
use crate::report::is_own_file;

/// Fails if there is no path: a run without one is a mistake.
pub fn require_path(paths: &[PathBuf]) -> Result<(), CliError> {
    if paths.is_empty() {
        return Err(CliError::usage("no PATH given: name one, or set `paths` in faultline.toml"));
    }
    Ok(())
}

pub fn core_count() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Converts the arguments. Relative times count from `now`.
pub fn build_settings(arguments: &ScanArguments, now: Instant) -> Result<Settings, CliError> {
    let zone = time::parse_zone(&arguments.timezone).map_err(CliError::usage)?;
    let instant = |text: &Option<String>| {
        let parsed = text.as_deref().map(|text| time::parse_instant(text, now, &zone));
        parsed.transpose().map_err(CliError::usage)
    };
    let (since, until) = (instant(&arguments.since)?, instant(&arguments.until)?);
    let folder_from_path = arguments.folder_from_path.as_deref().map(folder_pattern).transpose()?;
    let encoding = arguments
        .encoding
        .as_deref()
        .map(|label| {
            pipeline::encoding_for_label(label).ok_or_else(|| {
                CliError::usage(format!(
                    "unknown encoding {label:?}: use utf-8, shift_jis or utf-16le"
                ))
            })
        })
        .transpose()?;
    Ok(Settings {
        selection: SourceSelection {
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
        threads: arguments.threads.filter(|count| *count > 0).unwrap_or_else(core_count),
        redaction: Redaction { keep_secrets: arguments.no_redact, pseudonym_key: None },
        strict: arguments.strict,
        limits: Default::default(),
        memory: match &arguments.max_memory {
            Some(size) => size::parse_bytes(size).map_err(CliError::usage)?,
            None => size::default_memory(system_memory::limit_bytes(Path::new("/"))),
        },
        lang: language::file_language(arguments.lang),
    })
}

fn folder_pattern(pattern: &str) -> Result<Regex, CliError> {
    let regex = Regex::new(pattern).map_err(|error| {
        // The lines before the last one repeat the pattern.
        let text = error.to_string();
        let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        CliError::usage(format!("invalid --folder-from-path {pattern:?}: {why}"))
    })?;
    if regex.capture_names().flatten().any(|name| name == "folder") {
        Ok(regex)
    } else {
        Err(CliError::usage("--folder-from-path needs a group named folder: '^(?<folder>[^/]+)/'"))
    }
}

/// Returns the settings of a scan of `roots`, with defaults for everything but the time zone.
pub fn settings_for(roots: Vec<PathBuf>, timezone: &str) -> Result<Settings, CliError> {
    Ok(Settings {
        selection: SourceSelection { roots, ..SourceSelection::default() },
        zone: time::parse_zone(timezone).map_err(CliError::usage)?,
        threads: core_count(),
        ..Settings::default()
    })
}
