//! Limits of one source, and the meter that enforces them. The content of a source is streamed, so
//! that its size alone is no problem; the limits stop archives that expand without end.

use crate::model::DiagnosticCode;
use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};

use crate::open::fault::Fault;
use crate::open::file::read_error;

/// Expanded bytes of one file, all members together. A year of logs of a large site fits; a bomb is
/// stopped after minutes, not days.
const MAX_EXPAND: u64 = 100 << 30;

/// Expanded bytes per byte of the file. One layer of DEFLATE reaches 1,032 at most, so that only
/// nested bombs exceed the limit; log text has 10 to 40.
const MAX_RATIO: u64 = 2000;

/// Expanded bytes below which the ratio is not checked: small files of blanks compress very well.
const RATIO_AFTER: u64 = 1 << 30;

/// Members of one archive. No export has more, and each costs a row of coverage.
const MAX_ENTRIES: u64 = 1_000_000;

/// Nested containers. Deliveries nest up to `zip » zip » gz`.
const MAX_DEPTH: u32 = 3;

/// Bytes of a zip that is held in memory. A zip is read from its end; where the end cannot be
/// reached (a zip inside a zip, or on standard input), the whole archive is buffered.
const MAX_SPOOL: u64 = 64 << 20;

/// Limits of one file on disk or one stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Expanded bytes, all members together.
    pub max_expand: u64,
    /// Expanded bytes per byte taken from the file.
    pub max_ratio: u64,
    /// Expanded bytes from which the ratio is checked.
    pub ratio_after: u64,
    /// Members of one archive.
    pub max_entries: u64,
    /// Nested containers.
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

/// Counts the bytes of one file over all layers: those taken from disk and those expanded.
pub(crate) struct SizeMeter<'l> {
    pub(crate) limits: &'l Limits,
    bytes_in: Cell<u64>,
    bytes_out: Cell<u64>,
}

impl<'l> SizeMeter<'l> {
    pub(crate) fn new(limits: &'l Limits) -> SizeMeter<'l> {
        SizeMeter { limits, bytes_in: Cell::new(0), bytes_out: Cell::new(0) }
    }

    fn check(&self) -> Result<(), Fault> {
        let (bytes_in, bytes_out) = (self.bytes_in.get(), self.bytes_out.get());
        let Limits { max_expand, max_ratio, ratio_after, .. } = *self.limits;
        if bytes_out > max_expand {
            let message = format!("expands to more than {max_expand} bytes; the rest is not read");
            return Err(Fault::new(DiagnosticCode::OpenLimitSize, message));
        }
        if bytes_out > ratio_after && bytes_out > max_ratio.saturating_mul(bytes_in.max(1)) {
            let message = format!(
                "{bytes_in} bytes expand to {bytes_out}, as in an archive bomb; the rest is not read"
            );
            return Err(Fault::new(DiagnosticCode::OpenLimitRatio, message));
        }
        Ok(())
    }
}

/// The innermost reader. Counts the bytes it takes, retries interrupted calls, and turns a failed
/// read into a fault that names its offset.
pub(crate) struct MeteredReader<'a, R> {
    inner: R,
    meter: &'a SizeMeter<'a>,
    offset: u64,
}

impl<'a, R> MeteredReader<'a, R> {
    pub(crate) fn new(inner: R, meter: &'a SizeMeter<'a>) -> MeteredReader<'a, R> {
        MeteredReader { inner, meter, offset: 0 }
    }

    pub(crate) fn inner(&self) -> &R {
        &self.inner
    }

    /// Discounts bytes that will be read again, so that they count once.
    pub(crate) fn discount(&mut self, bytes: usize) {
        self.meter.bytes_in.set(self.meter.bytes_in.get().saturating_sub(bytes as u64));
    }
}

impl<R: Read> Read for MeteredReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buffer) {
                Ok(count) => {
                    self.offset += count as u64;
                    self.meter.bytes_in.set(self.meter.bytes_in.get() + count as u64);
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(read_error(self.offset, &error).into()),
            }
        }
    }
}

impl<R: Seek> Seek for MeteredReader<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.offset = self.inner.seek(to)?;
        Ok(self.offset)
    }
}

/// The reader around every decompressor. Counts the bytes it returns and fails once a limit is
/// exceeded.
pub(crate) struct LimitedReader<'a, R> {
    pub(crate) inner: R,
    meter: &'a SizeMeter<'a>,
}

impl<'a, R> LimitedReader<'a, R> {
    pub(crate) fn new(inner: R, meter: &'a SizeMeter<'a>) -> LimitedReader<'a, R> {
        LimitedReader { inner, meter }
    }
}

impl<R: Read> Read for LimitedReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.meter.check()?;
        let count = self.inner.read(buffer)?;
        self.meter.bytes_out.set(self.meter.bytes_out.get() + count as u64);
        Ok(count)
    }
}
