//! What a user may type. Values are parsed here and lifted into plain settings by the commands.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::config::ConfigArguments;
use super::diff::DiffArguments;
use super::doctor::DoctorArguments;
use super::generated::{CompletionsArguments, ManArguments};
use super::names::NamesArguments;
use super::report::ReportArguments;
use super::schedule::ScheduleArguments;
use super::schema::SchemaArguments;
use super::show::ShowArguments;
use super::signatures::SignatureArguments;
use super::{size, when};
use crate::pipeline::encoding_for_label;
use crate::report::ReportFormat;

/// Which Integration Service connections fail, in which folders, why, and what to do.
#[derive(Parser, Debug)]
#[command(name = "faultline", version, about, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Subcommands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Read exports, write the incident report
    Scan(Box<ScanArguments>),
    /// The signature pack: what is searched, and whether it holds
    Signatures(SignatureArguments),
    /// One incident: why it matched, evidence, source lines; or every record of a job
    Show(ShowArguments),
    /// Render a saved report again: another language, other formats
    Report(ReportArguments),
    /// Compare two reports: new, regressed, grown, eased, gone, not comparable
    Diff(DiffArguments),
    /// The settings file: write one, show what holds
    Config(ConfigArguments),
    /// Look before the first night: what is recognised, rights, zones, disk
    Doctor(Box<DoctorArguments>),
    /// Names of connections and folders: what the exports can resolve
    Names(NamesArguments),
    /// The night's run: systemd timer, cron line, Windows task
    Schedule(ScheduleArguments),
    /// JSON Schemas of what is written and read
    Schema(SchemaArguments),
    /// Completions for a shell
    Completions(CompletionsArguments),
    /// The manual page
    Man(ManArguments),
    /// What earlier runs left: look at it, check it, shorten it, write it out
    State(StateArguments),
    /// Do not speak of an incident until a date
    Mute(MuteArguments),
    /// Speak of it again
    Unmute(UnmuteArguments),
    /// Count the failures of an incident so far as settled
    Resolve(ResolveArguments),
}

/// The settings file of a command. Its settings are the defaults of the command's options.
#[derive(Args, Debug)]
pub struct ConfigFile {
    /// Settings file; ./faultline.toml if there is one
    #[arg(long, value_name = "FILE", env = "FAULTLINE_CONFIG")]
    pub config: Option<PathBuf>,
}

/// Where the state is.
#[derive(Args, Debug)]
pub struct StateFile {
    /// The state that runs with --state write
    #[arg(long, value_name = "FILE", env = "FAULTLINE_STATE", global = true)]
    pub state: Option<PathBuf>,

    /// Settings file that may name it; ./faultline.toml if there is one
    #[arg(long, value_name = "FILE", env = "FAULTLINE_CONFIG", global = true)]
    pub config: Option<PathBuf>,
}

/// `faultline state`.
#[derive(Args, Debug)]
pub struct StateArguments {
    /// Where it is
    #[command(flatten)]
    pub file: StateFile,

    /// What to do
    #[command(subcommand)]
    pub command: StateCommand,
}

/// How a command speaks that writes no files.
#[derive(Args, Debug)]
pub struct Shown {
    /// Language of the output
    #[arg(long, value_name = "LANG", env = "FAULTLINE_LANG")]
    pub lang: Option<Language>,
}

/// Subcommands of `faultline state`.
#[derive(Subcommand, Debug)]
pub enum StateCommand {
    /// What it holds
    Info(Shown),
    /// Read all of it and compare with what was written
    Check(Shown),
    /// Fold failures before a day into sums and forget sources that are gone
    Prune {
        /// The day: a date, or so long ago (400d)
        #[arg(long, value_name = "TIME")]
        before: String,

        /// How it is told.
        #[command(flatten)]
        shown: Shown,
    },
    /// Everything as JSON on standard output
    Export,
}

/// `faultline mute`.
#[derive(Args, Debug)]
pub struct MuteArguments {
    /// Its id, an earlier id, or its fingerprint
    pub id: String,

    /// The first day it is spoken of again: a date, or so long from now (14d)
    #[arg(long, value_name = "DATE")]
    pub until: String,

    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Where the state is
    #[command(flatten)]
    pub file: StateFile,
}

/// `faultline unmute`.
#[derive(Args, Debug)]
pub struct UnmuteArguments {
    /// Its id, an earlier id, or its fingerprint
    pub id: String,

    /// Where the state is
    #[command(flatten)]
    pub file: StateFile,
}

/// `faultline resolve`.
#[derive(Args, Debug)]
pub struct ResolveArguments {
    /// Its id, an earlier id, or its fingerprint
    pub id: String,

    /// What was done
    #[arg(long, value_name = "TEXT")]
    pub note: String,

    /// Where the state is
    #[command(flatten)]
    pub file: StateFile,
}

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
        value_parser = formats
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
    #[arg(long, value_name = "TIME", env = "FAULTLINE_SINCE", value_parser = time)]
    pub since: Option<String>,

    /// Only failures before then
    #[arg(long, value_name = "TIME", env = "FAULTLINE_UNTIL", value_parser = time)]
    pub until: Option<String>,

    /// Zone of times that carry none: an IANA name or an offset
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "UTC",
        env = "FAULTLINE_TIMEZONE",
        allow_hyphen_values = true,
        value_parser = zone
    )]
    pub timezone: String,

    /// Read everything in this encoding (a WHATWG label) instead of detecting it
    #[arg(long, value_name = "LABEL", env = "FAULTLINE_ENCODING", value_parser = encoding)]
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
    #[arg(long, value_name = "SIZE", env = "FAULTLINE_MAX_MEMORY", value_parser = size::memory)]
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

/// Accepts a list of formats as typed.
pub fn formats(list: &str) -> Result<String, String> {
    ReportFormat::parse_list(list).map(|_| list.to_string()).map_err(|error| error.to_string())
}

/// Accepts a time as typed; what it means depends on the zone and on now.
fn time(text: &str) -> Result<String, String> {
    when::instant(text, when::now(), &jiff::tz::TimeZone::UTC).map(|_| text.to_string())
}

/// Accepts a zone as typed.
pub fn zone(name: &str) -> Result<String, String> {
    when::zone(name).map(|_| name.to_string())
}

/// Accepts an encoding as typed.
pub fn encoding(label: &str) -> Result<String, String> {
    encoding_for_label(label)
        .map(|_| label.to_string())
        .ok_or_else(|| format!("{label:?} is no encoding; write utf-8, shift_jis or utf-16le"))
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

/// Languages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Japanese.
    Ja,
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
