//! The life of an incident: what a report says beside what earlier runs told. Every state rests on
//! evidence of the input, never on a date of the calendar; docs/adr/0021-life-cycle.md has the
//! table. Comes after the incidents are made, and changes no count.

use crate::correlate::lifecycle::input::{LifecycleInput, LifecycleOutcome};
use crate::correlate::lifecycle::log_series::{Carriers, LogSeries, log_series};
use crate::model::{DiagnosticRow, Incident, Occurrence, Report};
use crate::model::{DiagnosticSeverity, Digest, Guid, Instant};
use crate::model::{IncidentHistory, KnownIncident, Mute, PreviousRuns};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
const DAY: i64 = 86_400;

/// A longer silence is not expected of anything that still fails.
const LONGEST_SILENCE: i64 = 31 * DAY;

/// Fewer failures a day are no escalation.
const ESCALATION_MIN: u64 = 5;

/// Days before the latest two that are compared with them.
const COMPARED_DAYS: i64 = 7;

/// Mutes that end within this are announced.
const EXPIRY_NOTICE: i64 = 7 * DAY;

/// Gives every incident of a report its state.
pub fn assign_states(report: &mut Report, life: &LifecycleInput<'_>) -> LifecycleOutcome {
    let Carriers { of: carriers, read_until } = log_series(report, life);
    let successes = successes(life.digest);
    let mut rows: BTreeMap<&str, Vec<&Occurrence>> = BTreeMap::new();
    for row in &report.occurrences {
        rows.entry(&row.incident_id).or_default().push(row);
    }
    let aliases = find_aliases(report, life.past);
    let horizon = read_until.values().max().copied();
    let mut lived = LifecycleOutcome { known: Vec::new(), aliases: aliases.clone() };
    let mut by_state = BTreeMap::new();
    for incident in &mut report.incidents {
        let rows = rows.get(incident.id.as_str()).map_or(&[][..], Vec::as_slice);
        let mut known = seen(incident, rows, &carriers);
        let before = before(incident, life.past, &aliases);
        let proof = StateEvidence {
            // As far as all of its carriers were read.
            read_until: known.carriers.iter().map(|c| read_until.get(c).copied()).min().flatten(),
            recovered_at: incident
                .connection
                .id
                .and_then(|id| successes.get(&id))
                .and_then(|all| {
                    all.range(incident.last_seen?..).find(|at| Some(**at) > incident.last_seen)
                })
                .copied(),
            horizon,
        };
        let mut shown = IncidentHistory {
            first_run: before.as_ref().map_or(life.past.run, |known| known.first_run),
            aliases: ids_of(incident, life.past, &aliases),
            recovered_at: proof.recovered_at,
            recovery_seconds: proof.recovered_at.zip(incident.first_seen).map(seconds),
            note: before.as_ref().and_then(|known| known.note.clone()),
            folded: folded(life.past, &incident.id),
            ..IncidentHistory::default()
        };
        (shown.recent, shown.usual) = trend(incident, proof.read_until.or(horizon));
        let mute = mute_of(incident, &shown.aliases, life);
        if let Some(mute) = mute {
            shown.muted_until = Some(mute.until);
            shown.mute_reason = Some(mute.reason.clone());
        }
        let (state, resolved_at) =
            state(incident, before.as_ref(), &proof, escalates(&shown), mute.is_some());
        shown.resolved_at = resolved_at;
        known.first_run = shown.first_run;
        known.state = state.to_string();
        known.resolved_at = resolved_at;
        incident.state = state.to_string();
        incident.history = Some(shown);
        *by_state.entry(state.to_string()).or_default() += 1;
        lived.known.push(known);
    }
    report.summary.by_state = by_state;
    report_mutes(report, life);
    lived
}

/// The evidence on which a state rests.
struct StateEvidence {
    /// Every carrier of the incident was read as far as this.
    read_until: Option<Instant>,
    /// A job with the same connection succeeded after the last failure.
    recovered_at: Option<Instant>,
    /// Anything was read as far as this.
    horizon: Option<Instant>,
}

