//! One incident in full: what happened, who acts, the repair and its check, the evidence, and a
//! text to paste into a ticket.

use crate::model::{Incident, Lang, Sample};
use crate::report::escape::safe_url;
use crate::report::text::incident_fields::{IncidentField, facts};
use crate::report::text::labels::{connection, minute, number};
use crate::report::text::terms::Term;
use crate::report::text::ui_strings::{UiStrings, words};
use serde::Serialize;
/// An incident in full.
#[derive(Serialize, Debug)]
pub struct IncidentDrawer {
    id: String,
    title: String,
    severity: String,
    severity_class: &'static str,
    connection: String,
    facts: Vec<IncidentField>,
    summary: String,
    steps: Vec<String>,
    verify: Vec<String>,
    url: String,
    ticket: String,
    samples: Vec<SampleView>,
    matched: String,
    grouped: String,
}

/// A redacted record and where it stands.
#[derive(Serialize, Debug)]
struct SampleView {
    place: String,
    message: String,
}

impl IncidentDrawer {
    /// An incident with the request ids of its occurrences and at most so many samples.
    pub fn new(
        incident: &Incident,
        requests: &[&str],
        samples: usize,
        lang: Lang,
    ) -> IncidentDrawer {
        let w = words(lang);
        let facts = facts(incident, requests, lang);
        let remediation = &incident.remediation;
        IncidentDrawer {
            id: incident.id.clone(),
            title: incident.signature.title.clone(),
            severity: incident.severity.word(lang).to_string(),
            severity_class: incident.severity.as_str(),
            connection: connection(&incident.connection, lang),
            ticket: ticket(incident, &facts, w),
            facts,
            summary: remediation.summary.clone(),
            steps: remediation.steps.clone(),
            verify: remediation.verify.clone(),
            url: safe_url(&remediation.url).unwrap_or_default().to_string(),
            samples: incident.samples.iter().take(samples).map(|s| evidence(s, w)).collect(),
            matched: incident.why.matched.clone(),
            grouped: incident.why.grouped.clone(),
        }
    }
}

/// Plain lines to paste: title, every fact, the repair.
fn ticket(incident: &Incident, facts: &[IncidentField], w: &UiStrings) -> String {
    let mut lines = vec![format!("[{}] {}", incident.id, incident.signature.title)];
    lines.extend(facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value)));
    if !incident.remediation.summary.is_empty() {
        lines.push(format!("{}: {}", w.fix, incident.remediation.summary));
    }
    let steps = incident.remediation.steps.iter().enumerate();
    lines.extend(steps.map(|(at, step)| format!("{}. {step}", at + 1)));
    lines.join("\n")
}

fn evidence(sample: &Sample, w: &UiStrings) -> SampleView {
    let mut place = vec![minute(sample.time)];
    place.extend(sample.level.clone());
    place.extend(sample.process.clone());
    place.push(format!("{}, {} {}", sample.source, w.line, number(sample.line)));
    place.retain(|part| !part.is_empty());
    SampleView { place: place.join(" · "), message: sample.message.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_ticket_holds_what_support_asks_for() {
        let report = sample::rich();
        let drawer =
            IncidentDrawer::new(&report.incidents[0], &["req-1", "req-1", "req-2"], 3, Lang::En);
        assert!(drawer.ticket.starts_with("[FL-7K3F9Q] The provider refused the token\n"));
        for line in [
            "Connection: 営業部メール (c1c1c1c1-c1c1-c1c1-c1c1-c1c1c1c1c1c1), uipath-microsoft-outlook365",
            "Request ids: req-1, req-2",
            "Job folders: Finance/日次, Shared/Mail, HR",
            "Cause: invalid_grant: The refresh token has expired",
        ] {
            assert!(drawer.ticket.lines().any(|l| l == line), "{line}\n{}", drawer.ticket);
        }
    }

    #[test]
    fn what_is_unknown_is_left_out() {
        let report = sample::rich();
        let drawer = IncidentDrawer::new(&report.incidents[2], &[], 3, Lang::En);
        let labels: Vec<&str> = drawer.facts.iter().map(|fact| fact.label.as_str()).collect();
        assert!(!labels.contains(&"First") && !labels.contains(&"HTTP status"));
        assert!(labels.contains(&"Candidates"));
    }
}
