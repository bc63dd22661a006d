//! The values that every text is searched for, whatever signature matches it: ids, host, status,
//! activity. An id is taken only from its own phrase: the GUID of a folder is never a connection,
//! and a GUID outside such a phrase is ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::model::knowledge::KNOWLEDGE;
use crate::model::{Guid, cut};
use crate::redact::redact;
use crate::rules::facts::field_patterns::FieldPatterns;
use crate::rules::facts::keywords::KeywordGroup;
use crate::rules::facts::stack::{activity_in_job_info, faulted_frame, is_workflow_file, workflow};
use crate::rules::facts::status;
use crate::rules::facts::views::MessageView;

/// The values in one text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Extract {
    pub connection: Option<Guid>,
    pub folder: Option<Guid>,
    pub connector: Option<String>,
    /// The host that could not be reached.
    pub host: Option<String>,
    pub status: Option<u16>,
    /// Id of the request or of its trace.
    pub request_id: Option<String>,
    /// Display name of the faulted activity.
    pub activity: Option<String>,
    /// Class of the faulted activity.
    pub class: Option<String>,
    pub workflow: Option<String>,
    /// Values of the signature pattern's other named groups.
    pub named: BTreeMap<String, String>,
}

/// Bytes around a captured value that are redacted with it: they may show that it is a secret.
const SECRET_CONTEXT: usize = 512;

/// Most bytes retained of a captured value: enough for a name, an address or a path.
const NAMED_LIMIT: usize = 120;

static CONNECTION: LazyLock<FieldPatterns> = LazyLock::new(|| {
    FieldPatterns::new(&KNOWLEDGE.fields.connection, Some(KeywordGroup::Connection))
});

static FOLDER: LazyLock<FieldPatterns> =
    LazyLock::new(|| FieldPatterns::new(&KNOWLEDGE.fields.folder, None));

static CONNECTOR: LazyLock<FieldPatterns> =
    LazyLock::new(|| FieldPatterns::new(&KNOWLEDGE.fields.connector, None));

static HOST: LazyLock<FieldPatterns> =
    LazyLock::new(|| FieldPatterns::new(&KNOWLEDGE.fields.host, Some(KeywordGroup::Host)));

static REQUEST: LazyLock<FieldPatterns> =
    LazyLock::new(|| FieldPatterns::new(&KNOWLEDGE.fields.request_id, Some(KeywordGroup::Request)));

/// Reads every value that is written in a fixed form.
pub(crate) fn extract(view: &MessageView<'_>) -> Extract {
    let has_guid = may_hold_guid(&view.text);
    let folder = has_guid.then(|| FOLDER.matches(&view.text).next()).flatten();
    let folder = folder.and_then(Guid::parse);
    let names_connection = has_guid && view.keywords.has_any(KeywordGroup::Connection);
    let frame = faulted_frame(view);
    Extract {
        connection: names_connection
            .then(|| connection(&view.text))
            .flatten()
            .filter(|id| Some(*id) != folder),
        folder,
        connector: CONNECTOR.matches(&view.text).next().map(str::to_string),
        host: HOST.gated_matches(&view.text, &view.keywords).find(is_host).map(str::to_string),
        status: status::status(&view.text, &view.keywords),
        request_id: REQUEST.gated_matches(&view.raw, &view.keywords).next().map(str::to_string),
        activity: frame
            .filter(is_display_name)
            .map(|(_, name)| name)
            .or_else(|| activity_in_job_info(view))
            .map(str::to_string),
        class: frame.map(|(class, _)| class.to_string()),
        workflow: workflow(view).map(str::to_string),
        named: BTreeMap::new(),
    }
}

/// False if a text holds no run of eight hex digits, and therefore no GUID. Of any eight bytes in
/// sequence one lies at index 7, 15, 23 …, so only those are inspected.
fn may_hold_guid(text: &str) -> bool {
    let hex = |byte: &&u8| byte.is_ascii_hexdigit();
    let bytes = text.as_bytes();
    let mut at = 7;
    while at < bytes.len() {
        if bytes[at].is_ascii_hexdigit() {
            let before = bytes[..at].iter().rev().take_while(hex).count();
            let after = bytes[at..].iter().take_while(hex).count();
            if before + after >= 8 {
                return true;
            }
        }
        at += 8;
    }
    false
}

/// The connection that a text names in its own phrase; nothing if the text names more than one.
pub(crate) fn connection(text: &str) -> Option<Guid> {
    let named: BTreeSet<Guid> = CONNECTION.matches(text).filter_map(Guid::parse).collect();
    named.first().copied().filter(|_| named.len() == 1)
}

/// True if a text names a connection's folder in its own phrase.
pub(crate) fn names_folder(text: &str) -> bool {
    FOLDER.matches(text).next().is_some()
}

/// False where the class stands in for a missing display name.
fn is_display_name((class, name): &(&str, &str)) -> bool {
    !name.is_empty() && name != class
}

/// `(Main.cs:120)` is a line of a file and `(Sequence:12)` a position in a workflow. .NET writes
/// hosts in lower case, so a name with a capital letter is a host only if it has a dot.
fn is_host(name: &&str) -> bool {
    !is_workflow_file(name)
        && (name.contains('.') || !name.bytes().any(|byte| byte.is_ascii_uppercase()))
}

