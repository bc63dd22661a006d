//! Reads the central directory of a zip, which lists its members. The only file that names the zip
//! crate. It uses the reader that returns one entry at a time, because the crate's other reader
//! drops members of equal name.

use crate::model::DiagnosticCode;
use std::io::{self, Read, Seek};

use zip::CompressionMethod;
use zip::read::{Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use crate::open::fault::Fault;
use crate::open::member::{ExpectedContent, LOCAL_HEADER, Method};
use crate::open::names;

/// A member as the central directory lists it.
pub(crate) struct ZipEntry {
    pub(crate) name: String,
    /// Byte offset of the local header.
    pub(crate) header: u64,
    /// Compressed length in bytes.
    pub(crate) compressed: u64,
    pub(crate) expected: ExpectedContent,
    pub(crate) method: Method,
    pub(crate) is_encrypted: bool,
    pub(crate) is_link: bool,
}

#[derive(Default)]
pub(crate) struct ZipDirectory {
    pub(crate) entries: Vec<ZipEntry>,
    /// Number of members listed after the last one within the limit.
    pub(crate) over_limit: u64,
}

impl ZipDirectory {
    /// Reads at most `max_entries` entries.
    pub(crate) fn read<R: Read + Seek>(reader: R, max_entries: u64) -> Result<ZipDirectory, Fault> {
        let mut archive = ZipIterable::try_new(reader, Config::default()).map_err(to_fault)?;
        let mut directory = ZipDirectory::default();
        let mut ranges = Vec::new();
        for (index, entry) in archive.files().map_err(to_fault)?.enumerate() {
            let entry = entry.map_err(to_fault)?;
            if index as u64 >= max_entries {
                directory.over_limit = archive.len() as u64 - max_entries;
                break;
            }
            ranges.push(byte_range(&entry)?);
            if !entry.is_dir() {
                directory.entries.push(to_entry(&entry));
            }
        }
        refuse_overlap(ranges)?;
        Ok(directory)
    }

    /// True for spreadsheets, documents and slides, which are zips of XML files.
    pub(crate) fn is_office_document(&self) -> bool {
        let has = |test: &dyn Fn(&str) -> bool| self.entries.iter().any(|entry| test(&entry.name));
        has(&|name| name == "[Content_Types].xml")
            && ["xl/", "word/", "ppt/"].iter().any(|part| has(&|name| name.starts_with(part)))
    }
}

fn to_entry(entry: &ZipFileEntry<'_>) -> ZipEntry {
    let claimed = entry.name().ok();
    let name = names::decode(entry.name_raw(), claimed.as_deref());
    ZipEntry {
        name: names::to_label(&name),
        header: entry.header_start(),
        compressed: entry.compressed_size(),
        expected: ExpectedContent { size: entry.size(), checksum: entry.crc32() },
        method: match entry.compression() {
            CompressionMethod::Stored => Method::Stored,
            CompressionMethod::Deflated => Method::Deflated,
            other => Method::Unsupported(other.to_string()),
        },
        is_encrypted: entry.encrypted(),
        is_link: entry.is_symlink(),
    }
}

/// The bytes that a member occupies at least. Its local header may be longer, because of its name
/// and extra field.
fn byte_range(entry: &ZipFileEntry<'_>) -> Result<(u64, u64), Fault> {
    let start = entry.header_start();
    let length = entry.compressed_size().saturating_add(LOCAL_HEADER as u64);
    match start.checked_add(length) {
        Some(end) => Ok((start, end)),
        None => {
            Err(Fault::new(DiagnosticCode::OpenDamagedArchive, "the offset of a member is invalid"))
        }
    }
}

/// Members that share bytes let a small archive expand without end.
fn refuse_overlap(mut ranges: Vec<(u64, u64)>) -> Result<(), Fault> {
    ranges.sort_unstable();
    if ranges.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return Err(Fault::new(
            DiagnosticCode::OpenOverlap,
            "members of the archive overlap, as in an archive bomb; not read",
        ));
    }
    Ok(())
}

fn to_fault(error: ZipError) -> Fault {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            Fault::from_error(&error)
        }
        ZipError::UnsupportedArchive(what) => Fault::new(
            DiagnosticCode::OpenUnsupported,
            format!("this zip is not supported: {what}"),
        ),
        other => Fault::new(
            DiagnosticCode::OpenDamagedArchive,
            format!("the central directory of the archive is damaged: {other}"),
        ),
    }
}
