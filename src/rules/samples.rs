//! A small rule set for tests, independent of the built-in one.

use crate::rules::rule_set::RuleSet;

/// A file with one signature.
pub const VIEW_DENIED: &str = r#"
[[signature]]
id = "conn-view-denied"
title = { en = "View denied", ja = "権限なし" }
category = "permission"
severity = "high"
owner = "folder-admin"
surface = "runtime"
confidence = "high"
since = "0.1.0"
rank = 85
[[signature.when]]
anchors = ["does not have the Connections.View permission", "does not have Connections.View permission"]
[[signature.when]]
anchors = ["接続フォルダーに対する Connections.View 権限がありません"]
[[signature.when]]
anchors = ["CNS1045"]
regex = '(?i)forbidden|permission'
[signature.veto]
any = ["granted permission"]
[signature.remedy]
summary = { en = "Grant it.", ja = "付与します。" }
[[signature.example]]
text = "Post Invoice: Failed to retrieve connection. Consider using a different connection. - The robot does not have the Connections.View permission in the folder where this connection lives. (Folder: 3b0c5d1e-7a24-4c9b-8f10-9a6b2c3d4e5f) Error code: DAP-GE-3000."
expect = { folder = "3b0c5d1e-7a24-4c9b-8f10-9a6b2c3d4e5f", codes = "DAP-GE-3000", activity = "Post Invoice" }
[[signature.example]]
text = "User '4411' does not have Connections.View permissions in [Connection: 5f0e7d6c-1111-4222-8333-0123456789ab] Error code: DAP-GE-3000."
expect = { connection = "5f0e7d6c-1111-4222-8333-0123456789ab" }
[[signature.example]]
text = "ユーザーは、接続フォルダーに対する Connections.View 権限がありません。"
[[signature.example]]
text = '[StatusCode: Forbidden, ErrorCode: "CNS1045", ErrorReason: "no permission"]'
expect = { codes = "CNS1045", status = "403" }
[[signature.counterexample]]
text = "Role Viewer permissions: Assets.View, Connections.View, Jobs.View"
[[signature.counterexample]]
text = "Audit: granted permission, the robot does not have the Connections.View permission any longer without it"
[[signature.counterexample]]
text = "Note: the robot does not have the Connections.View permission"
level = "Info"
is = "mention"
"#;

/// A file with the other signatures and the cause rules.
pub const OTHERS: &str = r#"
[[signature]]
id = "conn-not-found"
title = { en = "Not found", ja = "見つかりません" }
category = "not-found"
severity = "high"
owner = "connection-owner"
surface = "runtime"
confidence = "high"
since = "0.1.0"
rank = 80
[[signature.when]]
anchors = ["is invalid or you do not have access to it"]
regex = '(?i)Connection \[(?P<connection>[0-9a-f-]{36})\] is invalid or you do not have access'
[signature.remedy]
summary = { en = "Rebind it.", ja = "再設定します。" }
[[signature.example]]
text = "Read Mailbox: Connection [5f0e7d6c-1111-4222-8333-0123456789ab] is invalid or you do not have access to it"
expect = { connection = "5f0e7d6c-1111-4222-8333-0123456789ab", activity = "Read Mailbox" }
[[signature.example]]
text = "Connection [5F0E7D6C-1111-4222-8333-0123456789AB] is invalid or you do not have access to it Error code: DAP-GE-3000."
expect = { connection = "5f0e7d6c-1111-4222-8333-0123456789ab" }
[[signature.counterexample]]
text = "Either the path '/x' is invalid or you do not have access to it."

[[signature]]
id = "conn-resolve-unknown"
title = { en = "Unknown", ja = "不明" }
category = "not-found"
severity = "high"
owner = "connection-owner"
surface = "runtime"
confidence = "high"
since = "0.1.0"
rank = 40
generic = true
[[signature.when]]
anchors = ["DAP-GE-3000"]
[signature.remedy]
summary = { en = "Look.", ja = "確認します。" }
[[signature.example]]
text = "Failed to retrieve connection. Error code: DAP-GE-3000."
[[signature.example]]
text = "x DAP-GE-3000"
[[signature.counterexample]]
text = "DAP-GE-30001 or Error code: 3000"

