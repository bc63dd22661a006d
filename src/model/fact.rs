//! Facts: statements of records that name jobs, folders and connections. `format` reads them,
//! `correlate` joins them. They merge field by field, so that the order in which files were read
//! cannot change the result.

use serde::{Deserialize, Serialize};

use crate::model::guid::Guid;
use crate::model::record::FolderRef;
use crate::model::time::{Instant, RecordTime, TimeQuality};

/// A connection bound to a job (`ResourceOverwrites`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct Binding {
    pub connection: Guid,
    /// Key of the connection's folder.
    pub folder: Option<Guid>,
    /// Label that UiPath shows for the connection, often the e-mail address of its owner.
    pub label: Option<String>,
}

/// What all rows of one job say. The digest stores it by job key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug, Default)]
pub struct JobFact {
    /// `Faulted`, `Successful` … of the latest row, and the time of that row.
    pub state: Option<(Instant, String)>,
    /// When the job ran, as rows say with an offset.
    #[serde(default, skip_serializing_if = "JobSpan::is_empty")]
    pub span: JobSpan,
    /// When the job ran, as rows say without an offset: in the zone that the run assumes.
    #[serde(default, skip_serializing_if = "JobSpan::is_empty")]
    pub assumed_span: JobSpan,
    /// Name of the process (release).
    pub process: Option<String>,
    /// Host on which the job ran; never a machine template.
    pub machine: Option<String>,
    /// Robot or account.
    pub robot: Option<String>,
    /// Folder in which the job ran.
    pub folder: FolderRef,
    pub bindings: Vec<Binding>,
    /// Directories of the sources with rows of the job.
    pub directories: Vec<String>,
}

/// From the start of a job to its end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug, Default)]
pub struct JobSpan {
    /// The earliest start that any row states.
    pub start: Option<Instant>,
    /// The latest end that any row states; unknown while the job runs.
    pub end: Option<Instant>,
}

impl JobSpan {
    pub fn is_empty(&self) -> bool {
        *self == JobSpan::default()
    }

    /// True if the span, widened by `margin` seconds at both ends, holds an instant. A job without
    /// an end is still running.
    pub fn holds(&self, time: Instant, margin: i64) -> bool {
        self.start.is_some_and(|start| time >= start.plus_seconds(-margin))
            && self.end.is_none_or(|end| time <= end.plus_seconds(margin))
    }

    fn merge(&mut self, other: JobSpan) {
        take_smaller(&mut self.start, other.start);
        self.end = self.end.max(other.end);
    }
}

fn take_smaller<T: Ord>(value: &mut Option<T>, other: Option<T>) {
    if let Some(other) = other
        && value.as_ref().is_none_or(|value| *value > other)
    {
        *value = Some(other);
    }
}

fn take_union<T: Ord>(values: &mut Vec<T>, others: Vec<T>) {
    values.extend(others);
    values.sort();
    values.dedup();
}

impl JobFact {
    /// Merges the statements of two sources about one job: the earliest start and the latest end of
    /// each kind of span, the state of the latest row, and of other values the smallest, so that
    /// the order of sources does not matter.
    pub fn merge(&mut self, other: JobFact) {
        if other.state > self.state {
            self.state = other.state;
        }
        self.span.merge(other.span);
        self.assumed_span.merge(other.assumed_span);
        take_smaller(&mut self.process, other.process);
        take_smaller(&mut self.machine, other.machine);
        take_smaller(&mut self.robot, other.robot);
        take_smaller(&mut self.folder.id, other.folder.id);
        take_smaller(&mut self.folder.key, other.folder.key);
        take_smaller(&mut self.folder.path, other.folder.path);
        take_union(&mut self.bindings, other.bindings);
        take_union(&mut self.directories, other.directories);
    }

    /// Sets start and end as a row states them, each by how exactly it is known.
    pub fn with_times(mut self, start: Option<RecordTime>, end: Option<RecordTime>) -> JobFact {
        for (time, is_start) in [(start, true), (end, false)] {
            let Some(time) = time else { continue };
            let is_stated = time.quality == TimeQuality::Offset;
            let span = if is_stated { &mut self.span } else { &mut self.assumed_span };
            *(if is_start { &mut span.start } else { &mut span.end }) = Some(time.at);
        }
        self
    }

    /// When the job ran: a span in an assumed zone counts only where no row states the start with
    /// an offset.
    pub fn known_span(&self) -> JobSpan {
        if self.span.start.is_some() { self.span } else { self.assumed_span }
    }

    /// True if the last known state is Successful.
    pub fn succeeded(&self) -> bool {
        self.state.as_ref().is_some_and(|(_, state)| state.eq_ignore_ascii_case("successful"))
    }
}

/// One statement about a folder: id, key and path that belong together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct FolderFact {
    pub folder: FolderRef,
    /// Display name: the last part of the path.
    pub name: Option<String>,
    /// Directory of the source.
    pub directory: String,
    /// The source was given with `--names`, so that the fact applies to all directories.
    #[serde(rename = "everywhere")]
    pub is_global: bool,
}

/// One statement about a connection.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct ConnectionFact {
    pub connection: Guid,
    pub name: Option<String>,
    /// Connector key, for example `uipath-workday`.
    pub connector: Option<String>,
    /// Display name of the connector, for example `Workday`.
    pub connector_name: Option<String>,
    /// Key of the connection's folder.
    pub folder: Option<Guid>,
    /// Name or path of that folder, as the export shows it.
    pub folder_name: Option<String>,
    /// `Enabled`, `Failed` …
    pub state: Option<String>,
    /// When the connection was last changed, according to the export.
    pub updated: Option<Instant>,
    /// Directory of the source.
    pub directory: String,
    /// The source was given with `--names`, so that the fact applies to all directories.
    #[serde(rename = "everywhere")]
    pub is_global: bool,
}

/// A trace record shows which connection or connector an activity of a job uses.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct TraceFact {
    pub job: Guid,
    /// Display name of the activity.
    pub activity: String,
    pub connection: Option<Guid>,
    /// Connector key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
}

/// An export says of which tenant it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug)]
pub struct TenantFact {
    /// Organisation and tenant, as the URLs of the vendor's cloud name them; in lower case.
    pub tenant: String,
    /// Directory of the source.
    pub directory: String,
}

/// A statement of any kind, as a format reads it from a row.
#[derive(Clone, PartialEq, Debug)]
pub enum Fact {
    /// Job key and what the row says of the job.
    Job(Guid, JobFact),
    Folder(FolderFact),
    Connection(ConnectionFact),
    Trace(TraceFact),
    Tenant(TenantFact),
}
