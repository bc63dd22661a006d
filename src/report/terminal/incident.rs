//! One incident in full, for the terminal: what is known, why it matched and was grouped, the
//! repair and its check, the evidence. Log text never reaches it unescaped.

use crate::model::cut;
use crate::model::{Incident, Lang, Occurrence, Sample};
use crate::report::escape::{escape_block, escape_for_terminal, one_line};
use crate::report::text::incident_fields::facts;
use crate::report::text::labels::{capital, minute, number};
use crate::report::text::ui_strings::words;
use unicode_width::UnicodeWidthStr;
/// Bytes of a message in a list of occurrences: a line or two.
const MESSAGE: usize = 200;

/// An incident. `occurrences_of_incident` are those of the whole report.
pub fn detail(incident: &Incident, occurrences: &[Occurrence], lang: Lang) -> String {
    let w = words(lang);
    let requests: Vec<&str> =
        mine(incident, occurrences).filter_map(|o| o.request_id.as_deref()).collect();
    let mut lines = vec![
        format!("{}  {}", escape_for_terminal(&incident.id), one_line(&incident.signature.title)),
        String::new(),
    ];
    let facts = facts(incident, &requests, lang).into_iter();
    let rows: Vec<(String, String)> =
        facts.map(|fact| (fact.label, one_line(&fact.value))).collect();
    lines.push(columns(&rows).trim_end_matches('\n').to_string());
    for (head, reason) in [(w.matched, &incident.why.matched), (w.grouped, &incident.why.grouped)] {
        lines.extend([String::new(), head.to_string(), format!("  {}", one_line(reason))]);
    }
    let remediation = &incident.remediation;
    let parts: [(&str, &[String]); 4] = [
        (w.fix, std::slice::from_ref(&remediation.summary)),
        (w.steps, &remediation.steps),
        (w.verify, &remediation.verify),
        (w.vendor_page, std::slice::from_ref(&remediation.url)),
    ];
    for (head, texts) in parts {
        if texts.iter().all(String::is_empty) {
            continue;
        }
        lines.extend([String::new(), head.to_string()]);
        let numbered = texts.len() > 1;
        for (at, text) in texts.iter().enumerate() {
            let number = if numbered { format!("{}. ", at + 1) } else { String::new() };
            lines.push(format!("  {number}{}", one_line(text)));
        }
    }
    lines.extend([String::new(), w.evidence.to_string()]);
    for sample in &incident.samples {
        lines.push(format!("  {}", place(sample, lang)));
        lines.extend(escape_block(&sample.message).lines().map(|line| format!("    {line}")));
    }
    lines.join("\n") + "\n"
}

/// Words and what stands behind them, one pair a line, in two columns however wide their characters
/// are.
pub fn columns<W: AsRef<str>>(rows: &[(W, String)]) -> String {
    let width = rows.iter().map(|(word, _)| word.as_ref().width()).max().unwrap_or(0);
    let row = |(word, value): &(W, String)| {
        let word = word.as_ref();
        format!("  {word}{}  {value}\n", " ".repeat(width - word.width()))
    };
    rows.iter().map(row).collect()
}

/// Every occurrence of an incident, one a line.
pub fn occurrences_of_incident(
    incident: &Incident,
    occurrences: &[Occurrence],
    lang: Lang,
) -> String {
    let mut lines = vec![
        String::new(),
        format!("{} ({})", capital(words(lang).occurrences), number(incident.counts.occurrences)),
    ];
    for occurrence in mine(incident, occurrences) {
        let parts = [
            occurrence.time.map(|time| time.to_string()),
            occurrence.job_key.map(|key| key.to_string()),
            occurrence.process.clone(),
            occurrence.machine.clone(),
            occurrence.job_folder.clone(),
            Some(format!("{}:{}", occurrence.source, occurrence.line)),
        ];
        let known: Vec<String> = parts.into_iter().flatten().map(|part| one_line(&part)).collect();
        lines.push(format!("  {}", known.join(" · ")));
        lines.push(format!("    {}", one_line(cut(&occurrence.message, MESSAGE))));
    }
    lines.join("\n") + "\n"
}

fn mine<'o>(
    incident: &'o Incident,
    occurrences: &'o [Occurrence],
) -> impl Iterator<Item = &'o Occurrence> {
    occurrences.iter().filter(|occurrence| occurrence.incident_id == incident.id)
}

fn place(sample: &Sample, lang: Lang) -> String {
    let source = format!("{}, {} {}", sample.source, words(lang).line, number(sample.line));
    let parts = [
        Some(minute(sample.time)),
        sample.level.clone(),
        sample.process.clone(),
        sample.job_key.map(|key| key.to_string()),
        Some(source),
    ];
    let known: Vec<String> =
        parts.into_iter().flatten().filter(|part| !part.is_empty()).map(|p| one_line(&p)).collect();
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
        let harmless = |c: char| c == '\n' || c == '\t' || !c.is_control();
        assert!(shown(Lang::En).chars().all(harmless));
    }
}
