//! The fixed texts of a report, with both languages next to each other so that none can be missing
//! in one of them. The closed lists (severity, owner …) are in `terms`.

use serde::Serialize;

use crate::model::Lang;

macro_rules! define_ui_strings {
    ($($name:ident = $en:literal, $ja:literal;)+) => {
        /// The texts of one language. [`fill`] replaces `{n}` and other names in braces.
        #[derive(Serialize, Debug)]
        pub struct UiStrings { $(pub $name: &'static str),+ }

        static ENGLISH: UiStrings = UiStrings { $($name: $en),+ };
        static JAPANESE: UiStrings = UiStrings { $($name: $ja),+ };
    };
}

pub fn ui_strings(lang: Lang) -> &'static UiStrings {
    match lang {
        Lang::En => &ENGLISH,
        Lang::Ja => &JAPANESE,
    }
}

/// Replaces each `{name}` that has a value. A value is not searched for names, so braces in log text
/// have no effect.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let tail = &rest[open + 1..];
        let value = tail.find('}').and_then(|close| {
            let (_, value) = values.iter().find(|(name, _)| *name == &tail[..close])?;
            Some((close, value))
        });
        match value {
            Some((close, value)) => {
                out.push_str(value);
                rest = &tail[close + 1..];
            }
            None => {
                out.push('{');
                rest = tail;
            }
        }
    }
    out + rest
}

