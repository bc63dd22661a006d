//! metrics.prom: gauges in the text format for the textfile collector of Prometheus. Label values come
//! only from closed lists, so log text can neither break the format nor multiply series.

use std::collections::BTreeMap;

use crate::model::{Category, Counts, Owner, Report, Severity};
use crate::report::style::{RenderError, Style};

pub fn render(report: &Report, _: &Style) -> Result<Vec<u8>, RenderError> {
    let mut groups: BTreeMap<(Severity, Category, Owner), Vec<Counts>> = BTreeMap::new();
    let mut closed: BTreeMap<&str, u64> = BTreeMap::new();
    for incident in &report.incidents {
        if !incident.is_open() {
            *closed.entry(incident.state.as_str()).or_default() += 1;
            continue;
        }
        let key = (incident.severity, incident.category, incident.owner);
        groups.entry(key).or_default().push(incident.counts);
    }
    let by_group = |value: fn(&[Counts]) -> u64| -> Vec<(String, u64)> {
        let row = |((severity, category, owner), counts): (&(_, _, _), &Vec<Counts>)| {
            let labels =
                format!("severity=\"{severity}\",category=\"{category}\",owner=\"{owner}\"");
            (labels, value(counts))
        };
        groups.iter().map(row).collect()
    };
    let mut out = String::new();
    gauge(&mut out, "incidents", "Incidents of the last run.", by_group(|c| c.len() as u64));
    gauge(
        &mut out,
        "occurrences",
        "Connection failures of the last run.",
        by_group(|c| c.iter().map(|counts| counts.occurrences).sum()),
    );
    gauge(
        &mut out,
        "jobs",
        "Jobs per incident of the last run, summed; a job with two incidents counts twice.",
        by_group(|c| c.iter().map(|counts| counts.jobs).sum()),
    );
    if !closed.is_empty() {
        let rows = closed.iter().map(|(state, count)| (format!("state=\"{state}\""), *count));
        let help = "Resolved, muted and quiet incidents, which the other gauges leave out.";
        gauge(&mut out, "closed_incidents", help, rows.collect());
    }
    coverage(&mut out, report);
    Ok(out.into_bytes())
}

fn coverage(out: &mut String, report: &Report) {
    let labelled = |name: &str, rows: &[(&str, u64)]| -> Vec<(String, u64)> {
        rows.iter().map(|(label, value)| (format!("{name}=\"{label}\""), *value)).collect()
    };
    let (sources, bytes, records) =
        (&report.coverage.sources, &report.coverage.bytes, &report.coverage.records);
    let by_status = [
        ("complete", sources.complete),
        ("partial", sources.partial),
        ("unchanged", sources.unchanged),
        ("skipped", sources.skipped),
        ("failed", sources.failed),
    ];
    gauge(out, "sources", "Sources by how their reading ended.", labelled("status", &by_status));
    let by_kind = [("read", bytes.read), ("decoded", bytes.decoded)];
    gauge(out, "bytes", "Bytes read and decoded.", labelled("kind", &by_kind));
    let by_kind =
        [("total", records.total), ("matched", records.matched), ("rejected", records.rejected)];
    gauge(out, "records", "Rows read.", labelled("kind", &by_kind));
}

fn gauge(out: &mut String, name: &str, help: &str, rows: Vec<(String, u64)>) {
    out.push_str(&format!("# HELP faultline_{name} {help}\n# TYPE faultline_{name} gauge\n"));
    for (labels, value) in rows {
        out.push_str(&format!("faultline_{name}{{{labels}}} {value}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_line_is_help_type_or_a_number() {
        let text = String::from_utf8(render(&sample::rich(), &Style::default()).unwrap()).unwrap();
        assert!(text.contains(
            "faultline_jobs{severity=\"critical\",category=\"auth-expired\",\
             owner=\"connection-owner\"} 180\n"
        ));
        assert!(text.contains("faultline_sources{status=\"failed\"} 1\n"));
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            let number = line.rsplit(' ').next().is_some_and(|v| v.parse::<u64>().is_ok());
            assert!(line.starts_with("# HELP ") || line.starts_with("# TYPE ") || number, "{line}");
        }
    }
}
