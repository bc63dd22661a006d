//! Diagnostics for Japanese users: what happened and what to do. The English message follows in
//! parentheses, because it has the location and the numbers and because users search for it.
//! Machine formats do not use this; docs/diagnostics.md has the same content in English.

use crate::model::{CoverageItem, DiagnosticCode, DiagnosticSeverity, Lang, Report, SourceStatus};
use crate::report::text::terms::{Term, term};

/// English unchanged, or the Japanese advice with the English message in parentheses.
pub fn localized_message(code: &str, english: &str, lang: Lang) -> String {
    match (lang, DiagnosticCode::parse(code)) {
        (Lang::Ja, Some(code)) => format!("{} ({english})", code.word(lang)),
        _ => english.to_string(),
    }
}

/// Why a source was not read completely.
pub fn unread_reason(report: &Report, row: &CoverageItem, lang: Lang) -> String {
    let CoverageItem { source, item } = row;
    // A skipped source has no diagnostic.
    if item.status == SourceStatus::Skipped {
        return localized_message("format.unrecognised", &item.reason, lang);
    }
    let problems = || {
        let of_source = report.diagnostics.iter().filter(|d| d.source == *source);
        of_source.filter(|d| d.severity != DiagnosticSeverity::Note)
    };
    // The reason is the beginning of the message of a diagnostic, or a count that is in none.
    let code = problems()
        .find(|d| d.message.starts_with(&item.reason))
        .or_else(|| problems().next())
        .map_or("", |d| d.code.as_str());
    localized_message(code, &item.reason, lang)
}