[[signature]]
id = "conn-token-remote"
title = { en = "Token", ja = "トークン" }
category = "auth-expired"
severity = "high"
owner = "connection-owner"
surface = "runtime"
confidence = "high"
since = "0.1.0"
rank = 80
category_from_cause = true
[[signature.when]]
anchors = ["Could not obtain access token."]
context = "record"
[signature.remedy]
summary = { en = "Sign in again.", ja = "再認証します。" }
[[signature.example]]
text = """Approve PO: Could not obtain access token. (invalid_grant)
in Main.xaml
    at ConnectorActivity "Approve PO"
"""
expect = { activity = "Approve PO", cause = "invalid_grant", category = "auth-expired" }
[[signature.example]]
text = "UiPath.IntegrationService.X: Could not obtain access token. AADSTS50020: x"
expect = { cause = "AADSTS50020", category = "identity-mismatch" }
[[signature.counterexample]]
text = "HTTP Request: Could not obtain access token. (invalid_grant)"

[[signature]]
id = "is-endpoint-unreachable"
title = { en = "Unreachable", ja = "到達不能" }
category = "network-connect"
severity = "high"
owner = "network-team"
surface = "runtime"
confidence = "high"
since = "0.1.0"
rank = 85
category_from_cause = true
[[signature.when]]
anchors = ["DAP-RT-1103"]
[signature.remedy]
summary = { en = "Open the way.", ja = "経路を確認します。" }
[[signature.example]]
text = "List Records: そのようなホストは不明です。 (cloud.example.com:443) Error code: DAP-RT-1103."
expect = { cause = "net-dns", category = "network-dns", host = "cloud.example.com", activity = "List Records" }
[[signature.example]]
text = "x Error code: DAP-RT-1103."
expect = { category = "network-connect" }
[[signature.counterexample]]
text = "DAP-RT-11030"

[[signature]]
id = "net-dns"
title = { en = "DNS", ja = "名前解決" }
category = "network-dns"
severity = "medium"
owner = "network-team"
surface = "runtime"
confidence = "high"
since = "0.1.0"
rank = 60
[[signature.when]]
anchors = ["No such host is known", "そのようなホストは不明です"]
context = "job"
[signature.remedy]
summary = { en = "Repair DNS.", ja = "DNS を確認します。" }
[[signature.example]]
text = "No such host is known. (db.example.com:1433)"
expect = { category = "network-dns", host = "db.example.com" }
[[signature.example]]
text = "そのようなホストは不明です。"
[[signature.counterexample]]
text = "List Records: No such host is known. Error code: DAP-RT-1103."
is = "is-endpoint-unreachable"

[[signature]]
id = "provider-403"
title = { en = "403", ja = "403" }
category = "auth-consent"
severity = "high"
owner = "connection-owner"
surface = "runtime"
confidence = "high"
since = "0.1.0"
rank = 52
category_from_cause = true
[[signature.when]]
anchors = ["DAP-RT-1101"]
status = [403]
[signature.remedy]
summary = { en = "Grant the scope.", ja = "スコープを付与します。" }
[[signature.example]]
text = """Open Ticket: Request failed with error:
ProviderMessage : code - access_denied, message - not permitted
ProviderErrorCode : 403
RequestId : 66aa0b1c2d3e4f5061728394
Message : Forbidden

Status code: Forbidden. Error code: DAP-RT-1101."""
expect = { status = "403", request_id = "66aa0b1c2d3e4f5061728394", activity = "Open Ticket" }
[[signature.example]]
text = "Request failed with error: x Status code: Forbidden. Error code: DAP-RT-1101."
[[signature.counterexample]]
text = "Request failed with error: x Status code: NotFound. Error code: DAP-RT-1101."

[[reason]]
code = "invalid_grant"
category = "auth-expired"
guard = "oauth"
words = ["invalid_grant"]
rank = 50

[[reason]]
code = "AADSTS"
category = "identity-mismatch"
guard = "aadsts"
aadsts = [50020]
rank = 70
"#;

pub fn texts() -> Vec<(String, String)> {
    [("view.toml", VIEW_DENIED), ("others.toml", OTHERS)]
        .map(|(name, text)| (name.to_string(), text.to_string()))
        .to_vec()
}

pub fn rule_set() -> RuleSet {
    RuleSet::from_texts(&texts()).unwrap()
}
