//! What is read out of a text without being asked for. An id is taken only from its own phrase: a
//! folder's GUID is never a connection, and a GUID standing alone is nobody's.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use regex::{Captures, Regex};

use crate::model::{Guid, cut};
use crate::redact::redact;
use crate::rules::facts::keywords::KeywordGroup;
use crate::rules::facts::stack::{faulted, named_by_job, workflow};
use crate::rules::facts::status;
use crate::rules::facts::views::MessageView;
use crate::search::{GUID, StaticRegex, all_captures, captures, static_regex};

/// What one record says about itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Extract {
    /// Connection id.
    pub connection: Option<Guid>,
    /// The connection's folder.
    pub folder: Option<Guid>,
    /// Connector key.
    pub connector: Option<String>,
    /// Host that could not be reached.
    pub host: Option<String>,
    /// HTTP status.
    pub status: Option<u16>,
    /// Request or trace id.
    pub request_id: Option<String>,
    /// Display name of the faulted activity.
    pub activity: Option<String>,
    /// Its class.
    pub class: Option<String>,
    /// Workflow file.
    pub workflow: Option<String>,
    /// What else the signature's pattern names.
    pub named: BTreeMap<String, String>,
}

/// Bytes around what a pattern names that may show it to be a secret.
const SECRET_CONTEXT: usize = 512;

/// Most bytes kept of what a pattern names: a name, an address or a path, never a page.
const NAMED_LIMIT: usize = 120;

