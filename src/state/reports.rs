//! The table of reports: the exact bytes that each run published, so that they can be shown,
//! rendered and compared later. Does not parse them. Consecutive reports differ little, so a report
//! is compressed against its predecessor where that pays; the oldest are removed when the space is
//! used up.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use zstd::stream::{read, write};

use crate::state::checksum::RowChecksum;
use crate::state::error::{StateError, damaged_row, database_error};

/// Compressed bytes that the latest report may take, and that all earlier ones together may take. A
/// larger report is not stored: it would be most of the file.
const SPACE: u64 = 4 << 20;

/// A longer report, in bytes, has no base and cannot be the base of the next one: both would have
/// to be in memory.
const LONGEST_BASE: usize = 4 << 20;

/// Length of a chain of reports, each compressed against the one before; reading the last means
/// decompressing all of them.
const LONGEST_CHAIN: usize = 16;

/// A window of 8 MiB holds two texts of [`LONGEST_BASE`].
const WINDOW_LOG: u32 = 23;

/// Higher zstd levels cost more time than the bytes they save are worth.
const LEVEL: i32 = 1;

/// The columns of a row except its checksum.
struct ReportRow {
    /// The run whose report this one is compressed against.
    base: Option<i64>,
    /// Decompressed length in bytes.
    size: usize,
    compressed: Vec<u8>,
}

fn row_checksum(run: i64, row: &ReportRow) -> i64 {
    RowChecksum::new("reports")
        .number(run)
        .number(row.base.unwrap_or(-1))
        .number(row.size as i64)
        .bytes(&row.compressed)
        .finish()
}

/// The row of a run; `None` where there is none or it is damaged.
fn read_row(connection: &Connection, run: i64) -> rusqlite::Result<Option<ReportRow>> {
    let query = "SELECT base, size, report, sum FROM reports WHERE run = ?1";
    let row = connection.query_row(query, [run], |columns| {
        let size = usize::try_from(columns.get::<_, i64>(1)?).unwrap_or_default();
        let row = ReportRow { base: columns.get(0)?, size, compressed: columns.get(2)? };
        let is_intact = row_checksum(run, &row) == columns.get::<_, i64>(3)?;
        Ok(is_intact.then_some(row))
    });
    row.optional().map(Option::flatten)
}

/// Reads every row, so that damage is detected when the state is opened.
pub(crate) fn check(connection: &Connection, path: &Path) -> Result<(), StateError> {
    let sizes = stored_sizes(connection).map_err(|error| database_error(path, &error))?;
    for run in sizes.keys() {
        let row = read_row(connection, *run).map_err(|error| database_error(path, &error))?;
        let has_valid_base =
            |row: &ReportRow| row.base.is_none_or(|base| base < *run && sizes.contains_key(&base));
        if !row.as_ref().is_some_and(has_valid_base) {
            return Err(damaged_row(path, "reports"));
        }
    }
    Ok(())
}

/// The runs whose reports are stored, with the compressed size of each in bytes.
pub(crate) fn stored_sizes(connection: &Connection) -> rusqlite::Result<BTreeMap<i64, u64>> {
    let mut query = connection.prepare("SELECT run, length(report) FROM reports ORDER BY run")?;
    let rows = query.query_map([], |row| {
        Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default()))
    })?;
    rows.collect()
}

/// The bytes that a run published; `None` where they are not stored.
pub(crate) fn read(
    connection: &Connection,
    path: &Path,
    run: i64,
) -> Result<Option<Vec<u8>>, StateError> {
    let chain = read_chain(connection, run).map_err(|error| database_error(path, &error))?;
    if chain.is_empty() {
        return Ok(None);
    }
    decompress(&chain).map(Some).map_err(|_| damaged_row(path, "reports"))
}

/// The row of a run and, before it, the rows it is compressed against, oldest first. Empty where
/// one of them is missing.
fn read_chain(connection: &Connection, run: i64) -> rusqlite::Result<Vec<ReportRow>> {
    let mut chain = Vec::new();
    let mut next = Some(run);
    while let Some(run) = next {
        match read_row(connection, run)? {
            // A base is always older than its row, so the loop ends.
            Some(row) if row.base.is_none_or(|base| base < run) => {
                next = row.base;
                chain.push(row);
            }
            _ => return Ok(Vec::new()),
        }
    }
    chain.reverse();
    Ok(chain)
}

fn decompress(chain: &[ReportRow]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for row in chain {
        let mut next = Vec::with_capacity(row.size);
        let mut decoder = read::Decoder::with_ref_prefix(&row.compressed[..], &text)?;
        decoder.window_log_max(WINDOW_LOG)?;
        // One byte more than expected is enough to detect a text of the wrong length.
        decoder.take(row.size as u64 + 1).read_to_end(&mut next)?;
        if next.len() != row.size {
            return Err(io::ErrorKind::InvalidData.into());
        }
        text = next;
    }
    Ok(text)
}

