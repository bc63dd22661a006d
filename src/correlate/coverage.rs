//! Coverage of the run: every source is in exactly one state, the totals are the sums over the
//! sources, and a page whose continuation is not in the input makes its source partial. Counts no
//! incident.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Coverage, CoverageItem, Diagnostic, DiagnosticCode, DiagnosticRow, DiagnosticSeverity,
    Diagnostics, Digest, JobFact, SourceItem, SourceKey, SourceStatus, count,
};

/// Returns the coverage, and the diagnostics in the order severity, code, source.
pub fn coverage(digest: &Digest, assumed_zone: &str) -> (Coverage, Vec<DiagnosticRow>) {
    let mut items: BTreeMap<&SourceKey, SourceItem> =
        digest.coverage.iter().map(|(key, item)| (key, item.clone())).collect();
    let mut diagnostics = digest.diagnostics.clone();
    report_incomplete_pages(digest, &mut items, &mut diagnostics);
    report_zone_difference(digest, assumed_zone, &mut diagnostics);
    let mut coverage = Coverage::default();
    for (key, item) in items {
        add_to_totals(&mut coverage, &item);
        coverage.items.push(CoverageItem { source: key.to_string(), item });
    }
    let mut rows: Vec<DiagnosticRow> = diagnostics
        .into_iter()
        .map(|d| DiagnosticRow {
            stage: d.code.stage().to_string(),
            code: d.code.to_string(),
            severity: d.severity,
            source: d.source,
            location: d.location,
            message: d.message,
            count: d.count,
        })
        .collect();
    rows.sort_by(|a, b| (a.severity, &a.code, &a.source).cmp(&(b.severity, &b.code, &b.source)));
    (coverage, rows)
}

/// Reports that times without an offset are in another zone than the assumed one: those of jobs that
/// other rows state with an offset differ by a constant.
fn report_zone_difference(digest: &Digest, assumed_zone: &str, diagnostics: &mut Diagnostics) {
    const QUARTER_SECONDS: i64 = 15 * 60;
    const QUARTER_MICROS: i64 = QUARTER_SECONDS * 1_000_000;
    let quarters: Vec<(&JobFact, i64)> = digest
        .jobs
        .values()
        .filter_map(|job| {
            let micros = job.assumed_span.start?.0 - job.span.start?.0;
            let quarters = (micros + QUARTER_MICROS / 2).div_euclid(QUARTER_MICROS);
            Some((job, quarters))
        })
        .collect();
    let Some((job, first)) = quarters.first().copied() else { return };
    if first == 0 || quarters.iter().any(|(_, other)| *other != first) {
        return;
    }
    let minutes = first.abs() * QUARTER_SECONDS / 60;
    let sign = if first > 0 { '+' } else { '-' };
    let difference = format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
    let jobs = count(quarters.len() as u64, "job");
    let advice = match assumed_zone {
        "UTC" => format!("use --timezone {difference}"),
        zone => format!("use the --timezone that is {difference} from {zone}"),
    };
    diagnostics.add(Diagnostic::new(
        DiagnosticCode::FormatZoneDiffers,
        DiagnosticSeverity::Note,
        job.directories.first().map_or("", String::as_str),
        "",
        format!("the times of {jobs} without a zone differ by {difference} from those with one; {advice}"),
    ));
}

fn add_to_totals(coverage: &mut Coverage, item: &SourceItem) {
    let sources = &mut coverage.sources;
    sources.found += 1;
    match item.status {
        SourceStatus::Complete => sources.complete += 1,
        SourceStatus::Partial => sources.partial += 1,
        SourceStatus::Unchanged => sources.unchanged += 1,
        SourceStatus::Skipped => sources.skipped += 1,
        SourceStatus::Failed => sources.failed += 1,
    }
    coverage.bytes.read += item.bytes;
    coverage.bytes.decoded += item.decoded;
    coverage.records.total += item.records;
    coverage.records.matched += item.matched;
    coverage.records.rejected += item.rejected;
    if let Some(first) = item.first_time {
        coverage.first_time = Some(coverage.first_time.map_or(first, |known| known.min(first)));
    }
    coverage.last_time = coverage.last_time.max(item.last_time);
}

/// A page that announces more rows is complete only if its directory also holds a last page of the
/// same kind.
fn report_incomplete_pages(
    digest: &Digest,
    items: &mut BTreeMap<&SourceKey, SourceItem>,
    diagnostics: &mut Diagnostics,
) {
    let directory_and_kind = |source: &SourceKey, items: &BTreeMap<&SourceKey, SourceItem>| {
        let kind = items.get(source).map(|item| item.kind.clone()).unwrap_or_default();
        (source.directory(), kind)
    };
    let last_pages: BTreeSet<(String, String)> = digest
        .continuations
        .iter()
        .filter(|(_, link)| link.is_empty())
        .map(|(source, _)| directory_and_kind(source, items))
        .collect();
    for (source, _) in digest.continuations.iter().filter(|(_, link)| !link.is_empty()) {
        if last_pages.contains(&directory_and_kind(source, items)) {
            continue;
        }
        let reason = "the page says there are more rows, and they are not in the input";
        if let Some(item) = items.get_mut(source)
            && item.status.is_whole()
        {
            item.status = SourceStatus::Partial;
            item.reason = reason.to_string();
        }
        diagnostics.add(Diagnostic::new(
            DiagnosticCode::FormatIncompletePage,
            DiagnosticSeverity::Warning,
            source.as_str(),
            "",
            reason,
        ));
    }
}
