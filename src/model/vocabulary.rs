//! The closed vocabularies of the contract: category, severity, owner, surface, confidence,
//! attribution. Each term is stored and printed exactly as written here; translations are made by
//! `report`.

macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $term:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $term)] $variant),+ }

        impl $name {
            /// In the order of the definition.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $term),+ }
            }

            /// Accepts the exact term only.
            pub fn parse(term: &str) -> Option<$name> {
                match term { $($term => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use vocabulary;

vocabulary! {
    /// What kind of failure it is. `neighbour-*` and `provider-request` are listed apart and are
    /// never incidents.
    Category {
        /// The runner lacks a permission or scope on the connection.
        Permission = "permission",
        /// The connection id does not resolve.
        NotFound = "not-found",
        /// The connection exists but is disabled or locked out.
        Disabled = "disabled",
        /// The grant expired, was revoked or needs re-authentication.
        AuthExpired = "auth-expired",
        /// Wrong secret, key, user or password.
        AuthCredentials = "auth-credentials",
        /// Scope, consent or app permission.
        AuthConsent = "auth-consent",
        /// Conditional access, MFA, admin or session policy.
        AuthPolicy = "auth-policy",
        /// Wrong account, usually through single sign-on.
        IdentityMismatch = "identity-mismatch",
        /// A host name cannot be resolved.
        NetworkDns = "network-dns",
        /// No path to the host.
        NetworkConnect = "network-connect",
        /// TLS trust or handshake.
        NetworkTls = "network-tls",
        /// A proxy refuses or breaks the request.
        NetworkProxy = "network-proxy",
        /// The target answered but refuses the source address.
        IpAllowlist = "ip-allowlist",
        /// The third party or the platform throttles requests.
        RateLimit = "rate-limit",
        /// 5xx of the third party.
        ProviderOutage = "provider-outage",
        /// 400/404/409/422 of the third party; the connection is healthy. A neighbour.
        ProviderRequest = "provider-request",
        /// UiPath side: token, dependency, connector deployment.
        Platform = "platform",
        /// A policy of Automation Ops forbids it.
        Governance = "governance",
        /// An event trigger cannot run or be managed.
        Trigger = "trigger",
        /// Create or delete of a connection refused.
        Lifecycle = "lifecycle",
        /// The activity has no connection bound.
        Binding = "binding",
        /// Event callback noise. A neighbour.
        EventCallback = "event-callback",
        /// An Orchestrator folder is missing or not accessible (1100, 1101).
        NeighbourFolder = "neighbour-folder",
        /// Robot not authenticated at Orchestrator.
        NeighbourRobotAuth = "neighbour-robot-auth",
        /// An account lacks a permission in Orchestrator.
        NeighbourPermission = "neighbour-permission",
        /// An asset is missing or has no value.
        NeighbourAsset = "neighbour-asset",
        /// A credential store does not answer.
        NeighbourCredential = "neighbour-credential",
        /// A queue or queue item cannot be used.
        NeighbourQueue = "neighbour-queue",
        /// Network without evidence of Integration Service.
        NeighbourNetwork = "neighbour-network",
        /// A robot, machine or session is not available.
        NeighbourRobot = "neighbour-robot",
        /// A licence is missing or used up.
        NeighbourLicense = "neighbour-license",
        /// A database activity fails.
        NeighbourDatabase = "neighbour-database",
        /// UI automation fails.
        NeighbourUi = "neighbour-ui",
        /// A UiPath app fails.
        NeighbourApps = "neighbour-apps",
        /// The user's own HTTP request.
        NeighbourHttp = "neighbour-http",
        /// A mail server refuses or does not answer.
        NeighbourMail = "neighbour-mail",
        /// A solution cannot be deployed.
        NeighbourSolution = "neighbour-solution",
        /// A symptom of repeated faults; counted, never an incident.
        NeighbourMeta = "neighbour-meta",
    }
}

impl Category {
    /// True if records of this category are listed under `neighbours` and never as incidents.
    pub fn is_neighbour(self) -> bool {
        matches!(self, Category::ProviderRequest | Category::EventCallback)
            || self.as_str().starts_with("neighbour-")
    }

    /// True for failures on the network path from the robot or browser to a host.
    pub fn is_network(self) -> bool {
        self.as_str().starts_with("network-")
    }
}

vocabulary! {
    /// How bad. The order is worst first, so that sorting and `min` mean "worst".
    Severity {
        Critical = "critical",
        /// Jobs fail until somebody acts.
        High = "high",
        /// Some of the jobs fail.
        Medium = "medium",
        /// Worth knowing, for example because every job recovered.
        Low = "low",
    }
}

vocabulary! {
    /// Who has to act.
    Owner {
        /// Administrator of the customer's own identity or target application.
        CustomerAdmin = "customer-admin",
        /// Administrator of the Orchestrator folder.
        FolderAdmin = "folder-admin",
        /// Whoever owns the connection.
        ConnectionOwner = "connection-owner",
        /// Developer of the automation.
        Developer = "developer",
        /// The third party that runs the service.
        Provider = "provider",
        Uipath = "uipath",
        NetworkTeam = "network-team",
    }
}

vocabulary! {
    /// Where the failure shows.
    Surface {
        Runtime = "runtime",
        Trigger = "trigger",
        /// Creating or editing a connection.
        Design = "design",
        /// A reply to an administrator's call.
        Admin = "admin",
    }
}

vocabulary! {
    /// How sure a text is what the signature says.
    Confidence {
        /// Codes or captured wording.
        High = "high",
        /// Wording from the documentation.
        Medium = "medium",
        /// Plausible wording that nobody captured.
        Low = "low",
    }
}

vocabulary! {
    /// The rung of the ladder that named the connection; the order is best first.
    Attribution {
        /// The id stands in the record's own phrase.
        Exact = "exact",
        /// The job's bindings name one.
        JobBinding = "job-binding",
        /// A trace of the same job and activity shows it.
        Trace = "trace",
        /// The same process, workflow and activity was seen with an exact id elsewhere.
        Learned = "learned",
        /// The activity names its connector and one known connection fits.
        Inventory = "inventory",
        /// Several connections fit.
        Ambiguous = "ambiguous",
        /// Nothing names a connection.
        Unattributed = "unattributed",
    }
}

vocabulary! {
    /// What became of an incident since earlier runs; the order is that of reports.
    #[derive(Default)]
    IncidentState {
        /// No earlier run reported it, or there is no state.
        #[default]
        New = "new",
        /// It failed again after it was resolved.
        Regressed = "regressed",
        /// Clearly more failures than usual.
        Escalating = "escalating",
        /// It failed again, or the last failure is less than a day old.
        Ongoing = "ongoing",
        /// No failure for a day, and nothing proves a repair.
        Quiet = "quiet",
        /// A success or a long enough time without a failure proves the repair.
        Resolved = "resolved",
        /// Silenced by a user until a date.
        Muted = "muted",
    }
}

impl IncidentState {
    /// True unless the incident is resolved, muted or quiet.
    pub fn is_open(self) -> bool {
        !matches!(self, IncidentState::Quiet | IncidentState::Resolved | IncidentState::Muted)
    }
}

vocabulary! {
    /// What names the folder in which a job ran, the most reliable first.
    FolderSource {
        /// The log row itself.
        Record = "record",
        /// The row of its job.
        Job = "job",
        /// The path of the source.
        Path = "path",
        /// An option of the user.
        Option = "option",
        Unknown = "unknown",
    }
}

vocabulary! {
    /// What names the folder that contains a connection, the most reliable first.
    ConnectionFolderSource {
        /// The message of the failure.
        Message = "message",
        /// An inventory of connections.
        Inventory = "inventory",
        /// The binding of a job.
        JobBinding = "job-binding",
        Unknown = "unknown",
    }
}

vocabulary! {
    /// What the occurrences of an incident share besides the signature.
    GroupKey {
        Connection = "connection",
        /// The folder that the messages name as that of the connection.
        ConnectionFolder = "connection-folder",
        /// Process, activity and job folder.
        Step = "step",
    }
}
