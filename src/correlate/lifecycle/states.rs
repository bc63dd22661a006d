//! The lifecycle of incidents: compares a report with what previous runs reported and gives each
//! incident its state. Every state rests on evidence in the input, never on the calendar;
//! docs/adr/0021-life-cycle.md has the table. Runs after `correlate` and changes no count.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::correlate::lifecycle::input::{LifecycleInput, LifecycleOutcome};
use crate::correlate::lifecycle::log_series::{LogSeries, SeriesIndex, log_series};
use crate::model::{
    DiagnosticCode, DiagnosticRow, DiagnosticSeverity, Digest, Guid, Incident, IncidentHistory,
    IncidentState, Instant, JobFact, KnownIncident, Mute, Occurrence, PreviousRuns, Report,
};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Upper limit, in seconds, of the silence to be expected between failures of an open incident.
const LONGEST_SILENCE: i64 = 31 * DAY;

/// Failures a day below which an incident never escalates.
const ESCALATION_MIN: u64 = 5;

/// Days before the latest two with which these are compared.
const COMPARED_DAYS: i64 = 7;

/// Seconds before the end of a mute at which the report announces it.
const EXPIRY_NOTICE: i64 = 7 * DAY;

/// Gives every incident of a report its state and history.
pub fn assign_states(report: &mut Report, input: &LifecycleInput<'_>) -> LifecycleOutcome {
    let evidence = InputEvidence::new(report, input);
    let aliases = find_aliases(report, input.past);
    let mut rows: BTreeMap<&str, Vec<&Occurrence>> = BTreeMap::new();
    for row in &report.occurrences {
        rows.entry(&row.incident_id).or_default().push(row);
    }
    let mut known_incidents = Vec::with_capacity(report.incidents.len());
    let mut by_state = BTreeMap::new();
    for incident in &mut report.incidents {
        let rows = rows.get(incident.id.as_str()).map_or(&[][..], Vec::as_slice);
        let known = assign_state(incident, rows, &evidence, &aliases, input);
        *by_state.entry(known.state.to_string()).or_default() += 1;
        known_incidents.push(known);
    }
    report.summary.by_state = by_state;
    report_mutes(report, input);
    LifecycleOutcome { known: known_incidents, aliases }
}

/// Gives one incident its state and history; returns what the next run has to know of it.
fn assign_state(
    incident: &mut Incident,
    rows: &[&Occurrence],
    evidence: &InputEvidence,
    aliases: &BTreeMap<String, String>,
    input: &LifecycleInput<'_>,
) -> KnownIncident {
    let previous = previous_incident(incident, input.past, aliases);
    let mut known = known_incident(incident, rows, &evidence.series.by_source);
    let evidence = evidence.of_incident(incident, &known);
    let mut history = IncidentHistory {
        first_run: previous.as_ref().map_or(input.past.run, |previous| previous.first_run),
        aliases: aliases_of(incident, input.past, aliases),
        recovered_at: evidence.recovered_at,
        recovery_seconds: evidence
            .recovered_at
            .zip(incident.first_seen)
            .map(|(until, from)| seconds_between(from, until)),
        note: previous.as_ref().and_then(|previous| previous.note.clone()),
        folded: pruned_failures(input.past, &incident.id),
        ..IncidentHistory::default()
    };
    let until = evidence.read_until.or(evidence.horizon);
    (history.recent, history.usual) = recent_and_usual(incident, until);
    let mute = active_mute(incident, &history.aliases, input);
    if let Some(mute) = mute {
        history.muted_until = Some(mute.until);
        history.mute_reason = Some(mute.reason.clone());
    }
    let (state, resolved_at) = state(incident, previous.as_ref(), &evidence, &history);
    history.resolved_at = resolved_at;
    known.first_run = history.first_run;
    known.state = state;
    known.resolved_at = resolved_at;
    incident.state = state;
    incident.history = Some(history);
    known
}

/// What the input proves about all incidents.
struct InputEvidence {
    series: SeriesIndex,
    /// End times of successful jobs, by the connections they use.
    successes: BTreeMap<Guid, BTreeSet<Instant>>,
    /// The latest time read from any log series.
    horizon: Option<Instant>,
}

impl InputEvidence {
    fn new(report: &Report, input: &LifecycleInput<'_>) -> InputEvidence {
        let series = log_series(report, input);
        let horizon = series.read_until.values().max().copied();
        InputEvidence { series, successes: successes(input.digest), horizon }
    }

    fn of_incident(&self, incident: &Incident, known: &KnownIncident) -> StateEvidence {
        let read_until = &self.series.read_until;
        let successes = incident.connection.id.and_then(|id| self.successes.get(&id));
        let recovered_at = successes.zip(incident.last_seen).and_then(|(successes, last)| {
            successes.range(last..).find(|success| **success > last).copied()
        });
        StateEvidence {
            read_until: known.log_series.iter().map(|s| read_until.get(s).copied()).min().flatten(),
            recovered_at,
            horizon: self.horizon,
        }
    }
}