/// The state, and up to when failures are settled.
fn state(
    incident: &Incident,
    before: Option<&KnownIncident>,
    proof: &StateEvidence,
    escalates: bool,
    muted: bool,
) -> (&'static str, Option<Instant>) {
    let Some(before) = before else {
        return (if muted && !escalates { "muted" } else { "new" }, None);
    };
    let last = incident.last_seen;
    // A resolution that a later failure broke was told of then.
    let settled = before.resolved_at.filter(|at| before.last_seen.is_none_or(|seen| seen <= *at));
    let fresh = last > before.last_seen || incident.counts.occurrences > before.occurrences;
    let beyond = |until: Option<Instant>, seconds: i64| {
        until.zip(last).filter(|(until, last)| *until > last.plus_seconds(seconds)).map(|p| p.0)
    };
    let proven = match settled {
        Some(at) if last <= Some(at) => Some(at),
        Some(_) => None,
        None if fresh => None,
        None => proof.recovered_at.or_else(|| beyond(proof.read_until, DAY + silence(incident))),
    };
    let state = if muted && !escalates {
        "muted"
    } else if settled.is_some_and(|at| last > Some(at)) {
        "regressed"
    } else if proven.is_some() {
        "resolved"
    } else if escalates {
        "escalating"
    } else if fresh || beyond(proof.horizon, DAY).is_none() {
        "ongoing"
    } else {
        "quiet"
    };
    (state, proven)
}

/// The longest silence between days of failures, in seconds.
fn silence(incident: &Incident) -> i64 {
    let numbers: Vec<i64> = incident.by_day.keys().filter_map(|day| day_number(day)).collect();
    let longest = numbers.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    longest.saturating_mul(DAY).min(LONGEST_SILENCE)
}

/// Days since some day, of `YYYY-MM-DD`.
fn day_number(day: &str) -> Option<i64> {
    let noon: Instant = serde_json::from_value(format!("{day}T12:00:00.000Z").into()).ok()?;
    Some(noon.0.div_euclid(DAY * 1_000_000))
}

/// Failures of the busier of the latest two days, and of the busiest of those before them.
fn trend(incident: &Incident, until: Option<Instant>) -> (u64, u64) {
    let Some(latest) = until.max(incident.last_seen).filter(|_| incident.last_seen.is_some())
    else {
        return (0, 0);
    };
    let on = |ago: i64| {
        incident.by_day.get(&latest.plus_seconds(-ago * DAY).day()).copied().unwrap_or_default()
    };
    let recent = on(0).max(on(1));
    (recent, (2..2 + COMPARED_DAYS).map(on).max().unwrap_or_default())
}

/// A day without failures may be one without data: it is not compared with.
fn escalates(shown: &IncidentHistory) -> bool {
    shown.usual > 0 && shown.recent >= ESCALATION_MIN && shown.recent >= 2 * shown.usual
}

fn seconds((until, from): (Instant, Instant)) -> i64 {
    (until.0 - from.0) / 1_000_000
}

fn folded(past: &PreviousRuns<'_>, id: &str) -> u64 {
    past.folded.get(id).map_or(0, |folded| folded.by_day.values().sum())
}

/// An incident as it is now, without what only the past can say.
fn seen(
    incident: &Incident,
    rows: &[&Occurrence],
    carriers: &BTreeMap<String, Rc<LogSeries>>,
) -> KnownIncident {
    KnownIncident {
        id: incident.id.clone(),
        fingerprint: incident.fingerprint.clone(),
        signature: incident.signature.id.clone(),
        occurrences: incident.counts.occurrences,
        jobs: incident.counts.jobs,
        first_seen: incident.first_seen,
        last_seen: incident.last_seen,
        by_day: incident.by_day.clone(),
        carriers: rows
            .iter()
            .filter_map(|row| carriers.get(&row.source))
            .map(|c| c.as_ref().clone())
            .collect(),
        anchor: rows.iter().filter_map(|row| Some((row.time?, row.job_key))).min(),
        ..KnownIncident::default()
    }
}

/// What the last published run told of it, under this id or those it took over.
fn before(
    incident: &Incident,
    past: &PreviousRuns<'_>,
    aliases: &BTreeMap<String, String>,
) -> Option<KnownIncident> {
    let same = past.known.get(&incident.id);
    let others = aliases.iter().filter(|(_, id)| **id == incident.id);
    let mut all = same.into_iter().chain(others.filter_map(|(old, _)| past.known.get(old)));
    let mut before = all.next()?.clone();
    for other in all {
        before.first_run = before.first_run.min(other.first_run);
        before.occurrences += other.occurrences;
        before.last_seen = before.last_seen.max(other.last_seen);
        // One of them unsettled leaves the whole unsettled.
        before.resolved_at = before.resolved_at.zip(other.resolved_at).map(|(a, b)| a.max(b));
    }
    Some(before)
}

