//! The verdict: one sentence that says what is wrong and can be read aloud, and whether the input it
//! rests on was read completely.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Category, CoverageItem, Incident, Lang, Report, SourceStatus, format_number};
use crate::report::text::ui_strings::{fill, ui_strings};

/// Phrases in the sentence; the problems of all others are counted.
const MAX_PHRASES: usize = 5;

/// One sentence about the open incidents of a report.
pub fn verdict(report: &Report, lang: Lang) -> String {
    let ui = ui_strings(lang);
    let open: Vec<&Incident> = report.incidents.iter().filter(|i| i.is_open()).collect();
    if report.incidents.is_empty() {
        let text = if is_complete(report) { ui.no_failure } else { ui.no_failure_in_part };
        return text.to_string();
    }
    if open.is_empty() {
        return ui.nothing_open.to_string();
    }
    let mut counts = count_phrases(&open);
    let other: usize =
        counts.split_off(MAX_PHRASES.min(counts.len())).iter().map(|(_, subjects)| subjects).sum();
    if other > 0 {
        counts.push((OTHER, other));
    }
    let list: Vec<String> = counts.iter().map(|(phrase, n)| phrase.format(*n, lang)).collect();
    match lang {
        Lang::En => format!("{}; {}.", list.join(", "), jobs_phrase(report, lang)),
        Lang::Ja => format!("{}。{}。", list.join("、"), jobs_phrase(report, lang)),
    }
}

/// True if every selected source was read to its end.
pub fn is_complete(report: &Report) -> bool {
    report.coverage.sources.partial == 0 && report.coverage.sources.failed == 0
}

/// Sources that were not read to their end: failed and partial ones before skipped ones.
pub fn unread_sources(report: &Report) -> impl Iterator<Item = &CoverageItem> {
    let with_status =
        |status| report.coverage.items.iter().filter(move |row| row.item.status == status);
    [SourceStatus::Failed, SourceStatus::Partial, SourceStatus::Skipped]
        .into_iter()
        .flat_map(with_status)
}

/// Phrases with the number of their subjects, most jobs first.
fn count_phrases(open: &[&Incident]) -> Vec<(Phrase, usize)> {
    // Grouped by phrase, because several categories may share one.
    let mut groups: BTreeMap<Phrase, (u64, BTreeSet<String>)> = BTreeMap::new();
    for incident in open {
        let (jobs, subjects) = groups.entry(Phrase::new(incident.category)).or_default();
        *jobs += incident.counts.jobs;
        subjects.insert(subject(incident));
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(phrase, (jobs, _))| (Reverse(*jobs), *phrase));
    groups.into_iter().map(|(phrase, (_, subjects))| (phrase, subjects.len())).collect()
}

/// What is counted once: the folder that lacks a permission, else the connection, else the
/// incident itself.
fn subject(incident: &Incident) -> String {
    let folder = incident.connection_folder.key.map(|key| key.to_string());
    let connection = incident.connection.id.map(|id| id.to_string());
    let subject = match incident.category {
        Category::Permission => folder.or(connection),
        _ => connection,
    };
    subject.unwrap_or_else(|| incident.id.clone())
}

/// Jobs that recovered did not fail, so "affected" is said where there are any.
fn jobs_phrase(report: &Report, lang: Lang) -> String {
    let has_recovered = report.incidents.iter().any(|incident| incident.counts.recovered > 0);
    let phrase = if has_recovered { JOBS_AFFECTED } else { JOBS_FAILED };
    phrase.format(usize::try_from(report.summary.jobs).unwrap_or(usize::MAX), lang)
}

/// Ordered by its texts, which decides between phrases with equally many jobs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Phrase {
    one: &'static str,
    many: &'static str,
    ja: &'static str,
}

impl Phrase {
    fn new(category: Category) -> Phrase {
        if category.is_network() {
            return NETWORK;
        }
        PHRASES.iter().find(|(known, _)| *known == category).map_or(OTHER, |(_, phrase)| *phrase)
    }

    fn format(&self, n: usize, lang: Lang) -> String {
        let template = match lang {
            Lang::En if n == 1 => self.one,
            Lang::En => self.many,
            Lang::Ja => self.ja,
        };
        fill(template, &[("n", &format_number(n as u64))])
    }
}

const fn phrase(one: &'static str, many: &'static str, ja: &'static str) -> Phrase {
    Phrase { one, many, ja }
}

const JOBS_FAILED: Phrase =
    phrase("1 job failed", "{n} jobs failed", "失敗したジョブは {n} 件です");

const JOBS_AFFECTED: Phrase =
    phrase("1 job was affected", "{n} jobs were affected", "影響を受けたジョブは {n} 件です");

