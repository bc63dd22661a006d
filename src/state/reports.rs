//! The table of reports: what each run published, word for word, so that it can be shown, rendered
//! and compared long after. Knows texts and not what they say. One night is much like the one before
//! it: a report is packed against its predecessor's where that pays, and only so many are kept.

use crate::state::checksum::RowChecksum;
use crate::state::database::{damaged_row, database_error};
use crate::state::error::StateError;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use zstd::stream::{read, write};
/// Bytes that the latest report may take, packed, and again all before it. A larger one is not kept:
/// it would be most of the file.
const ROOM: u64 = 4 << 20;

/// Longer texts are packed alone: what they are packed against has to be held as well.
const LONGEST_BASE: usize = 4 << 20;

/// Reports in a row that are packed each against the one before: all of them are unpacked for the
/// last.
const LONGEST_CHAIN: usize = 16;

/// Reaches from the end of a text to the start of the one it is packed against.
const WINDOW_LOG: u32 = 23;

/// Higher levels are slower by more than they save.
const LEVEL: i32 = 1;

/// A row without its text.
struct ReportRow {
    base: Option<i64>,
    size: usize,
    packed: Vec<u8>,
}

fn sum(run: i64, row: &ReportRow) -> i64 {
    RowChecksum::of("reports")
        .number(run)
        .number(row.base.unwrap_or(-1))
        .number(row.size as i64)
        .bytes(&row.packed)
        .finish()
}

fn row(connection: &Connection, run: i64) -> rusqlite::Result<Option<ReportRow>> {
    let query = "SELECT base, size, report, sum FROM reports WHERE run = ?1";
    let found = connection.query_row(query, [run], |columns| {
        let size = usize::try_from(columns.get::<_, i64>(1)?).unwrap_or_default();
        let row = ReportRow { base: columns.get(0)?, size, packed: columns.get(2)? };
        let holds = sum(run, &row) == columns.get::<_, i64>(3)?;
        Ok(holds.then_some(row))
    });
    found.optional().map(Option::flatten)
}

/// Reads every row once, so that a damaged one is found before anybody rests on it.
pub(crate) fn check(connection: &Connection, path: &Path) -> Result<(), StateError> {
    let runs = runs(connection).map_err(|error| database_error(path, &error))?;
    for run in runs.keys() {
        let row = row(connection, *run).map_err(|error| database_error(path, &error))?;
        let based =
            |row: &ReportRow| row.base.is_none_or(|base| base < *run && runs.contains_key(&base));
        if !row.as_ref().is_some_and(based) {
            return Err(damaged_row(path, "reports"));
        }
    }
    Ok(())
}

/// The runs whose reports are kept, with the bytes each takes.
pub(crate) fn runs(connection: &Connection) -> rusqlite::Result<BTreeMap<i64, u64>> {
    let mut query = connection.prepare("SELECT run, length(report) FROM reports ORDER BY run")?;
    let rows = query.query_map([], |row| {
        Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default()))
    })?;
    rows.collect()
}

/// The text a run published; nothing where it is not kept.
pub(crate) fn read(
    connection: &Connection,
    path: &Path,
    run: i64,
) -> Result<Option<Vec<u8>>, StateError> {
    let chain = chain(connection, run).map_err(|error| database_error(path, &error))?;
    if chain.is_empty() {
        return Ok(None);
    }
    unpack(&chain).map(Some).map_err(|_| damaged_row(path, "reports"))
}

/// The row of a run and those it rests on, the first of them first; empty where one is missing.
fn chain(connection: &Connection, run: i64) -> rusqlite::Result<Vec<ReportRow>> {
    let mut chain = Vec::new();
    let mut next = Some(run);
    while let Some(at) = next {
        match row(connection, at)? {
            // A base is always older, so that this ends.
            Some(row) if row.base.is_none_or(|base| base < at) => {
                next = row.base;
                chain.push(row);
            }
            _ => return Ok(Vec::new()),
        }
    }
    chain.reverse();
    Ok(chain)
}

fn unpack(chain: &[ReportRow]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for row in chain {
        let mut next = Vec::with_capacity(row.size);
        let mut decoder = read::Decoder::with_ref_prefix(&row.packed[..], &text)?;
        decoder.window_log_max(WINDOW_LOG)?;
        // One byte more than there may be tells a text that is not what was written.
        decoder.take(row.size as u64 + 1).read_to_end(&mut next)?;
        if next.len() != row.size {
            return Err(io::ErrorKind::InvalidData.into());
        }
        text = next;
    }
    Ok(text)
}

