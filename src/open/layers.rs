//! Unwraps containers layer by layer and passes every readable source to the visitor. Knows nothing
//! of the text in them.

use std::fs::{File, Metadata};
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use crate::model::{
    Diagnostic, DiagnosticCode, DiagnosticSeverity, SourceItem, SourceKey, SourceStatus,
};
use crate::open::fault::Fault;
use crate::open::file::{LengthCheckedReader, PlainFile, open_regular};
use crate::open::gzip::GzipReader;
use crate::open::limits::{LimitedReader, MeteredReader, SizeMeter};
use crate::open::member::INPUT_BUFFER;
use crate::open::sniff::{Container, Head, SniffedReader};
use crate::open::zstd::ZstdReader;

/// Called with an open file, its metadata and its first bytes, which are the whole content of a
/// small file. If they cannot be read, there are fewer.
pub type OnOpen<'a> = dyn FnMut(&File, &Metadata, &[u8]) + 'a;

pub struct OpenedSource<'a> {
    /// For a member of an archive, the key of the member.
    pub key: SourceKey,
    /// `none`, `gzip`, `zstd` or `zip`.
    pub compression: &'static str,
    /// Bytes on disk, compressed if the source is; 0 for a stream, whose length is unknown.
    pub bytes: u64,
    /// The file itself, if it is the source and can be read at any offset.
    pub plain: Option<PlainFile>,
    /// An error of the reader contains a [`Fault`] and comes after all good bytes.
    pub reader: &'a mut dyn Read,
}

/// What could not be opened, and why.
#[derive(Default, Debug)]
pub struct OpenReport {
    /// A row for every source and member that was not passed to the visitor.
    pub unread: Vec<(SourceKey, SourceItem)>,
    pub diagnostics: Vec<Diagnostic>,
}

/// What is known of a stream at some depth of containers.
pub(crate) struct Layer {
    pub(crate) key: SourceKey,
    pub(crate) compression: &'static str,
    pub(crate) bytes: u64,
    pub(crate) depth: u32,
}

impl Layer {
    /// The layer inside this one. The outermost container determines the compression.
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
    pub(crate) meter: &'a SizeMeter<'a>,
    /// The only source to open; `None` opens all.
    pub(crate) only: Option<&'a SourceKey>,
    pub(crate) visit: &'a mut dyn FnMut(OpenedSource<'_>),
    pub(crate) report: OpenReport,
}