define_ui_strings! {
    // Headings
    lang = "en", "ja";
    title = "Connection failures", "コネクション障害レポート";
    incidents = "Incidents", "インシデント";
    coverage = "Coverage", "読み取り範囲";
    diagnostics = "Diagnostics", "診断";
    neighbours = "Similar failures that are not connection failures",
        "コネクション障害に似た別の障害";
    mentions = "Mentions: signature texts below error level",
        "言及: エラー未満のレベルに現れたシグネチャの文面";
    unmatched = "Connector errors without a signature", "シグネチャのないコネクタエラー";
    draft_here = "The commands draft signatures; run them in the directory that holds this report.",
        "コマンドはシグネチャの下書きを作ります。このレポートがあるフォルダーで実行してください。";
    evidence = "Evidence", "証跡";
    by_owner = "Incidents by who has to act", "対応者別のインシデント";
    timeline = "Failures per day (UTC)", "日別の失敗数 (UTC)";
    heat_map = "Connections by day", "コネクションと日";

    // Columns and labels
    id = "id", "ID";
    state = "state", "状態";
    severity = "severity", "重大度";
    owner = "who acts", "対応者";
    what = "what", "内容";
    connection = "connection", "コネクション";
    connection_folder = "connection folder", "コネクションのフォルダー";
    job_folders = "job folders", "ジョブのフォルダー";
    folder = "folder", "フォルダー";
    jobs = "jobs", "ジョブ";
    occurrences = "occurrences", "発生";
    records = "records", "レコード";
    recovered = "recovered", "回復済み";
    first = "first", "初回";
    last = "last", "最終";
    codes = "codes", "コード";
    cause = "cause", "原因";
    category = "category", "分類";
    processes = "processes", "プロセス";
    activities = "activities", "アクティビティ";
    machines = "machines", "マシン";
    robots = "robots", "ロボット";
    fix = "Fix", "対処";
    steps = "Steps", "手順";
    verify = "Verify the repair", "修復の確認";
    vendor_page = "Vendor's page", "ベンダーのページ";
    matched = "Why it matched", "一致した理由";
    grouped = "Why it was grouped", "まとめた理由";
    attribution = "connection named by", "コネクションの特定方法";
    candidates = "candidates", "候補";
    ticket = "Text for a ticket", "チケット用の文面";
    signature = "signature", "シグネチャ";
    confidence = "confidence", "確度";
    identity = "fingerprint", "フィンガープリント";
    request_ids = "request ids", "要求 ID";
    provider_status = "HTTP status", "HTTP ステータス";
    source = "source", "ソース";
    line = "line", "行";
    status = "status", "結果";
    reason = "reason", "理由";
    sources = "sources", "ソース";
    bytes = "bytes", "バイト";
    template = "text", "文面";
    message = "message", "メッセージ";
    count = "count", "件数";
    code = "code", "コード";
    where_ = "where", "場所";
    day = "day", "日";
    details = "Details", "詳細";

    // Connections and folders
    unknown = "unknown", "不明";
    ambiguous = "? one of {n}", "? {n} 件の候補";
    unattributed = "? not named in the logs", "? ログに記載なし";
    jobs_in = "jobs in {folder}", "ジョブは {folder}";
    folder_id = "folder {id}", "フォルダー {id}";
    draft = "To draft a signature", "シグネチャの下書きを作るコマンド";
    and_more = "and {n} more", "ほか {n} 件";

    // Sentences
    one_source = "1 source", "1 個のソース";
    many_sources = "{n} sources", "{n} 個のソース";
    one_record = "1 record", "1 レコード";
    many_records = "{n} records", "{n} レコード";
    read = "Read {sources}, {bytes}, {records}", "{sources}、{bytes}、{records}を読み取りました";
    period = "Times in the logs: {first} to {last} UTC", "ログの期間: {first} ～ {last} (UTC)";
    not_recognised = "Not recognised", "認識できなかったもの";
    rows_left = "{n} more incidents are not shown here; incidents.csv and report.json have all of them.",
        "ほか {n} 件のインシデントはここに表示していません。全件は incidents.csv と report.json にあります。";
    nothing_open = "Nothing is open: every incident is resolved or muted.",
        "未対応のものはありません。すべてのインシデントは解決済みまたはミュート中です。";
    no_failure = "No connection failure was found.", "コネクション障害は見つかりませんでした。";
    no_failure_in_part = "No connection failure was found in the part that could be read.",
        "読み取れた範囲では、コネクション障害は見つかりませんでした。";
    signatures_ran = "{n} signatures ran over {records} of {sources}.",
        "{n} 個のシグネチャを {sources}の {records}に適用しました。";
    codes_unmatched = "Codes that occurred without a signature: {codes}.",
        "シグネチャのないコード: {codes}。";
    texts_unmatched = "Connector errors without a signature: {records}.",
        "シグネチャのないコネクタエラー: {records}。";
    draft_note = "To draft a signature for the most frequent: {command}",
        "最も多いものからシグネチャの下書きを作るには: {command}";
    also_seen = "Also seen, not connection failures: {list}.",
        "ほかに見つかった、コネクション障害ではないもの: {list}。";
    also_mentioned = "Mentioned below error level or by a workflow: {records}.",
        "エラー未満のレベル、またはワークフロー自身による言及: {records}。";
    complete = "complete", "完全";
    incomplete = "INCOMPLETE", "不完全";
    incomplete_note = "Some input was not read completely. Counts below may be too low.",
        "最後まで読み取れなかった入力があります。以下の件数は実際より少ない可能性があります。";
    complete_note = "Every selected input was read completely.",
        "選択した入力はすべて最後まで読み取りました。";
    zone_note = "Times are UTC; times without a zone were read as {zone} (--timezone changes that).",
        "時刻は UTC です。タイムゾーンのない時刻は {zone} とみなしました (--timezone で変更できます)。";
    files_note = "Files: {files} in {dir}", "出力ファイル: {dir} の {files}";
    next_html = "Next: open {file}", "次の手順: {file} を開いてください";
    next_other = "Next: read {file}", "次の手順: {file} を確認してください";
    generated = "faultline {version}, {at}", "faultline {version}、{at}";
    shortened = "Shortened to keep the page small: {n} of {total} incidents are described in full, at most {samples} samples each. incidents.csv and report.json have all of them.",
        "ページを小さく保つため省略しています: {total} 件中 {n} 件のインシデントを詳しく表示し、サンプルは各 {samples} 件までです。全件は incidents.csv と report.json にあります。";
    older_days = "{n} failures on days before are not drawn.",
        "これより前の日の失敗 {n} 件は描いていません。";
    unread_day = "hatched: no log of that day was read",
        "斜線: その日のログは読み取っていません";
    message_cut = "[the rest of this message is left out]", "[以降のメッセージは省略]";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_in_a_value_have_no_effect() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
        assert_eq!(fill("{x} {", &[]), "{x} {");
    }

    #[test]
    fn both_languages_have_the_same_names_in_braces() {
        let fields = |lang| match serde_json::to_value(ui_strings(lang)).unwrap() {
            serde_json::Value::Object(map) => map,
            other => panic!("not a table: {other}"),
        };
        let names = |text: &str| -> std::collections::BTreeSet<String> {
            text.split('{').skip(1).filter_map(|t| t.split('}').next()).map(String::from).collect()
        };
        let japanese = fields(Lang::Ja);
        for (name, english) in fields(Lang::En) {
            let (en, ja) = (english.as_str().unwrap(), japanese[&name].as_str().unwrap());
            assert!(!en.is_empty() && !ja.is_empty(), "{name}");
            assert_eq!(names(en), names(ja), "{name}");
        }
    }
}