fn pack(text: &[u8], base: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = write::Encoder::with_ref_prefix(Vec::new(), LEVEL, base)?;
    encoder.set_pledged_src_size(Some(text.len() as u64))?;
    if !base.is_empty() {
        encoder.window_log(WINDOW_LOG)?;
        encoder.long_distance_matching(true)?;
    }
    encoder.write_all(text)?;
    encoder.finish()
}

/// Forgets what a run published: it is told again.
pub(crate) fn replace(transaction: &Transaction<'_>, run: i64) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM reports WHERE run >= ?1", [run])?;
    Ok(())
}

/// What a report is packed against: the one before it, if that pays.
pub struct DeltaBase {
    path: PathBuf,
    before: Option<Before>,
}

/// The latest report before one that is to be kept.
struct Before {
    run: i64,
    text: Vec<u8>,
    /// Bytes that the first of its chain takes, packed alone.
    alone: usize,
}

/// A report as it is kept.
pub struct ArchivedReport(ReportRow);

impl DeltaBase {
    /// Packs a report. Works on any thread.
    pub fn pack(&self, text: &[u8]) -> Result<ArchivedReport, StateError> {
        let packed = self.row(text).map_err(|error| StateError::not_written(&self.path, &error));
        packed.map(ArchivedReport)
    }

    fn row(&self, text: &[u8]) -> io::Result<ReportRow> {
        let size = text.len();
        if let Some(before) = self.before.as_ref().filter(|_| size <= LONGEST_BASE) {
            let packed = pack(text, &before.text)?;
            // Nights that share little are not worth a chain.
            if packed.len() * 2 < before.alone {
                return Ok(ReportRow { base: Some(before.run), size, packed });
            }
        }
        Ok(ReportRow { base: None, size, packed: pack(text, &[])? })
    }
}

/// What the report of a run is packed against.
pub(crate) fn base(connection: &Connection, path: &Path, run: i64) -> rusqlite::Result<DeltaBase> {
    let query = "SELECT max(run) FROM reports WHERE run < ?1";
    let last: Option<i64> = connection.query_row(query, [run], |row| row.get(0))?;
    let chain = last.map(|last| chain(connection, last)).transpose()?.unwrap_or_default();
    let fits = |row: &ReportRow| row.size <= LONGEST_BASE;
    let before = match (last, chain.first()) {
        (Some(run), Some(first))
            if chain.len() < LONGEST_CHAIN && chain.last().is_some_and(fits) =>
        {
            let alone = first.packed.len();
            let failed = |error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
            Some(Before { run, text: unpack(&chain).map_err(failed)?, alone })
        }
        _ => None,
    };
    Ok(DeltaBase { path: path.to_path_buf(), before })
}

/// Keeps what a run published, and as many before it as there is room for.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    run: i64,
    ArchivedReport(row): &ArchivedReport,
) -> rusqlite::Result<()> {
    replace(transaction, run)?;
    if row.packed.len() as u64 > ROOM {
        return Ok(());
    }
    transaction.execute(
        "INSERT INTO reports (run, base, size, report, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![run, row.base, row.size as i64, row.packed, sum(run, row)],
    )?;
    make_room(transaction)
}

/// Forgets the oldest chains beyond the room there is, and never the latest.
fn make_room(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut query = transaction.prepare("SELECT run FROM reports WHERE base IS NULL")?;
    let mut starts: Vec<i64> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    starts.sort_unstable();
    let kept = runs(transaction)?;
    let latest = kept.keys().next_back().copied();
    let taken = |from: i64| -> u64 {
        kept.range(from..).filter(|(run, _)| Some(**run) != latest).map(|(_, bytes)| bytes).sum()
    };
    let fits = |start: &&i64| taken(**start) <= ROOM;
    let first = starts.iter().find(fits).or(starts.last());
    if let Some(first) = first {
        transaction.execute("DELETE FROM reports WHERE run < ?1", [first])?;
    }
    Ok(())
}

