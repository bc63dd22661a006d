//! Holds what the scans of all sources of a run share: rules, prefilter, settings, budget and buffers.
//! Reads nothing itself; `source` does.

use crate::format::FACT_KEYS;
use crate::read::{BufferPool, ReadEnvironment, RowFilter};
use crate::rules::RuleSet;
use crate::scan::budget::MemoryBudget;
use crate::scan::settings::ScanSettings;
use crate::search::Prefilter;

/// Scans sources with one rule set.
pub struct SourceScanner<'p> {
    pub rules: &'p RuleSet,
    pub prefilter: Prefilter,
    pub settings: ScanSettings,
    pub(crate) budget: MemoryBudget,
    buffers: BufferPool,
}

/// The literals that raw blocks are searched for: those of the rules, and the keys under which exports
/// name jobs, folders and connections.
pub fn prefilter_literals(rules: &RuleSet) -> impl Iterator<Item = String> {
    rules.raw_literals().chain(FACT_KEYS.iter().map(|key| key.to_string()))
}

impl<'p> SourceScanner<'p> {
    /// Builds the prefilter, which takes some milliseconds.
    pub fn new(rules: &'p RuleSet, settings: ScanSettings) -> SourceScanner<'p> {
        let budget = MemoryBudget::new(settings.memory);
        let prefilter = Prefilter::new(prefilter_literals(rules));
        SourceScanner { rules, prefilter, settings, budget, buffers: BufferPool::default() }
    }

    pub(crate) fn environment(&self) -> ReadEnvironment<'_> {
        ReadEnvironment {
            settings: &self.settings.read,
            wanted: RowFilter::Matching(&self.prefilter),
            buffers: &self.buffers,
        }
    }
}
