//! Reads log rows that are JSON objects: those of the robot (`message`, `jobId` …), those of Orchestrator
//! (`Message`, `JobKey`, `RawMessage` …), and copies of both in search indexes and client replies.
//! Matches nothing.

use std::collections::BTreeSet;

use crate::format::fields::members::{Members, decode_string, scalar};
use crate::format::fields::read_context::ReadContext;
use crate::format::fields::timestamp;
use crate::format::parsed::{Parsed, RowKind};
use crate::model::{
    Fact, FolderFact, FolderRef, Guid, LogLevel, Record, RecordKind, TraceFact, cut,
};

/// Bytes of the message of an oversized record that are matched. Robots cut messages at this length.
const HEAD_MESSAGE_LIMIT: usize = 10_000;

/// True for a log row of the robot or of Orchestrator.
pub fn is_log_row(members: &Members<'_>) -> bool {
    let message = members.first("message").is_some();
    let level = members.first("level").is_some();
    let time =
        ["timeStamp", "@timestamp", "TimestampUtc"].iter().any(|k| members.first(k).is_some());
    message && (level || time && members.first("logType").is_some())
        || level && time && members.first("RawMessage").is_some()
}

/// True when a log row was written by the robot, not by Orchestrator.
pub fn is_robot_row(members: &Members<'_>) -> bool {
    members
        .iter()
        .any(|(key, _)| matches!(key, "logType" | "timeStamp" | "windowsIdentity" | "jobId"))
}

/// Reads an object that the robot wrote. Of duplicate keys, the standard field wins: the first for
/// fields that are written before the custom fields, the last for those written after them.
pub fn robot_row(members: &Members<'_>, kind: RecordKind, context: &ReadContext) -> Parsed {
    let mut parsed = Parsed { row_kind: RowKind::Log, ..Parsed::default() };
    let last = |key: &str| members.last(key).and_then(scalar).filter(|t| !t.is_empty());
    let mut record = Record::new(kind);
    record.job = last("jobId").and_then(|t| Guid::parse(&t));
    record.process = last("processName");
    record.process_version = last("processVersion");
    record.robot = last("robotName");
    record.machine = members.text(&["machineName"]);
    record.workflow = members.text(&["fileName"]);
    record.fingerprint = members.guid(&["fingerprint"]);
    record.folder.id = last("organizationUnitId").and_then(|t| t.trim().parse().ok());
    record.folder.path = members.text(&["FullFolderPath", "FolderName"]);
    record.level = members.text(&["level"]).and_then(|t| LogLevel::parse(&t));
    record.user_log = members.text(&["logType"]).is_some_and(|t| t.eq_ignore_ascii_case("user"));
    record.time = members
        .text(&["timeStamp", "@timestamp"])
        .and_then(|text| timestamp::read_time(&text, &context.times));
    match members.first("message") {
        Some(value) if value.get().starts_with('{') => {
            add_activity_fact(value.get(), record.job, &mut parsed.facts);
            record.message = value.get().to_string();
        }
        Some(value) => record.message = scalar(value).unwrap_or_default(),
        None => {}
    }
    if let Some(info) = members.first("activityInfo") {
        add_activity_fact(info.get(), record.job, &mut parsed.facts);
    }
    add_folder_fact(&record.folder, None, context, &mut parsed.facts);
    parsed.record = Some(record);
    parsed
}

/// Reads a row of Orchestrator and, if present, the object of the robot in `RawMessage`.
pub fn api_row(members: &Members<'_>, kind: RecordKind, context: &ReadContext) -> Parsed {
    let mut parsed = Parsed { row_kind: RowKind::Log, ..Parsed::default() };
    let mut record = Record::new(kind);
    record.message = members.text(&["Message"]).unwrap_or_default();
    record.level = members.text(&["Level", "LevelOrdinal"]).and_then(|t| LogLevel::parse(&t));
    record.time = members
        .text(&["TimeStamp", "@timestamp", "TimestampUtc", "CreationTime"])
        .and_then(|text| timestamp::read_time(&text, &context.times));
    record.job = members.guid(&["JobKey", "JobId"]);
    record.process = members.text(&["ProcessName", "Process"]);
    record.robot = members.text(&["RobotName", "Robot"]);
    record.machine = members.text(&["HostMachineName", "MachineName", "Hostname"]);
    record.folder = FolderRef {
        id: members.number(&["OrganizationUnitId", "FolderId"]),
        key: members.guid(&["FolderKey"]),
        path: members
            .text(&["FullFolderPath", "OrganizationUnitFullyQualifiedName", "FolderPath"])
            .or_else(|| members.text(&["FolderName"]))
            .or_else(|| members.text(&["Path"]).map(|path| drive_path(&path))),
    };
    if let Some(raw) = members.first("RawMessage").and_then(|v| decode_string(v.get())) {
        add_raw_message(&raw, &mut record, &mut parsed.facts, context);
    }
    add_folder_fact(&record.folder, None, context, &mut parsed.facts);
    parsed.record = Some(record);
    parsed
}

