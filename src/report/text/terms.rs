//! The closed lists of the contract (severity, owner …) as users see them. English shows the ids of
//! the contract unchanged, because users type and search them; Japanese translates them.

use crate::model::{
    Attribution, Category, Confidence, DiagnosticSeverity, IncidentState, Lang, Owner, Severity,
    SourceStatus,
};

/// A value of a closed list that has a translation.
pub trait Term {
    fn word(&self, lang: Lang) -> &str;
}

macro_rules! term {
    ($type:ty { $($variant:path = $ja:literal),+ $(,)? }) => {
        impl Term for $type {
            fn word(&self, lang: Lang) -> &str {
                match lang {
                    Lang::En => self.as_str(),
                    Lang::Ja => match self { $($variant => $ja),+ },
                }
            }
        }
    };
}

pub(crate) use term;

term!(Severity {
    Severity::Critical = "緊急",
    Severity::High = "高",
    Severity::Medium = "中",
    Severity::Low = "低",
});

term!(Confidence {
    Confidence::High = "高",
    Confidence::Medium = "中",
    Confidence::Low = "低",
});

term!(Owner {
    Owner::CustomerAdmin = "自社の管理者",
    Owner::FolderAdmin = "フォルダー管理者",
    Owner::ConnectionOwner = "コネクション所有者",
    Owner::Developer = "開発者",
    Owner::Provider = "サービス提供元",
    Owner::Uipath = "UiPath",
    Owner::NetworkTeam = "ネットワーク担当",
});

term!(Attribution {
    Attribution::Exact = "ログの ID",
    Attribution::JobBinding = "ジョブの割り当て",
    Attribution::Trace = "トレース",
    Attribution::Learned = "ほかの実行からの学習",
    Attribution::Inventory = "コネクション一覧",
    Attribution::Ambiguous = "候補が複数",
    Attribution::Unattributed = "特定できず",
});

term!(SourceStatus {
    SourceStatus::Complete = "完了",
    SourceStatus::Partial = "一部のみ",
    SourceStatus::Unchanged = "変更なし",
    SourceStatus::Skipped = "対象外",
    SourceStatus::Failed = "失敗",
});

term!(DiagnosticSeverity {
    DiagnosticSeverity::Error = "エラー",
    DiagnosticSeverity::Warning = "警告",
    DiagnosticSeverity::Note = "情報",
});

term!(Category {
    Category::Permission = "権限",
    Category::NotFound = "コネクションなし",
    Category::Disabled = "無効",
    Category::AuthExpired = "認証の期限切れ",
    Category::AuthCredentials = "資格情報の誤り",
    Category::AuthConsent = "同意・スコープ不足",
    Category::AuthPolicy = "認証ポリシー",
    Category::IdentityMismatch = "アカウントの不一致",
    Category::NetworkDns = "名前解決",
    Category::NetworkConnect = "ネットワーク接続",
    Category::NetworkTls = "TLS",
    Category::NetworkProxy = "プロキシ",
    Category::IpAllowlist = "IP 許可リスト",
    Category::RateLimit = "レート制限",
    Category::ProviderOutage = "サービス提供元の障害",
    Category::ProviderRequest = "要求の誤り",
    Category::Platform = "プラットフォーム",
    Category::Governance = "ガバナンス",
    Category::Trigger = "トリガー",
    Category::Lifecycle = "作成・削除",
    Category::Binding = "割り当てなし",
    Category::EventCallback = "イベント通知",
    Category::NeighbourFolder = "Orchestrator フォルダー",
    Category::NeighbourRobotAuth = "ロボットの認証",
    Category::NeighbourPermission = "Orchestrator の権限",
    Category::NeighbourAsset = "アセット",
    Category::NeighbourCredential = "資格情報ストア",
    Category::NeighbourQueue = "キュー",
    Category::NeighbourNetwork = "一般のネットワーク",
    Category::NeighbourRobot = "ロボット・マシン",
    Category::NeighbourLicense = "ライセンス",
    Category::NeighbourDatabase = "データベース",
    Category::NeighbourUi = "UI 操作",
    Category::NeighbourApps = "Apps",
    Category::NeighbourHttp = "HTTP 要求",
    Category::NeighbourMail = "メールサーバー",
    Category::NeighbourSolution = "ソリューションのデプロイ",
    Category::NeighbourMeta = "連続エラーの結果",
});

term!(IncidentState {
    IncidentState::New = "新規",
    IncidentState::Regressed = "再発",
    IncidentState::Escalating = "悪化",
    IncidentState::Ongoing = "継続",
    IncidentState::Quiet = "沈静",
    IncidentState::Resolved = "解決",
    IncidentState::Muted = "ミュート",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_shows_the_id_and_japanese_translates() {
        assert_eq!(Owner::FolderAdmin.word(Lang::En), "folder-admin");
        assert_eq!(Owner::FolderAdmin.word(Lang::Ja), "フォルダー管理者");
        assert_eq!(IncidentState::Regressed.word(Lang::Ja), "再発");
        assert_eq!(IncidentState::New.word(Lang::En), "new");
    }
}