fn compress(text: &[u8], base: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = write::Encoder::with_ref_prefix(Vec::new(), LEVEL, base)?;
    encoder.set_pledged_src_size(Some(text.len() as u64))?;
    if !base.is_empty() {
        encoder.window_log(WINDOW_LOG)?;
        encoder.long_distance_matching(true)?;
    }
    encoder.write_all(text)?;
    encoder.finish()
}

/// Removes the report of a run that is published again, and of any later run.
pub(crate) fn remove_from(transaction: &Transaction<'_>, run: i64) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM reports WHERE run >= ?1", [run])?;
    Ok(())
}

/// What the next report is compressed against: the latest stored one, if its size and its chain
/// allow it.
pub struct DeltaBase {
    state: PathBuf,
    latest: Option<LatestReport>,
}

struct LatestReport {
    run: i64,
    text: Vec<u8>,
    /// Compressed bytes of the first report of its chain, which has no base.
    standalone_bytes: usize,
}

/// A compressed report, ready to be written.
pub struct ArchivedReport(ReportRow);

impl DeltaBase {
    /// Compresses a report; may run on any thread.
    pub fn compress_report(&self, text: &[u8]) -> Result<ArchivedReport, StateError> {
        let row = self.compress(text);
        row.map(ArchivedReport).map_err(|error| StateError::not_written(&self.state, &error))
    }

    fn compress(&self, text: &[u8]) -> io::Result<ReportRow> {
        let size = text.len();
        if let Some(latest) = self.latest.as_ref().filter(|_| size <= LONGEST_BASE) {
            let compressed = compress(text, &latest.text)?;
            // A base that saves less than half is not worth a longer chain.
            if compressed.len() * 2 < latest.standalone_bytes {
                return Ok(ReportRow { base: Some(latest.run), size, compressed });
            }
        }
        Ok(ReportRow { base: None, size, compressed: compress(text, &[])? })
    }
}

/// The base for the report of a run.
pub(crate) fn delta_base(
    connection: &Connection,
    path: &Path,
    run: i64,
) -> rusqlite::Result<DeltaBase> {
    let query = "SELECT max(run) FROM reports WHERE run < ?1";
    let latest: Option<i64> = connection.query_row(query, [run], |row| row.get(0))?;
    let chain = latest.map(|run| read_chain(connection, run)).transpose()?.unwrap_or_default();
    let is_short = |row: &ReportRow| row.size <= LONGEST_BASE;
    let latest = match (latest, chain.first()) {
        (Some(run), Some(first))
            if chain.len() < LONGEST_CHAIN && chain.last().is_some_and(is_short) =>
        {
            let standalone_bytes = first.compressed.len();
            let text = decompress(&chain)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            Some(LatestReport { run, text, standalone_bytes })
        }
        _ => None,
    };
    Ok(DeltaBase { state: path.to_path_buf(), latest })
}

/// Stores the report of a run and removes the oldest ones that no longer fit. A report that does
/// not fit alone is not stored.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    run: i64,
    ArchivedReport(row): &ArchivedReport,
) -> rusqlite::Result<()> {
    remove_from(transaction, run)?;
    if row.compressed.len() as u64 > SPACE {
        return Ok(());
    }
    transaction.execute(
        "INSERT INTO reports (run, base, size, report, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![run, row.base, row.size as i64, row.compressed, row_checksum(run, row)],
    )?;
    remove_oldest(transaction)
}

/// Removes whole chains, oldest first, until the reports fit; the chain of the latest stays.
fn remove_oldest(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut query = transaction.prepare("SELECT run FROM reports WHERE base IS NULL")?;
    let mut starts: Vec<i64> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    starts.sort_unstable();
    let sizes = stored_sizes(transaction)?;
    let latest = sizes.keys().next_back().copied();
    let bytes_from = |start: i64| -> u64 {
        let previous = sizes.range(start..).filter(|(run, _)| Some(**run) != latest);
        previous.map(|(_, bytes)| bytes).sum()
    };
    let first = starts.iter().find(|start| bytes_from(**start) <= SPACE).or(starts.last());
    if let Some(first) = first {
        transaction.execute("DELETE FROM reports WHERE run < ?1", [first])?;
    }
    Ok(())
}

