//! Log rows as objects: the robot's own (`message`, `jobId` …), Orchestrator's (`Message`,
//! `JobKey`, `RawMessage` …), and copies of either in search indexes and client replies.

use crate::format::fields::members::{Members, scalar, string};
use crate::format::fields::read_context::ReadContext;
use crate::format::fields::timestamp;
use crate::format::parsed::{Parsed, RowKind};
use crate::model::{
    Fact, FolderFact, FolderRef, Guid, LogLevel, Record, RecordKind, TraceFact, cut,
};

/// Of an oversized record so much of the message is matched: where robots cut messages.
const HEAD_MESSAGE: usize = 10_000;

/// True when an object is a log row of any dress.
pub fn is_log_row(members: &Members<'_>) -> bool {
    let message = members.first("message").is_some();
    let level = members.first("level").is_some();
    let time =
        ["timeStamp", "@timestamp", "TimestampUtc"].iter().any(|k| members.first(k).is_some());
    message && (level || time && members.first("logType").is_some())
        || level && time && members.first("RawMessage").is_some()
}

/// True when a log row is the robot's own object and not Orchestrator's.
pub fn is_robot_row(members: &Members<'_>) -> bool {
    members
        .iter()
        .any(|(key, _)| matches!(key, "logType" | "timeStamp" | "windowsIdentity" | "jobId"))
}

/// Reads the robot's own object. Of two equal keys the standard field counts: the first of those
/// that stand before the custom fields, the last of those behind them.
pub fn robot_row(members: &Members<'_>, kind: RecordKind, context: &ReadContext) -> Parsed {
    let mut parsed = Parsed { shape: RowKind::Log, ..Parsed::default() };
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
            activity(value.get(), record.job, &mut parsed.facts);
            record.message = value.get().to_string();
        }
        Some(value) => record.message = scalar(value).unwrap_or_default(),
        None => {}
    }
    if let Some(info) = members.first("activityInfo") {
        activity(info.get(), record.job, &mut parsed.facts);
    }
    folder_fact(&record.folder, None, context, &mut parsed.facts);
    parsed.record = Some(record);
    parsed
}

/// Reads Orchestrator's row and, where it is there, the robot's object inside `RawMessage`.
pub fn api_row(members: &Members<'_>, kind: RecordKind, context: &ReadContext) -> Parsed {
    let mut parsed = Parsed { shape: RowKind::Log, ..Parsed::default() };
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
    if let Some(raw) = members.first("RawMessage").and_then(|v| string(v.get())) {
        raw_message(&raw, &mut record, &mut parsed.facts, context);
    }
    folder_fact(&record.folder, None, context, &mut parsed.facts);
    parsed.record = Some(record);
    parsed
}

/// Adds what only the robot's own object says. A raw message that is no such object says nothing.
pub fn raw_message(raw: &str, record: &mut Record, facts: &mut Vec<Fact>, context: &ReadContext) {
    let Ok(members) = Members::parse(raw.trim()) else { return };
    if !is_log_row(&members) {
        return;
    }
    let inner = robot_row(&members, record.kind, context);
    let Some(mut from) = inner.record else { return };
    facts.extend(inner.facts);
    if record.message.is_empty() || from.message.len() > record.message.len() {
        record.message = std::mem::take(&mut from.message);
    }
    record.time = record.time.or(from.time);
    record.level = record.level.or(from.level);
    record.job = record.job.or(from.job);
    record.process = record.process.take().or(from.process);
    record.process_version = record.process_version.take().or(from.process_version);
    record.robot = record.robot.take().or(from.robot);
    record.machine = record.machine.take().or(from.machine);
    record.workflow = record.workflow.take().or(from.workflow);
    record.fingerprint = record.fingerprint.or(from.fingerprint);
    record.folder.id = record.folder.id.or(from.folder.id);
    record.user_log |= from.user_log;
}

/// A row that names a folder in two ways joins them.
pub fn folder_fact(
    folder: &FolderRef,
    name: Option<String>,
    context: &ReadContext,
    facts: &mut Vec<Fact>,
) {
    let known =
        [folder.id.is_some(), folder.key.is_some(), folder.path.is_some() || name.is_some()];
    if known.iter().filter(|k| **k).count() > 1 {
        facts.push(Fact::Folder(FolderFact {
            folder: folder.clone(),
            name,
            directory: context.directory.clone(),
            everywhere: context.everywhere,
        }));
    }
}

/// An activity record of level Trace: its connection id, if it shows one.
fn activity(json: &str, job: Option<Guid>, facts: &mut Vec<Fact>) {
    let (Some(job), Ok(members)) = (job, Members::parse(json)) else { return };
    let Some(name) = members.text(&["DisplayName"]) else { return };
    let inside = members.object("Arguments");
    let ids = ["ConnectionId", "connectionId"];
    let id = members.guid(&ids).or_else(|| inside.as_ref().and_then(|a| a.guid(&ids)));
    if let Some(connection) = id {
        facts.push(Fact::Trace(TraceFact { job, activity: name, connection }));
    }
}

/// `Orch1:\Shared\Finance` of the PowerShell drive as a folder path.
pub fn drive_path(path: &str) -> String {
    let inside = path.split_once(":\\").map_or(path, |(_, rest)| rest);
    inside.replace('\\', "/")
}

/// The level and the beginning of the message of a record too long to be held.
pub fn head(text: &str, kind: RecordKind, context: &ReadContext) -> Option<Record> {
    let value = after_key(text, "message")?;
    let mut record = Record::new(kind);
    record.message = front_string(value)?;
    let word = |key| after_key(text, key).and_then(|v| v.split('"').next().map(str::to_string));
    record.level = word("level").and_then(|w| LogLevel::parse(&w)).or_else(|| {
        let prefix = text[..text.find('{')?].split_whitespace().nth(1)?;
        LogLevel::parse(prefix)
    });
    record.time = word("timeStamp").and_then(|w| timestamp::read_time(&w, &context.times));
    record.job = word("jobId").or_else(|| word("JobKey")).and_then(|w| Guid::parse(&w));
    Some(record)
}

/// Decodes the JSON string whose opening quote is just before `rest`; one that is cut or very long
/// is decoded as far as it goes.
fn front_string(rest: &str) -> Option<String> {
    let value = cut(rest, HEAD_MESSAGE);
    let whole = format!("\"{value}");
    if let Some(Ok(text)) = serde_json::Deserializer::from_str(&whole).into_iter::<String>().next()
    {
        return Some(text);
    }
    // A cut may fall inside an escape of at most twelve characters (a surrogate pair).
    (0..=12).find_map(|back| {
        let end = value.len().checked_sub(back)?;
        string(&format!("\"{}\"", cut(value, end)))
    })
}

/// The text behind `"key":"` in any case, up to the end of what is there.
fn after_key<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let window = cut(text, HEAD_MESSAGE * 2);
    let lower = window.to_ascii_lowercase();
    let at = lower.find(&format!("\"{}\"", key.to_ascii_lowercase()))?;
    let rest = window[at + key.len() + 2..].trim_start().strip_prefix(':')?.trim_start();
    rest.strip_prefix('"')
}
