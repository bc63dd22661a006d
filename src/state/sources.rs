//! The table of sources: what each held, how it was read, and its digest.

use crate::model::{Location, SourceKey};
use crate::state::checksum::RowChecksum;
use crate::state::database::{damaged_row, database_error};
use crate::state::encoded_digest::EncodedDigest;
use crate::state::error::StateError;
use crate::state::file_stamp::FileStamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
#[cfg(unix)]
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
/// Bytes of a row beside its texts and its digest.
const ROW: usize = 128;

/// Bytes that SQLite reads and writes at a time.
const PAGE: usize = 4 << 10;

/// A file that was read: what is kept of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// Its row; 0 before it is written.
    pub id: i64,
    /// Absolute path as the system has it.
    pub path: Vec<u8>,
    /// Given with `--names`.
    pub named: bool,
    /// 0 while its path holds this content; a number from 1 once something else took the path.
    pub generation: i64,
    /// Name in reports.
    pub key: SourceKey,
    /// Hash of everything that decides how bytes are read.
    pub settings: Arc<str>,
    /// What it held; nothing where that cannot be told, as of a pipe.
    pub content: Option<FileStamp>,
    /// Reading it again would tell the same.
    pub settled: bool,
    /// The run that read it.
    pub read_run: i64,
    /// The end of its last complete record, where reading can go on if it grows.
    pub resume: Option<Location>,
    /// Its digest.
    pub digest: EncodedDigest,
}

/// What becomes of the rows.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Rows that go.
    pub removed: Vec<i64>,
    /// Rows that come. In the order of their paths they are soon sorted when they are loaded.
    pub added: Vec<Source>,
}

impl Changes {
    /// Packs what is still whole.
    pub(crate) fn ready(mut self) -> Changes {
        for source in &mut self.added {
            source.digest = std::mem::take(&mut source.digest).packed();
        }
        self
    }

    /// Bytes of the file that they touch, at most.
    pub(crate) fn bytes(&self) -> usize {
        let row = |source: &Source| {
            let texts = source.path.len() + source.key.as_str().len() + source.settings.len();
            texts + source.digest.bytes().len() + ROW
        };
        self.added.iter().map(row).sum::<usize>() + self.removed.len() * PAGE
    }
}

impl Source {
    /// The sum of its row; its digest is given as it is kept.
    fn sum(&self, digest: &[u8]) -> i64 {
        RowChecksum::of("sources")
            .bytes(&self.path)
            .number(i64::from(self.named))
            .number(self.generation)
            .text(self.key.as_str())
            .text(&self.settings)
            .bytes(self.content.map(content_bytes).as_ref().map_or(&[], |bytes| bytes))
            .number(i64::from(self.settled))
            .number(self.read_run)
            .bytes(self.resume.map(place_bytes).as_ref().map_or(&[], |bytes| bytes))
            .bytes(digest)
            .finish()
    }
}

/// The path that was stored.
#[cfg(unix)]
pub fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

/// The path that was stored, where it is text.
#[cfg(not(unix))]
pub fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}

fn content_bytes(content: FileStamp) -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[..8].copy_from_slice(&content.size.to_le_bytes());
    bytes[8..16].copy_from_slice(&content.changed.to_le_bytes());
    bytes[16..32].copy_from_slice(&content.head.to_le_bytes());
    bytes[32..].copy_from_slice(&content.tail.to_le_bytes());
    bytes
}

fn read_content(bytes: &[u8]) -> Option<FileStamp> {
    let (size, rest) = bytes.split_first_chunk()?;
    let (changed, rest) = rest.split_first_chunk()?;
    let (head, rest) = rest.split_first_chunk()?;
    Some(FileStamp {
        size: u64::from_le_bytes(*size),
        changed: i64::from_le_bytes(*changed),
        head: u128::from_le_bytes(*head),
        tail: u128::from_le_bytes(rest.try_into().ok()?),
    })
}

