//! The root of the command line: the program and its subcommands. Holds definitions only; each command
//! converts its arguments.

use clap::{Parser, Subcommand};

use crate::cli::commands::completions::{CompletionsArguments, ManArguments};
use crate::cli::commands::config::ConfigArguments;
use crate::cli::commands::diff::DiffArguments;
use crate::cli::commands::doctor::run::DoctorArguments;
use crate::cli::commands::lifecycle::{MuteArguments, ResolveArguments, UnmuteArguments};
use crate::cli::commands::names::NamesArguments;
use crate::cli::commands::report::ReportArguments;
use crate::cli::commands::schedule::ScheduleArguments;
use crate::cli::commands::schema::SchemaArguments;
use crate::cli::commands::show::ShowArguments;
use crate::cli::commands::signatures::args::SignatureArguments;
use crate::cli::commands::state::StateArguments;
use crate::cli::values::scan_options::ScanArguments;

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
