//! One incident in full for the terminal: its fields, why it matched and was grouped, the repair and
//! its check, the evidence. Log text is always escaped.

use unicode_width::UnicodeWidthStr;

use crate::model::{Incident, Lang, Occurrence, Sample, cut, format_number};
use crate::report::escape::{escape_block, escape_for_terminal, escape_line};
use crate::report::text::incident_fields::incident_fields;
use crate::report::text::labels::{capitalize, format_minute};
use crate::report::text::ui_strings::ui_strings;

/// Bytes of a message in the list of occurrences, which are one or two lines.
const MAX_MESSAGE: usize = 200;

/// `occurrences` may include those of other incidents.
pub fn detail(incident: &Incident, occurrences: &[Occurrence], lang: Lang) -> String {
    let ui = ui_strings(lang);
    let requests: Vec<&str> =
        occurrences_of(incident, occurrences).filter_map(|o| o.request_id.as_deref()).collect();
    let mut lines = vec![
        format!(
            "{}  {}",
            escape_for_terminal(&incident.id),
            escape_line(&incident.signature.title)
        ),
        String::new(),
    ];
    let fields = incident_fields(incident, &requests, lang).into_iter();
    let rows: Vec<(String, String)> =
        fields.map(|field| (field.label, escape_line(&field.value))).collect();
    lines.push(columns(&rows).trim_end_matches('\n').to_string());
    for (heading, reason) in
        [(ui.matched, &incident.why.matched), (ui.grouped, &incident.why.grouped)]
    {
        lines.extend([String::new(), heading.to_string(), format!("  {}", escape_line(reason))]);
    }
    let remediation = &incident.remediation;
    let parts: [(&str, &[String]); 4] = [
        (ui.fix, std::slice::from_ref(&remediation.summary)),
        (ui.steps, &remediation.steps),
        (ui.verify, &remediation.verify),
        (ui.vendor_page, std::slice::from_ref(&remediation.url)),
    ];
    for (heading, texts) in parts {
        if texts.iter().all(String::is_empty) {
            continue;
        }
        lines.extend([String::new(), heading.to_string()]);
        let is_numbered = texts.len() > 1;
        for (index, text) in texts.iter().enumerate() {
            let number = if is_numbered { format!("{}. ", index + 1) } else { String::new() };
            lines.push(format!("  {number}{}", escape_line(text)));
        }
    }
    lines.extend([String::new(), ui.evidence.to_string()]);
    for sample in &incident.samples {
        lines.push(format!("  {}", sample_origin(sample, lang)));
        lines.extend(escape_block(&sample.message).lines().map(|line| format!("    {line}")));
    }
    lines.join("\n") + "\n"
}

/// Labels and values in two columns, one pair per line, aligned by display width.
pub fn columns<L: AsRef<str>>(rows: &[(L, String)]) -> String {
    let width = rows.iter().map(|(label, _)| label.as_ref().width()).max().unwrap_or(0);
    let row = |(label, value): &(L, String)| {
        let label = label.as_ref();
        format!("  {label}{}  {value}\n", " ".repeat(width - label.width()))
    };
    rows.iter().map(row).collect()
}

/// Every occurrence of an incident in two lines each. `occurrences` may include those of other
/// incidents.
pub fn occurrences_of_incident(
    incident: &Incident,
    occurrences: &[Occurrence],
    lang: Lang,
) -> String {
    let mut lines = vec![
        String::new(),
        format!(
            "{} ({})",
            capitalize(ui_strings(lang).occurrences),
            format_number(incident.counts.occurrences)
        ),
    ];
    for occurrence in occurrences_of(incident, occurrences) {
        let parts = [
            occurrence.time.map(|time| time.to_string()),
            occurrence.job_key.map(|key| key.to_string()),
            occurrence.process.clone(),
            occurrence.machine.clone(),
            occurrence.job_folder.clone(),
            Some(format!("{}:{}", occurrence.source, occurrence.line)),
        ];
        let known: Vec<String> =
            parts.into_iter().flatten().map(|part| escape_line(&part)).collect();
        lines.push(format!("  {}", known.join(" · ")));
        lines.push(format!("    {}", escape_line(cut(&occurrence.message, MAX_MESSAGE))));
    }
    lines.join("\n") + "\n"
}

fn occurrences_of<'o>(
    incident: &'o Incident,
    occurrences: &'o [Occurrence],
) -> impl Iterator<Item = &'o Occurrence> {
    occurrences.iter().filter(|occurrence| occurrence.incident_id == incident.id)
}

/// Time, level, process, job and source line, as far as they are known.
fn sample_origin(sample: &Sample, lang: Lang) -> String {
    let source =
        format!("{}, {} {}", sample.source, ui_strings(lang).line, format_number(sample.line));
    let parts = [
        Some(format_minute(sample.time)),
        sample.level.clone(),
        sample.process.clone(),
        sample.job_key.map(|key| key.to_string()),
        Some(source),
    ];
    let known: Vec<String> = parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .map(|p| escape_line(&p))
        .collect();
    known.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn golden() {
        let report = sample::rich();
        let shown = |lang| {
            let incidents = report.incidents.iter();
            let texts = incidents.map(|incident| {
                detail(incident, &report.occurrences, lang)
                    + &occurrences_of_incident(incident, &report.occurrences, lang)
            });
            texts.collect::<Vec<_>>().join("\n")
        };
        sample::assert_golden("detail.txt", &shown(Lang::En));
        sample::assert_golden("detail.ja.txt", &shown(Lang::Ja));
        let is_harmless = |c: char| c == '\n' || c == '\t' || !c.is_control();
        assert!(shown(Lang::En).chars().all(is_harmless));
    }
}