static CONNECTION: LazyLock<Vec<StaticRegex>> = LazyLock::new(|| {
    [
        format!(r#"(?i)(?:(?-u:\b)connection|コネクション|接続) ?(?:\[|\\*["']) ?({GUID}) ?(?:\]|\\*["'])"#),
        format!(r"(?i)\[connection: ?({GUID})"),
        format!(r#"(?i)specified id ?\\*["']({GUID})"#),
        format!(r"(?i)/connections/({GUID})"),
        format!(r#"(?i)(?-u:\b)connection[ _]?id\\*["']? ?[:=]? ?\\*["'\[]?({GUID})"#),
    ]
    .map(StaticRegex::new)
    .into()
});

static FOLDER: LazyLock<Regex> = LazyLock::new(|| {
    static_regex(&format!(r"(?i)[(（](?:folder|フォルダー?) ?[:：] ?({GUID}) ?[)）]"))
});

static CONNECTOR: LazyLock<Regex> =
    LazyLock::new(|| static_regex(r"(?-u:\b)Connector \[([a-z][a-z0-9]*(?:-[a-z0-9]+)+)\]"));

/// With each what a text must hold for it.
static HOST: LazyLock<Vec<(HostGate, StaticRegex)>> = LazyLock::new(|| {
    [
        (HostGate::Port, r"\(([A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*):[0-9]{2,5}\)"),
        // The .NET Framework names the host behind its sentence, in whatever language.
        (
            HostGate::Sentence,
            r"(?:resolved|解決できませんでした|aufgelöst werden|être résolu|nombre remoto|ser resolvido|远程名称|확인할 수 없습니다)[。.]? ?[:：] ?'([A-Za-z0-9][A-Za-z0-9.-]*)'",
        ),
        (HostGate::Port, r"(?-u:\b)([0-9]{1,3}(?:\.[0-9]{1,3}){3}):[0-9]{2,5}(?-u:\b)"),
        (
            HostGate::Address,
            r"(?:Request URL:|(?-u:\b)(?:GET|POST|PUT|PATCH|DELETE)) https?://([A-Za-z0-9][A-Za-z0-9.-]*)",
        ),
    ]
    .map(|(needs, pattern)| (needs, StaticRegex::new(pattern)))
    .into()
});

static SCHEME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("://"));

/// What a pattern of a host cannot do without.
#[derive(Clone, Copy)]
enum HostGate {
    /// `:443`.
    Port,
    /// One of the sentences of [`KeywordGroup::Host`].
    Sentence,
    /// `://`.
    Address,
}

/// The id of a request on a line of its own is the service's; the ones inside `ProviderMessage`
/// are the provider's and come last.
static REQUEST: LazyLock<Vec<StaticRegex>> = LazyLock::new(|| {
    [
        r"(?m)^\s*RequestId\s*[:=]\s*([0-9A-Za-z-]{8,})",
        r"(?-u:\b)RequestId\s*[:=]\s*([0-9A-Za-z-]{8,})",
        r#"(?i)\\*"requestId\\*"\s*:\s*\\*"([0-9A-Za-z-]{8,})"#,
        r#"(?-u:\b)[Tt]raceId\\*"?\s*[:=]\s*\\*"?([0-9a-f]{32}|00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9]{2})(?-u:\b)"#,
        r"(?-u:\b)Trace ID\s*:\s*([0-9A-Fa-f-]{36})(?-u:\b)",
    ]
    .map(StaticRegex::new)
    .into()
});

/// Reads everything that has a fixed dress.
pub(crate) fn extract(view: &MessageView<'_>) -> Extract {
    let ids = holds_id(&view.text);
    let folder = if ids { first(&FOLDER, &view.text).and_then(Guid::parse) } else { None };
    let named = ids && view.signs.has_any(KeywordGroup::Connection);
    let frame = faulted(view);
    Extract {
        connection: named
            .then(|| connection(&view.text))
            .flatten()
            .filter(|id| Some(*id) != folder),
        folder,
        connector: first(&CONNECTOR, &view.text).map(str::to_string),
        host: host(view).map(str::to_string),
        status: status::status(&view.text, &view.signs),
        request_id: request(view).map(str::to_string),
        activity: frame
            .filter(is_display_name)
            .map(|(_, name)| name)
            .or_else(|| named_by_job(view))
            .map(str::to_string),
        class: frame.map(|(class, _)| class.to_string()),
        workflow: workflow(view).map(str::to_string),
        named: BTreeMap::new(),
    }
}

fn host<'v>(view: &'v MessageView<'_>) -> Option<&'v str> {
    let text = &view.text;
    let holds = |needs: &HostGate| match needs {
        HostGate::Port => holds_port(text),
        HostGate::Sentence => view.signs.has_any(KeywordGroup::Host),
        HostGate::Address => SCHEME.find(text.as_bytes()).is_some(),
    };
    HOST.iter().filter(|(needs, _)| holds(needs)).find_map(|(_, pattern)| {
        let names = all_captures(pattern.get(), text).filter_map(|found| found.get(1));
        names.map(|name| name.as_str()).find(is_host)
    })
}

/// True if two digits stand behind a colon.
fn holds_port(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b':', bytes).any(|at| {
        bytes[at + 1..].len() >= 2 && bytes[at + 1..at + 3].iter().all(u8::is_ascii_digit)
    })
}

fn request<'v>(view: &'v MessageView<'_>) -> Option<&'v str> {
    let asked = view.signs.has_any(KeywordGroup::Request);
    REQUEST.iter().filter(|_| asked).find_map(|pattern| first(pattern.get(), &view.raw))
}

/// True if a text may hold a GUID: one of any eight bytes of its first part stands at a multiple of
/// eight, with hex digits around it.
fn holds_id(text: &str) -> bool {
    let hex = |byte: &&u8| byte.is_ascii_hexdigit();
    let bytes = text.as_bytes();
    let mut at = 7;
    while at < bytes.len() {
        if bytes[at].is_ascii_hexdigit() {
            let before = bytes[..at].iter().rev().take_while(hex).count();
            let behind = bytes[at..].iter().take_while(hex).count();
            if before + behind >= 8 {
                return true;
            }
        }
        at += 8;
    }
    false
}

fn first<'t>(pattern: &Regex, text: &'t str) -> Option<&'t str> {
    captures(pattern, text)?.get(1).map(|group| group.as_str())
}

/// The connection a text names in its own phrase. A text that names two names none for certain.
pub(crate) fn connection(text: &str) -> Option<Guid> {
    let named: BTreeSet<Guid> = CONNECTION
        .iter()
        .flat_map(|pattern| all_captures(pattern.get(), text))
        .filter_map(|found| Guid::parse(found.get(1)?.as_str()))
        .collect();
    named.first().copied().filter(|_| named.len() == 1)
}

