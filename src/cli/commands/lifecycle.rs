//! `faultline mute`, `unmute`, `resolve`: records decisions of users about an incident. Never changes
//! what a run read.

use clap::Args;

use crate::cli::commands::state;
use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::shared_options::StateFile;
use crate::cli::values::time;
use crate::state::{Mutes, StateStore};

/// Mutes an incident until a future time. Fails for an incident that no published run reported.
pub fn mute(arguments: &MuteArguments) -> Result<Exit, CliError> {
    let now = time::now();
    let until = time::parse_until(&arguments.until, now).map_err(CliError::usage)?;
    if until <= now {
        return Err(CliError::usage(format!("--until {} has passed", arguments.until)));
    }
    if arguments.reason.trim().is_empty() {
        return Err(CliError::usage("--reason says nothing"));
    }
    let state = state::open_existing(&arguments.file)?;
    let id = require_known(&state, &arguments.id)?;
    let mut mutes = open_mutes(&state)?;
    // Midnight in UTC comes from a date, which the file shows as the user typed it.
    let until = until.to_string();
    let until = until.strip_suffix("T00:00:00.000Z").unwrap_or(&until);
    mutes.add(&id, until, arguments.reason.trim())?;
    mutes.save()?;
    let file = mutes.path().display();
    output::print(format!("{id} is muted until {until} ({file})\n").as_bytes())?;
    Ok(Exit::Done)
}

/// Removes the mutes of an incident under any of its ids and its fingerprint.
pub fn unmute(arguments: &UnmuteArguments) -> Result<Exit, CliError> {
    let state = state::open_existing(&arguments.file)?;
    let mut mutes = open_mutes(&state)?;
    // A mute may name an incident that the state no longer knows.
    let id = state.history().resolve(&arguments.id).map(str::to_string);
    let fingerprint = id.as_ref().and_then(|id| Some(&state.history().known.get(id)?.fingerprint));
    let mut names = vec![arguments.id.as_str()];
    names.extend(id.as_deref());
    names.extend(fingerprint.map(String::as_str));
    if !mutes.remove(&names) {
        return Err(CliError::usage(format!("{} is not muted", arguments.id)));
    }
    mutes.save()?;
    output::print(format!("{} is not muted any more\n", arguments.id).as_bytes())?;
    Ok(Exit::Done)
}

/// Marks an incident as resolved now. A later failure makes it regressed.
pub fn resolve(arguments: &ResolveArguments) -> Result<Exit, CliError> {
    if arguments.note.trim().is_empty() {
        return Err(CliError::usage("--note says nothing"));
    }
    let mut state = state::open_existing(&arguments.file)?;
    let id = require_known(&state, &arguments.id)?;
    state.resolve_until(&id, time::now(), arguments.note.trim())?;
    let message = format!("{id} is resolved; a failure after now makes it regressed\n");
    output::print(message.as_bytes())?;
    Ok(Exit::Done)
}

/// Resolves an id, a previous id or a fingerprint to the present id of an incident.
fn require_known(state: &StateStore, id: &str) -> Result<String, CliError> {
    let present = state.history().resolve(id).map(str::to_string);
    present.ok_or_else(|| {
        CliError::usage(format!("no published run told of {id}; see report.json for ids"))
    })
}

fn open_mutes(state: &StateStore) -> Result<Mutes, CliError> {
    Mutes::open_for_state(state.path()).map_err(CliError::from)
}

#[derive(Args, Debug)]
pub struct MuteArguments {
    /// Id, earlier id or fingerprint of the incident
    pub id: String,

    /// First day on which it is reported again: a date, or a time from now (14d)
    #[arg(long, value_name = "DATE")]
    pub until: String,

    /// Reason, shown in reports
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Where the state is
    #[command(flatten)]
    pub file: StateFile,
}

#[derive(Args, Debug)]
pub struct UnmuteArguments {
    /// Id, earlier id or fingerprint of the incident
    pub id: String,

    /// Where the state is
    #[command(flatten)]
    pub file: StateFile,
}

#[derive(Args, Debug)]
pub struct ResolveArguments {
    /// Id, earlier id or fingerprint of the incident
    pub id: String,

    /// What was done, shown in reports
    #[arg(long, value_name = "TEXT")]
    pub note: String,

    /// Where the state is
    #[command(flatten)]
    pub file: StateFile,
}
