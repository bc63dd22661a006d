//! The members of a zip, one after the other.

use crate::model::{DiagnosticSeverity, SourceStatus};
use crate::open::directory::{Directory, ZipEntry};
use crate::open::fault::Fault;
use crate::open::layers::{Layer, Opener};
use crate::open::limits::Metered;
use crate::open::member::{LocalHeader, MemberReader, Method};
use crate::open::names::Labels;
use crate::open::sniff::Sniffed;
use std::io::{Read, Seek, SeekFrom};
impl Opener<'_> {
    /// Opens every member of a zip; one whose list of members is damaged is read from the front
    /// as far as that goes.
    pub(crate) fn archive<R: Read + Seek>(&mut self, layer: &Layer, mut reader: R) {
        if self.too_deep(layer) {
            return;
        }
        let layer = &Layer { key: layer.key.clone(), compression: "zip", ..*layer };
        match Directory::read(&mut reader, self.account.limits.max_entries) {
            Ok(directory) => self.members(layer, directory, &mut reader),
            Err(fault) => {
                self.refuse(layer, &fault);
                if fault.code == "open.damaged-archive" {
                    self.salvage(layer, &mut reader);
                }
            }
        }
    }

    fn members<R: Read + Seek>(&mut self, layer: &Layer, directory: Directory, reader: &mut R) {
        if directory.is_office_document() {
            let message = "an Office document is not read yet; save its table as CSV";
            return self.refuse(layer, &Fault::new("open.unsupported", message));
        }
        if directory.entries.is_empty() && directory.beyond == 0 {
            self.book(layer, SourceStatus::Skipped, "an archive without files");
        }
        if directory.beyond > 0 {
            let (limit, beyond) = (self.account.limits.max_entries, directory.beyond);
            let message = format!("the first {limit} members are read, {beyond} are not");
            self.refuse(layer, &Fault::new("open.limit-entries", message));
        }
        let mut labels = Labels::default();
        for mut entry in directory.entries {
            entry.name = labels.unique(entry.name);
            self.entry(layer, &entry, reader);
        }
    }

    fn entry<R: Read + Seek>(&mut self, archive: &Layer, entry: &ZipEntry, reader: &mut R) {
        let layer = member_layer(archive, &entry.name, entry.compressed);
        if self.only.is_some_and(|only| !only.is_within(&layer.key)) {
            return;
        }
        if entry.link {
            self.book(&layer, SourceStatus::Skipped, "a link inside the archive");
            let message = "a link inside the archive is not followed";
            return self.diagnose(&layer, "open.link", DiagnosticSeverity::Note, message);
        }
        let Some(deflated) = self.readable(&layer, entry.encrypted, &entry.method) else { return };
        let content = LocalHeader::read(reader, entry.header)
            .and_then(|local| reader.seek(SeekFrom::Start(local.content)));
        if let Err(error) = content {
            let message = format!("its place in the archive is damaged: {error}");
            return self.refuse(&layer, &Fault::damaged(message));
        }
        self.content(
            &layer,
            MemberReader::new(reader, deflated, entry.compressed, Some(entry.expected)),
        );
    }

    /// Whether the content is deflated, if it can be read at all.
    pub(crate) fn readable(
        &mut self,
        layer: &Layer,
        encrypted: bool,
        method: &Method,
    ) -> Option<bool> {
        let fault = match method {
            _ if encrypted => Fault::new("open.encrypted", "the member is encrypted"),
            Method::Stored => return Some(false),
            Method::Deflated => return Some(true),
            Method::Unread(name) => {
                Fault::new("open.unsupported", format!("compressed with {name}, not read yet"))
            }
        };
        self.refuse(layer, &fault);
        None
    }

    /// Opens the content of a member; returns it, to tell how far it was read.
    pub(crate) fn content<'c>(
        &mut self,
        layer: &Layer,
        content: MemberReader<'c>,
    ) -> MemberReader<'c> {
        let mut metered = Metered::new(content, self.account);
        self.unwrap(layer, Sniffed::new(&mut metered));
        metered.inner
    }
}

/// A member of an archive as a layer of its own.
pub(crate) fn member_layer(archive: &Layer, name: &str, bytes: u64) -> Layer {
    // A damaged member may claim more than its archive holds.
    let most = if archive.bytes == 0 { u64::MAX } else { archive.bytes };
    let bytes = bytes.min(most);
    Layer { key: archive.key.member(name), compression: "zip", bytes, depth: archive.depth + 1 }
}