/// Removes the reports of runs that ended before `before`, except those that a later report is
/// compressed against. `before` is RFC 3339 in UTC like `runs.finished`, so the texts sort by time.
pub(crate) fn remove_before(transaction: &Transaction<'_>, before: &str) -> rusqlite::Result<()> {
    let first: Option<i64> = transaction
        .query_row(
            "SELECT max(run) FROM reports WHERE base IS NULL AND run <=
                 (SELECT min(reports.run) FROM reports JOIN runs ON runs.id = reports.run
                  WHERE runs.finished >= ?1)",
            [before],
            |row| row.get(0),
        )
        .optional()?
        .flatten();
    match first {
        Some(first) => transaction.execute("DELETE FROM reports WHERE run < ?1", [first])?,
        None => transaction.execute("DELETE FROM reports", [])?,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty_table() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema.sql")).unwrap();
        connection.execute_batch(include_str!("reports.sql")).unwrap();
        connection
    }

    fn store(connection: &mut Connection, run: i64, text: &[u8]) {
        let transaction = connection.transaction().unwrap();
        let report =
            delta_base(&transaction, Path::new("s"), run).unwrap().compress_report(text).unwrap();
        write(&transaction, run, &report).unwrap();
        transaction.commit().unwrap();
    }

    /// Like a report: most rows repeat, and every run adds three.
    fn report(run: i64, rows: usize) -> Vec<u8> {
        let row = |n: usize| {
            let hash = xxhash_rust::xxh3::xxh3_128(&n.to_le_bytes());
            format!("{{\"id\":\"{hash:032x}\",\"state\":\"ongoing\",\"count\":{n}}}\n")
        };
        let first = usize::try_from(run).unwrap() * 3;
        (first..first + rows).map(row).collect::<String>().into_bytes()
    }

    #[test]
    fn stored_reports_are_read_back_unchanged() {
        let mut connection = empty_table();
        for run in 1..=40 {
            store(&mut connection, run, &report(run, 2000));
        }
        let sizes = stored_sizes(&connection).unwrap();
        assert_eq!(sizes.keys().copied().collect::<Vec<_>>(), (1..=40).collect::<Vec<_>>());
        for run in 1..=40 {
            let text = read(&connection, Path::new("s"), run).unwrap().unwrap();
            assert!(text == report(run, 2000), "run {run}");
        }
        // Compressed against each other they take a fraction of 40 standalone reports.
        let (standalone, all) = (sizes[&1], sizes.values().sum::<u64>());
        assert!(all < standalone * 6, "{all} of {standalone} each");
        assert_eq!(read(&connection, Path::new("s"), 41).unwrap(), None);
        check(&connection, Path::new("s")).unwrap();
    }

    #[test]
    fn a_run_that_is_published_again_replaces_its_report() {
        let mut connection = empty_table();
        store(&mut connection, 1, b"one");
        store(&mut connection, 2, b"two");
        store(&mut connection, 2, b"two again");
        let text = |run| read(&connection, Path::new("s"), run).unwrap().unwrap();
        assert_eq!((text(1), text(2)), (b"one".to_vec(), b"two again".to_vec()));
    }

    #[test]
    fn the_oldest_reports_are_removed_and_the_latest_stays() {
        let mut connection = empty_table();
        let noise = |run: i64| {
            let byte = |n: usize| xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes()) as u8;
            (0..3 << 20).map(|n| byte(n + run as usize * (3 << 20))).collect::<Vec<u8>>()
        };
        for run in 1..=4 {
            store(&mut connection, run, &noise(run));
            assert!(read(&connection, Path::new("s"), run).unwrap().unwrap() == noise(run));
        }
        let sizes = stored_sizes(&connection).unwrap();
        assert!(sizes.values().rev().skip(1).sum::<u64>() <= SPACE, "{sizes:?}");
        check(&connection, Path::new("s")).unwrap();
    }

    #[test]
    fn a_report_that_is_too_large_is_not_stored_and_removes_no_other() {
        let mut connection = empty_table();
        store(&mut connection, 1, b"one");
        let byte = |n: u64| xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes()) as u8;
        let noise: Vec<u8> = (0..SPACE + (1 << 16)).map(byte).collect();
        store(&mut connection, 2, &noise);
        assert_eq!(stored_sizes(&connection).unwrap().into_keys().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn damage_is_detected() {
        let mut connection = empty_table();
        for run in 1..=2 {
            store(&mut connection, run, &report(run, 2000));
        }
        connection.execute("UPDATE reports SET report = x'00' WHERE run = 1", []).unwrap();
        assert!(check(&connection, Path::new("s")).is_err());
        assert_eq!(read(&connection, Path::new("s"), 2).unwrap(), None);
        connection.execute("DELETE FROM reports WHERE run = 1", []).unwrap();
        assert!(check(&connection, Path::new("s")).is_err());
    }
}
