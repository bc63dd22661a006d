//! The verdict in words: what is wrong, in one sentence that a manager can read aloud, and
//! whether the input it rests on was read.

use crate::model::{Category, SourceStatus};
use crate::model::{CoverageItem, Incident, Lang, Report};
use crate::report::text::labels::number;
use crate::report::text::ui_strings::{fill, words};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
/// More phrases than this make no sentence; the rest is counted.
const MAX_PHRASES: usize = 5;

/// States in which nobody has to act.
const CLOSED: [&str; 2] = ["resolved", "muted"];

/// One sentence on the open incidents of a report.
pub fn verdict(report: &Report, lang: Lang) -> String {
    let w = words(lang);
    let open: Vec<&Incident> =
        report.incidents.iter().filter(|i| !CLOSED.contains(&i.state.as_str())).collect();
    if report.incidents.is_empty() {
        let all = is_complete(report);
        return if all { w.no_failure } else { w.no_failure_in_part }.to_string();
    }
    if open.is_empty() {
        return w.nothing_open.to_string();
    }
    let mut phrases = phrases(&open, lang);
    if phrases.len() > MAX_PHRASES {
        let rest = phrases.split_off(MAX_PHRASES);
        let rest: usize = rest.iter().map(|(subjects, _)| subjects).sum();
        phrases.push((rest, count(rest, OTHER, lang)));
    }
    let list: Vec<String> = phrases.into_iter().map(|(_, phrase)| phrase).collect();
    match lang {
        Lang::En => format!("{}; {}.", list.join(", "), jobs(report, lang)),
        Lang::Ja => format!("{}。{}。", list.join("、"), jobs(report, lang)),
    }
}

/// True when every selected source was read to its end.
pub fn is_complete(report: &Report) -> bool {
    report.coverage.sources.partial == 0 && report.coverage.sources.failed == 0
}

/// Sources that were not read to their end: what was lost before what was never asked for.
pub fn unread(report: &Report) -> impl Iterator<Item = &CoverageItem> {
    let ended = |status| report.coverage.items.iter().filter(move |i| i.item.status == status);
    [SourceStatus::Failed, SourceStatus::Partial, SourceStatus::Skipped].into_iter().flat_map(ended)
}

/// Phrases with the number of things behind each, by jobs descending.
fn phrases(open: &[&Incident], lang: Lang) -> Vec<(usize, String)> {
    // By phrase and not by category: several categories may share one.
    let mut groups: BTreeMap<Phrase, (u64, BTreeSet<String>)> = BTreeMap::new();
    for incident in open {
        let (jobs, subjects) = groups.entry(phrase(incident.category)).or_default();
        *jobs += incident.counts.jobs;
        subjects.insert(subject(incident));
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(phrase, (jobs, _))| (Reverse(*jobs), *phrase));
    groups
        .into_iter()
        .map(|(phrase, (_, things))| (things.len(), count(things.len(), phrase, lang)))
        .collect()
}

/// What is counted once: the folder that lacks a permission, else the connection, else the
/// incident itself.
fn subject(incident: &Incident) -> String {
    let folder = incident.connection_folder.key.map(|key| key.to_string());
    let connection = incident.connection.id.map(|id| id.to_string());
    let named = match incident.category {
        Category::Permission => folder.or(connection),
        _ => connection,
    };
    named.unwrap_or_else(|| incident.id.clone())
}

/// How many jobs it cost. Jobs that went on in spite of it did not fail.
fn jobs(report: &Report, lang: Lang) -> String {
    let recovered = report.incidents.iter().any(|incident| incident.counts.recovered > 0);
    let phrase = if recovered { AFFECTED } else { FAILED };
    count(usize::try_from(report.summary.jobs).unwrap_or(usize::MAX), phrase, lang)
}