/// True if a text names a connection's folder in its own phrase.
pub(crate) fn names_folder(text: &str) -> bool {
    FOLDER.is_match(text)
}

/// An activity that nobody named shows its class instead.
fn is_display_name((class, name): &(&str, &str)) -> bool {
    !name.is_empty() && name != class
}

/// `(Main.cs:120)` is a place in a file, `(Sequence:12)` one in a workflow: .NET writes the hosts of
/// addresses in lower case, so a capital shows a host only in a name with dots.
fn is_host(name: &&str) -> bool {
    let file = name.ends_with(".xaml") || name.ends_with(".cs");
    !file && (name.contains('.') || !name.bytes().any(|byte| byte.is_ascii_uppercase()))
}

/// True if redaction takes something out of a part of a text: a value alone does not show that
/// "password=" stood before it.
fn is_secret(text: &str, part: Range<usize>) -> bool {
    let start = part.start.saturating_sub(SECRET_CONTEXT);
    let start = (start..=part.start).find(|at| text.is_char_boundary(*at)).unwrap_or(part.start);
    let around = cut(&text[start..], part.end - start + SECRET_CONTEXT);
    // What the redacted text still holds, nothing was taken out of.
    !redact(around).contains(&text[part])
}

impl Extract {
    /// Named groups of the signature's own pattern add to and correct what was read.
    pub fn correct(&mut self, pattern: &Regex, found: &Captures<'_>, text: &str) {
        for name in pattern.capture_names().flatten() {
            let Some(group) = found.name(name).filter(|group| !group.is_empty()) else { continue };
            let value = group.as_str();
            if is_secret(text, group.range()) {
                continue;
            }
            let text = Some(value.to_string());
            match name {
                "connection" => self.connection = Guid::parse(value).or(self.connection),
                "folder" => self.folder = Guid::parse(value).or(self.folder),
                "status" => self.status = status::parse(value).or(self.status),
                "connector" => self.connector = text,
                "host" => self.host = text,
                "request_id" => self.request_id = text,
                "activity" => self.activity = text,
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

    const ID: &str = "5f0e7d6c-1111-4222-8333-0123456789ab";

    fn read(text: &str) -> Extract {
        extract(&views(text)[0])
    }

    #[test]
    fn a_connection_in_every_dress() {
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
    fn a_guid_out_of_its_phrase_is_nobodys() {
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
        let read = read(
            "x: そのようなホストは不明です。 (cloud.example.com:443) Connector [acme-crm] is invalid\r\nin Main.xaml\r\n    at ConnectorActivity \"List\"\r\n    at Main \"Main\"\r\n   at A.B() (Main.cs:120)",
        );
        assert_eq!(read.host.as_deref(), Some("cloud.example.com"));
        assert_eq!(read.connector.as_deref(), Some("acme-crm"));
        assert_eq!(read.activity.as_deref(), Some("List"));
        assert_eq!(read.class.as_deref(), Some("ConnectorActivity"));
        assert_eq!(read.workflow.as_deref(), Some("Main.xaml"));
        assert_eq!(self::read("x\n  at ConnectorActivity \"ConnectorActivity\"").activity, None);
        let host = |text: &str| self::read(text).host;
        assert_eq!(host("at Main (Sequence:12): no such host (gw:443)").as_deref(), Some("gw"));
        assert_eq!(host("at Main (Sequence:12)"), None);
    }

    #[test]
    fn a_pattern_names_no_secret() {
        let named = |text: &str| {
            let pattern = static_regex(r"(?:password|address)=(?<what>\S+) at (?<host>\S+)");
            let mut read = read(text);
            read.correct(&pattern, &pattern.captures(text).unwrap(), text);
            (read.named.get("what").cloned(), read.host)
        };
        let host = Some("a.example.com".to_string());
        assert_eq!(named("接password=hunter2-Zx9 at a.example.com"), (None, host.clone()));
        let address = Some("192.0.2.7".to_string());
        assert_eq!(named("address=192.0.2.7 at a.example.com"), (address, host));
    }
}