fn ids_of(
    incident: &Incident,
    past: &PreviousRuns<'_>,
    aliases: &BTreeMap<String, String>,
) -> Vec<String> {
    let all: BTreeMap<&String, &String> = past.aliases.iter().chain(aliases).collect();
    let mut ids = BTreeSet::from([&incident.id]);
    loop {
        let more: Vec<&String> = all
            .iter()
            .filter(|(old, id)| ids.contains(*id) && !ids.contains(*old))
            .map(|(old, _)| *old)
            .collect();
        if more.is_empty() {
            break;
        }
        ids.extend(more);
    }
    ids.into_iter().filter(|id| **id != incident.id).cloned().collect()
}

/// Known incidents that are gone because their failures now belong to another one: the one that
/// holds their first failure, if exactly one does.
fn find_aliases(report: &Report, past: &PreviousRuns<'_>) -> BTreeMap<String, String> {
    let here: BTreeSet<&str> = report.incidents.iter().map(|i| i.id.as_str()).collect();
    let gone: Vec<&KnownIncident> =
        past.known.values().filter(|known| !here.contains(known.id.as_str())).collect();
    if gone.is_empty() {
        return BTreeMap::new();
    }
    let mut holders: BTreeMap<(Instant, Option<Guid>), BTreeSet<&str>> = BTreeMap::new();
    for row in &report.occurrences {
        if let Some(time) = row.time {
            holders.entry((time, row.job_key)).or_default().insert(&row.incident_id);
        }
    }
    let mut aliases = BTreeMap::new();
    for known in gone {
        let Some(ids) = known.anchor.and_then(|anchor| holders.get(&anchor)) else { continue };
        if ids.len() == 1
            && let Some(id) = ids.first()
        {
            aliases.insert(known.id.clone(), (*id).to_string());
        }
    }
    aliases
}

/// When jobs that use a connection succeeded.
fn successes(digest: &Digest) -> BTreeMap<Guid, BTreeSet<Instant>> {
    let mut all: BTreeMap<Guid, BTreeSet<Instant>> = BTreeMap::new();
    let ended = |job: &crate::model::JobFact| Some(job.end.filter(|_| job.succeeded())?.at);
    for job in digest.jobs.values() {
        if let Some(end) = ended(job) {
            for binding in &job.bindings {
                all.entry(binding.connection).or_default().insert(end);
            }
        }
    }
    for trace in &digest.traces {
        if let Some(end) = digest.jobs.get(&trace.job).and_then(ended) {
            all.entry(trace.connection).or_default().insert(end);
        }
    }
    all
}

fn names(mute: &Mute, incident: &Incident, aliases: &[String]) -> bool {
    mute.id == incident.id || mute.id == incident.fingerprint || aliases.contains(&mute.id)
}

fn mute_of<'l>(
    incident: &Incident,
    aliases: &[String],
    life: &LifecycleInput<'l>,
) -> Option<&'l Mute> {
    let holding = life.past.mutes.iter().filter(|mute| mute.until > life.now);
    holding.filter(|mute| names(mute, incident, aliases)).max_by_key(|mute| mute.until)
}

/// Mutes that ended, that end soon, or that mute nothing.
fn report_mutes(report: &mut Report, life: &LifecycleInput<'_>) {
    let mut rows = Vec::new();
    for mute in life.past.mutes {
        let used = report.incidents.iter().any(|incident| {
            let aliases = incident.history.as_ref().map_or(&[][..], |past| &past.aliases[..]);
            names(mute, incident, aliases)
        });
        let until = mute.until;
        let (code, message) = if until <= life.now {
            ("state.mute-expired", format!("the mute of {} ended at {until}", mute.id))
        } else if !used {
            ("state.mute-unused", format!("the mute of {} fits no incident", mute.id))
        } else if until <= life.now.plus_seconds(EXPIRY_NOTICE) {
            ("state.mute-expiring", format!("the mute of {} ends at {until}", mute.id))
        } else {
            continue;
        };
        rows.push(DiagnosticRow {
            stage: "state".to_string(),
            code: code.to_string(),
            severity: DiagnosticSeverity::Note,
            source: mute.id.clone(),
            location: String::new(),
            message,
            count: 1,
        });
    }
    report.diagnostics.extend(rows);
    report
        .diagnostics
        .sort_by(|a, b| (a.severity, &a.code, &a.source).cmp(&(b.severity, &b.code, &b.source)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count() {
        assert_eq!(
            day_number("2026-03-01").zip(day_number("2026-02-28")).map(|(a, b)| a - b),
            Some(1)
        );
        assert_eq!(day_number("soon"), None);
    }
}