impl Opener<'_> {
    pub(crate) fn open_file(&mut self, layer: Layer, path: &Path, on_open: &mut OnOpen<'_>) {
        let (file, metadata) = match open_regular(path) {
            Ok(opened) => opened,
            Err(fault) => return self.refuse(&layer, &fault),
        };
        let layer = &Layer { bytes: metadata.len(), ..layer };
        let plain = PlainFile::from_open(&file, path, layer.bytes);
        let mut file = MeteredReader::new(file, self.meter);
        let head = Head::read_file(&mut file, layer.bytes);
        on_open(file.inner(), &metadata, &head.bytes);
        let head_length = head.bytes.len();
        let sniffed = SniffedReader::with_head(head, &mut file);
        match sniffed.container() {
            Container::Zip => {
                file.discount(head_length);
                self.open_archive(layer, &mut file);
            }
            Container::Plain => {
                self.visit(layer, plain, &mut LengthCheckedReader::new(sniffed, layer.bytes));
            }
            _ => self.open_layer(layer, sniffed),
        }
    }

    pub(crate) fn open_stream(&mut self, layer: &Layer, stream: &mut dyn Read) {
        let mut stream = MeteredReader::new(stream, self.meter);
        self.open_layer(layer, SniffedReader::new(&mut stream));
    }

    /// Passes a plain stream to the visitor, or opens the container that it is.
    pub(crate) fn open_layer(&mut self, layer: &Layer, mut sniffed: SniffedReader<'_>) {
        match sniffed.container() {
            Container::Plain => self.visit(layer, None, &mut sniffed),
            Container::Gzip => self.open_gzip(layer, sniffed),
            Container::Zstd => self.open_zstd(layer, sniffed),
            Container::Zip => self.open_buffered_archive(layer, sniffed),
            Container::Unsupported(name) => {
                let message =
                    format!("{name} is not supported; extract it and scan the extracted files");
                self.refuse(layer, &Fault::new(DiagnosticCode::OpenUnsupported, message));
            }
        }
    }

    fn visit(&mut self, layer: &Layer, plain: Option<PlainFile>, reader: &mut dyn Read) {
        let Layer { key, compression, bytes, .. } = layer;
        (self.visit)(OpenedSource { key: key.clone(), compression, bytes: *bytes, plain, reader });
    }

    fn open_gzip(&mut self, layer: &Layer, sniffed: SniffedReader<'_>) {
        if self.refuse_too_deep(layer) {
            return;
        }
        let gzip = GzipReader::new(BufReader::with_capacity(INPUT_BUFFER, sniffed));
        let mut content = LimitedReader::new(gzip, self.meter);
        self.open_layer(&layer.inside("gzip"), SniffedReader::new(&mut content));
        if content.inner.has_garbage() {
            self.report_garbage(layer, "gzip", "member");
        }
    }

    fn open_zstd(&mut self, layer: &Layer, sniffed: SniffedReader<'_>) {
        if self.refuse_too_deep(layer) {
            return;
        }
        let zstd = match ZstdReader::new(BufReader::with_capacity(INPUT_BUFFER, sniffed)) {
            Ok(zstd) => zstd,
            Err(error) => return self.refuse(layer, &Fault::from_error(&error)),
        };
        let mut content = LimitedReader::new(zstd, self.meter);
        self.open_layer(&layer.inside("zstd"), SniffedReader::new(&mut content));
        if content.inner.has_garbage() {
            self.report_garbage(layer, "zstd", "frame");
        }
    }

    fn report_garbage(&mut self, layer: &Layer, format: &str, unit: &str) {
        let message = format!("data after the last {unit} is not {format} and is not read");
        self.add_diagnostic(
            layer,
            DiagnosticCode::OpenTrailingGarbage,
            DiagnosticSeverity::Warning,
            &message,
        );
    }

    /// Buffers a zip that cannot be read from its end in memory, up to a limit.
    fn open_buffered_archive(&mut self, layer: &Layer, sniffed: SniffedReader<'_>) {
        let limit = self.meter.limits.max_spool;
        let mut buffer = Vec::new();
        match sniffed.take(limit + 1).read_to_end(&mut buffer) {
            Err(error) => self.refuse(layer, &Fault::from_error(&error)),
            Ok(_) if buffer.len() as u64 > limit => {
                let message = format!(
                    "a nested zip of more than {limit} bytes is not read; extract it and scan the extracted files"
                );
                self.refuse(layer, &Fault::new(DiagnosticCode::OpenLimitNested, message));
            }
            Ok(_) => self.open_archive(layer, Cursor::new(buffer)),
        }
    }

    /// Refuses a container that is nested too deeply; returns true if so.
    pub(crate) fn refuse_too_deep(&mut self, layer: &Layer) -> bool {
        let limit = self.meter.limits.max_depth;
        if layer.depth < limit {
            return false;
        }
        let message =
            format!("nested more than {limit} levels deep; extract the outer containers first");
        self.refuse(layer, &Fault::new(DiagnosticCode::OpenLimitNested, message));
        true
    }

    /// Reports a source that cannot be read.
    pub(crate) fn refuse(&mut self, layer: &Layer, fault: &Fault) {
        self.add_unread(layer, SourceStatus::Failed, &fault.message);
        self.add_diagnostic(layer, fault.code, DiagnosticSeverity::Error, &fault.message);
    }

    pub(crate) fn add_unread(&mut self, layer: &Layer, status: SourceStatus, reason: &str) {
        let mut item = SourceItem::unread(status, layer.bytes, reason);
        item.compression = layer.compression.to_string();
        self.report.unread.push((layer.key.clone(), item));
    }

    pub(crate) fn add_diagnostic(
        &mut self,
        layer: &Layer,
        code: DiagnosticCode,
        severity: DiagnosticSeverity,
        message: &str,
    ) {
        let diagnostic = Diagnostic::new(code, severity, layer.key.as_str(), "", message);
        self.report.diagnostics.push(diagnostic);
    }
}
