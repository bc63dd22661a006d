//! The books of the run: every source in exactly one state, sums that balance, pages whose
//! continuation is missing.

use crate::model::{Coverage, CoverageItem, DiagnosticRow};
use crate::model::{
    Diagnostic, DiagnosticSeverity, Diagnostics, Digest, SourceItem, SourceKey, SourceStatus,
};
use std::collections::{BTreeMap, BTreeSet};
/// The coverage and the diagnostics of a digest.
pub fn coverage(digest: &Digest) -> (Coverage, Vec<DiagnosticRow>) {
    let mut items: BTreeMap<&SourceKey, SourceItem> =
        digest.coverage.iter().map(|(key, item)| (key, item.clone())).collect();
    let mut diagnostics = digest.diagnostics.clone();
    incomplete_pages(digest, &mut items, &mut diagnostics);
    let mut coverage = Coverage::default();
    for (key, item) in items {
        count(&mut coverage, &item);
        coverage.items.push(CoverageItem { source: key.to_string(), item });
    }
    let mut rows: Vec<DiagnosticRow> = diagnostics
        .into_iter()
        .map(|d| DiagnosticRow {
            stage: d.stage().to_string(),
            code: d.code,
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

fn count(coverage: &mut Coverage, item: &SourceItem) {
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

/// A page that says there is more is complete only if the rest lies beside it: a last page of the
/// same kind in the same directory, and no two pages with the same continuation.
fn incomplete_pages(
    digest: &Digest,
    items: &mut BTreeMap<&SourceKey, SourceItem>,
    diagnostics: &mut Diagnostics,
) {
    let mut ended: BTreeSet<(String, String)> = BTreeSet::new();
    let place = |source: &SourceKey, items: &BTreeMap<&SourceKey, SourceItem>| {
        let kind = items.get(source).map(|item| item.kind.clone()).unwrap_or_default();
        (source.directory(), kind)
    };
    for (source, _) in digest.continuations.iter().filter(|(_, link)| link.is_empty()) {
        ended.insert(place(source, items));
    }
    for (source, _) in digest.continuations.iter().filter(|(_, link)| !link.is_empty()) {
        if ended.contains(&place(source, items)) {
            continue;
        }
        let why = "the page says there are more rows, and they are not in the input";
        if let Some(item) = items.get_mut(source)
            && item.status.is_whole()
        {
            item.status = SourceStatus::Partial;
            item.reason = why.to_string();
        }
        diagnostics.add(Diagnostic::new(
            "format.incomplete-page",
            DiagnosticSeverity::Warning,
            source.as_str(),
            "",
            why,
        ));
    }
}
