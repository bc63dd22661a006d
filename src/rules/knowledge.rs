//! What the product writes into logs, as lists. Imports nothing, so that every fact can use it.

/// Classes and frames of the connector runtime. Rare in healthy logs, so they are searched in raw
/// blocks too: an Error record that shows one is looked at even if no signature takes it.
pub(crate) const FRAMES: &[&str] = &[
    "UiPath.IntegrationService.",
    "UiPath.ConnectionClient.",
    "UiPath.IntegrationCore.",
    "at ConnectorActivity",
    "at ConnectorHttpActivity",
    "at ConnectorTriggerActivity",
    "Office365Exception",
    "GSuiteException",
];

/// How codes of the products begin; a digit follows. Searched in raw blocks like [`FRAMES`].
pub(crate) const CODE_PREFIXES: &[&str] =
    &["DAP-GE-", "DAP-RT-", "AADSTS", "ErrorCode: \"CNS", "Error code: CNS", "\"code\":\"CNS"];

/// Further evidence, too common or too rarely alone to be searched in raw blocks.
pub(crate) const QUIET: &[&str] = &[
    "UiPath.BAF.",
    ".IntegrationService.Activities",
    "at ConnectorPersistenceActivity \"",
    "/elements_/",
    "/connections_/",
    "ConnectionServiceActivity",
    "Integration Service",
];

/// How sentences of the activity packages begin. What stands before one, up to a colon, is the
/// display name of the activity.
pub(crate) const OPENINGS: &[&str] = &[
    "Failed to retrieve connection.",
    "Connection [",
    "Connection '",
    "Connection is disabled.",
    "Connection ID is empty.",
    "Could not obtain access token.",
    "Could not obtain user token.",
    "Request failed with error:",
    "The selected connection is no longer valid.",
    "Unable to find a connection of type",
];