/// True if redaction changes a part of a text. The surrounding text is redacted with it, since the
/// value alone does not show that it follows "password=".
fn is_secret(text: &str, part: Range<usize>) -> bool {
    let start = part.start.saturating_sub(SECRET_CONTEXT);
    let start = (start..=part.start).find(|i| text.is_char_boundary(*i)).unwrap_or(part.start);
    let around = cut(&text[start..], part.end - start + SECRET_CONTEXT);
    !redact(around).contains(&text[part])
}

impl Extract {
    /// Adds the values of the signature pattern's named groups; they replace values that were read
    /// before. A group that holds a secret is left out.
    pub fn apply_groups(&mut self, pattern: &Regex, captures: &Captures<'_>, text: &str) {
        for name in pattern.capture_names().flatten() {
            let Some(group) = captures.name(name).filter(|group| !group.is_empty()) else {
                continue;
            };
            let value = group.as_str();
            if is_secret(text, group.range()) {
                continue;
            }
            let owned = Some(value.to_string());
            match name {
                "connection" => self.connection = Guid::parse(value).or(self.connection),
                "folder" => self.folder = Guid::parse(value).or(self.folder),
                "status" => self.status = status::parse(value).or(self.status),
                "connector" => self.connector = owned,
                "host" => self.host = owned,
                "request_id" => self.request_id = owned,
                "activity" => self.activity = owned,
                other => {
                    self.named.insert(other.to_string(), cut(value, NAMED_LIMIT).to_string());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::facts::views::views;
    use crate::search::static_regex;

    const ID: &str = "5f0e7d6c-1111-4222-8333-0123456789ab";

    fn read(text: &str) -> Extract {
        extract(&views(text)[0])
    }

    #[test]
    fn a_connection_is_read_in_every_form() {
        for text in [
            format!("Connection [{ID}] is invalid"),
            format!("connection '{}' is on", ID.to_uppercase()),
            format!("in [Connection: {ID}] Error"),
            format!("with the specified Id '{ID}'."),
            format!("DELETE /connections/{}: 400", ID.replace('-', "")),
            format!(r#"{{\"connectionId\":\"{ID}\"}}"#),
            format!("Connection \u{201c}{{{ID}}}\u{201d} is"),
        ] {
            assert_eq!(read(&text).connection, Guid::parse(ID), "{text}");
        }
    }

    #[test]
    fn a_guid_outside_its_phrase_is_ignored() {
        for text in [
            format!("(Folder: {ID})"),
            format!("Trigger [{ID}] is invalid or you do not have access"),
            format!("Folder '{ID}' of connection"),
            "Connection [00000000-0000-0000-0000-000000000000] is invalid".to_string(),
            "Connection [sql-main] is invalid".to_string(),
            format!("Connection [{ID}] or Connection [b7a1c2d3-2222-4333-8444-abcdef012345]"),
            format!("Connection [{ID}] (Folder: {ID})"),
        ] {
            assert_eq!(read(&text).connection, None, "{text}");
        }
        assert_eq!(read(&format!("x (Folder: {ID}) y")).folder, Guid::parse(ID));
    }

    #[test]
    fn the_top_level_request_id_wins() {
        let text = "Request failed\nProviderMessage : code - x, requestId - inner0000001, RequestId: inner0000002\nProviderErrorCode : 403\nRequestId : 66aa0b1c2d3e4f5061728394\nMessage : Forbidden";
        assert_eq!(read(text).request_id.as_deref(), Some("66aa0b1c2d3e4f5061728394"));
        let text = r#"[ErrorCode: "CNS1008", TraceId: "0123456789abcdef0123456789abcdef"]"#;
        assert_eq!(read(text).request_id.as_deref(), Some("0123456789abcdef0123456789abcdef"));
    }

    #[test]
    fn host_connector_activity_and_file() {
        let extract = read(
            "x: そのようなホストは不明です。 (cloud.example.com:443) Connector [acme-crm] is invalid\r\nin Main.xaml\r\n    at ConnectorActivity \"List\"\r\n    at Main \"Main\"\r\n   at A.B() (Main.cs:120)",
        );
        assert_eq!(extract.host.as_deref(), Some("cloud.example.com"));
        assert_eq!(extract.connector.as_deref(), Some("acme-crm"));
        assert_eq!(extract.activity.as_deref(), Some("List"));
        assert_eq!(extract.class.as_deref(), Some("ConnectorActivity"));
        assert_eq!(extract.workflow.as_deref(), Some("Main.xaml"));
        assert_eq!(read("x\n  at ConnectorActivity \"ConnectorActivity\"").activity, None);
        let host = |text: &str| read(text).host;
        assert_eq!(host("at Main (Sequence:12): no such host (gw:443)").as_deref(), Some("gw"));
        assert_eq!(host("at Main (Sequence:12)"), None);
    }

    #[test]
    fn a_named_group_never_returns_a_secret() {
        let named = |text: &str| {
            let pattern = static_regex(r"(?:password|address)=(?<what>\S+) at (?<host>\S+)");
            let mut extract = read(text);
            extract.apply_groups(&pattern, &pattern.captures(text).unwrap(), text);
            (extract.named.get("what").cloned(), extract.host)
        };
        let host = Some("a.example.com".to_string());
        assert_eq!(named("接password=hunter2-Zx9 at a.example.com"), (None, host.clone()));
        let address = Some("192.0.2.7".to_string());
        assert_eq!(named("address=192.0.2.7 at a.example.com"), (address, host));
    }
}
