//! Reads job rows (`Info`, folder, bindings), job events of webhooks and streams, and trace spans. Rows
//! of one job are not joined here; `correlate` does that.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use crate::format::fields::members::{Members, object_text};
use crate::format::fields::read_context::ReadContext;
use crate::format::fields::{log_row, timestamp};
use crate::format::parsed::{Parsed, RowKind};
use crate::model::{
    Binding, Fact, FolderRef, Guid, Instant, JobFact, LogLevel, Record, RecordKind, RecordTime,
};

pub fn is_job(members: &Members<'_>) -> bool {
    let job_keys = ["StartTime", "EndTime", "CreationTime", "ReleaseName", "Info"];
    members.first("Key").is_some()
        && members.first("State").is_some()
        && job_keys.iter().any(|key| members.first(key).is_some())
}

/// True for a job event: `{"Type":"job.faulted","Job":{…}}` or the stream's `EventType` form.
pub fn is_event(members: &Members<'_>) -> bool {
    members.first("Job").is_some_and(|job| job.get().starts_with('{'))
        && (members.first("EventType").is_some() || members.first("Type").is_some())
}

/// True for a span of a trace.
pub fn is_span(members: &Members<'_>) -> bool {
    members.first("TraceId").is_some()
        && members.first("Attributes").is_some()
        && members.first("Name").is_some()
}

/// Reads a job row. The record has the text of `Info`; the fact has everything else.
pub fn read_job(members: &Members<'_>, context: &ReadContext) -> Parsed {
    let folder = FolderRef {
        id: members.number(&["OrganizationUnitId", "FolderId"]),
        key: members.guid(&["FolderKey"]),
        path: members
            .text(&["OrganizationUnitFullyQualifiedName", "FullFolderPath", "FolderPath"])
            .or_else(|| members.text(&["FolderName"])),
    };
    job(members, folder, context)
}

/// Reads a job event. The folder is a member of the event, not of the job.
pub fn read_event(members: &Members<'_>, context: &ReadContext) -> Parsed {
    let Some(inner) = members.object("Job") else { return Parsed::default() };
    let folder = FolderRef {
        id: members.number(&["OrganizationUnitId"]).or(inner.number(&["OrganizationUnitId"])),
        key: members.guid(&["FolderKey"]),
        path: members
            .text(&["FullFolderPath"])
            .or_else(|| inner.text(&["OrganizationUnitFullyQualifiedName"])),
    };
    job(&inner, folder, context)
}

fn job(members: &Members<'_>, folder: FolderRef, context: &ReadContext) -> Parsed {
    let mut parsed = Parsed { row_kind: RowKind::Job, ..Parsed::default() };
    let time = |keys: &[&str]| {
        members.text(keys).and_then(|text| timestamp::read_time(&text, &context.times))
    };
    let (start, end) = (time(&["StartTime"]), time(&["EndTime"]));
    let created = time(&["CreationTime"]);
    let state = members.text(&["State"]).unwrap_or_default();
    let process = members.text(&["ReleaseName", "ProcessName", "DisplayName"]);
    let machine = members.text(&["HostMachineName", "Hostname"]);
    let robot = members.text(&["RobotName", "Robot"]);
    // An account is shown where no robot is named, but does not tell one robot from another.
    let account = members.text(&["LocalSystemAccount"]);
    log_row::add_folder_fact(&folder, None, context, &mut parsed.facts);

    let mut record = Record::new(RecordKind::Job);
    record.time = end.or(start).or(created);
    let faulted = state.eq_ignore_ascii_case("faulted");
    record.level = Some(if faulted { LogLevel::Error } else { LogLevel::Info });
    record.message = job_text(members);
    record.job = members.guid(&["Key"]);
    record.process = process.clone();
    record.machine = machine.clone();
    record.robot = robot.clone().or(account);
    record.folder = folder.clone();
    if let Some(key) = record.job {
        let known_at = record.time.map_or(Instant(i64::MIN), |time: RecordTime| time.at);
        let bindings = members.first("ResourceOverwrites").map(bindings).unwrap_or_default();
        let fact = JobFact {
            state: (!state.is_empty()).then_some((known_at, state)),
            process,
            machine,
            robot,
            folder,
            bindings,
            directories: vec![context.directory.clone()],
            ..JobFact::default()
        }
        .with_times(start.or(created), end);
        parsed.facts.push(Fact::Job(key, fact));
    }
    parsed.record = Some(record);
    parsed
}

