//! Reasons in words, in both languages: why a text matched, why records were put together.

use super::records::Record;
use crate::model::Attribution;
use crate::model::report::{ConnectionFolder, ConnectionRef, Lang};

/// Why the text is this signature.
pub fn matched(record: &Record, lang: Lang) -> String {
    let text = &record.reading.matched;
    let codes = record.reading.codes.join(", ");
    match (lang, codes.is_empty()) {
        (Lang::En, true) => format!("the text holds “{text}”"),
        (Lang::En, false) => format!("the text holds “{text}”; codes {codes}"),
        (Lang::Ja, true) => format!("本文に「{text}」が含まれます"),
        (Lang::Ja, false) => format!("本文に「{text}」が含まれます(コード: {codes})"),
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
