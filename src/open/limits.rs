//! How much one source may become, and the meter that holds it to that. Everything a source turns
//! into is streamed, so large is allowed; what is stopped is the archive that never ends.

use crate::open::fault::Fault;
use crate::open::file::unreadable;
use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
/// Bytes one file may expand to, all members together. A year of logs of a large site fits; a
/// bomb is stopped after minutes, not days.
const MAX_EXPAND: u64 = 100 << 30;

/// Expanded bytes for each byte taken. One layer of DEFLATE reaches 1,032 at most, so that only
/// nested bombs come here, and log text (10 to 40) never.
const MAX_RATIO: u64 = 2000;

/// Below this much output the ratio says nothing: small files of blanks compress very well.
const RATIO_AFTER: u64 = 1 << 30;

/// Members of one archive. More is no export; each costs a row in the books.
const MAX_ENTRIES: u64 = 1_000_000;

/// Containers inside each other: `zip » zip » gz` is as deep as real deliveries go.
const MAX_DEPTH: u32 = 3;

/// A zip needs to be read from its end. Where the end cannot be reached (a zip inside a zip, or
/// on standard input) it is held in memory up to this size.
const MAX_SPOOL: u64 = 64 << 20;

/// What one file on disk may cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Expanded bytes of one file, all members together.
    pub max_expand: u64,
    /// Expanded bytes for each byte taken from the file.
    pub max_ratio: u64,
    /// Expanded bytes before the ratio is looked at.
    pub ratio_after: u64,
    /// Members of one archive.
    pub max_entries: u64,
    /// Containers inside each other.
    pub max_depth: u32,
    /// Bytes of an archive that is held in memory.
    pub max_spool: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_expand: MAX_EXPAND,
            max_ratio: MAX_RATIO,
            ratio_after: RATIO_AFTER,
            max_entries: MAX_ENTRIES,
            max_depth: MAX_DEPTH,
            max_spool: MAX_SPOOL,
        }
    }
}

/// The account of one file: bytes taken from disk and bytes made of them, over all layers.
pub(crate) struct SizeMeter<'l> {
    pub(crate) limits: &'l Limits,
    taken: Cell<u64>,
    made: Cell<u64>,
}

impl<'l> SizeMeter<'l> {
    pub(crate) fn new(limits: &'l Limits) -> SizeMeter<'l> {
        SizeMeter { limits, taken: Cell::new(0), made: Cell::new(0) }
    }

    fn check(&self) -> Result<(), Fault> {
        let (taken, made) = (self.taken.get(), self.made.get());
        if made > self.limits.max_expand {
            let limit = self.limits.max_expand;
            let message = format!("stopped: expands to more than {limit} bytes");
            return Err(Fault::new("open.limit-size", message));
        }
        if made > self.limits.ratio_after
            && made > self.limits.max_ratio.saturating_mul(taken.max(1))
        {
            let message = format!("stopped: {made} bytes out of {taken} look like a bomb");
            return Err(Fault::new("open.limit-ratio", message));
        }
        Ok(())
    }
}

/// The innermost reader: counts what is taken, retries interrupted calls and turns a failed read
/// into a fault that names its place.
pub(crate) struct MeteredReader<'a, R> {
    inner: R,
    account: &'a SizeMeter<'a>,
    at: u64,
}

impl<'a, R> MeteredReader<'a, R> {
    pub(crate) fn new(inner: R, account: &'a SizeMeter<'a>) -> MeteredReader<'a, R> {
        MeteredReader { inner, account, at: 0 }
    }

    /// What the bytes are taken from.
    pub(crate) fn inner(&self) -> &R {
        &self.inner
    }

    /// Bytes that were taken and will be taken again count once.
    pub(crate) fn give_back(&mut self, bytes: usize) {
        self.account.taken.set(self.account.taken.get().saturating_sub(bytes as u64));
    }
}

impl<R: Read> Read for MeteredReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buffer) {
                Ok(count) => {
                    self.at += count as u64;
                    self.account.taken.set(self.account.taken.get() + count as u64);
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(unreadable(self.at, &error).into());
                }
            }
        }
    }
}

impl<R: Seek> Seek for MeteredReader<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.inner.seek(to)?;
        Ok(self.at)
    }
}

/// The reader around every decompressor: counts what is made and stops at a limit, after the
/// bytes that were still within it.
pub(crate) struct Metered<'a, R> {
    pub(crate) inner: R,
    account: &'a SizeMeter<'a>,
}

impl<'a, R> Metered<'a, R> {
    pub(crate) fn new(inner: R, account: &'a SizeMeter<'a>) -> Metered<'a, R> {
        Metered { inner, account }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.account.check()?;
        let count = self.inner.read(buffer)?;
        self.account.made.set(self.account.made.get() + count as u64);
        Ok(count)
    }
}
