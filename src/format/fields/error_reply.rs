//! Reads replies that report a failure: the failure envelope of the client and the error bodies of
//! services, saved where data was expected. The rules decide whether the failure matters.

use crate::format::fields::inventory::connection_fact;
use crate::format::fields::members::Members;
use crate::format::fields::read_context::ReadContext;
use crate::format::parsed::{Parsed, RowKind};
use crate::model::{Fact, LogLevel, Record, RecordKind};

/// True when an envelope reports a failure. A rejected option (`ValidationError`) is a failure of the
/// request and says nothing about the platform.
pub fn is_failure(members: &Members<'_>) -> bool {
    members.text(&["Result"]).is_some_and(|result| result.eq_ignore_ascii_case("failure"))
}

/// Reads a failure envelope. The status is before the text of the service, in `Message` or in
/// `Instructions`, so the text of the record is both.
pub fn read_failure(members: &Members<'_>, context: &ReadContext) -> Parsed {
    let data = members.object("Data");
    let mut record = reply(members.text(&["Message"]).unwrap_or_default());
    if let Some(instructions) = members.text(&["Instructions"]) {
        record.message.push('\n');
        record.message.push_str(&instructions);
    }
    record.reply_code = members.text(&["Code"]);
    let mut parsed = Parsed { row_kind: RowKind::Reply, ..Parsed::default() };
    let about_connection = |data: &Members<'_>| {
        data.has("ConnectionId")
            || data.has("ConnectorKey")
            || record.reply_code.as_deref().is_some_and(|code| code.starts_with("Connection"))
    };
    if let Some(data) = data.filter(about_connection)
        && let Some(fact) = connection_fact(&data, context)
    {
        record.subject = Some(fact.connection);
        parsed.facts.push(Fact::Connection(fact));
    }
    parsed.record = Some(record);
    parsed
}

/// True for an error body: a message with a code, a status or a trace id, and no level.
pub fn is_error_body(members: &Members<'_>) -> bool {
    let keys = ["code", "errorCode", "traceId", "requestId", "providerErrorCode", "error"];
    let is_error_status =
        members.number(&["status", "statusCode"]).is_some_and(|status| status >= 400);
    message(members).is_some()
        && (is_error_status || keys.iter().any(|key| members.first(key).is_some()))
}

/// Reads an error body. Any of its members may contain the code of a provider, so the text of the
/// record joins them.
pub fn read_error_body(members: &Members<'_>, _context: &ReadContext) -> Parsed {
    let mut text = message(members).unwrap_or_default();
    let details = [
        ("errorCode", "Error code: "),
        ("code", "ErrorCode: "),
        ("status", "Status: "),
        ("details", ""),
        ("detail", ""),
        ("providerErrorCode", "ProviderErrorCode : "),
        ("providerMessage", "ProviderMessage : "),
        ("requestId", "RequestId : "),
        ("traceId", "TraceId: "),
    ];
    for (key, label) in details {
        if let Some(value) = members.text(&[key]) {
            text.push('\n');
            text.push_str(label);
            text.push_str(&value);
        }
    }
    Parsed { record: Some(reply(text)), row_kind: RowKind::ErrorBody, ..Parsed::default() }
}

fn message(members: &Members<'_>) -> Option<String> {
    members.text(&["message"]).or_else(|| members.object("error")?.text(&["message"]))
}

fn reply(message: String) -> Record {
    let mut record = Record::new(RecordKind::Reply);
    record.level = Some(LogLevel::Error);
    record.message = message;
    record
}
