//! Reports that a state archives: resolves the run that a user names and loads what it published. Takes
//! no lock, so it works during a run.

use std::path::{Path, PathBuf};

use crate::cli::exit::{CliError, Exit};
use crate::cli::values::time;
use crate::model::{Incident, Instant, KnownIncident, Mute, Report};
use crate::report::decode_report;
use crate::state::{History, Mutes, RunRow, StateSnapshot};

/// The archived reports of a state, from a read-only snapshot.
pub struct RunArchive {
    snapshot: StateSnapshot,
}

impl RunArchive {
    /// Opens a state, which must exist.
    pub fn open(file: &Path) -> Result<RunArchive, CliError> {
        StateSnapshot::at(file).map(|snapshot| RunArchive { snapshot }).map_err(CliError::from)
    }

    /// Returns the path of the state, for messages.
    pub fn name(&self) -> String {
        self.snapshot.path().display().to_string()
    }

    /// Resolves a run number, or a time: the last published run that had started by then.
    pub fn find_run(&self, text: &str) -> Result<i64, CliError> {
        if let Ok(number) = text.parse() {
            return Ok(number);
        }
        let end = time::parse_inclusive_end(text, time::now()).map_err(|_| {
            let expected = "use a run number, or a time such as 2026-11-22 or 7d";
            CliError::usage(format!("{text:?} is neither an existing path nor a run: {expected}"))
        })?;
        let has_started = |run: &&RunRow| started_at(run).is_some_and(|started| started <= end);
        let runs = &self.snapshot.history().runs;
        let published = self.snapshot.history().published;
        let published = runs.iter().filter(|run| Some(run.id) <= published);
        published.filter(has_started).map(|run| run.id).max().ok_or_else(|| {
            CliError::usage(format!(
                "no run of {} started by {end}{}",
                self.name(),
                self.describe_range()
            ))
        })
    }

    /// Returns the last `N` runs with an archived report, in order of time. Fails if the report of the
    /// last published run is not archived.
    pub fn latest<const N: usize>(&self) -> Result<[i64; N], CliError> {
        let archived: Vec<i64> = self.snapshot.archived_runs().collect();
        let last = self.snapshot.history().published;
        if let Some(last) = last.filter(|last| archived.last() != Some(last)) {
            // The report of a previous run must not be taken for it.
            return Err(self.unavailable(last));
        }
        let start = archived.len().checked_sub(N);
        start.and_then(|start| archived[start..].try_into().ok()).ok_or_else(|| {
            let missing = if N == 1 { "no report" } else { "fewer than two reports" };
            CliError::usage(format!("{} stores {missing}{}", self.name(), self.describe_range()))
        })
    }

    /// Returns what a run published and what the state knows today. Closes the snapshot, so that runs
    /// may write again.
    pub fn into_report(self, run: i64) -> Result<(Report, CurrentState), CliError> {
        let report = self.report(run)?;
        let path = self.snapshot.path().to_path_buf();
        Ok((report, CurrentState { path, history: self.snapshot.close() }))
    }

    fn report(&self, run: i64) -> Result<Report, CliError> {
        let text = self.snapshot.report(run)?;
        let Some(text) =
            text.filter(|_| self.snapshot.archived_runs().any(|archived| archived == run))
        else {
            return Err(self.unavailable(run));
        };
        decode_report(&text).map_err(|error| {
            let context = format!("the report of run {run} in {}", self.name());
            CliError { exit: Exit::Usage, reason: anyhow::Error::new(error).context(context) }
        })
    }

    /// Builds the error that says why a run has no archived report.
    fn unavailable(&self, run: i64) -> CliError {
        let name = self.name();
        let row = self.snapshot.history().runs.iter().find(|row| row.id == run);
        let why = match row {
            None => format!("run {run} not found in {name}"),
            Some(row) if row.phase != "published" => {
                format!("run {run} of {name} was not finished")
            }
            Some(_) => format!(
                "the report of run {run} is not stored in {name}: it was too large, or newer \
                 reports replaced it"
            ),
        };
        CliError::usage(why + &self.describe_range())
    }

    /// Describes which reports are archived, as the end of an error message.
    fn describe_range(&self) -> String {
        let mut archived = self.snapshot.archived_runs();
        match (archived.next(), archived.next_back()) {
            (None, _) => "; no report is stored".to_string(),
            (Some(only), None) => format!("; the report of run {only} is stored"),
            (Some(first), Some(last)) => {
                format!("; the reports of runs {first} to {last} are stored")
            }
        }
    }
}

/// What the state knows today, which may be more than the report of a previous run says.
pub struct CurrentState {
    path: PathBuf,
    history: History,
}

impl CurrentState {
    /// Resolves an id, also a previous one, to the present id of its incident.
    pub fn current_id<'s>(&'s self, id: &'s str) -> Option<&'s str> {
        self.history.resolve(id)
    }

    /// Returns the mutes and resolutions of an incident that users made after the report of the run.
    pub fn later_changes(&self, incident: &Incident) -> Result<LaterChanges<'_>, CliError> {
        let history = incident.history.as_ref();
        let now = time::now();
        let mutes = Mutes::open_for_state(&self.path)
            .and_then(|mutes| mutes.list(|text| time::parse_until(text, now)))?;
        let aliases = history.map_or(&[][..], |history| &history.aliases[..]);
        let names = |mute: &Mute| {
            mute.id == incident.id || mute.id == incident.fingerprint || aliases.contains(&mute.id)
        };
        let mutes = mutes.into_iter().filter(|mute| mute.until > now && names(mute));
        let muted_until = history.and_then(|history| history.muted_until);
        let muted = mutes.max_by_key(|mute| mute.until);
        let known = self.history.known.get(&incident.id);
        let resolved_at = history.and_then(|history| history.resolved_at);
        Ok(LaterChanges {
            unmuted: muted.is_none() && muted_until.is_some_and(|until| until > now),
            muted: muted.filter(|mute| Some(mute.until) != muted_until),
            resolved: known.filter(|known| known.note.is_some() && known.resolved_at > resolved_at),
        })
    }
}

/// What users did with an incident after the report of a run.
pub struct LaterChanges<'p> {
    /// The mute in force, if the report has none or one with another end.
    pub muted: Option<Mute>,
    /// True if the mute that the report shows was removed before its end.
    pub unmuted: bool,
    /// The incident, if a user resolved it.
    pub resolved: Option<&'p KnownIncident>,
}

fn started_at(run: &RunRow) -> Option<Instant> {
    Instant::read_back(&run.started)
}
