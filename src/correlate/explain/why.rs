//! The reasons of an incident as sentences in English and Japanese: why a text matched its signature,
//! and why records share the incident. Writes sentences from data and reads none back.

use crate::model::{Attribution, GroupKey, Lang, Why, WhyData};

/// `attribution` is the rung that named the connection of the incident.
pub fn explain(data: WhyData, attribution: Attribution, lang: Lang) -> Why {
    Why {
        matched: match_reason(&data, lang),
        grouped: grouping_reason(data.key, attribution, lang),
        data: Some(data),
    }
}

fn match_reason(data: &WhyData, lang: Lang) -> String {
    let (text, codes) = (&data.anchor, data.codes.join(", "));
    match (lang, codes.is_empty()) {
        (Lang::En, true) => format!("the text holds “{text}”"),
        (Lang::En, false) => format!("the text holds “{text}”; codes {codes}"),
        (Lang::Ja, true) => format!("本文に「{text}」が含まれます"),
        (Lang::Ja, false) => format!("本文に「{text}」が含まれます(コード: {codes})"),
    }
}

/// Why records share an incident, and what named its connection.
fn grouping_reason(key: Option<GroupKey>, attribution: Attribution, lang: Lang) -> String {
    let shared = match (key, lang) {
        (None, Lang::En) => {
            return "several processes in several folders failed within ten minutes; \
                    the connections they used are not to blame"
                .to_string();
        }
        (None, Lang::Ja) => {
            return "複数のフォルダーの複数のプロセスが 10 分以内に失敗しています。\
                    使われたコネクションが原因ではありません"
                .to_string();
        }
        (Some(GroupKey::Connection), Lang::En) => "same signature and connection",
        (Some(GroupKey::Connection), Lang::Ja) => "シグネチャとコネクションが同じ",
        (Some(GroupKey::ConnectionFolder), Lang::En) => "same signature and connection folder",
        (Some(GroupKey::ConnectionFolder), Lang::Ja) => {
            "シグネチャとコネクションのフォルダーが同じ"
        }
        (Some(GroupKey::Step), Lang::En) => "same signature, process, activity and job folder",
        (Some(GroupKey::Step), Lang::Ja) => {
            "シグネチャ、プロセス、アクティビティ、ジョブのフォルダーが同じ"
        }
    };
    let naming = match (attribution, lang) {
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