fn place_bytes(place: Location) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&place.offset.to_le_bytes());
    bytes[8..16].copy_from_slice(&place.line.to_le_bytes());
    bytes[16..].copy_from_slice(&place.record.to_le_bytes());
    bytes
}

fn read_place(bytes: &[u8]) -> Option<Location> {
    let (offset, rest) = bytes.split_first_chunk()?;
    let (line, rest) = rest.split_first_chunk()?;
    Some(Location {
        offset: u64::from_le_bytes(*offset),
        line: u64::from_le_bytes(*line),
        record: u64::from_le_bytes(rest.try_into().ok()?),
    })
}

/// A row and the sum that was written with it.
fn read(row: &Row<'_>) -> rusqlite::Result<(Source, i64)> {
    let source = Source {
        id: row.get(0)?,
        path: row.get(1)?,
        named: row.get(2)?,
        generation: row.get(3)?,
        key: SourceKey::new(&row.get::<_, String>(4)?),
        settings: row.get(5)?,
        content: row.get::<_, Option<Vec<u8>>>(6)?.as_deref().and_then(read_content),
        settled: row.get(7)?,
        read_run: row.get(8)?,
        resume: row.get::<_, Option<Vec<u8>>>(9)?.as_deref().and_then(read_place),
        digest: EncodedDigest::Bytes(row.get(10)?),
    };
    Ok((source, row.get(11)?))
}

/// All rows, in the order of path and generation; no two of them are of one content of one path.
pub(crate) fn load(connection: &Connection, path: &Path) -> Result<Vec<Source>, StateError> {
    let rows = || -> rusqlite::Result<Vec<(Source, i64)>> {
        let mut query = connection.prepare(
            "SELECT id, path, named, generation, key, settings, content, settled, read_run,
                    resume, digest, sum
             FROM sources",
        )?;
        let rows = query.query_map([], read)?;
        rows.collect()
    };
    let rows = rows().map_err(|error| database_error(path, &error))?;
    if rows.iter().any(|(source, sum)| source.sum(&source.digest.bytes()) != *sum) {
        return Err(damaged_row(path, "sources"));
    }
    let mut sources: Vec<Source> = rows.into_iter().map(|(source, _)| source).collect();
    sources.sort_by(|a, b| place(a).cmp(&place(b)));
    if sources.windows(2).any(|pair| place(&pair[0]) == place(&pair[1])) {
        return Err(damaged_row(path, "sources"));
    }
    Ok(sources)
}

fn place(source: &Source) -> (&[u8], bool, i64) {
    (&source.path, source.named, source.generation)
}

/// Removes rows, then adds others; tells by how much that moves the totals of the table. They need
/// not be taken of all rows again, which may be in the file alone by then. What is written is let go
/// at once: later its memory would have to be fetched again for that.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    Changes { removed, added }: Changes,
) -> rusqlite::Result<(i64, i64)> {
    let (mut count, mut total) = (0, 0_i64);
    let mut delete = transaction.prepare("DELETE FROM sources WHERE id = ?1 RETURNING sum")?;
    for id in removed {
        if let Some(sum) = delete.query_row([id], |row| row.get(0)).optional()? {
            count -= 1;
            total = total.wrapping_sub(sum);
        }
    }
    let mut insert = transaction.prepare(
        "INSERT INTO sources (path, named, generation, key, settings, content, settled, read_run,
                              resume, digest, sum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for source in added {
        fail_point!("state-source")
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let digest = source.digest.bytes();
        let sum = source.sum(&digest);
        insert.execute(params![
            source.path,
            source.named,
            source.generation,
            source.key.as_str(),
            source.settings,
            source.content.map(content_bytes),
            source.settled,
            source.read_run,
            source.resume.map(place_bytes),
            digest,
            sum,
        ])?;
        count += 1;
        total = total.wrapping_add(sum);
    }
    Ok((count, total))
}
