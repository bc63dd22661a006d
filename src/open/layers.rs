//! Unwraps containers layer by layer and hands every readable source to the visitor.

use crate::model::{Diagnostic, DiagnosticSeverity, SourceItem, SourceKey, SourceStatus};
use crate::open::fault::Fault;
use crate::open::file;
use crate::open::file::AtLeast;
use crate::open::file::PlainFile;
use crate::open::gzip::Gzip;
use crate::open::limits::{Metered, MeteredReader, SizeMeter};
use crate::open::member::INPUT_BUFFER;
use crate::open::opener::OnOpen;
use crate::open::sniff::{Container, Head, Sniffed};
use crate::open::zstd::Zstd;
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

/// One readable source.
pub struct Opened<'a> {
    /// Its key; for a member of an archive, the key of the member.
    pub key: SourceKey,
    /// `none`, `gzip`, `zstd` or `zip`.
    pub compression: &'static str,
    /// Bytes on disk, compressed where it is; 0 for a stream, whose length nobody knows.
    pub bytes: u64,
    /// The file itself, where its bytes are the source's and can be read from any place.
    pub plain: Option<PlainFile>,
    /// The bytes. An error it gives carries a [`Fault`] and comes after all good bytes.
    pub reader: &'a mut dyn Read,
}

/// What could not be opened, and why.
#[derive(Default, Debug)]
pub struct OpenReport {
    /// A row for every source and member that was not given to the visitor.
    pub unread: Vec<(SourceKey, SourceItem)>,
    /// Problems.
    pub diagnostics: Vec<Diagnostic>,
}

/// A stream with what is known of it, at some depth of containers.
pub(crate) struct Layer {
    pub(crate) key: SourceKey,
    pub(crate) compression: &'static str,
    pub(crate) bytes: u64,
    pub(crate) depth: u32,
}

impl Layer {
    /// The content of this layer; the outermost container names the compression.
    fn inside(&self, compression: &'static str) -> Layer {
        Layer {
            key: self.key.clone(),
            compression: if self.compression == "none" { compression } else { self.compression },
            bytes: self.bytes,
            depth: self.depth + 1,
        }
    }
}

pub(crate) struct Opener<'a> {
    pub(crate) account: &'a SizeMeter<'a>,
    /// The one source that is asked for.
    pub(crate) only: Option<&'a SourceKey>,
    pub(crate) visit: &'a mut dyn FnMut(Opened<'_>),
    pub(crate) report: OpenReport,
}

