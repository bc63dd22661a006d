//! Texts that the product writes into logs, as lists. Imports nothing, so that every fact can use
//! them.

/// Classes and frames of the connector runtime. They are rare in healthy logs, so the prefilter
/// searches for them too: an Error record that shows one is judged even if no signature matches it.
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

/// Beginnings of product codes; a digit follows. The prefilter searches for them like [`FRAMES`].
pub(crate) const CODE_PREFIXES: &[&str] =
    &["DAP-GE-", "DAP-RT-", "AADSTS", "ErrorCode: \"CNS", "Error code: CNS", "\"code\":\"CNS"];

/// Further evidence that the prefilter does not search for: it is too common, or it hardly ever
/// occurs without a literal that is searched.
pub(crate) const CONTEXT_ONLY: &[&str] = &[
    "UiPath.BAF.",
    ".IntegrationService.Activities",
    "at ConnectorPersistenceActivity \"",
    "/elements_/",
    "/connections_/",
    "ConnectionServiceActivity",
    "Integration Service",
];

/// Beginnings of sentences of the activity packages. The text before one, up to a colon, is the
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
