//! `faultline report`: renders a saved report again, from a directory or from a run that a state archives,
//! in another language or other formats. In the same language the files are identical, byte for byte.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::cli::commands::scan;
use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::language::Language;
use crate::cli::values::parsers::validate_formats;
use crate::cli::values::saved_report::{ReportRef, SavedReport};
use crate::cli::values::scan_options::Stdout;
use crate::cli::values::shared_options::ConfigFile;
use crate::cli::values::{settings, signature_files};
use crate::model::Lang;
use crate::pipeline::{self, Output};
use crate::report::{ReportFormat, Style};

#[derive(Args, Debug)]
pub struct ReportArguments {
    #[command(flatten)]
    pub which: ReportRef,

    /// Directory for the files; unless given, that of the report or of the runs
    #[arg(id = "to", short = 'o', long = "out", value_name = "DIR")]
    pub out: Option<PathBuf>,

    #[arg(
        short,
        long,
        help = format!("Report formats, comma-separated: {}", ReportFormat::known_ids()),
        value_name = "LIST",
        default_value = "json,csv,html,md",
        env = "FAULTLINE_FORMATS",
        value_parser = validate_formats
    )]
    pub formats: String,

    /// Language; unless given, that of the report
    #[arg(long, value_name = "LANG", env = "FAULTLINE_LANG")]
    pub lang: Option<Language>,

    /// Signature files or directories, for the texts of your own signatures
    #[arg(long, value_name = "PATH", env = "FAULTLINE_SIGNATURES")]
    pub signatures: Vec<PathBuf>,

    /// CSV for programs: no byte order mark, no guard against formulas
    #[arg(long, env = "FAULTLINE_CSV_PLAIN", value_parser = FalseyValueParser::new())]
    pub csv_plain: bool,

    /// Do not print the summary
    #[arg(short, long, env = "FAULTLINE_QUIET", value_parser = FalseyValueParser::new())]
    pub quiet: bool,

    /// Print one machine-readable format and write no files
    #[arg(long, value_name = "FORMAT")]
    pub stdout: Option<Stdout>,

    #[command(flatten)]
    pub config: ConfigFile,
}

pub fn run(arguments: &ReportArguments) -> Result<Exit, CliError> {
    let mut saved = arguments.which.load()?;
    let rules = signature_files::load(&arguments.signatures)?;
    if arguments.lang.is_some() && saved.report.lang.is_none() {
        output::note(
            "faultline: the report does not say its language, as reports before version 1.1; its \
             texts stay as they are",
        );
    }
    let (lang, unknown) = saved.translate(&rules, arguments.lang.map(Lang::from));
    for id in unknown {
        output::note(&format!(
            "faultline: the signature {id} is not known here; its texts stay as they are \
             (--signatures names a file that has it)"
        ));
    }
    let style = Style { lang, csv_plain: arguments.csv_plain };
    if let Some(stdout) = arguments.stdout {
        if stdout == Stdout::Ndjson && !saved.has_occurrences {
            return Err(CliError::usage(saved.missing_occurrences()));
        }
        scan::print_format(&saved.report, stdout, &style)?;
        return Ok(Exit::Done);
    }
    let formats = ReportFormat::parse_list(&arguments.formats).map_err(CliError::usage)?;
    require_occurrences(&saved, &formats)?;
    let own_directory = || saved.directory.clone();
    let runs_directory = || arguments.which.runs_directory().to_path_buf();
    let dir = arguments.out.clone().or_else(own_directory).unwrap_or_else(runs_directory);
    let output = Output { dir, formats, style, threads: settings::core_count() };
    let files = pipeline::write(&saved.report, &output)?;
    if !arguments.quiet {
        scan::print_summary(&saved.report, lang, &files, &output.dir)?;
    }
    Ok(Exit::Done)
}

/// Fails if a format needs occurrences and the report has none. The HTML page only shows less without
/// them, so it gets a note.
fn require_occurrences(saved: &SavedReport, formats: &[ReportFormat]) -> Result<(), CliError> {
    if saved.has_occurrences {
        return Ok(());
    }
    if formats.iter().any(|format| matches!(format, ReportFormat::Csv | ReportFormat::Ndjson)) {
        let message = saved.missing_occurrences();
        return Err(CliError::usage(format!("{message}; -f json,html,md,prom needs none of them")));
    }
    if formats.contains(&ReportFormat::Html) {
        let message = saved.missing_occurrences();
        output::note(&format!("faultline: {message}; report.html shows no request ids"));
    }
    Ok(())
}