/// The text of a job: its `Info`, and what its `JobError` says besides. Jobs of agents have only a
/// title in `Info` and the sentence in the detail of the error.
fn job_text(members: &Members<'_>) -> String {
    let mut text = members.text(&["Info"]).unwrap_or_default();
    let error = members.object("JobError");
    let parts = error
        .iter()
        .flat_map(|error| ["Title", "Detail"].into_iter().filter_map(|key| error.text(&[key])));
    for part in parts {
        if !text.contains(part.trim()) {
            let separator = if text.is_empty() { "" } else { "\n" };
            text.push_str(separator);
            text.push_str(&part);
        }
    }
    text
}

/// The connections of `ResourceOverwrites`, which is an object or a string that contains an object:
/// `{"Connection.<guid>":{"EntityDisplayName":…,"Properties":{"connectionId":…,"folderKey":…}}}`.
fn bindings(value: &RawValue) -> Vec<Binding> {
    let text = object_text(value);
    let Ok(members) = Members::parse(text.trim()) else { return Vec::new() };
    let mut bindings: Vec<Binding> = members
        .iter()
        .filter_map(|(key, value)| {
            let id = key.strip_prefix("Connection.").or_else(|| key.strip_prefix("connection."))?;
            let body: Members<'_> = serde_json::from_str(value.get()).ok()?;
            let properties = body.object("Properties");
            let guid = |key| properties.as_ref().and_then(|p| p.guid(&[key]));
            Some(Binding {
                connection: guid("connectionId").or_else(|| Guid::parse(id))?,
                folder: guid("folderKey"),
                label: body.text(&["EntityDisplayName"]),
            })
        })
        .collect();
    bindings.sort();
    bindings.dedup();
    bindings
}

/// Reads a span. The record has the text of its exception; what the span says of its job and of the
/// connection of its activity counts whether it failed or not.
pub fn read_span(members: &Members<'_>, context: &ReadContext) -> Parsed {
    let mut parsed = Parsed { row_kind: RowKind::Span, ..Parsed::default() };
    let attributes = members.first("Attributes").map(object_text).unwrap_or_default();
    let inside = Members::parse(attributes.trim()).ok();
    let first_of = |keys: &[&str]| {
        let of_row = keys.iter().flat_map(|key| members.by_last_part(key, 0));
        of_row
            .chain(inside.iter().flat_map(|a| keys.iter().flat_map(|key| a.by_last_part(key, 0))))
            .next()
    };
    let exception = inside.as_ref().and_then(|a| {
        let texts = ["Exception", "Error"].iter().flat_map(|key| a.by_last_part(key, 0));
        texts.into_iter().next()
    });

    let mut record = Record::new(RecordKind::Span);
    let time = |key| members.text(&[key]).and_then(|t| timestamp::read_time(&t, &context.times));
    record.time = time("EndTime").or_else(|| time("StartTime"));
    let failed = exception.is_some() || members.number(&["Status"]) == Some(2);
    record.level = Some(if failed { LogLevel::Error } else { LogLevel::Info });
    record.message = exception.unwrap_or_default();
    record.job = first_of(&["JobKey"]).and_then(|key| Guid::parse(&key));
    record.process = first_of(&["ProcessName", "ReleaseName"]);
    record.machine = first_of(&["HostMachineName", "HostName"]);
    record.folder = FolderRef {
        id: first_of(&["OrganizationUnitId"]).and_then(|id| id.trim().parse().ok()),
        key: first_of(&["FolderKey"]).and_then(|key| Guid::parse(&key)),
        path: first_of(&["FullFolderPath", "FolderPath"]),
    };
    log_row::add_folder_fact(&record.folder, None, context, &mut parsed.facts);
    if let Some(job) = record.job {
        let names = members.text(&["Name"]).into_iter();
        let shown = inside.iter().flat_map(|a| a.by_last_part("DisplayName", 0));
        let names: BTreeSet<String> = names.chain(shown).collect();
        for name in names {
            let members = inside.as_ref().unwrap_or(members);
            log_row::add_trace_fact(job, name, members, &mut parsed.facts);
        }
        let fact = JobFact {
            process: record.process.clone(),
            machine: record.machine.clone(),
            folder: record.folder.clone(),
            directories: vec![context.directory.clone()],
            ..JobFact::default()
        };
        parsed.facts.push(Fact::Job(job, fact));
    }
    parsed.record = Some(record);
    parsed
}
