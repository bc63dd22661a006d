//! How much of what is learned may be held in memory. Hits and facts are held until the reports
//! are written, and what is made of them on the way takes more room than they do; so each is
//! reckoned at what it costs in all. Whoever reads asks whether there is room for more.
//!
//! Costs were measured as the highest resident memory of whole runs on 64-bit Linux, with rows
//! that have a job of their own, and rounded up. Copies of a row are one hit and cost once.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use xxhash_rust::xxh3::xxh3_64;

use crate::model::{Hit, HitKey};
use crate::open::Fault;
use crate::threads::lock_ignore_poison;

/// A hit and the row it becomes in the reports, without its texts.
const HIT: u64 = 5 << 10;

/// A byte of a hit's texts, which are copied from stage to stage.
const TEXT: u64 = 4;

/// An incident and what the reports say of it.
const INCIDENT: u64 = 9 << 10;

/// What a state knows of an incident beside that, in memory.
const PAST: u64 = 6 << 10;

/// A job, a folder, a connection.
const FACT: u64 = 3 << 9;

/// Bytes that tell an incident from others, nearly always.
const PLACE_ROOM: usize = 200;

/// Texts of a hit of which nothing but the number is known.
const USUAL_TEXT: u64 = 400;

/// The account of a run.
pub struct MemoryBudget {
    room: u64,
    held: AtomicU64,
    known: Mutex<Charged>,
}

/// What was reckoned already.
#[derive(Default)]
struct Charged {
    hits: HashSet<HitKey>,
    incidents: HashSet<u64>,
}

impl MemoryBudget {
    pub(crate) fn new(room: u64) -> MemoryBudget {
        MemoryBudget { room, held: AtomicU64::new(0), known: Mutex::default() }
    }

    /// Reckons a hit.
    pub(crate) fn hit(&self, key: HitKey, hit: &Hit) {
        let mut known = lock_ignore_poison(&self.known);
        if !known.hits.insert(key) {
            return;
        }
        let new = known.incidents.insert(incident_of(hit));
        drop(known);
        let texts = (hit.text.len() + hit.core.len()) as u64;
        self.add(HIT + TEXT * texts + if new { INCIDENT } else { 0 });
    }

    /// Reckons so many facts.
    pub(crate) fn facts(&self, count: usize) {
        if count > 0 {
            self.add(FACT * count as u64);
        }
    }

    /// True when nothing more may be held.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.held.load(Ordering::Relaxed) > self.room
    }

    fn add(&self, bytes: u64) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What so many failures and incidents of a state cost.
pub fn estimated_bytes(failures: u64, incidents: u64) -> u64 {
    let failures = failures.saturating_mul(HIT + TEXT * USUAL_TEXT);
    failures.saturating_add(incidents.saturating_mul(INCIDENT + PAST))
}

/// Why a source is not read, or not to its end.
pub(crate) fn limit_memory() -> Fault {
    Fault::new("scan.limit-memory", "what was found so far takes all of --max-memory")
}

/// What tells incidents apart, as far as one row says it. Later evidence only joins them.
fn incident_of(hit: &Hit) -> u64 {
    let reading = &hit.reading;
    let mut place = Vec::with_capacity(PLACE_ROOM);
    let mut part = |bytes: &[u8]| {
        place.extend_from_slice(bytes);
        place.push(0);
    };
    part(reading.signature.as_bytes());
    match (reading.connection, reading.connection_folder) {
        (Some(connection), _) => part(&connection.0.to_le_bytes()),
        (None, Some(folder)) => part(&folder.0.to_le_bytes()),
        (None, None) => {
            for text in
                [hit.process.as_deref(), reading.activity.as_deref(), hit.folder.path.as_deref()]
            {
                part(text.unwrap_or_default().as_bytes());
            }
            part(&hit.folder.id.unwrap_or_default().to_le_bytes());
            part(&hit.folder.key.map_or(0, |key| key.0).to_le_bytes());
        }
    }
    xxh3_64(&place)
}
