//! What records tell that later names things. Facts merge field by field, so that the order in
//! which files were read never shows.

use crate::model::guid::Guid;
use crate::model::record::FolderRef;
use crate::model::time::{Instant, RecordTime};
use serde::{Deserialize, Serialize};
/// A connection bound to a job (`ResourceOverwrites`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct Binding {
    /// The connection.
    pub connection: Guid,
    /// The folder it lives in.
    pub folder: Option<Guid>,
    /// The label shown for it, often the owner's e-mail address.
    pub label: Option<String>,
}

/// A job as its rows tell it. Keyed by job key in the digest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug, Default)]
pub struct JobFact {
    /// `Faulted`, `Successful` …, as the latest row says.
    pub state: Option<(Instant, String)>,
    /// Earliest start.
    pub start: Option<RecordTime>,
    /// Latest end.
    pub end: Option<RecordTime>,
    /// Process (release) name.
    pub process: Option<String>,
    /// Host.
    pub machine: Option<String>,
    /// Robot or account.
    pub robot: Option<String>,
    /// Folder the job ran in.
    pub folder: FolderRef,
    /// Connections bound to it.
    pub bindings: Vec<Binding>,
    /// Directories of the sources that told of it.
    pub directories: Vec<String>,
}

fn prefer<T: Ord>(mine: &mut Option<T>, theirs: Option<T>) {
    if let Some(other) = theirs
        && mine.as_ref().is_none_or(|kept| *kept > other)
    {
        *mine = Some(other);
    }
}

fn union<T: Ord>(mine: &mut Vec<T>, theirs: Vec<T>) {
    mine.extend(theirs);
    mine.sort();
    mine.dedup();
}

impl JobFact {
    /// Joins two tellings of one job: earliest start, latest end, the state of the latest row,
    /// and for words the smallest, so that the result does not depend on order.
    pub fn merge(&mut self, other: JobFact) {
        if other.state > self.state {
            self.state = other.state;
        }
        prefer(&mut self.start, other.start);
        if other.end > self.end {
            self.end = other.end;
        }
        prefer(&mut self.process, other.process);
        prefer(&mut self.machine, other.machine);
        prefer(&mut self.robot, other.robot);
        prefer(&mut self.folder.id, other.folder.id);
        prefer(&mut self.folder.key, other.folder.key);
        prefer(&mut self.folder.path, other.folder.path);
        union(&mut self.bindings, other.bindings);
        union(&mut self.directories, other.directories);
    }

    /// True when the last known state is Successful.
    pub fn succeeded(&self) -> bool {
        self.state.as_ref().is_some_and(|(_, state)| state.eq_ignore_ascii_case("successful"))
    }
}

/// One statement about a folder: id, key and path that belong together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct FolderFact {
    /// Id, key, path.
    pub folder: FolderRef,
    /// Display name, the last part of the path.
    pub name: Option<String>,
    /// Directory of the source that says so.
    pub directory: String,
    /// The source was given with `--names` and holds everywhere.
    pub everywhere: bool,
}

/// One statement about a connection.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct ConnectionFact {
    /// The connection.
    pub connection: Guid,
    /// Its name.
    pub name: Option<String>,
    /// Connector key, `uipath-workday`.
    pub connector: Option<String>,
    /// Connector display name, `Workday`.
    pub connector_name: Option<String>,
    /// Key of the folder it lives in.
    pub folder: Option<Guid>,
    /// Name or path of that folder as the export shows it.
    pub folder_name: Option<String>,
    /// `Enabled`, `Failed` …
    pub state: Option<String>,
    /// When it was last changed, as the export says.
    pub updated: Option<Instant>,
    /// Directory of the source that says so.
    pub directory: String,
    /// The source was given with `--names` and holds everywhere.
    pub everywhere: bool,
}

/// A trace record showed that an activity of a job uses a connection.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct TraceFact {
    /// The job.
    pub job: Guid,
    /// The activity's display name.
    pub activity: String,
    /// The connection.
    pub connection: Guid,
}

/// Anything a reader learns besides records.
#[derive(Clone, PartialEq, Debug)]
pub enum Fact {
    /// About a job.
    Job(Guid, JobFact),
    /// About a folder.
    Folder(FolderFact),
    /// About a connection.
    Connection(ConnectionFact),
    /// An activity of a job uses a connection.
    Trace(TraceFact),
}
