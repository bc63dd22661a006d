//! Reasons in words, in both languages: why a text matched, why records were put together.

use crate::correlate::record::MergedRecord;
use crate::model::Attribution;
use crate::model::Signature;
use crate::model::{ConnectionFolder, ConnectionRef, Lang};
/// Why the text is this signature.
pub fn matched(record: &MergedRecord, lang: Lang) -> String {
    holds(&record.reading.matched, &record.reading.codes.join(", "), lang)
}

fn holds(text: &str, codes: &str, lang: Lang) -> String {
    match (lang, codes.is_empty()) {
        (Lang::En, true) => format!("the text holds “{text}”"),
        (Lang::En, false) => format!("the text holds “{text}”; codes {codes}"),
        (Lang::Ja, true) => format!("本文に「{text}」が含まれます"),
        (Lang::Ja, false) => format!("本文に「{text}」が含まれます(コード: {codes})"),
    }
}

/// The language of a sentence of [`matched`], its text and its codes.
fn heard(sentence: &str) -> Option<(Lang, &str, &str)> {
    let (lang, inner, end, codes, close) = match sentence.strip_prefix("the text holds “") {
        Some(inner) => (Lang::En, inner, "”", "”; codes ", ""),
        None => {
            let inner = sentence.strip_prefix("本文に「")?;
            (Lang::Ja, inner, "」が含まれます", "」が含まれます(コード: ", ")")
        }
    };
    if let Some(text) = inner.strip_suffix(end) {
        return Some((lang, text, ""));
    }
    let (text, codes) = inner.rsplit_once(codes)?;
    Some((lang, text, codes.strip_suffix(close)?))
}

/// The language of a sentence of [`matched`].
pub fn language(sentence: &str) -> Option<Lang> {
    heard(sentence).map(|(lang, ..)| lang)
}

/// A sentence of [`matched`] in another language; one of another origin stays as it is.
pub fn again(sentence: &str, lang: Lang) -> String {
    heard(sentence).map_or(sentence.to_string(), |(_, text, codes)| holds(text, codes, lang))
}

/// Why failures share the incident of a signature.
pub fn together(
    signature: &Signature,
    connection: &ConnectionRef,
    folder: &ConnectionFolder,
    lang: Lang,
) -> String {
    match (signature.gathers.is_empty(), lang) {
        (true, _) => grouped(connection, folder, lang),
        (false, Lang::En) => "several processes in several folders failed within ten minutes; \
                              the connections they used are not to blame"
            .to_string(),
        (false, Lang::Ja) => "複数のフォルダーの複数のプロセスが 10 分以内に失敗しています。\
                              使われたコネクションが原因ではありません"
            .to_string(),
    }
}

/// Why records share the incident, and how the connection was named.
pub fn grouped(connection: &ConnectionRef, folder: &ConnectionFolder, lang: Lang) -> String {
    let by = match (connection.id.is_some(), folder.source == "message", lang) {
        (true, _, Lang::En) => "same signature and connection",
        (true, _, Lang::Ja) => "シグネチャとコネクションが同じ",
        (false, true, Lang::En) => "same signature and connection folder",
        (false, true, Lang::Ja) => "シグネチャとコネクションのフォルダーが同じ",
        (false, false, Lang::En) => "same signature, process, activity and job folder",
        (false, false, Lang::Ja) => {
            "シグネチャ、プロセス、アクティビティ、ジョブのフォルダーが同じ"
        }
    };
    let how = match (connection.attribution, lang) {
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
        Lang::En => format!("{by}; {how}"),
        Lang::Ja => format!("{by}。{how}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_can_be_told_again_in_the_other_language() {
        for (text, codes) in [("DAP-RT-1101", "DAP-RT-1101, CNS1045"), ("状態」です", ""), ("", "")]
        {
            let sentences = [Lang::En, Lang::Ja].map(|lang| (lang, holds(text, codes, lang)));
            for (lang, sentence) in &sentences {
                assert_eq!(language(sentence), Some(*lang));
                for (other, wanted) in &sentences {
                    assert_eq!(&again(sentence, *other), wanted);
                }
            }
        }
        assert_eq!(language("since yesterday"), None);
        assert_eq!(again("since yesterday", Lang::Ja), "since yesterday");
    }
}
