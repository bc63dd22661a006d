//! Reads inventories: folders and connections as the API and the client list them. Names are not
//! resolved here; `correlate` does that.

use crate::format::fields::members::Members;
use crate::format::fields::read_context::ReadContext;
use crate::format::fields::{log_row, timestamp};
use crate::format::parsed::{Parsed, RowKind};
use crate::model::{ConnectionFact, Fact, FolderRef, Instant, RecordTime};

/// True for a folder: OData (`FullyQualifiedName`) or the client's two forms (`Path`).
pub fn is_folder(members: &Members<'_>) -> bool {
    let has_id = members.first("Key").is_some() || members.first("Id").is_some();
    let has_path = members.first("Path").is_some()
        && (members.first("ParentKey").is_some() || members.first("Type").is_some());
    has_id && (members.has("FullyQualifiedName") || has_path)
}

pub fn read_folder(members: &Members<'_>, context: &ReadContext) -> Parsed {
    let mut parsed = Parsed { row_kind: RowKind::Folder, ..Parsed::default() };
    let folder = FolderRef {
        id: members.number(&["Id", "ID"]),
        key: members.guid(&["Key"]),
        path: members.text(&["FullyQualifiedName", "Path"]),
    };
    let name = members.text(&["DisplayName", "Name"]);
    log_row::add_folder_fact(&folder, name, context, &mut parsed.facts);
    parsed
}

/// True for a connection: the client's row (`ConnectorKey`), the API's entity (`connector`
/// object), or the body of a ping.
pub fn is_connection(members: &Members<'_>) -> bool {
    let has_name = members.first("Name").is_some() || members.first("ConnectorName").is_some();
    let is_entity = members.first("connector").is_some_and(|c| c.get().starts_with('{'));
    members.first("Id").is_some()
        && (has_name && members.first("ConnectorKey").is_some() || is_entity)
        || members.first("ConnectionId").is_some()
            && members.first("Status").is_some()
            && members.first("Level").is_none()
}

pub fn read_connection(members: &Members<'_>, context: &ReadContext) -> Parsed {
    let mut parsed = Parsed { row_kind: RowKind::Connection, ..Parsed::default() };
    parsed.facts.extend(connection_fact(members, context).map(Fact::Connection));
    parsed
}

/// The statement of an object about a connection; `None` if it contains no connection id.
pub fn connection_fact(members: &Members<'_>, context: &ReadContext) -> Option<ConnectionFact> {
    let connection = members.guid(&["ConnectionId"]).or_else(|| members.guid(&["Id"]))?;
    let connector = members.object("connector");
    let folder = members.object("folder");
    let inside =
        |object: &Option<Members<'_>>, keys: &[&str]| object.as_ref().and_then(|o| o.text(keys));
    Some(ConnectionFact {
        connection,
        name: members.text(&["Name"]),
        connector: members.text(&["ConnectorKey"]).or_else(|| inside(&connector, &["key"])),
        connector_name: members.text(&["ConnectorName"]).or_else(|| inside(&connector, &["name"])),
        folder: members
            .guid(&["FolderKey"])
            .or_else(|| folder.as_ref().and_then(|f| f.guid(&["key"]))),
        folder_name: members
            .text(&["Folder"])
            .or_else(|| inside(&folder, &["fullyQualifiedName", "displayName", "name"])),
        state: members.text(&["State", "Status"]),
        updated: members
            .text(&["Updated", "updateTime"])
            .and_then(|t| timestamp::read_time(&t, &context.times))
            .map(|time: RecordTime| -> Instant { time.at }),
        directory: context.directory.clone(),
        is_global: context.is_global,
    })
}