/// The evidence on which the state of one incident rests.
struct StateEvidence {
    /// Every log series of the incident was read at least until this time; `None` if one was not
    /// read at all.
    read_until: Option<Instant>,
    /// The first success of a job with the same connection after the last failure.
    recovered_at: Option<Instant>,
    /// The latest time read from any log series.
    horizon: Option<Instant>,
}

/// Returns the state, and the time until which the failures are resolved.
fn state(
    incident: &Incident,
    previous: Option<&KnownIncident>,
    evidence: &StateEvidence,
    history: &IncidentHistory,
) -> (IncidentState, Option<Instant>) {
    let escalates = escalates(history);
    let is_muted = history.muted_until.is_some() && !escalates;
    let Some(previous) = previous else {
        return (if is_muted { IncidentState::Muted } else { IncidentState::New }, None);
    };
    let last = incident.last_seen;
    // A resolution that a later failure invalidated was reported by a previous run.
    let was_resolved_at =
        previous.resolved_at.filter(|time| previous.last_seen.is_none_or(|last| last <= *time));
    let has_new_failures =
        last > previous.last_seen || incident.counts.occurrences > previous.occurrences;
    let later_than = |time: Option<Instant>, seconds: i64| {
        time.filter(|time| last.is_some_and(|last| *time > last.plus_seconds(seconds)))
    };
    let resolved_at = match was_resolved_at {
        Some(time) if last <= Some(time) => Some(time),
        Some(_) => None,
        None if has_new_failures => None,
        None => evidence
            .recovered_at
            .or_else(|| later_than(evidence.read_until, DAY + longest_silence(incident))),
    };
    let state = if is_muted {
        IncidentState::Muted
    } else if was_resolved_at.is_some_and(|time| last > Some(time)) {
        IncidentState::Regressed
    } else if resolved_at.is_some() {
        IncidentState::Resolved
    } else if escalates {
        IncidentState::Escalating
    } else if has_new_failures || later_than(evidence.horizon, DAY).is_none() {
        IncidentState::Ongoing
    } else {
        IncidentState::Quiet
    };
    (state, resolved_at)
}

/// The longest time between two days with failures, in seconds.
fn longest_silence(incident: &Incident) -> i64 {
    let days: Vec<i64> = incident.by_day.keys().filter_map(|day| day_number(day)).collect();
    let longest = days.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    longest.saturating_mul(DAY).min(LONGEST_SILENCE)
}

/// A day of the form `YYYY-MM-DD` as a number of days.
fn day_number(day: &str) -> Option<i64> {
    let noon: Instant = serde_json::from_value(format!("{day}T12:00:00.000Z").into()).ok()?;
    Some(noon.0.div_euclid(DAY * 1_000_000))
}

/// Failures of the busier of the latest two days, and of the busiest of the days compared with them.
fn recent_and_usual(incident: &Incident, until: Option<Instant>) -> (u64, u64) {
    let Some(latest) = until.max(incident.last_seen).filter(|_| incident.last_seen.is_some())
    else {
        return (0, 0);
    };
    let days_before = |days: i64| {
        incident.by_day.get(&latest.plus_seconds(-days * DAY).day()).copied().unwrap_or_default()
    };
    let recent = days_before(0).max(days_before(1));
    (recent, (2..2 + COMPARED_DAYS).map(days_before).max().unwrap_or_default())
}

/// True when failures at least doubled. Never true after days without failures, which may be days
/// without data.
fn escalates(history: &IncidentHistory) -> bool {
    history.usual > 0 && history.recent >= ESCALATION_MIN && history.recent >= 2 * history.usual
}

fn seconds_between(from: Instant, until: Instant) -> i64 {
    (until.0 - from.0) / 1_000_000
}

fn pruned_failures(previous_runs: &PreviousRuns<'_>, id: &str) -> u64 {
    previous_runs.folded.get(id).map_or(0, |pruned| pruned.by_day.values().sum())
}

/// What the next run has to know of an incident; state, first run and resolution are left empty.
fn known_incident(
    incident: &Incident,
    rows: &[&Occurrence],
    series: &BTreeMap<String, Rc<LogSeries>>,
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
        log_series: rows
            .iter()
            .filter_map(|row| series.get(&row.source))
            .map(|series| series.as_ref().clone())
            .collect(),
        anchor: rows.iter().filter_map(|row| Some((row.time?, row.job_key))).min(),
        ..KnownIncident::default()
    }
}

