//! Keys by which raw blocks are searched for rows that name things, whatever the signatures are.

/// Keys under which exports name jobs, folders and connections, and say that there is more.
pub const FACT_KEYS: &[&str] = &[
    "ResourceOverwrites",
    "FullyQualifiedName",
    "ConnectorKey",
    "FullFolderPath",
    "ConnectionId",
    "@odata.nextLink",
];
