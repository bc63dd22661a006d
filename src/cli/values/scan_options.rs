//! The options of `scan`, which are also the keys of the settings file.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, ValueEnum};

use crate::cli::values::language::Language;
use crate::cli::values::parsers::{
    validate_encoding, validate_formats, validate_time, validate_zone,
};
use crate::cli::values::shared_options::ConfigFile;
use crate::cli::values::size::validate_size;
use crate::report::ReportFormat;

#[derive(Args, Debug)]
pub struct ScanArguments {
    /// Files, directories (searched recursively), or - for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Directory for the report files
    #[arg(
        short,
        long,
        value_name = "DIR",
        default_value = "faultline-report",
        env = "FAULTLINE_OUT",
        help_heading = "Output"
    )]
    pub out: PathBuf,

    #[arg(
        short,
        long,
        help = format!("Report formats, comma-separated: {}", ReportFormat::known_ids()),
        value_name = "LIST",
        default_value = "json,csv,html,md",
        env = "FAULTLINE_FORMATS",
        value_parser = validate_formats, help_heading = "Output")]
    pub formats: String,

    /// State file: the next run reads only new data and reports what changed
    #[arg(long, value_name = "FILE", env = "FAULTLINE_STATE", help_heading = "State")]
    pub state: Option<PathBuf>,

    /// Run without a state, ignoring FAULTLINE_STATE
    #[arg(long, help_heading = "State")]
    pub no_state: bool,

    /// Further inventory exports, used only for names
    #[arg(long, value_name = "PATH", env = "FAULTLINE_NAMES", help_heading = "Input")]
    pub names: Vec<PathBuf>,

    /// Signature files or directories, added to the built-in signatures; the same id overrides
    #[arg(long, value_name = "PATH", env = "FAULTLINE_SIGNATURES", help_heading = "Signatures")]
    pub signatures: Vec<PathBuf>,

    /// Use only signatures whose id starts with this; a full id also enables one that is off
    #[arg(long, value_name = "PREFIX", value_delimiter = ',', help_heading = "Signatures")]
    pub select: Vec<String>,

    /// Skip signatures whose id starts with this
    #[arg(long, value_name = "PREFIX", value_delimiter = ',', help_heading = "Signatures")]
    pub ignore: Vec<String>,

    /// Only failures at or after this time: RFC 3339, a date, or relative (36h, 7d)
    #[arg(long, value_name = "TIME", env = "FAULTLINE_SINCE", value_parser = validate_time, help_heading = "Filters")]
    pub since: Option<String>,

    /// Only failures before this time
    #[arg(long, value_name = "TIME", env = "FAULTLINE_UNTIL", value_parser = validate_time, help_heading = "Filters")]
    pub until: Option<String>,

    /// Time zone of times without one: an IANA name or an offset
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "UTC",
        env = "FAULTLINE_TIMEZONE",
        allow_hyphen_values = true,
        value_parser = validate_zone, help_heading = "Input")]
    pub timezone: String,

    /// Read everything in this encoding (a WHATWG label) instead of detecting it
    #[arg(long, value_name = "LABEL", env = "FAULTLINE_ENCODING", value_parser = validate_encoding, help_heading = "Input")]
    pub encoding: Option<String>,

    /// Read only files that match
    #[arg(long, value_name = "GLOB", env = "FAULTLINE_INCLUDE", help_heading = "Input")]
    pub include: Vec<String>,

    /// Skip files that match
    #[arg(long, value_name = "GLOB", env = "FAULTLINE_EXCLUDE", help_heading = "Input")]
    pub exclude: Vec<String>,

    /// Folder of all records that name none
    #[arg(long, value_name = "NAME", env = "FAULTLINE_FOLDER", help_heading = "Input")]
    pub folder: Option<String>,

    /// Take the folder from the path with a group named folder: '^(?<folder>[^/]+)/'
    #[arg(long, value_name = "REGEX", env = "FAULTLINE_FOLDER_FROM_PATH", help_heading = "Input")]
    pub folder_from_path: Option<String>,

    /// Worker threads; as many as there are cores unless given
    #[arg(
        short = 'j',
        long,
        value_name = "N",
        env = "FAULTLINE_THREADS",
        help_heading = "Resources"
    )]
    pub threads: Option<usize>,

    /// Memory limit (512MiB, 4GiB): sources that do not fit are not read, and are reported; unless
    /// given 4GiB, or four fifths of the available memory if that is less
    #[arg(long, value_name = "SIZE", env = "FAULTLINE_MAX_MEMORY", value_parser = validate_size, help_heading = "Resources")]
    pub max_memory: Option<String>,

    /// Exit with code 1 if an open incident is of this class
    #[arg(
        long,
        value_name = "CLASS",
        value_delimiter = ',',
        env = "FAULTLINE_FAIL_ON",
        help_heading = "Exit code"
    )]
    pub fail_on: Vec<FailOn>,

    /// Language of the terminal output and of the report
    #[arg(long, value_name = "LANG", env = "FAULTLINE_LANG", help_heading = "Output")]
    pub lang: Option<Language>,

    /// Show progress on stderr
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        env = "FAULTLINE_PROGRESS",
        help_heading = "Output"
    )]
    pub progress: ProgressWhen,

    /// Print problems only, no summary and no notes
    #[arg(short, long, env = "FAULTLINE_QUIET", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub quiet: bool,

    /// Print every note, not only the first of each kind
    #[arg(short, long, env = "FAULTLINE_VERBOSE", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub verbose: bool,

    /// Keep secrets in evidence, except those recognised by their shape
    #[arg(long, env = "FAULTLINE_NO_REDACT", value_parser = FalseyValueParser::new(), help_heading = "Privacy")]
    pub no_redact: bool,

    /// Replace e-mail addresses and accounts (DOMAIN\user), except in names of connections, by
    /// stable pseudonyms
    #[arg(long, env = "FAULTLINE_PSEUDONYMISE", value_parser = FalseyValueParser::new(), help_heading = "Privacy")]
    pub pseudonymise: bool,

    /// File with the key of the pseudonyms, created if it does not exist; STATE.key unless given
    #[arg(long, value_name = "FILE", env = "FAULTLINE_PSEUDONYM_KEY", help_heading = "Privacy")]
    pub pseudonym_key: Option<PathBuf>,

    /// Follow symbolic links that stay inside the given paths
    #[arg(long, env = "FAULTLINE_FOLLOW_LINKS", value_parser = FalseyValueParser::new(), help_heading = "Input")]
    pub follow_links: bool,

    /// Treat low-confidence guesses as partial reads (exit code 3)
    #[arg(long, env = "FAULTLINE_STRICT", value_parser = FalseyValueParser::new(), help_heading = "Exit code")]
    pub strict: bool,

    /// CSV for programs: no byte order mark, no guard against formulas
    #[arg(long, env = "FAULTLINE_CSV_PLAIN", value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub csv_plain: bool,

    /// Print one machine-readable format instead of the summary
    #[arg(long, value_name = "FORMAT", env = "FAULTLINE_STDOUT", help_heading = "Output")]
    pub stdout: Option<Stdout>,

    #[command(flatten)]
    pub config: ConfigFile,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum FailOn {
    /// A new incident
    New,
    /// An incident that came back
    Regressed,
    /// Any incident
    Any,
    /// An incident of severity critical
    Critical,
    /// Severity high or worse
    High,
    /// Severity medium or worse
    Medium,
    /// Severity low or worse
    Low,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ProgressWhen {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Machine formats on standard output.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Stdout {
    /// report.json.
    Json,
    /// incidents.csv.
    Csv,
    /// occurrences.ndjson.
    Ndjson,
}
