//! Builds the hit of a judged record: redacted, cut, and with an identity that depends on the content
//! of the record and not on its location. Does not decide whether a record is a hit.

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

/// Bytes of a message that a hit stores as evidence: enough for the sentence, the activity and the
/// first frames of the stack.
const TEXT_LIMIT: usize = 1200;

/// Bytes of a message that are redacted before it is cut: a secret that begins inside the stored part
/// ends well within this.
const REDACT_WINDOW: usize = 8 << 10;

/// Capacity in bytes that holds almost every identity, in addition to the message.
const IDENTITY_CAPACITY: usize = 600;

/// Shares one copy of each text of a source, by its hash: the same process, host and message occur
/// thousands of times.
#[derive(Default)]
pub struct TextInterner(HashMap<u64, Arc<str>>);

impl TextInterner {
    pub fn intern(&mut self, text: &str) -> Arc<str> {
        match self.0.entry(xxh3_64(text.as_bytes())) {
            Entry::Occupied(known) if **known.get() == *text => Arc::clone(known.get()),
            // A hash collision: the second text is not shared.
            Entry::Occupied(_) => Arc::from(text),
            Entry::Vacant(vacant) => Arc::clone(vacant.insert(Arc::from(text))),
        }
    }

    fn intern_option(&mut self, text: &Option<String>) -> Option<Arc<str>> {
        text.as_deref().map(|text| self.intern(text))
    }
}

/// Adds a hit to the digest of its source. Returns it if the source had no hit of this identity.
pub fn add_hit(
    digest: &mut Digest,
    texts: &mut TextInterner,
    record: &Record,
    details: MatchDetails,
    redaction: &Redaction,
    (source, location): (&SourceKey, Location),
) -> Option<(HitKey, Arc<Hit>)> {
    let key = identity(record, &details);
    if let Some(known) = digest.hits.get_mut(&key)
        && known.locations.contains(source)
    {
        // A row that repeats a fingerprint is the same row, written twice.
        if record.fingerprint.is_none()
            && let Some(hit_location) = Arc::make_mut(known).locations.get_mut(source)
        {
            hit_location.count += 1;
        }
        return None;
    }
    let window = cut(&record.message, REDACT_WINDOW);
    // Redacted before it is cut: a secret that is cut is not recognised as one.
    let text = redaction.text(window);
    let headline = rules::headline(&text);
    let hit = Hit {
        details: Arc::new(details),
        witness: Witness::of(record.kind),
        time: record.time,
        level: record.level,
        user_log: record.user_log,
        job: record.job,
        process: texts.intern_option(&record.process),
        process_version: texts.intern_option(&record.process_version),
        robot: texts.intern_option(&record.robot),
        machine: texts.intern_option(&record.machine),
        folder: record.folder.clone(),
        fingerprint: record.fingerprint,
        headline: texts.intern(&headline),
        text: texts.intern(cut(text.trim(), TEXT_LIMIT)),
        reply_code: record.reply_code.clone(),
        locations: HitLocations::from_iter([(source.clone(), HitLocation { count: 1, location })]),
    };
    let hit = Arc::new(hit);
    digest.add_hit(key, Arc::clone(&hit));
    Some((key, hit))
}

/// A hash of the content of a record, independent of its location.
fn identity(record: &Record, details: &MatchDetails) -> HitKey {
    // Hashing one buffer costs less than hashing each field.
    let mut content = Vec::with_capacity(record.message.len() + IDENTITY_CAPACITY);
    let mut part = |bytes: &[u8]| {
        content.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        content.extend_from_slice(bytes);
    };
    part(details.signature.as_bytes());
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
    xxh3_128(&content)
}

/// The cell in which a mention is counted: its job, or else its process and host, and its day.
pub fn mention_cell(record: &Record) -> u64 {
    let origin = match record.job {
        Some(job) => job.to_string(),
        None => format!("{:?}|{:?}", record.process, record.machine),
    };
    let day = record.time.map(|time| time.at.day()).unwrap_or_default();
    xxh3_64(format!("{origin}|{day}").as_bytes())
}
