//! From a record and its reading to a hit that can be kept: redacted, cut, and with an identity
//! made of its content.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::model::{
    Digest, Hit, HitKey, HitLocation, HitLocations, Location, MatchDetails, Record, SourceKey,
    Witness, cut,
};
use crate::redact::Redaction;
use crate::rules;

/// Bytes of a message that are kept as evidence: enough for the sentence, the activity and the
/// first frames of the stack.
const TEXT_LIMIT: usize = 1200;

/// Bytes of a message that are redacted before it is cut: a secret that begins inside the kept
/// part ends well within this.
const REDACT_WINDOW: usize = 8 << 10;

/// Bytes that an identity takes beside the message, nearly always.
const IDENTITY_ROOM: usize = 600;

/// Keeps one copy of each text of a source, by its hash: the same process, host and message come
/// thousands of times.
#[derive(Default)]
pub struct TextInterner(HashMap<u64, Arc<str>>);

impl TextInterner {
    /// The kept copy of a text.
    pub fn keep(&mut self, text: &str) -> Arc<str> {
        match self.0.entry(xxh3_64(text.as_bytes())) {
            Entry::Occupied(known) if **known.get() == *text => Arc::clone(known.get()),
            // Two texts of one hash: the other one goes without the saving.
            Entry::Occupied(_) => Arc::from(text),
            Entry::Vacant(free) => Arc::clone(free.insert(Arc::from(text))),
        }
    }

    fn maybe(&mut self, text: &Option<String>) -> Option<Arc<str>> {
        text.as_deref().map(|t| self.keep(t))
    }
}

/// Adds a hit to the digest of its source; returns it if it is the first of its kind there.
pub fn add(
    digest: &mut Digest,
    texts: &mut TextInterner,
    record: &Record,
    reading: MatchDetails,
    redaction: &Redaction,
    place: (&SourceKey, Location),
) -> Option<(HitKey, Arc<Hit>)> {
    let key = identity(record, &reading);
    let (source, location) = place;
    if let Some(known) = digest.hits.get_mut(&key)
        && known.places.contains(source)
    {
        // A row with a fingerprint of its own that comes again is the same row sent twice.
        if record.fingerprint.is_none()
            && let Some(kept) = Arc::make_mut(known).places.get_mut(source)
        {
            kept.count += 1;
        }
        return None;
    }
    let window = cut(&record.message, REDACT_WINDOW);
    // Redacted before it is cut: the first characters of a secret would not be recognised as one.
    let text = redaction.text(window);
    let headline = rules::headline(&text);
    let hit = Hit {
        reading: Arc::new(reading),
        witness: Witness::of(record.kind),
        time: record.time,
        level: record.level,
        user_log: record.user_log,
        job: record.job,
        process: texts.maybe(&record.process),
        process_version: texts.maybe(&record.process_version),
        robot: texts.maybe(&record.robot),
        machine: texts.maybe(&record.machine),
        folder: record.folder.clone(),
        fingerprint: record.fingerprint,
        core: texts.keep(&headline),
        text: texts.keep(cut(text.trim(), TEXT_LIMIT)),
        reply_code: record.reply_code.clone(),
        places: HitLocations::from_iter([(source.clone(), HitLocation { count: 1, location })]),
    };
    let hit = Arc::new(hit);
    digest.add_hit(key, Arc::clone(&hit));
    Some((key, hit))
}

/// A hash over everything a record says and nothing of where it stands.
fn identity(record: &Record, reading: &MatchDetails) -> HitKey {
    // Copied together: to hash piece by piece costs more.
    let mut all = Vec::with_capacity(record.message.len() + IDENTITY_ROOM);
    let mut part = |bytes: &[u8]| {
        all.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        all.extend_from_slice(bytes);
    };
    part(reading.signature.as_bytes());
    part(record.message.as_bytes());
    for field in [
        &record.process,
        &record.process_version,
        &record.robot,
        &record.machine,
        &record.workflow,
        &record.reply_code,
        &record.folder.path,
    ] {
        part(field.as_deref().unwrap_or_default().as_bytes());
    }
    let numbers: [u128; 9] = [
        Witness::of(record.kind) as u128,
        u128::from(record.user_log),
        record.time.map_or(0, |s| s.at.0 as u128 + 1),
        record.time.map_or(0, |s| s.quality as u128 + 1),
        record.level.map_or(0, |l| l as u128 + 1),
        record.job.map_or(0, |g| g.0),
        record.fingerprint.map_or(0, |g| g.0),
        record.folder.id.map_or(0, |id| id as u128 + 1),
        record.folder.key.or(record.subject).map_or(0, |g| g.0),
    ];
    for number in numbers {
        part(&number.to_le_bytes());
    }
    xxh3_128(&all)
}

/// The cell a mention counts in: its job, or its process and host, and its day.
pub fn mention_cell(record: &Record) -> u64 {
    let who = match record.job {
        Some(job) => job.to_string(),
        None => format!("{:?}|{:?}", record.process, record.machine),
    };
    let day = record.time.map(|stamp| stamp.at.day()).unwrap_or_default();
    xxh3_64(format!("{who}|{day}").as_bytes())
}
