//! Opens the members of a zip, one after the other. Their list comes from `directory`, or, if it is
//! damaged, from `salvage`.

use std::io::{Read, Seek, SeekFrom};

use crate::model::{DiagnosticCode, DiagnosticSeverity, SourceStatus, count};
use crate::open::directory::{ZipDirectory, ZipEntry};
use crate::open::fault::Fault;
use crate::open::layers::{Layer, Opener};
use crate::open::limits::LimitedReader;
use crate::open::member::{LocalHeader, MemberReader, Method};
use crate::open::names::LabelSet;
use crate::open::sniff::SniffedReader;

impl Opener<'_> {
    /// Opens every member of a zip. If the list of members is damaged, they are read from the start
    /// of the archive up to the first one that cannot be located.
    pub(crate) fn open_archive<R: Read + Seek>(&mut self, layer: &Layer, mut reader: R) {
        if self.refuse_too_deep(layer) {
            return;
        }
        let layer = &Layer { key: layer.key.clone(), compression: "zip", ..*layer };
        match ZipDirectory::read(&mut reader, self.meter.limits.max_entries) {
            Ok(directory) => self.open_members(layer, directory, &mut reader),
            Err(fault) => {
                self.refuse(layer, &fault);
                if fault.code == DiagnosticCode::OpenDamagedArchive {
                    self.salvage(layer, &mut reader);
                }
            }
        }
    }

    fn open_members<R: Read + Seek>(
        &mut self,
        layer: &Layer,
        directory: ZipDirectory,
        reader: &mut R,
    ) {
        if directory.is_office_document() {
            let message = "Office documents are not supported; save the table as CSV";
            return self.refuse(layer, &Fault::new(DiagnosticCode::OpenUnsupported, message));
        }
        let over_limit = directory.over_limit;
        if directory.entries.is_empty() && over_limit == 0 {
            self.add_unread(layer, SourceStatus::Skipped, "an archive without files");
        }
        if over_limit > 0 {
            let limit = self.meter.limits.max_entries;
            let unread = count(over_limit, "member");
            let message = format!("{unread} not read: the limit is {limit}; split the archive");
            self.refuse(layer, &Fault::new(DiagnosticCode::OpenLimitEntries, message));
        }
        let mut labels = LabelSet::default();
        for mut entry in directory.entries {
            entry.name = labels.make_unique(entry.name);
            self.open_entry(layer, &entry, reader);
        }
    }

    fn open_entry<R: Read + Seek>(&mut self, archive: &Layer, entry: &ZipEntry, reader: &mut R) {
        let layer = member_layer(archive, &entry.name, entry.compressed);
        if self.only.is_some_and(|only| !only.is_within(&layer.key)) {
            return;
        }
        if entry.is_link {
            self.add_unread(&layer, SourceStatus::Skipped, "a link inside the archive");
            let message = "a link inside the archive is not followed";
            return self.add_diagnostic(
                &layer,
                DiagnosticCode::OpenLink,
                DiagnosticSeverity::Note,
                message,
            );
        }
        if self.refuse_unreadable(&layer, entry.is_encrypted, &entry.method) {
            return;
        }
        let content = LocalHeader::read(reader, entry.header)
            .and_then(|local| reader.seek(SeekFrom::Start(local.content)));
        if let Err(error) = content {
            let message = format!("the local header of the member is damaged: {error}");
            return self.refuse(&layer, &Fault::damaged(message));
        }
        let content =
            MemberReader::new(reader, &entry.method, entry.compressed, Some(entry.expected));
        self.open_member(&layer, content);
    }

    /// Refuses a member that is encrypted or compressed in an unsupported way; returns true if so.
    pub(crate) fn refuse_unreadable(
        &mut self,
        layer: &Layer,
        is_encrypted: bool,
        method: &Method,
    ) -> bool {
        let fault = match method {
            _ if is_encrypted => Fault::new(
                DiagnosticCode::OpenEncrypted,
                "the member is encrypted; extract it and scan the extracted file",
            ),
            Method::Stored | Method::Deflated => return false,
            Method::Unsupported(name) => Fault::new(
                DiagnosticCode::OpenUnsupported,
                format!(
                    "compression {name} is not supported; extract the member and scan the extracted file"
                ),
            ),
        };
        self.refuse(layer, &fault);
        true
    }

    /// Opens the content of a member. Returns the reader, which knows how far it was read.
    pub(crate) fn open_member<'c>(
        &mut self,
        layer: &Layer,
        content: MemberReader<'c>,
    ) -> MemberReader<'c> {
        let mut limited = LimitedReader::new(content, self.meter);
        self.open_layer(layer, SniffedReader::new(&mut limited));
        limited.inner
    }
}

pub(crate) fn member_layer(archive: &Layer, name: &str, bytes: u64) -> Layer {
    // A damaged member may claim more bytes than its archive has.
    let most = if archive.bytes == 0 { u64::MAX } else { archive.bytes };
    let bytes = bytes.min(most);
    Layer { key: archive.key.member(name), compression: "zip", bytes, depth: archive.depth + 1 }
}
