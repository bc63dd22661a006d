//! The memory budget of a run for hits and facts. They stay in memory until the reports are written,
//! and later stages build larger values from them, so each is charged with its total cost. The record
//! loop asks after each block whether the budget is exhausted; nothing here stops it.
//!
//! Costs are bytes, measured as the peak resident memory of whole runs on 64-bit Linux with one job
//! for each row, and rounded up. Copies of a row are one hit and are charged once.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use xxhash_rust::xxh3::xxh3_64;

use crate::model::{DiagnosticCode, Hit, HitKey};
use crate::open::Fault;
use crate::threads::lock_ignore_poison;

/// A hit and its row in the reports, without texts.
const HIT_COST: u64 = 5 << 10;

/// A byte of the texts of a hit, which later stages copy.
const TEXT_BYTE_COST: u64 = 4;

/// An incident and its rows in the reports.
const INCIDENT_COST: u64 = 9 << 10;

/// The history of an incident, loaded from a state.
const HISTORY_COST: u64 = 6 << 10;

/// A job, a folder or a connection.
const FACT_COST: u64 = 3 << 9;

/// Capacity in bytes that holds almost every incident key.
const INCIDENT_KEY_CAPACITY: usize = 200;

/// Assumed bytes of text of a hit, where only the number of hits is known.
const TYPICAL_TEXT: u64 = 400;

/// Shared by all threads of a run.
pub struct MemoryBudget {
    limit: u64,
    used: AtomicU64,
    charged: Mutex<Charged>,
}

/// What was charged already, so that copies cost nothing.
#[derive(Default)]
struct Charged {
    hits: HashSet<HitKey>,
    incidents: HashSet<u64>,
}

impl MemoryBudget {
    pub(crate) fn new(limit: u64) -> MemoryBudget {
        MemoryBudget { limit, used: AtomicU64::new(0), charged: Mutex::default() }
    }

    pub(crate) fn charge_hit(&self, key: HitKey, hit: &Hit) {
        let mut charged = lock_ignore_poison(&self.charged);
        if !charged.hits.insert(key) {
            return;
        }
        let is_new = charged.incidents.insert(incident_key(hit));
        drop(charged);
        let texts = (hit.text.len() + hit.headline.len()) as u64;
        self.charge(HIT_COST + TEXT_BYTE_COST * texts + if is_new { INCIDENT_COST } else { 0 });
    }

    pub(crate) fn charge_facts(&self, count: usize) {
        if count > 0 {
            self.charge(FACT_COST * count as u64);
        }
    }

    pub(crate) fn is_exhausted(&self) -> bool {
        self.used.load(Ordering::Relaxed) > self.limit
    }

    fn charge(&self, bytes: u64) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Estimated bytes of failures and incidents of which only the numbers are known.
pub fn estimated_bytes(failures: u64, incidents: u64) -> u64 {
    let failures = failures.saturating_mul(HIT_COST + TEXT_BYTE_COST * TYPICAL_TEXT);
    failures.saturating_add(incidents.saturating_mul(INCIDENT_COST + HISTORY_COST))
}

/// The fault of a source that is not read, or not to its end, because of the budget.
pub(crate) fn limit_memory() -> Fault {
    Fault::new(
        DiagnosticCode::ScanLimitMemory,
        "the results so far use all of --max-memory; raise it or scan fewer files",
    )
}

/// A hash of what distinguishes incidents in a single row. Later evidence can only merge incidents, so
/// the charge is an upper bound.
fn incident_key(hit: &Hit) -> u64 {
    let details = &hit.details;
    let mut key = Vec::with_capacity(INCIDENT_KEY_CAPACITY);
    let mut part = |bytes: &[u8]| {
        key.extend_from_slice(bytes);
        key.push(0);
    };
    part(details.signature.as_bytes());
    match (details.connection, details.connection_folder) {
        (Some(connection), _) => part(&connection.0.to_le_bytes()),
        (None, Some(folder)) => part(&folder.0.to_le_bytes()),
        (None, None) => {
            for text in
                [hit.process.as_deref(), details.activity.as_deref(), hit.folder.path.as_deref()]
            {
                part(text.unwrap_or_default().as_bytes());
            }
            part(&hit.folder.id.unwrap_or_default().to_le_bytes());
            part(&hit.folder.key.map_or(0, |key| key.0).to_le_bytes());
        }
    }
    xxh3_64(&key)
}
