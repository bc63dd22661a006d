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

/// `faultline scan`.
#[derive(Args, Debug)]
pub struct ScanArguments {
    /// Files, directories (walked), or - for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Where the report files go
    #[arg(
        short,
        long,
        value_name = "DIR",
        default_value = "faultline-report",
        env = "FAULTLINE_OUT"
    )]
    pub out: PathBuf,

    /// Of json,csv,html,md,ndjson,prom
    #[arg(
        short,
        long,
        value_name = "LIST",
        default_value = "json,csv,html,md",
        env = "FAULTLINE_FORMATS",
        value_parser = validate_formats
    )]
    pub formats: String,

    /// Remember what was read: the next run reads only what is new, and tells what changed
    #[arg(long, value_name = "FILE", env = "FAULTLINE_STATE")]
    pub state: Option<PathBuf>,

    /// Without the state that the environment names
    #[arg(long)]
    pub no_state: bool,

    /// Further inventory exports, only read for names
    #[arg(long, value_name = "PATH", env = "FAULTLINE_NAMES")]
    pub names: Vec<PathBuf>,

    /// Own signature files or folders, added to the built-in pack; the same id overrides
    #[arg(long, value_name = "PATH", env = "FAULTLINE_SIGNATURES")]
    pub signatures: Vec<PathBuf>,

    /// Search only for signatures whose id begins so; a whole id turns on what is shipped off
    #[arg(long, value_name = "PREFIX", value_delimiter = ',')]
    pub select: Vec<String>,

    /// Search for no signature whose id begins so
    #[arg(long, value_name = "PREFIX", value_delimiter = ',')]
    pub ignore: Vec<String>,

    /// Only failures from then on: RFC 3339, a date, or relative (36h, 7d)
    #[arg(long, value_name = "TIME", env = "FAULTLINE_SINCE", value_parser = validate_time)]
    pub since: Option<String>,

    /// Only failures before then
    #[arg(long, value_name = "TIME", env = "FAULTLINE_UNTIL", value_parser = validate_time)]
    pub until: Option<String>,

    /// Zone of times that carry none: an IANA name or an offset
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "UTC",
        env = "FAULTLINE_TIMEZONE",
        allow_hyphen_values = true,
        value_parser = validate_zone
    )]
    pub timezone: String,

    /// Read everything in this encoding (a WHATWG label) instead of detecting it
    #[arg(long, value_name = "LABEL", env = "FAULTLINE_ENCODING", value_parser = validate_encoding)]
    pub encoding: Option<String>,

    /// Only files that match
    #[arg(long, value_name = "GLOB", env = "FAULTLINE_INCLUDE")]
    pub include: Vec<String>,

    /// No files that match
    #[arg(long, value_name = "GLOB", env = "FAULTLINE_EXCLUDE")]
    pub exclude: Vec<String>,

    /// Folder of all records that carry none
    #[arg(long, value_name = "NAME", env = "FAULTLINE_FOLDER")]
    pub folder: Option<String>,

    /// Take the folder out of the path with a group named folder: '^(?<folder>[^/]+)/'
    #[arg(long, value_name = "REGEX", env = "FAULTLINE_FOLDER_FROM_PATH")]
    pub folder_from_path: Option<String>,

    /// Worker threads; all cores if not given
    #[arg(short = 'j', long, value_name = "N", env = "FAULTLINE_THREADS")]
    pub threads: Option<usize>,

    /// Memory that may be taken (512MiB, 4GiB): what does not fit is not read, and named; if not
    /// given 4GiB, or four fifths of what the system allows if that is less
    #[arg(long, value_name = "SIZE", env = "FAULTLINE_MAX_MEMORY", value_parser = validate_size)]
    pub max_memory: Option<String>,

    /// End with exit code 1 when there is such an incident
    #[arg(long, value_name = "CLASS", value_delimiter = ',', env = "FAULTLINE_FAIL_ON")]
    pub fail_on: Vec<FailOn>,

    /// Language of text output and report
    #[arg(long, value_name = "LANG", env = "FAULTLINE_LANG")]
    pub lang: Option<Language>,

    /// Progress on stderr
    #[arg(long, value_name = "WHEN", default_value = "auto", env = "FAULTLINE_PROGRESS")]
    pub progress: ProgressWhen,

    /// No summary and no notes, only what went wrong
    #[arg(short, long, env = "FAULTLINE_QUIET", value_parser = FalseyValueParser::new())]
    pub quiet: bool,

    /// Every note, not only the first of a kind
    #[arg(short, long, env = "FAULTLINE_VERBOSE", value_parser = FalseyValueParser::new())]
    pub verbose: bool,

    /// Keep secrets in evidence, but for those that show what they are
    #[arg(long, env = "FAULTLINE_NO_REDACT", value_parser = FalseyValueParser::new())]
    pub no_redact: bool,

    /// Replace e-mail addresses and accounts (DOMAIN\user), except in names of connections, by
    /// stand-ins that stay the same
    #[arg(long, env = "FAULTLINE_PSEUDONYMISE", value_parser = FalseyValueParser::new())]
    pub pseudonymise: bool,

    /// The file with the key that makes them, made if it is not there; STATE.key unless given
    #[arg(long, value_name = "FILE", env = "FAULTLINE_PSEUDONYM_KEY")]
    pub pseudonym_key: Option<PathBuf>,

    /// Follow links inside the given roots
    #[arg(long, env = "FAULTLINE_FOLLOW_LINKS", value_parser = FalseyValueParser::new())]
    pub follow_links: bool,

    /// Guesses of low confidence make the run partial
    #[arg(long, env = "FAULTLINE_STRICT", value_parser = FalseyValueParser::new())]
    pub strict: bool,

    /// CSV for machines: no byte order mark, no guard against formulas
    #[arg(long, env = "FAULTLINE_CSV_PLAIN", value_parser = FalseyValueParser::new())]
    pub csv_plain: bool,

    /// Print one machine format instead of the summary
    #[arg(long, value_name = "FORMAT", env = "FAULTLINE_STDOUT")]
    pub stdout: Option<Stdout>,

    /// Settings file.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// Classes of `--fail-on`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum FailOn {
    /// An incident that was not there before.
    New,
    /// An incident that came back.
    Regressed,
    /// Any incident.
    Any,
    /// One of severity critical.
    Critical,
    /// High or worse.
    High,
    /// Medium or worse.
    Medium,
    /// Low or worse.
    Low,
}

/// When to draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ProgressWhen {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
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
