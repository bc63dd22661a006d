//! The table of sources: for each, what identifies its content, how it was read, and its digest.

#[cfg(unix)]
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::model::{SourceKey, SourceUse};
use crate::state::checksum::{RowChecksum, TableTotal};
use crate::state::encoded_digest::EncodedDigest;
use crate::state::error::{StateError, damaged_row};
use crate::state::file_stamp::FileStamp;
use crate::state::table::read_table;

/// Estimated bytes of a row in addition to its texts and its digest.
const ROW_OVERHEAD: usize = 128;

/// The column `resume`, which no program ever filled: always NULL, but part of the checksum of a row.
const UNUSED_COLUMN: &[u8] = &[];

/// Bytes of a page, which SQLite reads and writes as a whole.
const PAGE: usize = 4 << 10;

/// A file that was read, with everything in it that is a source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// Row id; 0 before it is written.
    pub id: i64,
    /// Absolute path in the bytes of the operating system.
    pub path: Vec<u8>,
    /// What the file was read for.
    pub purpose: SourceUse,
    /// 0 for the present content of the path; numbers from 1 for previous contents.
    pub generation: i64,
    /// Name in reports.
    pub key: SourceKey,
    /// Hash of all settings that decide how bytes are read.
    pub settings: Arc<str>,
    /// `None` where the content cannot be identified, such as a pipe.
    pub stamp: Option<FileStamp>,
    /// Reading the same content again would give the same digest.
    pub is_final: bool,
    /// The run that read it.
    pub read_run: i64,
    pub digest: EncodedDigest,
}

/// Changes to the rows of one run.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Row ids.
    pub removed: Vec<i64>,
    /// Best in order of path: rows are sorted when loaded, which is fast if they nearly are.
    pub added: Vec<Source>,
}

impl Changes {
    /// Encodes the digests that are not encoded yet.
    pub(crate) fn encode(mut self) -> Changes {
        for source in &mut self.added {
            source.digest = std::mem::take(&mut source.digest).encode();
        }
        self
    }

    /// Upper estimate of the bytes of the database file that the changes touch.
    pub(crate) fn bytes(&self) -> usize {
        let row = |source: &Source| {
            let texts = source.path.len() + source.key.as_str().len() + source.settings.len();
            texts + source.digest.bytes().len() + ROW_OVERHEAD
        };
        self.added.iter().map(row).sum::<usize>() + self.removed.len() * PAGE
    }
}

impl Source {
    /// `digest` is the encoded digest, which the caller has at hand.
    fn checksum(&self, digest: &[u8]) -> i64 {
        RowChecksum::new("sources")
            .bytes(&self.path)
            .number(self.purpose.to_number())
            .number(self.generation)
            .text(self.key.as_str())
            .text(&self.settings)
            .bytes(self.stamp.map(encode_stamp).as_ref().map_or(&[], |bytes| bytes))
            .number(i64::from(self.is_final))
            .number(self.read_run)
            .bytes(UNUSED_COLUMN)
            .bytes(digest)
            .finish()
    }

    /// Unique in the table, and the order of rows when loaded.
    fn sort_key(&self) -> (&[u8], SourceUse, i64) {
        (&self.path, self.purpose, self.generation)
    }
}

#[cfg(unix)]
pub fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

/// `None` where the stored path is not UTF-8.
#[cfg(not(unix))]
pub fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}

fn encode_stamp(stamp: FileStamp) -> [u8; 48] {
    let FileStamp { size, changed, head, tail } = stamp;
    let mut bytes = [0; 48];
    bytes[..8].copy_from_slice(&size.to_le_bytes());
    bytes[8..16].copy_from_slice(&changed.to_le_bytes());
    bytes[16..32].copy_from_slice(&head.to_le_bytes());
    bytes[32..].copy_from_slice(&tail.to_le_bytes());
    bytes
}

fn decode_stamp(bytes: &[u8]) -> Option<FileStamp> {
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

fn read_purpose(number: i64) -> rusqlite::Result<SourceUse> {
    SourceUse::from_number(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(2, number))
}

/// All rows, ordered by path, purpose and generation. Two rows with the same values of these are an
/// error.
pub(crate) fn load(connection: &Connection, path: &Path) -> Result<Vec<Source>, StateError> {
    let columns = (
        "sources",
        "id, path, named, generation, key, settings, content, settled, read_run, digest, sum",
    );
    let mut sources = read_table(connection, path, columns, |row| {
        let source = Source {
            id: row.get(0)?,
            path: row.get(1)?,
            purpose: read_purpose(row.get(2)?)?,
            generation: row.get(3)?,
            key: SourceKey::new(&row.get::<_, String>(4)?),
            settings: row.get(5)?,
            stamp: row.get::<_, Option<Vec<u8>>>(6)?.as_deref().and_then(decode_stamp),
            is_final: row.get(7)?,
            read_run: row.get(8)?,
            digest: EncodedDigest::Bytes(row.get(9)?),
        };
        let is_intact = source.checksum(&source.digest.bytes()) == row.get::<_, i64>(10)?;
        Ok(is_intact.then_some(source))
    })?;
    sources.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    if sources.windows(2).any(|pair| pair[0].sort_key() == pair[1].sort_key()) {
        return Err(damaged_row(path, "sources"));
    }
    Ok(sources)
}

/// Removes and adds rows, and returns the difference to the total of the table: computing the total
/// anew would read back every row from the file. Each source is dropped as soon as it is written,
/// while its memory is still in the processor cache.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    Changes { removed, added }: Changes,
) -> rusqlite::Result<TableTotal> {
    let mut difference = TableTotal::default();
    let mut delete = transaction.prepare("DELETE FROM sources WHERE id = ?1 RETURNING sum")?;
    for id in removed {
        if let Some(checksum) = delete.query_row([id], |row| row.get(0)).optional()? {
            difference.remove_row(checksum);
        }
    }
    let mut insert = transaction.prepare(
        "INSERT INTO sources (path, named, generation, key, settings, content, settled, read_run,
                              digest, sum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for source in added {
        fail_point!("state-source")
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let digest = source.digest.bytes();
        let checksum = source.checksum(&digest);
        insert.execute(params![
            source.path,
            source.purpose.to_number(),
            source.generation,
            source.key.as_str(),
            source.settings,
            source.stamp.map(encode_stamp),
            source.is_final,
            source.read_run,
            digest,
            checksum,
        ])?;
        difference.add_row(checksum);
    }
    Ok(difference)
}
