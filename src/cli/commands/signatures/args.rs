//! The arguments of `faultline signatures`. Holds definitions only.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::values::language::Language;

#[derive(Args, Debug)]
pub struct SignatureArguments {
    /// Signature files or directories, added to the built-in signatures; the same id overrides
    #[arg(long, value_name = "PATH", global = true)]
    pub signatures: Vec<PathBuf>,

    #[command(subcommand)]
    pub command: SignatureCommand,
}

/// Subcommands of `faultline signatures`.
#[derive(Subcommand, Debug)]
pub enum SignatureCommand {
    /// One line per signature
    List(ListArguments),
    /// Everything about one signature
    Show {
        /// Id of the signature
        id: String,
        /// Language of the texts
        #[arg(long, value_name = "LANG")]
        lang: Option<Language>,
    },
    /// Check signature files: schema, ids, patterns, examples, conflicts
    Check {
        /// Files or directories; the built-in signatures unless given
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Run every example and counterexample
    Test {
        /// Only ids that start with this
        prefix: Option<String>,
        /// Also show examples that passed, with their match details
        #[arg(short, long)]
        verbose: bool,
    },
    /// Draft a signature from a record of an export
    New(NewArguments),
    /// Show what a signature finds in exports, what it misses by one condition, and which incidents change
    Try {
        /// Id of the signature
        id: String,
        /// Exports: files, directories (searched recursively), or - for standard input
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Time zone of times without one: an IANA name or an offset
        #[arg(long, value_name = "ZONE", default_value = "UTC", allow_hyphen_values = true)]
        timezone: String,
    },
    /// Print the literals that are searched, one per line, for other tools
    Anchors,
}

#[derive(Args, Debug)]
pub struct ListArguments {
    /// Only ids that start with this
    pub prefix: Option<String>,
    /// Only this family: the name of its file without extension
    #[arg(long, value_name = "NAME")]
    pub family: Option<String>,
    /// Only this category; neighbour means all neighbour categories
    #[arg(long, value_name = "WORD")]
    pub category: Option<String>,
    /// Only signatures of this owner
    #[arg(long, value_name = "WORD")]
    pub owner: Option<String>,
    /// Only signatures of this severity
    #[arg(long, value_name = "WORD")]
    pub severity: Option<String>,
    /// Only with this text in id, title, remedy or conditions, case ignored
    #[arg(long, value_name = "WORDS")]
    pub text: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: ListFormat,
    /// Language of the titles
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Language>,
}

/// How a list is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ListFormat {
    /// One line per signature
    Table,
    /// Every field of each signature
    Json,
}

#[derive(Args, Debug)]
pub struct NewArguments {
    /// Id of the new signature: a-z, 0-9, - and .
    pub id: String,
    /// The record: a source as reports name it, and a line
    #[arg(long, value_name = "FILE:LINE", required = true)]
    pub from: String,
    /// The report that names the source, for a FILE that is not found from here: a report.json, or
    /// the directory it is in [default: the report here, or in a directory here, that names it]
    #[arg(long, value_name = "PATH", env = "FAULTLINE_OUT")]
    pub report: Option<PathBuf>,
    /// Write the draft there instead of to standard output; never over a file
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