/// The incident as the last published run reported it, under this id and under those it replaced.
fn previous_incident(
    incident: &Incident,
    previous_runs: &PreviousRuns<'_>,
    aliases: &BTreeMap<String, String>,
) -> Option<KnownIncident> {
    let same = previous_runs.known.get(&incident.id);
    let replaced = aliases.iter().filter(|(_, id)| **id == incident.id);
    let mut all =
        same.into_iter().chain(replaced.filter_map(|(old, _)| previous_runs.known.get(old)));
    let mut merged = all.next()?.clone();
    for other in all {
        merged.first_run = merged.first_run.min(other.first_run);
        merged.occurrences += other.occurrences;
        merged.last_seen = merged.last_seen.max(other.last_seen);
        // The whole is resolved only if all parts are.
        merged.resolved_at = merged.resolved_at.zip(other.resolved_at).map(|(a, b)| a.max(b));
    }
    Some(merged)
}

/// All ids that the incident replaced, directly or through others, sorted.
fn aliases_of(
    incident: &Incident,
    previous_runs: &PreviousRuns<'_>,
    aliases: &BTreeMap<String, String>,
) -> Vec<String> {
    let all: BTreeMap<&String, &String> = previous_runs.aliases.iter().chain(aliases).collect();
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

/// Maps each known incident that is no longer in the report to the incident that now contains its
/// first failure, if exactly one does.
fn find_aliases(report: &Report, previous_runs: &PreviousRuns<'_>) -> BTreeMap<String, String> {
    let current: BTreeSet<&str> = report.incidents.iter().map(|i| i.id.as_str()).collect();
    let missing: Vec<&KnownIncident> =
        previous_runs.known.values().filter(|known| !current.contains(known.id.as_str())).collect();
    if missing.is_empty() {
        return BTreeMap::new();
    }
    let mut owners: BTreeMap<(Instant, Option<Guid>), BTreeSet<&str>> = BTreeMap::new();
    for row in &report.occurrences {
        if let Some(time) = row.time {
            owners.entry((time, row.job_key)).or_default().insert(&row.incident_id);
        }
    }
    let mut aliases = BTreeMap::new();
    for known in missing {
        let Some(ids) = known.anchor.and_then(|anchor| owners.get(&anchor)) else { continue };
        if ids.len() == 1
            && let Some(id) = ids.first()
        {
            aliases.insert(known.id.clone(), (*id).to_string());
        }
    }
    aliases
}

/// End times of successful jobs, by the connections that they are bound to or that traces show.
fn successes(digest: &Digest) -> BTreeMap<Guid, BTreeSet<Instant>> {
    let mut all: BTreeMap<Guid, BTreeSet<Instant>> = BTreeMap::new();
    let success = |job: &JobFact| job.known_span().end.filter(|_| job.succeeded());
    for job in digest.jobs.values() {
        if let Some(end) = success(job) {
            for binding in &job.bindings {
                all.entry(binding.connection).or_default().insert(end);
            }
        }
    }
    for trace in &digest.traces {
        if let Some(end) = digest.jobs.get(&trace.job).and_then(success)
            && let Some(connection) = trace.connection
        {
            all.entry(connection).or_default().insert(end);
        }
    }
    all
}

fn applies_to(mute: &Mute, incident: &Incident, aliases: &[String]) -> bool {
    mute.id == incident.id || mute.id == incident.fingerprint || aliases.contains(&mute.id)
}

/// The mute of an incident that ends last.
fn active_mute<'i>(
    incident: &Incident,
    aliases: &[String],
    input: &LifecycleInput<'i>,
) -> Option<&'i Mute> {
    let active = input.past.mutes.iter().filter(|mute| mute.until > input.now);
    active.filter(|mute| applies_to(mute, incident, aliases)).max_by_key(|mute| mute.until)
}

/// Reports mutes that ended, that end soon, or that apply to no incident.
fn report_mutes(report: &mut Report, input: &LifecycleInput<'_>) {
    let mut rows = Vec::new();
    for mute in input.past.mutes {
        let is_used = report.incidents.iter().any(|incident| {
            let aliases = incident.history.as_ref().map_or(&[][..], |history| &history.aliases);
            applies_to(mute, incident, aliases)
        });
        let until = mute.until;
        let (code, message) = if until <= input.now {
            (DiagnosticCode::StateMuteExpired, format!("the mute of {} ended at {until}", mute.id))
        } else if !is_used {
            (DiagnosticCode::StateMuteUnused, format!("the mute of {} fits no incident", mute.id))
        } else if until <= input.now.plus_seconds(EXPIRY_NOTICE) {
            (DiagnosticCode::StateMuteExpiring, format!("the mute of {} ends at {until}", mute.id))
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
    fn day_numbers_are_consecutive() {
        assert_eq!(
            day_number("2026-03-01").zip(day_number("2026-02-28")).map(|(a, b)| a - b),
            Some(1)
        );
        assert_eq!(day_number("soon"), None);
    }
}