/// Forgets the reports of runs that ended before an instant, as far as none of later ones rests on
/// them. Instants stand in `runs` as RFC 3339 in UTC, which sorts as it is.
pub(crate) fn forget(transaction: &Transaction<'_>, before: &str) -> rusqlite::Result<()> {
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

    fn table() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema.sql")).unwrap();
        connection.execute_batch(include_str!("reports.sql")).unwrap();
        connection
    }

    fn keep(connection: &mut Connection, run: i64, text: &[u8]) {
        let transaction = connection.transaction().unwrap();
        let report = base(&transaction, Path::new("s"), run).unwrap().pack(text).unwrap();
        write(&transaction, run, &report).unwrap();
        transaction.commit().unwrap();
    }

    /// Like a report: rows that differ a little, of which a few are new every night.
    fn night(run: i64, rows: usize) -> Vec<u8> {
        let row = |n: usize| {
            let hash = xxhash_rust::xxh3::xxh3_128(&n.to_le_bytes());
            format!("{{\"id\":\"{hash:032x}\",\"state\":\"ongoing\",\"count\":{n}}}\n")
        };
        let fresh = usize::try_from(run).unwrap() * 3;
        (fresh..fresh + rows).map(row).collect::<String>().into_bytes()
    }

    #[test]
    fn every_kept_report_comes_back_word_for_word() {
        let mut connection = table();
        for run in 1..=40 {
            keep(&mut connection, run, &night(run, 2000));
        }
        let kept = runs(&connection).unwrap();
        assert_eq!(kept.keys().copied().collect::<Vec<_>>(), (1..=40).collect::<Vec<_>>());
        for run in 1..=40 {
            let text = read(&connection, Path::new("s"), run).unwrap().unwrap();
            assert!(text == night(run, 2000), "run {run}");
        }
        // Packed against each other they take a fraction of what they take alone.
        let (alone, all) = (kept[&1], kept.values().sum::<u64>());
        assert!(all < alone * 6, "{all} of {alone} each");
        assert_eq!(read(&connection, Path::new("s"), 41).unwrap(), None);
        check(&connection, Path::new("s")).unwrap();
    }

    #[test]
    fn a_run_that_is_told_again_replaces_what_it_told() {
        let mut connection = table();
        keep(&mut connection, 1, b"one");
        keep(&mut connection, 2, b"two");
        keep(&mut connection, 2, b"two again");
        let text = |run| read(&connection, Path::new("s"), run).unwrap().unwrap();
        assert_eq!((text(1), text(2)), (b"one".to_vec(), b"two again".to_vec()));
    }

    #[test]
    fn room_is_made_and_the_latest_stays() {
        let mut connection = table();
        let noise = |run: i64| {
            let byte = |n: usize| xxhash_rust::xxh3::xxh3_64(&(run, n).1.to_le_bytes()) as u8;
            (0..3 << 20).map(|n| byte(n + run as usize * (3 << 20))).collect::<Vec<u8>>()
        };
        for run in 1..=4 {
            keep(&mut connection, run, &noise(run));
            assert!(read(&connection, Path::new("s"), run).unwrap().unwrap() == noise(run));
        }
        let kept = runs(&connection).unwrap();
        assert!(kept.values().rev().skip(1).sum::<u64>() <= ROOM, "{kept:?}");
        check(&connection, Path::new("s")).unwrap();
    }

    #[test]
    fn a_report_that_is_too_large_is_not_kept_and_costs_no_other() {
        let mut connection = table();
        keep(&mut connection, 1, b"one");
        let byte = |n: u64| xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes()) as u8;
        let noise: Vec<u8> = (0..ROOM + (1 << 16)).map(byte).collect();
        keep(&mut connection, 2, &noise);
        assert_eq!(runs(&connection).unwrap().into_keys().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn damage_is_found() {
        let mut connection = table();
        for run in 1..=2 {
            keep(&mut connection, run, &night(run, 2000));
        }
        connection.execute("UPDATE reports SET report = x'00' WHERE run = 1", []).unwrap();
        assert!(check(&connection, Path::new("s")).is_err());
        assert_eq!(read(&connection, Path::new("s"), 2).unwrap(), None);
        connection.execute("DELETE FROM reports WHERE run = 1", []).unwrap();
        assert!(check(&connection, Path::new("s")).is_err());
    }
}
