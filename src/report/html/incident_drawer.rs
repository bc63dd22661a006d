//! One incident in full: its fields, the repair and its check, the evidence, and a text to paste into
//! a ticket.

use serde::Serialize;

use crate::model::{Incident, Lang, Sample, format_number};
use crate::report::escape::safe_url;
use crate::report::text::incident_fields::{IncidentField, incident_fields};
use crate::report::text::labels::{connection_label, format_minute};
use crate::report::text::terms::Term;
use crate::report::text::ui_strings::{UiStrings, ui_strings};

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

#[derive(Serialize, Debug)]
struct SampleView {
    /// Time, level, process and source line.
    origin: String,
    message: String,
}

impl IncidentDrawer {
    /// `requests` are the request ids of the occurrences. Shows at most `max_samples` samples.
    pub fn new(
        incident: &Incident,
        requests: &[&str],
        max_samples: usize,
        lang: Lang,
    ) -> IncidentDrawer {
        let ui = ui_strings(lang);
        let facts = incident_fields(incident, requests, lang);
        let remediation = &incident.remediation;
        IncidentDrawer {
            id: incident.id.clone(),
            title: incident.signature.title.clone(),
            severity: incident.severity.word(lang).to_string(),
            severity_class: incident.severity.as_str(),
            connection: connection_label(&incident.connection, lang),
            ticket: ticket(incident, &facts, ui),
            facts,
            summary: remediation.summary.clone(),
            steps: remediation.steps.clone(),
            verify: remediation.verify.clone(),
            url: safe_url(&remediation.url).unwrap_or_default().to_string(),
            samples: incident
                .samples
                .iter()
                .take(max_samples)
                .map(|s| sample_view(s, ui))
                .collect(),
            matched: incident.why.matched.clone(),
            grouped: incident.why.grouped.clone(),
        }
    }
}

/// Plain lines to paste: title, fields, repair.
fn ticket(incident: &Incident, facts: &[IncidentField], ui: &UiStrings) -> String {
    let mut lines = vec![format!("[{}] {}", incident.id, incident.signature.title)];
    lines.extend(facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value)));
    if !incident.remediation.summary.is_empty() {
        lines.push(format!("{}: {}", ui.fix, incident.remediation.summary));
    }
    let steps = incident.remediation.steps.iter().enumerate();
    lines.extend(steps.map(|(index, step)| format!("{}. {step}", index + 1)));
    lines.join("\n")
}

fn sample_view(sample: &Sample, ui: &UiStrings) -> SampleView {
    let mut parts = vec![format_minute(sample.time)];
    parts.extend(sample.level.clone());
    parts.extend(sample.process.clone());
    parts.push(format!("{}, {} {}", sample.source, ui.line, format_number(sample.line)));
    parts.retain(|part| !part.is_empty());
    SampleView { origin: parts.join(" · "), message: sample.message.clone() }
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
    fn unknown_values_are_left_out() {
        let report = sample::rich();
        let drawer = IncidentDrawer::new(&report.incidents[2], &[], 3, Lang::En);
        let labels: Vec<&str> = drawer.facts.iter().map(|fact| fact.label.as_str()).collect();
        assert!(!labels.contains(&"First") && !labels.contains(&"HTTP status"));
        assert!(labels.contains(&"Candidates"));
    }
}