// Advice, in the order of docs/diagnostics.md.
term!(DiagnosticCode {
    DiagnosticCode::WalkNotFound = "指定されたパスがありません。パスと、共有フォルダーがマウントされているかを確認してください。",
    DiagnosticCode::WalkPermissionDenied = "読み取る権限がありません。この下にあるものは分かりません。読み取れるアカウントで実行するか、--exclude で除外してください。",
    DiagnosticCode::WalkVanished = "一覧にあったものがなくなりました。エクスポートの完了後にスキャンするか、コピーをスキャンしてください。",
    DiagnosticCode::WalkUnreadable = "システムが情報を返しませんでした。ディスクまたは共有フォルダーを確認してください。",
    DiagnosticCode::WalkSpecial = "通常のファイルではありません (ソケット、デバイス、パイプ)。パイプを読み取るには、PATH として直接指定してください。",
    DiagnosticCode::WalkLink = "リンクのため、たどっていません。リンク先が指定したパスの下にある場合は --follow-links でたどれます。",
    DiagnosticCode::WalkLinkLoop = "上位のフォルダーへ戻るリンクです。リンク先はすでに読み取り対象のため、対応は不要です。",
    DiagnosticCode::WalkLinkOutside = "リンク先が指定したパスの外にあります。リンク先も PATH として指定してください。",
    DiagnosticCode::WalkEmptied = "前回の実行でソースがあった場所に何もありません。エクスポートが実行されたか、共有フォルダーがマウントされているかを確認してください。以前の結果は保持しています。",
    DiagnosticCode::OpenVanished = "読み取る前にファイルがなくなりました。エクスポートの完了後にスキャンするか、コピーをスキャンしてください。",
    DiagnosticCode::OpenPermissionDenied = "ファイルを開けません。読み取れるアカウントで実行してください。Windows では、ほかのプログラムが使用中の場合もあります。",
    DiagnosticCode::OpenSpecial = "一覧の取得後に、通常のファイルではなくなりました。もう一度スキャンしてください。",
    DiagnosticCode::OpenReadError = "読み取りエラーが発生しました。その前に読み取れた分は集計しています。ディスクまたは共有フォルダーを確認し、もう一度スキャンしてください。",
    DiagnosticCode::OpenShrunk = "読み取り中にファイルが短くなりました。書き込みがないときにスキャンしてください。",
    DiagnosticCode::OpenTruncatedStream = "圧縮データが途中で終わっています。その前に読み取れた分は集計しています。ファイルを取得し直してください。",
    DiagnosticCode::OpenDamagedStream = "圧縮データが壊れています。その前に読み取れた分は集計しています。ファイルを取得し直してください。",
    DiagnosticCode::OpenTrailingGarbage = "gzip データの後ろに gzip ではないものが続いており、その部分は読み取っていません。何が追記されたかを確認してください。",
    DiagnosticCode::OpenDamagedArchive = "zip の目次がないか、壊れています。先頭から見つかったファイルは読み取っています。ファイルを取得し直してください。",
    DiagnosticCode::OpenOverlap = "zip 内のファイルが同じ領域を共有しているため (圧縮爆弾の特徴)、何も読み取っていません。入手元を確認し、正当なものであれば手動で展開してください。",
    DiagnosticCode::OpenEncrypted = "暗号化されています。展開したフォルダーをスキャンしてください。",
    DiagnosticCode::OpenUnsupported = "読み取れない圧縮形式またはファイル形式です。展開してください。ワークシートは CSV で保存してください。",
    DiagnosticCode::OpenLink = "アーカイブ内のリンクのため、たどっていません。対応は不要です。",
    DiagnosticCode::OpenLimitEntries = "アーカイブ内のファイルが多すぎます。上限までは読み取っています。アーカイブを分割してください。",
    DiagnosticCode::OpenLimitNested = "アーカイブの入れ子が深すぎるか、内側の zip が大きすぎます。外側のアーカイブを展開してください。",
    DiagnosticCode::OpenLimitSize = "展開後のサイズが上限を超えています。その前に読み取れた分は集計しています。展開したフォルダーをスキャンしてください。",
    DiagnosticCode::OpenLimitWindow = "zstd のウィンドウ サイズが上限を超えています。その前に読み取れた分は集計しています。展開したフォルダーをスキャンしてください。",
    DiagnosticCode::OpenLimitRatio = "圧縮率が異常に高く、圧縮爆弾の疑いがあります。入手元を確認してください。",
    DiagnosticCode::DecodeLowConfidence = "文字コードは推定であり、ほかの可能性もあります。--encoding で指定してください。",
    DiagnosticCode::DecodeInvalidBytes = "文字として読めないバイトを U+FFFD に置き換えました。少数であれば対応は不要です。多い場合は文字コードが誤っているため、--encoding で指定してください。",
    DiagnosticCode::FormatUnrecognised = "既知のエクスポート形式ではありません。",
    DiagnosticCode::FormatUnrecognisedLayout = "ログの表ですが、見出し行が未知です。英語または日本語でエクスポートし直してください。",
    DiagnosticCode::FormatErrorAnswer = "エクスポートではなく、サービスのエラー応答が保存されています。応答の内容を確認し、エクスポートを取得し直してください。",
    DiagnosticCode::FormatHtmlPage = "エクスポートではなく、Web ページ (多くはサインイン画面) が保存されています。サインインしてからエクスポートを取得し直してください。",
    DiagnosticCode::FormatBadRecord = "解釈できないレコードを除外しました。次のレコードからは読み取っています。示された行を確認してください。",
    DiagnosticCode::FormatOversize = "大きすぎるレコードは先頭だけを照合し、除外として数えています。先頭だけで足りる場合、対応は不要です。",
    DiagnosticCode::FormatCutRecord = "最後のレコードが途中で終わっています。書き込み中だった可能性があるため、あとでもう一度スキャンしてください。",
    DiagnosticCode::FormatZoneDiffers = "同じジョブの時刻が、タイムゾーンのあるエクスポートとないエクスポートとで一定の差があります。タイムゾーンのない時刻のゾーンを --timezone で指定してください。",
    DiagnosticCode::FormatIncompletePage = "API の応答に続きのページがありますが、入力に含まれていません。続きのページを同じフォルダーにエクスポートしてください。",
    DiagnosticCode::ScanLimitMemory = "使用メモリが --max-memory の上限に達したため、最後まで、またはまったく読み取っていません。上限を上げるか、分けてスキャンしてください。",
    DiagnosticCode::ScanInternalError = "本プログラムの不具合により、このソースの読み取りが中断しました。ほかのソースは読み取っています。メッセージを添えて報告してください。",
    DiagnosticCode::StateOtherSettings = "すでにないソースは、別のシグネチャ、タイムゾーン、文字コード、またはバージョンで読み取られています。以前の結果を保持しており、対応は不要です。",
    DiagnosticCode::StateMuteExpired = "ミュートの期限が切れたため、インシデントを再び報告しています。faultline unmute で解除するか、期限を延ばしてください。",
    DiagnosticCode::StateMuteExpiring = "ミュートの期限が 7 日以内に切れます。それまでに対応を決めてください。",
    DiagnosticCode::StateMuteUnused = "ミュートに当てはまるインシデントがこのレポートにありません。解除するか、mutes.toml の ID に誤りがないか確認してください。",
});

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::sample;

    /// Another test compares docs/diagnostics.md with the codes that the program can emit.
    #[test]
    fn every_diagnostic_has_a_japanese_message() {
        let documented: BTreeSet<&str> = include_str!("../../../docs/diagnostics.md")
            .lines()
            .filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0))
            .collect();
        assert!(documented.contains("open.truncated-stream"), "{documented:?}");
        let known: BTreeSet<&str> = DiagnosticCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(known, documented);
        for code in DiagnosticCode::ALL {
            let ja = code.word(Lang::Ja);
            assert!(!ja.is_ascii() && ja.ends_with('。'), "{code}: {ja}");
        }
    }

    #[test]
    fn the_english_message_follows_the_japanese_one() {
        let message = localized_message("open.truncated-stream", "ends early at byte 7", Lang::Ja);
        assert!(
            message.starts_with("圧縮データ") && message.ends_with("(ends early at byte 7)"),
            "{message}"
        );
        assert_eq!(localized_message("open.truncated-stream", "ends", Lang::En), "ends");
        assert_eq!(localized_message("of.tomorrow", "new", Lang::Ja), "new");
    }

    #[test]
    fn the_reason_is_matched_with_the_beginning_of_a_message() {
        let mut report = sample::rich();
        let row = |report: &Report, status| {
            let mut row = report.coverage.items[0].clone();
            row.source = "a.gz".to_string();
            row.item.status = status;
            row.item.reason = "ends early".to_string();
            row
        };
        let partial = row(&report, SourceStatus::Partial);
        assert_eq!(unread_reason(&report, &partial, Lang::Ja), "ends early");
        let mut diagnostic = report.diagnostics[0].clone();
        diagnostic.source = partial.source.clone();
        diagnostic.code = "format.bad-record".to_string();
        diagnostic.severity = DiagnosticSeverity::Warning;
        diagnostic.message = "no level".to_string();
        report.diagnostics.push(diagnostic.clone());
        assert!(unread_reason(&report, &partial, Lang::Ja).starts_with("解釈できないレコード"));
        diagnostic.code = "open.truncated-stream".to_string();
        diagnostic.message = "ends early; 2 records before it are counted".to_string();
        report.diagnostics.push(diagnostic);
        assert!(unread_reason(&report, &partial, Lang::Ja).starts_with("圧縮データ"));
        let skipped = row(&report, SourceStatus::Skipped);
        assert!(unread_reason(&report, &skipped, Lang::Ja).starts_with("既知の"));
        assert_eq!(unread_reason(&report, &skipped, Lang::En), "ends early");
    }
}