/// A phrase for one, for many, and in Japanese.
type Phrase = (&'static str, &'static str, &'static str);

fn count(n: usize, (one, many, ja): Phrase, lang: Lang) -> String {
    let template = match lang {
        Lang::En if n == 1 => one,
        Lang::En => many,
        Lang::Ja => ja,
    };
    fill(template, &[("n", &number(n as u64))])
}

const FAILED: Phrase = ("1 job failed", "{n} jobs failed", "失敗したジョブは {n} 件です");

const AFFECTED: Phrase =
    ("1 job was affected", "{n} jobs were affected", "影響を受けたジョブは {n} 件です");

const OTHER: Phrase = ("1 other problem", "{n} other problems", "その他 {n} 件");

fn phrase(category: Category) -> Phrase {
    match category {
        Category::Permission => (
            "1 folder permission is missing",
            "{n} folder permissions are missing",
            "フォルダー権限の不足が {n} 件",
        ),
        Category::NotFound => (
            "1 connection is not found",
            "{n} connections are not found",
            "見つからないコネクションが {n} 件",
        ),
        Category::Disabled => (
            "1 connection is disabled",
            "{n} connections are disabled",
            "無効なコネクションが {n} 件",
        ),
        Category::AuthExpired => (
            "1 connection needs re-authentication",
            "{n} connections need re-authentication",
            "再認証が必要なコネクションが {n} 件",
        ),
        Category::AuthCredentials => (
            "1 connection has wrong credentials",
            "{n} connections have wrong credentials",
            "資格情報が誤っているコネクションが {n} 件",
        ),
        Category::AuthConsent => (
            "1 connection lacks a consent or scope",
            "{n} connections lack a consent or scope",
            "同意またはスコープが不足しているコネクションが {n} 件",
        ),
        Category::AuthPolicy => (
            "1 connection is refused by a sign-in policy",
            "{n} connections are refused by a sign-in policy",
            "サインインポリシーで拒否されたコネクションが {n} 件",
        ),
        Category::IdentityMismatch => (
            "1 connection uses the wrong account",
            "{n} connections use the wrong account",
            "アカウントが一致しないコネクションが {n} 件",
        ),
        category if category.is_network() => (
            "1 network path is broken",
            "{n} network paths are broken",
            "ネットワーク経路の障害が {n} 件",
        ),
        Category::IpAllowlist => (
            "1 connection is refused by an IP allow list",
            "{n} connections are refused by an IP allow list",
            "IP 許可リストで拒否されたコネクションが {n} 件",
        ),
        Category::RateLimit => (
            "1 connection is throttled",
            "{n} connections are throttled",
            "レート制限を受けたコネクションが {n} 件",
        ),
        Category::ProviderOutage => (
            "1 provider is unstable",
            "{n} providers are unstable",
            "サービス提供元の障害が {n} 件",
        ),
        Category::Platform => (
            "1 problem is on the platform's side",
            "{n} problems are on the platform's side",
            "プラットフォーム側の問題が {n} 件",
        ),
        Category::Governance => (
            "1 connector is blocked by a policy",
            "{n} connectors are blocked by a policy",
            "ポリシーで禁止されたコネクタが {n} 件",
        ),
        Category::Trigger => (
            "1 event trigger cannot run",
            "{n} event triggers cannot run",
            "動作できないイベントトリガーが {n} 件",
        ),
        Category::Lifecycle => (
            "1 connection cannot be created or deleted",
            "{n} connections cannot be created or deleted",
            "作成または削除できないコネクションが {n} 件",
        ),
        Category::Binding => (
            "1 activity has no connection",
            "{n} activities have no connection",
            "コネクションのないアクティビティが {n} 件",
        ),
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn says_what_and_how_many() {
        let report = sample::rich();
        assert_eq!(
            verdict(&report, Lang::En),
            "1 connection needs re-authentication, 1 folder permission is missing, \
             1 provider is unstable; 214 jobs were affected."
        );
        assert_eq!(
            verdict(&report, Lang::Ja),
            "再認証が必要なコネクションが 1 件、フォルダー権限の不足が 1 件、\
             サービス提供元の障害が 1 件。影響を受けたジョブは 214 件です。"
        );
    }

    #[test]
    fn two_incidents_of_one_connection_are_one() {
        let mut report = sample::rich();
        let mut again = report.incidents[0].clone();
        again.id = "FL-AGAIN2".to_string();
        report.incidents.push(again);
        assert!(verdict(&report, Lang::En).starts_with("1 connection needs"));
    }

    #[test]
    fn a_clean_bill_only_for_what_was_read() {
        let mut report = sample::empty();
        assert_eq!(verdict(&report, Lang::En), "No connection failure was found.");
        report.coverage.sources.failed = 1;
        assert!(verdict(&report, Lang::En).contains("in the part that could be read"));
    }

    #[test]
    fn closed_incidents_are_no_news() {
        let mut report = sample::rich();
        report.incidents.iter_mut().for_each(|incident| incident.state = "muted".to_string());
        assert!(verdict(&report, Lang::En).starts_with("Nothing is open"));
    }
}