/// Adds the fields that only the object of the robot has. A raw message that is not a log row is
/// ignored.
pub fn add_raw_message(
    raw: &str,
    record: &mut Record,
    facts: &mut Vec<Fact>,
    context: &ReadContext,
) {
    let Ok(members) = Members::parse(raw.trim()) else { return };
    if !is_log_row(&members) {
        return;
    }
    let parsed = robot_row(&members, record.kind, context);
    let Some(mut robot) = parsed.record else { return };
    facts.extend(parsed.facts);
    if record.message.is_empty() || robot.message.len() > record.message.len() {
        record.message = std::mem::take(&mut robot.message);
    }
    record.time = record.time.or(robot.time);
    record.level = record.level.or(robot.level);
    record.job = record.job.or(robot.job);
    record.process = record.process.take().or(robot.process);
    record.process_version = record.process_version.take().or(robot.process_version);
    record.robot = record.robot.take().or(robot.robot);
    record.machine = record.machine.take().or(robot.machine);
    record.workflow = record.workflow.take().or(robot.workflow);
    record.fingerprint = record.fingerprint.or(robot.fingerprint);
    record.folder.id = record.folder.id.or(robot.folder.id);
    record.user_log |= robot.user_log;
}

/// Adds a fact if a row identifies one folder by at least two of number, key, and path or name.
pub fn add_folder_fact(
    folder: &FolderRef,
    name: Option<String>,
    context: &ReadContext,
    facts: &mut Vec<Fact>,
) {
    let identifiers =
        [folder.id.is_some(), folder.key.is_some(), folder.path.is_some() || name.is_some()];
    if identifiers.iter().filter(|is_present| **is_present).count() > 1 {
        facts.push(Fact::Folder(FolderFact {
            folder: folder.clone(),
            name,
            directory: context.directory.clone(),
            is_global: context.is_global,
        }));
    }
}

/// Levels of objects inside an activity record or a span that are searched for members.
const FACT_DEPTH: usize = 2;

/// Adds the connection or connector that an activity record (level Trace) shows.
fn add_activity_fact(json: &str, job: Option<Guid>, facts: &mut Vec<Fact>) {
    let (Some(job), Ok(members)) = (job, Members::parse(json)) else { return };
    for name in members.by_last_part("DisplayName", 0) {
        add_trace_fact(job, name, &members, facts);
    }
}

/// Adds what the members of an activity record or of a span say of its connection. Ids that differ
/// say nothing.
pub fn add_trace_fact(job: Guid, activity: String, members: &Members<'_>, facts: &mut Vec<Fact>) {
    let ids = members.by_last_part("ConnectionId", FACT_DEPTH);
    let ids: BTreeSet<Guid> = ids.iter().filter_map(|id| Guid::parse(id)).collect();
    let connection = ids.first().copied().filter(|id| ids.len() == 1 && id.0 != 0);
    let connector = ["ConnectorKey", "Connector"]
        .iter()
        .find_map(|key| members.by_last_part(key, FACT_DEPTH).into_iter().next());
    if connection.is_some() || connector.is_some() {
        facts.push(Fact::Trace(TraceFact { job, activity, connection, connector }));
    }
}

/// `Orch1:\Shared\Finance` of the PowerShell drive as a folder path.
pub fn drive_path(path: &str) -> String {
    let inside = path.split_once(":\\").map_or(path, |(_, rest)| rest);
    inside.replace('\\', "/")
}

/// Reads the first bytes of an oversized record: level, time, job and the beginning of the message.
pub fn read_head(text: &str, kind: RecordKind, context: &ReadContext) -> Option<Record> {
    let mut record = Record::new(kind);
    record.message = decode_string_start(after_key(text, "message")?)?;
    let value = |key| after_key(text, key).and_then(|v| v.split('"').next().map(str::to_string));
    record.level = value("level").and_then(|text| LogLevel::parse(&text)).or_else(|| {
        let prefix = text[..text.find('{')?].split_whitespace().nth(1)?;
        LogLevel::parse(prefix)
    });
    record.time = value("timeStamp").and_then(|text| timestamp::read_time(&text, &context.times));
    record.job = value("jobId").or_else(|| value("JobKey")).and_then(|text| Guid::parse(&text));
    Some(record)
}

/// Decodes the JSON string whose opening quote is just before `rest`. Of a string that is cut or very
/// long, only the beginning is decoded.
fn decode_string_start(rest: &str) -> Option<String> {
    let value = cut(rest, HEAD_MESSAGE_LIMIT);
    let quoted = format!("\"{value}");
    if let Some(Ok(text)) = serde_json::Deserializer::from_str(&quoted).into_iter::<String>().next()
    {
        return Some(text);
    }
    // A cut may fall inside an escape of at most twelve characters (a surrogate pair).
    (0..=12).find_map(|back| {
        let end = value.len().checked_sub(back)?;
        decode_string(&format!("\"{}\"", cut(value, end)))
    })
}

/// The text after `"key":"`, ignoring the case of the key, to the end of the searched text.
fn after_key<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let window = cut(text, HEAD_MESSAGE_LIMIT * 2);
    let lower = window.to_ascii_lowercase();
    let start = lower.find(&format!("\"{}\"", key.to_ascii_lowercase()))?;
    let rest = window[start + key.len() + 2..].trim_start().strip_prefix(':')?.trim_start();
    rest.strip_prefix('"')
}
