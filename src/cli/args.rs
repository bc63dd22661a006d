//! The root of the command line: the program, its subcommands, and which file runs each. Each command
//! converts its own arguments.

use clap::{CommandFactory, Parser, Subcommand};

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
use crate::cli::commands::{
    completions, config, diff, doctor, lifecycle, names, report, scan, schedule, schema, show,
    signatures, state,
};
use crate::cli::exit::{CliError, Exit};
use crate::cli::values::scan_options::ScanArguments;

/// Reports which Integration Service connections fail, in which folders, why, and what to do.
#[derive(Parser, Debug)]
#[command(name = "faultline", version, about, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Scan exports and write the incident report
    Scan(Box<ScanArguments>),
    /// List, show, check and test signatures
    Signatures(SignatureArguments),
    /// Show one incident with its evidence and source lines, or every record of a job
    Show(ShowArguments),
    /// Render a saved report in another language or format
    Report(ReportArguments),
    /// Compare two reports: new, regressed, grown, eased, gone, not comparable
    Diff(DiffArguments),
    /// Write a settings file, or show the effective settings
    Config(ConfigArguments),
    /// Check inputs, permissions, time zones and disk before the first scheduled run
    Doctor(Box<DoctorArguments>),
    /// List which connection and folder names the exports resolve
    Names(NamesArguments),
    /// Schedule a nightly run: systemd timer, cron line or Windows task
    Schedule(ScheduleArguments),
    /// Print the JSON Schema of the report, the settings file or signature files
    Schema(SchemaArguments),
    /// Print completions for a shell
    Completions(CompletionsArguments),
    /// Print the manual page
    Man(ManArguments),
    /// Inspect, check, prune or export the state
    State(StateArguments),
    /// Mute an incident until a date
    Mute(MuteArguments),
    /// Unmute an incident
    Unmute(UnmuteArguments),
    /// Mark an incident as resolved
    Resolve(ResolveArguments),
}

impl Command {
    pub fn run(
        self,
        check_scan: &dyn Fn(&[String]) -> Result<(), String>,
    ) -> Result<Exit, CliError> {
        match self {
            Command::Scan(arguments) => scan::run(&arguments),
            Command::Signatures(arguments) => signatures::run::run(&arguments),
            Command::Show(arguments) => show::run(&arguments),
            Command::Report(arguments) => report::run(&arguments),
            Command::Diff(arguments) => diff::run(&arguments),
            Command::Config(arguments) => config::run(&arguments),
            Command::Doctor(arguments) => doctor::run::run(&arguments),
            Command::Names(arguments) => names::run(&arguments),
            Command::Schedule(arguments) => schedule::run(&arguments, check_scan),
            Command::Schema(arguments) => schema::run(&arguments),
            Command::Completions(arguments) => {
                completions::print_completions(&arguments, Arguments::command())
            }
            Command::Man(arguments) => {
                completions::print_man_page(&arguments, Arguments::command())
            }
            Command::State(arguments) => state::run(&arguments),
            Command::Mute(arguments) => lifecycle::mute(&arguments),
            Command::Unmute(arguments) => lifecycle::unmute(&arguments),
            Command::Resolve(arguments) => lifecycle::resolve(&arguments),
        }
    }
}
