//! What kind of row a JSON object is, told by its members, and who reads it.

use crate::format::fields::members::Members;
use crate::format::fields::read_context::ReadContext;
use crate::format::fields::{error_reply, inventory, job_row, log_row};
use crate::format::parsed::{Parsed, Reject, RowKind};
use crate::model::RecordKind;

/// Wrappers are unwrapped at most so often: a search hit around an event around a job.
const MAX_WRAPPING: usize = 3;

/// Reads one object of whatever kind. An object of no known kind is `RowKind::Other`.
pub fn read_object(text: &str, context: &ReadContext) -> Result<Parsed, Reject> {
    let members = Members::parse(text.trim_matches(['\0', ' ', '\t', '\r', '\n', ',']))?;
    Ok(read_members(&members, context, MAX_WRAPPING))
}

fn read_members(members: &Members<'_>, context: &ReadContext, wrapping: usize) -> Parsed {
    // An on-premises error body has a `result` too, which is null.
    if members.has("Result") {
        return reply(members, context, wrapping);
    }
    if wrapping > 0
        && let Some(inner) = members.object("_source").or_else(|| members.object("body"))
    {
        return read_members(&inner, context, wrapping - 1);
    }
    if job_row::is_event(members) {
        job_row::read_event(members, context)
    } else if log_row::is_log_row(members) {
        if log_row::is_robot_row(members) {
            log_row::robot_row(members, RecordKind::ApiLog, context)
        } else {
            log_row::api_row(members, RecordKind::ApiLog, context)
        }
    } else if job_row::is_job(members) {
        job_row::read_job(members, context)
    } else if job_row::is_span(members) {
        job_row::read_span(members, context)
    } else if inventory::is_connection(members) {
        inventory::read_connection(members, context)
    } else if inventory::is_folder(members) {
        inventory::read_folder(members, context)
    } else if error_reply::is_error_body(members) {
        error_reply::read_error_body(members, context)
    } else {
        // A page says where the next one is, or by saying nothing that it is the last.
        let continuation = members
            .text(&["@odata.nextLink", "odata.nextLink"])
            .or_else(|| (members.has("@odata.context") && members.has("value")).then(String::new));
        let shape = if members.has("@odata.context") { RowKind::Aside } else { RowKind::Other };
        Parsed { continuation, shape, ..Parsed::default() }
    }
}

/// The client's envelope: a failure is a reply, a success is its `Data`.
fn reply(members: &Members<'_>, context: &ReadContext, wrapping: usize) -> Parsed {
    if error_reply::is_failure(members) {
        return error_reply::read_failure(members, context);
    }
    let mut parsed = match members.object("Data") {
        Some(data) if wrapping > 0 => read_members(&data, context, wrapping - 1),
        _ => Parsed::default(),
    };
    if parsed.shape == RowKind::Other {
        parsed.shape = RowKind::Aside;
    }
    parsed
}
