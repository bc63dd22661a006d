//! From the options of `scan` to the settings of the pipeline.

use std::path::{Path, PathBuf};

use regex::Regex;

use crate::cli::exit::CliError;
use crate::cli::values::scan_options::ScanArguments;
use crate::cli::values::{language, size, system_memory, time};
use crate::model::Instant;
use crate::pipeline;
use crate::pipeline::{OutputDirectory, Settings, SourceSelection};
use crate::redact::Redaction;
use crate::report::is_own_file;

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

/// The arguments as plain settings.
pub fn settings(arguments: &ScanArguments, now: Instant) -> Result<Settings, CliError> {
    let zone = time::zone(&arguments.timezone).map_err(CliError::usage)?;
    let time = |text: &Option<String>| {
        text.as_deref().map(|t| time::instant(t, now, &zone)).transpose().map_err(CliError::usage)
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
            None => size::default_memory(system_memory::bytes(Path::new("/"))),
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

/// Settings of a scan of `roots` with defaults for everything but the time zone.
pub fn settings_for(roots: Vec<PathBuf>, timezone: &str) -> Result<Settings, CliError> {
    Ok(Settings {
        selection: SourceSelection { roots, ..SourceSelection::default() },
        zone: time::zone(timezone).map_err(CliError::usage)?,
        threads: cores(),
        ..Settings::default()
    })
}
