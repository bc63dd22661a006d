//! The reasons of an incident as sentences in English and Japanese: why a text matched its signature,
//! and why records share the incident. `translate` reads the sentences back, so their wording here is
//! the only one.

use crate::correlate::record::MergedRecord;
use crate::model::{
    Attribution, ConnectionFolder, ConnectionFolderSource, ConnectionRef, Lang, Signature,
};

/// Why the text of a record matches its signature.
pub fn match_reason(record: &MergedRecord, lang: Lang) -> String {
    matched_sentence(&record.details.matched, &record.details.codes.join(", "), lang)
}

fn matched_sentence(text: &str, codes: &str, lang: Lang) -> String {
    match (lang, codes.is_empty()) {
        (Lang::En, true) => format!("the text holds “{text}”"),
        (Lang::En, false) => format!("the text holds “{text}”; codes {codes}"),
        (Lang::Ja, true) => format!("本文に「{text}」が含まれます"),
        (Lang::Ja, false) => format!("本文に「{text}」が含まれます(コード: {codes})"),
    }
}

/// A sentence of [`match_reason`], read back.
struct MatchedSentence<'s> {
    lang: Lang,
    text: &'s str,
    codes: &'s str,
}

impl<'s> MatchedSentence<'s> {
    fn parse(sentence: &'s str) -> Option<MatchedSentence<'s>> {
        let (lang, rest, end, before_codes, after_codes) =
            match sentence.strip_prefix("the text holds “") {
                Some(rest) => (Lang::En, rest, "”", "”; codes ", ""),
                None => {
                    let rest = sentence.strip_prefix("本文に「")?;
                    (Lang::Ja, rest, "」が含まれます", "」が含まれます(コード: ", ")")
                }
            };
        if let Some(text) = rest.strip_suffix(end) {
            return Some(MatchedSentence { lang, text, codes: "" });
        }
        let (text, codes) = rest.rsplit_once(before_codes)?;
        Some(MatchedSentence { lang, text, codes: codes.strip_suffix(after_codes)? })
    }
}

/// The language of a sentence of [`match_reason`].
pub fn language(sentence: &str) -> Option<Lang> {
    MatchedSentence::parse(sentence).map(|parsed| parsed.lang)
}

/// A sentence of [`match_reason`] in another language; any other sentence stays unchanged.
pub fn translate_matched(sentence: &str, lang: Lang) -> String {
    match MatchedSentence::parse(sentence) {
        Some(parsed) => matched_sentence(parsed.text, parsed.codes, lang),
        None => sentence.to_string(),
    }
}

/// Why failures of this signature share an incident: they are a platform incident, or
/// [`connection_grouping_reason`] applies.
pub fn grouping_reason(
    signature: &Signature,
    connection: &ConnectionRef,
    folder: &ConnectionFolder,
    lang: Lang,
) -> String {
    match (signature.gathers.is_empty(), lang) {
        (true, _) => connection_grouping_reason(connection, folder, lang),
        (false, Lang::En) => "several processes in several folders failed within ten minutes; \
                              the connections they used are not to blame"
            .to_string(),
        (false, Lang::Ja) => "複数のフォルダーの複数のプロセスが 10 分以内に失敗しています。\
                              使われたコネクションが原因ではありません"
            .to_string(),
    }
}

/// Why records share an incident, and what named its connection.
pub fn connection_grouping_reason(
    connection: &ConnectionRef,
    folder: &ConnectionFolder,
    lang: Lang,
) -> String {
    let shared =
        match (connection.id.is_some(), folder.source == ConnectionFolderSource::Message, lang) {
            (true, _, Lang::En) => "same signature and connection",
            (true, _, Lang::Ja) => "シグネチャとコネクションが同じ",
            (false, true, Lang::En) => "same signature and connection folder",
            (false, true, Lang::Ja) => "シグネチャとコネクションのフォルダーが同じ",
            (false, false, Lang::En) => "same signature, process, activity and job folder",
            (false, false, Lang::Ja) => {
                "シグネチャ、プロセス、アクティビティ、ジョブのフォルダーが同じ"
            }
        };
    let naming = match (connection.attribution, lang) {
        (Attribution::Exact, Lang::En) => "the messages name the connection id",
        (Attribution::Exact, Lang::Ja) => "本文にコネクション ID が示されています",
        (Attribution::JobBinding, Lang::En) => "the job is bound to this one connection",
        (Attribution::JobBinding, Lang::Ja) => "ジョブにこのコネクションだけが割り当てられています",
        (Attribution::Trace, Lang::En) => {
            "a trace of the same job and activity shows the connection"
        }
        (Attribution::Trace, Lang::Ja) => {
            "同じジョブとアクティビティのトレースにコネクションが示されています"
        }
        (Attribution::Learned, Lang::En) => {
            "the same process, workflow and activity was seen with this connection elsewhere"
        }
        (Attribution::Learned, Lang::Ja) => {
            "同じプロセス、ワークフロー、アクティビティがほかの記録でこのコネクションを使っています"
        }
        (Attribution::Inventory, Lang::En) => {
            "the activity names its connector, and one known connection of it fits"
        }
        (Attribution::Inventory, Lang::Ja) => {
            "アクティビティがコネクタを示し、該当する既知のコネクションが 1 つだけあります"
        }
        (Attribution::Ambiguous, Lang::En) => "several connections fit",
        (Attribution::Ambiguous, Lang::Ja) => "該当するコネクションが複数あります",
        (Attribution::Unattributed, Lang::En) => "nothing in the input names the connection",
        (Attribution::Unattributed, Lang::Ja) => "入力のどこにもコネクションが示されていません",
    };
    match lang {
        Lang::En => format!("{shared}; {naming}"),
        Lang::Ja => format!("{shared}。{naming}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_translated_back_and_forth() {
        for (text, codes) in [("DAP-RT-1101", "DAP-RT-1101, CNS1045"), ("状態」です", ""), ("", "")]
        {
            let sentences =
                [Lang::En, Lang::Ja].map(|lang| (lang, matched_sentence(text, codes, lang)));
            for (lang, sentence) in &sentences {
                assert_eq!(language(sentence), Some(*lang));
                for (other, expected) in &sentences {
                    assert_eq!(&translate_matched(sentence, *other), expected);
                }
            }
        }
        assert_eq!(language("since yesterday"), None);
        assert_eq!(translate_matched("since yesterday", Lang::Ja), "since yesterday");
    }
}
