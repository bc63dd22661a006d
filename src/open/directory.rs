//! The central directory of a zip: what members there are. The only file that knows the zip crate;
//! its one-entry-at-a-time reader is used because the other one drops members of equal name.

use crate::open::fault::Fault;
use crate::open::member::{Expected, Method};
use crate::open::names;
use std::io::{self, Read, Seek};
use zip::CompressionMethod;
use zip::read::{Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
/// Bytes of a member's record before its content, names apart.
const LOCAL_HEADER: u64 = 30;

/// A member as the directory lists it.
pub(crate) struct ZipEntry {
    pub(crate) name: String,
    /// Place of the record before the content.
    pub(crate) header: u64,
    pub(crate) compressed: u64,
    pub(crate) expected: Expected,
    pub(crate) method: Method,
    pub(crate) encrypted: bool,
    pub(crate) link: bool,
}

/// The members of one archive.
#[derive(Default)]
pub(crate) struct Directory {
    pub(crate) entries: Vec<ZipEntry>,
    /// Members listed beyond the limit.
    pub(crate) beyond: u64,
}

impl Directory {
    /// Reads the directory; at most so many entries.
    pub(crate) fn read<R: Read + Seek>(reader: R, max_entries: u64) -> Result<Directory, Fault> {
        let mut archive = ZipIterable::try_new(reader, Config::default()).map_err(refused)?;
        let mut found = Directory::default();
        let mut spans = Vec::new();
        for (index, entry) in archive.files().map_err(refused)?.enumerate() {
            let entry = entry.map_err(refused)?;
            if index as u64 >= max_entries {
                found.beyond = archive.len() as u64 - max_entries;
                break;
            }
            spans.push(span(&entry)?);
            if !entry.is_dir() {
                found.entries.push(listed(&entry));
            }
        }
        refuse_overlap(spans)?;
        Ok(found)
    }

    /// True for spreadsheets, documents and slides, which are zips of XML.
    pub(crate) fn is_office_document(&self) -> bool {
        let has = |test: &dyn Fn(&str) -> bool| self.entries.iter().any(|entry| test(&entry.name));
        has(&|name| name == "[Content_Types].xml")
            && ["xl/", "word/", "ppt/"].iter().any(|part| has(&|name| name.starts_with(part)))
    }
}

fn listed(entry: &ZipFileEntry<'_>) -> ZipEntry {
    let claimed = entry.name().ok();
    let name = names::text(entry.name_raw(), claimed.as_deref());
    ZipEntry {
        name: names::label(&name),
        header: entry.header_start(),
        compressed: entry.compressed_size(),
        expected: Expected { size: entry.size(), sum: entry.crc32() },
        method: match entry.compression() {
            CompressionMethod::Stored => Method::Stored,
            CompressionMethod::Deflated => Method::Deflated,
            other => Method::Unread(other.to_string()),
        },
        encrypted: entry.encrypted(),
        link: entry.is_symlink(),
    }
}

/// The bytes a member needs at least; the local record may hold more beside the name.
fn span(entry: &ZipFileEntry<'_>) -> Result<(u64, u64), Fault> {
    let start = entry.header_start();
    let needs = entry.compressed_size().saturating_add(LOCAL_HEADER);
    match start.checked_add(needs) {
        Some(end) => Ok((start, end)),
        None => Err(Fault::new("open.damaged-archive", "a member claims an impossible place")),
    }
}

/// Members that share bytes are a way to make a small archive endless.
fn refuse_overlap(mut spans: Vec<(u64, u64)>) -> Result<(), Fault> {
    spans.sort_unstable();
    if spans.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return Err(Fault::new("open.overlap", "members overlap, as in an archive bomb; not read"));
    }
    Ok(())
}

fn refused(error: ZipError) -> Fault {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            Fault::from_error(&error)
        }
        ZipError::UnsupportedArchive(what) => {
            Fault::new("open.unsupported", format!("this zip is not read: {what}"))
        }
        other => {
            Fault::new("open.damaged-archive", format!("the list of members is damaged: {other}"))
        }
    }
}