const OTHER: Phrase = phrase("1 other problem", "{n} other problems", "その他 {n} 件");

const NETWORK: Phrase = phrase(
    "1 network path is broken",
    "{n} network paths are broken",
    "ネットワーク経路の障害が {n} 件",
);

/// Categories that are not listed count as [`OTHER`] or [`NETWORK`].
const PHRASES: [(Category, Phrase); 16] = [
    (
        Category::Permission,
        phrase(
            "1 folder permission is missing",
            "{n} folder permissions are missing",
            "フォルダー権限の不足が {n} 件",
        ),
    ),
    (
        Category::NotFound,
        phrase(
            "1 connection is not found",
            "{n} connections are not found",
            "見つからないコネクションが {n} 件",
        ),
    ),
    (
        Category::Disabled,
        phrase(
            "1 connection is disabled",
            "{n} connections are disabled",
            "無効なコネクションが {n} 件",
        ),
    ),
    (
        Category::AuthExpired,
        phrase(
            "1 connection needs re-authentication",
            "{n} connections need re-authentication",
            "再認証が必要なコネクションが {n} 件",
        ),
    ),
    (
        Category::AuthCredentials,
        phrase(
            "1 connection has wrong credentials",
            "{n} connections have wrong credentials",
            "資格情報が誤っているコネクションが {n} 件",
        ),
    ),
    (
        Category::AuthConsent,
        phrase(
            "1 connection lacks a consent or scope",
            "{n} connections lack a consent or scope",
            "同意またはスコープが不足しているコネクションが {n} 件",
        ),
    ),
    (
        Category::AuthPolicy,
        phrase(
            "1 connection is refused by a sign-in policy",
            "{n} connections are refused by a sign-in policy",
            "サインインポリシーで拒否されたコネクションが {n} 件",
        ),
    ),
    (
        Category::IdentityMismatch,
        phrase(
            "1 connection uses the wrong account",
            "{n} connections use the wrong account",
            "アカウントが一致しないコネクションが {n} 件",
        ),
    ),
    (
        Category::IpAllowlist,
        phrase(
            "1 connection is refused by an IP allow list",
            "{n} connections are refused by an IP allow list",
            "IP 許可リストで拒否されたコネクションが {n} 件",
        ),
    ),
    (
        Category::RateLimit,
        phrase(
            "1 connection is throttled",
            "{n} connections are throttled",
            "レート制限を受けたコネクションが {n} 件",
        ),
    ),
    (
        Category::ProviderOutage,
        phrase(
            "1 provider is unstable",
            "{n} providers are unstable",
            "サービス提供元の障害が {n} 件",
        ),
    ),
    (
        Category::Platform,
        phrase(
            "1 problem is on the platform's side",
            "{n} problems are on the platform's side",
            "プラットフォーム側の問題が {n} 件",
        ),
    ),
    (
        Category::Governance,
        phrase(
            "1 connector is blocked by a policy",
            "{n} connectors are blocked by a policy",
            "ポリシーで禁止されたコネクタが {n} 件",
        ),
    ),
    (
        Category::Trigger,
        phrase(
            "1 event trigger cannot run",
            "{n} event triggers cannot run",
            "動作できないイベントトリガーが {n} 件",
        ),
    ),
    (
        Category::Lifecycle,
        phrase(
            "1 connection cannot be created or deleted",
            "{n} connections cannot be created or deleted",
            "作成または削除できないコネクションが {n} 件",
        ),
    ),
    (
        Category::Binding,
        phrase(
            "1 activity has no connection",
            "{n} activities have no connection",
            "コネクションのないアクティビティが {n} 件",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::IncidentState;
    use crate::report::sample;

    #[test]
    fn names_each_problem_with_its_number() {
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
    fn two_incidents_of_one_connection_count_once() {
        let mut report = sample::rich();
        let mut again = report.incidents[0].clone();
        again.id = "FL-AGAIN2".to_string();
        report.incidents.push(again);
        assert!(verdict(&report, Lang::En).starts_with("1 connection needs"));
    }

    #[test]
    fn no_failure_is_limited_to_the_part_that_was_read() {
        let mut report = sample::empty();
        assert_eq!(verdict(&report, Lang::En), "No connection failure was found.");
        report.coverage.sources.failed = 1;
        assert!(verdict(&report, Lang::En).contains("in the part that could be read"));
    }

    #[test]
    fn closed_incidents_are_not_counted() {
        let mut report = sample::rich();
        for state in [IncidentState::Muted, IncidentState::Resolved, IncidentState::Quiet] {
            report.incidents.iter_mut().for_each(|incident| incident.state = state);
            assert!(verdict(&report, Lang::En).starts_with("Nothing is open"));
        }
    }
}
