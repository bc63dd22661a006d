//! The keys that mark rows with facts. The prefilter searches raw blocks for them, independently of the
//! signatures.

/// Keys under which exports name jobs, folders and connections, and the link to the next page.
pub const FACT_KEYS: &[&str] = &[
    "ResourceOverwrites",
    "FullyQualifiedName",
    "ConnectorKey",
    "FullFolderPath",
    "ConnectionId",
    "@odata.context",
    "@odata.nextLink",
];