impl Opener<'_> {
    pub(crate) fn regular(&mut self, layer: Layer, path: &Path, look: &mut OnOpen<'_>) {
        match file::regular(path) {
            Ok((file, about)) => {
                let mut seen = |file: &File, head: &[u8]| look(file, &about, head);
                self.file(&Layer { bytes: about.len(), ..layer }, file, path, &mut seen);
            }
            Err(fault) => self.refuse(&layer, &fault),
        }
    }

    fn file(&mut self, layer: &Layer, file: File, path: &Path, seen: &mut dyn FnMut(&File, &[u8])) {
        let plain = PlainFile::beside(&file, path, layer.bytes);
        let mut file = MeteredReader::new(file, self.account);
        let head = Head::of_file(&mut file, layer.bytes);
        seen(file.inner(), &head.bytes);
        let looked_at = head.bytes.len();
        let sniffed = Sniffed::after(head, &mut file);
        match sniffed.container() {
            Container::Zip => {
                file.give_back(looked_at);
                self.archive(layer, &mut file);
            }
            Container::Plain => {
                self.visit(layer, plain, &mut AtLeast::new(sniffed, layer.bytes));
            }
            _ => self.unwrap(layer, sniffed),
        }
    }

    pub(crate) fn stream(&mut self, layer: &Layer, stream: &mut dyn Read) {
        let mut stream = MeteredReader::new(stream, self.account);
        self.unwrap(layer, Sniffed::new(&mut stream));
    }

    /// Hands a stream to the visitor, or opens the container it is.
    pub(crate) fn unwrap(&mut self, layer: &Layer, mut sniffed: Sniffed<'_>) {
        match sniffed.container() {
            Container::Plain => self.visit(layer, None, &mut sniffed),
            Container::Gzip => self.gzip(layer, sniffed),
            Container::Zstd => self.zstd(layer, sniffed),
            Container::Zip => self.spooled_archive(layer, sniffed),
            Container::Unread(what) => {
                self.refuse(
                    layer,
                    &Fault::new("open.unsupported", format!("{what} is not read yet")),
                );
            }
        }
    }

    fn visit(&mut self, layer: &Layer, plain: Option<PlainFile>, reader: &mut dyn Read) {
        let Layer { key, compression, bytes, .. } = layer;
        (self.visit)(Opened { key: key.clone(), compression, bytes: *bytes, plain, reader });
    }

    fn gzip(&mut self, layer: &Layer, sniffed: Sniffed<'_>) {
        if self.too_deep(layer) {
            return;
        }
        let gzip = Gzip::new(BufReader::with_capacity(INPUT_BUFFER, sniffed));
        let mut content = Metered::new(gzip, self.account);
        self.unwrap(&layer.inside("gzip"), Sniffed::new(&mut content));
        if content.inner.has_garbage() {
            self.garbage(layer, "gzip", "member");
        }
    }

    fn zstd(&mut self, layer: &Layer, sniffed: Sniffed<'_>) {
        if self.too_deep(layer) {
            return;
        }
        let zstd = match Zstd::new(BufReader::with_capacity(INPUT_BUFFER, sniffed)) {
            Ok(zstd) => zstd,
            Err(error) => return self.refuse(layer, &Fault::from_error(&error)),
        };
        let mut content = Metered::new(zstd, self.account);
        self.unwrap(&layer.inside("zstd"), Sniffed::new(&mut content));
        if content.inner.has_garbage() {
            self.garbage(layer, "zstd", "frame");
        }
    }

    fn garbage(&mut self, layer: &Layer, format: &str, unit: &str) {
        let message =
            format!("something that is not {format} follows the last {unit}; it is not read");
        self.diagnose(layer, "open.trailing-garbage", DiagnosticSeverity::Warning, &message);
    }

    /// A zip that cannot be read from its end is held in memory, within a limit.
    fn spooled_archive(&mut self, layer: &Layer, sniffed: Sniffed<'_>) {
        let limit = self.account.limits.max_spool;
        let mut spool = Vec::new();
        match sniffed.take(limit + 1).read_to_end(&mut spool) {
            Err(error) => self.refuse(layer, &Fault::from_error(&error)),
            Ok(_) if spool.len() as u64 > limit => {
                let message = format!(
                    "a zip inside another source is read up to {limit} bytes; unpack it first"
                );
                self.refuse(layer, &Fault::new("open.limit-nested", message));
            }
            Ok(_) => self.archive(layer, Cursor::new(spool)),
        }
    }

    pub(crate) fn too_deep(&mut self, layer: &Layer) -> bool {
        let limit = self.account.limits.max_depth;
        if layer.depth < limit {
            return false;
        }
        let message = format!("more than {limit} containers inside each other");
        self.refuse(layer, &Fault::new("open.limit-nested", message));
        true
    }

    /// Books a source that was not read.
    pub(crate) fn refuse(&mut self, layer: &Layer, fault: &Fault) {
        self.book(layer, SourceStatus::Failed, &fault.message);
        self.diagnose(layer, fault.code, DiagnosticSeverity::Error, &fault.message);
    }

    pub(crate) fn book(&mut self, layer: &Layer, status: SourceStatus, reason: &str) {
        let mut item = SourceItem::unread(status, layer.bytes, reason);
        item.compression = layer.compression.to_string();
        self.report.unread.push((layer.key.clone(), item));
    }

    pub(crate) fn diagnose(
        &mut self,
        layer: &Layer,
        code: &str,
        severity: DiagnosticSeverity,
        message: &str,
    ) {
        let diagnostic = Diagnostic::new(code, severity, layer.key.as_str(), "", message);
        self.report.diagnostics.push(diagnostic);
    }
}
