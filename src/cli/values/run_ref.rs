//! Reports out of a state: which run a person means, and what it published. Takes no lock, so that
//! it works while a run is going on.

use std::path::{Path, PathBuf};

use crate::cli::exit::{CliError, Exit};
use crate::cli::values::time;
use crate::model::{Incident, Instant, KnownIncident, Mute, Report};
use crate::report::kept;
use crate::state::{History, Mutes, RunRow, StateSnapshot};

/// A state somebody asks about.
pub struct RunArchive {
    look: StateSnapshot,
}

impl RunArchive {
    /// Looks at a state, which must be there.
    pub fn open(file: &Path) -> Result<RunArchive, CliError> {
        StateSnapshot::at(file).map(|look| RunArchive { look }).map_err(CliError::from)
    }

    /// Where it lies, as people see it.
    pub fn name(&self) -> String {
        self.look.path().display().to_string()
    }

    /// The run somebody names: by its number, or by a time, which means the last that had begun
    /// by then.
    pub fn run(&self, word: &str) -> Result<i64, CliError> {
        if let Ok(number) = word.parse() {
            return Ok(number);
        }
        let by = time::by(word, time::now()).map_err(|_| {
            let wanted = "write its number, or a time such as 2026-11-22 or 7d";
            CliError::usage(format!("there is no {word}, and it names no run: {wanted}"))
        })?;
        let begun = |run: &&RunRow| begun(run).is_some_and(|at| at <= by);
        let runs = &self.look.history().runs;
        let published = self.look.history().published;
        let told = runs.iter().filter(|run| Some(run.id) <= published);
        told.filter(begun).map(|run| run.id).max().ok_or_else(|| {
            CliError::usage(format!("no run of {} had begun by {by}{}", self.name(), self.extent()))
        })
    }

    /// The last run, and those before it whose reports are kept; the latest last.
    pub fn latest<const N: usize>(&self) -> Result<[i64; N], CliError> {
        let kept: Vec<i64> = self.look.kept().collect();
        let last = self.look.history().published;
        if let Some(last) = last.filter(|last| kept.last() != Some(last)) {
            // An earlier one must not pass for it.
            return Err(self.not_kept(last));
        }
        let last = kept.len().checked_sub(N).and_then(|from| kept[from..].try_into().ok());
        last.ok_or_else(|| {
            let enough = if N == 1 { "no report" } else { "no two reports" };
            CliError::usage(format!("{} keeps {enough}{}", self.name(), self.extent()))
        })
    }

    /// What a run published, and what is known since. Runs may write again from then on.
    pub fn take(self, run: i64) -> Result<(Report, After), CliError> {
        let report = self.report(run)?;
        let path = self.look.path().to_path_buf();
        Ok((report, After { path, history: self.look.close() }))
    }

    fn report(&self, run: i64) -> Result<Report, CliError> {
        let text = self.look.report(run)?;
        let Some(text) = text.filter(|_| self.look.kept().any(|kept| kept == run)) else {
            return Err(self.not_kept(run));
        };
        kept(&text).map_err(|error| {
            let what = format!("the report of run {run} in {}", self.name());
            CliError { exit: Exit::Usage, reason: anyhow::Error::new(error).context(what) }
        })
    }

    /// Why there is no report of a run.
    fn not_kept(&self, run: i64) -> CliError {
        let name = self.name();
        let row = self.look.history().runs.iter().find(|row| row.id == run);
        let why = match row {
            None => format!("{name} knows no run {run}"),
            Some(row) if row.phase != "published" => {
                format!("run {run} of {name} was not finished")
            }
            Some(_) => format!(
                "the report of run {run} is not kept in {name}: it was too large, or too many came \
                 after it"
            ),
        };
        CliError::usage(why + &self.extent())
    }

    /// Which reports there are, for whoever asked for another one.
    fn extent(&self) -> String {
        let mut kept = self.look.kept();
        match (kept.next(), kept.next_back()) {
            (None, _) => "; it keeps none".to_string(),
            (Some(only), None) => format!("; the report of run {only} is kept"),
            (Some(first), Some(last)) => format!("; reports of runs {first} to {last} are kept"),
        }
    }
}

/// What a state knows beside the report of a run.
pub struct After {
    path: PathBuf,
    history: History,
}

impl After {
    /// The incident an earlier id belongs to today, if the state knows it.
    pub fn id_of<'s>(&'s self, id: &'s str) -> Option<&'s str> {
        self.history.resolve(id)
    }

    /// What people said of an incident since it was told.
    pub fn since(&self, incident: &Incident) -> Result<Since<'_>, CliError> {
        let history = incident.history.as_ref();
        let now = time::now();
        let mutes = Mutes::beside(&self.path)
            .and_then(|mutes| mutes.list(|text| time::until(text, now)))?;
        let aliases = history.map_or(&[][..], |history| &history.aliases[..]);
        let names = |mute: &Mute| {
            mute.id == incident.id || mute.id == incident.fingerprint || aliases.contains(&mute.id)
        };
        let mutes = mutes.into_iter().filter(|mute| mute.until > now && names(mute));
        let told = history.and_then(|history| history.muted_until);
        let muted = mutes.max_by_key(|mute| mute.until);
        let known = self.history.known.get(&incident.id);
        let settled = history.and_then(|history| history.resolved_at);
        Ok(Since {
            unmuted: muted.is_none() && told.is_some_and(|until| until > now),
            muted: muted.filter(|mute| Some(mute.until) != told),
            resolved: known.filter(|known| known.note.is_some() && known.resolved_at > settled),
        })
    }
}

/// What happened to an incident by hand after a run told it.
pub struct Since<'p> {
    /// It is muted now, or until another day.
    pub muted: Option<Mute>,
    /// It is muted no more.
    pub unmuted: bool,
    /// It was resolved.
    pub resolved: Option<&'p KnownIncident>,
}

fn begun(run: &RunRow) -> Option<Instant> {
    Instant::read_back(&run.started)
}
