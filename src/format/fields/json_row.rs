//! Detects the kind of row that a JSON object is, by its members, and calls the reader of that kind.

use crate::format::fields::members::Members;
use crate::format::fields::read_context::ReadContext;
use crate::format::fields::{error_reply, inventory, job_row, log_row};
use crate::format::parsed::{Parsed, Reject, RowKind};
use crate::model::{Fact, RecordKind, TenantFact};

/// Maximum number of nested wrappers; real exports have three (search hit, event, job).
const MAX_WRAPPERS: usize = 3;

/// Reads one object. An object of an unknown kind is `RowKind::Other`.
pub fn read_object(text: &str, context: &ReadContext) -> Result<Parsed, Reject> {
    let members = Members::parse(text.trim_matches(['\0', ' ', '\t', '\r', '\n', ',']))?;
    Ok(read_members(&members, context, MAX_WRAPPERS))
}

fn read_members(members: &Members<'_>, context: &ReadContext, wrappers: usize) -> Parsed {
    // An on-premises error body has a `result` too, which is null.
    if members.has("Result") {
        return read_envelope(members, context, wrappers);
    }
    if wrappers > 0
        && let Some(inner) = members.object("_source").or_else(|| members.object("body"))
    {
        return read_members(&inner, context, wrappers - 1);
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
        // A page without a link to the next page is the last one.
        let continuation = members
            .text(&["@odata.nextLink", "odata.nextLink"])
            .or_else(|| (members.has("@odata.context") && members.has("value")).then(String::new));
        let shape =
            if members.has("@odata.context") { RowKind::Irrelevant } else { RowKind::Other };
        let mut parsed = Parsed { continuation, row_kind: shape, ..Parsed::default() };
        let links = ["@odata.context", "@odata.nextLink", "odata.metadata"];
        if let Some(tenant) = links.iter().find_map(|key| tenant_in_url(&members.text(&[key])?)) {
            let directory = context.directory.clone();
            parsed.facts.push(Fact::Tenant(TenantFact { tenant, directory }));
        }
        parsed
    }
}

/// Organisation and tenant in a URL of the vendor's cloud, the two segments before `orchestrator_`.
/// The URL of an installation on premises names no tenant.
fn tenant_in_url(url: &str) -> Option<String> {
    let (before, _) = url.split_once("/orchestrator_/")?;
    let mut segments = before.rsplit('/');
    let (tenant, organisation) = (segments.next()?, segments.next()?);
    let is_name = |segment: &str| !segment.is_empty() && !segment.contains([':', '.']);
    (is_name(tenant) && is_name(organisation))
        .then(|| format!("{organisation}/{tenant}").to_lowercase())
}

/// Reads the envelope of the client: a failure is a reply; a success is the row in `Data`.
fn read_envelope(members: &Members<'_>, context: &ReadContext, wrappers: usize) -> Parsed {
    if error_reply::is_failure(members) {
        return error_reply::read_failure(members, context);
    }
    let mut parsed = match members.object("Data") {
        Some(data) if wrappers > 0 => read_members(&data, context, wrappers - 1),
        _ => Parsed::default(),
    };
    if parsed.row_kind == RowKind::Other {
        parsed.row_kind = RowKind::Irrelevant;
    }
    parsed
}
