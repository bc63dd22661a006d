//! From a source to its bytes: containers are told by their first bytes and unwrapped as streams,
//! under limits. Comes after `discover`, before `decode`. Nothing is ever written to disk, a
//! member's name is only a label, and nothing here knows what the bytes mean.

mod archive;
mod directory;
mod fault;
mod file;
mod gzip;
mod inflate;
mod limits;
mod member;
mod names;
mod salvage;
mod sniff;
#[cfg(test)]
mod tests;
mod zstd;

use std::fs::{File, Metadata};
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use crate::model::{Diagnostic, DiagnosticSeverity, SourceItem, SourceKey, SourceStatus};

pub use fault::Fault;
pub use file::{FileSlice, PlainFile};
pub use limits::Limits;

use file::AtLeast;
use gzip::Gzip;
use limits::{Metered, MeteredReader, SizeMeter};
use member::INPUT_BUFFER;
use sniff::{Container, Head, Sniffed};
use zstd::Zstd;

/// Somebody who looks at a file that is open, at what the system says of it, and at its first bytes:
/// all of a small one, unless they cannot be read.
pub type OnOpen<'a> = dyn FnMut(&File, &Metadata, &[u8]) + 'a;

/// Where the bytes come from.
pub enum OpenInput<'a> {
    /// A regular file.
    File(&'a Path),
    /// A regular file at which somebody looks when it is open and before it is read; they leave it
    /// where it is.
    Seen(&'a Path, &'a mut OnOpen<'a>),
    /// A pipe with a name; opening waits for its writer.
    Pipe(&'a Path),
    /// A stream that is already open, such as standard input.
    Stream(&'a mut dyn Read),
}

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

/// Opens a source and calls `visit` with it, or with every member of it in the order of the
/// archive. A member that cannot be opened costs that member.
pub fn open(
    key: &SourceKey,
    input: OpenInput<'_>,
    limits: &Limits,
    visit: &mut dyn FnMut(Opened<'_>),
) -> OpenReport {
    opened(key, input, None, limits, visit)
}

/// The same for one source: of an archive, members on the way to it only.
pub fn open_only(
    key: &SourceKey,
    input: OpenInput<'_>,
    only: &SourceKey,
    limits: &Limits,
    visit: &mut dyn FnMut(Opened<'_>),
) -> OpenReport {
    opened(key, input, Some(only), limits, visit)
}

fn opened(
    key: &SourceKey,
    input: OpenInput<'_>,
    only: Option<&SourceKey>,
    limits: &Limits,
    visit: &mut dyn FnMut(Opened<'_>),
) -> OpenReport {
    let account = SizeMeter::new(limits);
    let mut opener = Opener { account: &account, only, visit, report: OpenReport::default() };
    let layer = Layer { key: key.clone(), compression: "none", bytes: 0, depth: 0 };
    match input {
        OpenInput::File(path) => opener.regular(layer, path, &mut |_, _, _| {}),
        OpenInput::Seen(path, look) => opener.regular(layer, path, look),
        OpenInput::Pipe(path) => match file::pipe(path) {
            Ok(mut pipe) => opener.stream(&layer, &mut pipe),
            Err(fault) => opener.refuse(&layer, &fault),
        },
        OpenInput::Stream(stream) => opener.stream(&layer, stream),
    }
    opener.report
}

/// A stream with what is known of it, at some depth of containers.
struct Layer {
    key: SourceKey,
    compression: &'static str,
    bytes: u64,
    depth: u32,
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

struct Opener<'a> {
    account: &'a SizeMeter<'a>,
    /// The one source that is asked for.
    only: Option<&'a SourceKey>,
    visit: &'a mut dyn FnMut(Opened<'_>),
    report: OpenReport,
}

impl Opener<'_> {
    fn regular(&mut self, layer: Layer, path: &Path, look: &mut OnOpen<'_>) {
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

    fn stream(&mut self, layer: &Layer, stream: &mut dyn Read) {
        let mut stream = MeteredReader::new(stream, self.account);
        self.unwrap(layer, Sniffed::new(&mut stream));
    }

    /// Hands a stream to the visitor, or opens the container it is.
    fn unwrap(&mut self, layer: &Layer, mut sniffed: Sniffed<'_>) {
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

    fn too_deep(&mut self, layer: &Layer) -> bool {
        let limit = self.account.limits.max_depth;
        if layer.depth < limit {
            return false;
        }
        let message = format!("more than {limit} containers inside each other");
        self.refuse(layer, &Fault::new("open.limit-nested", message));
        true
    }

    /// Books a source that was not read.
    fn refuse(&mut self, layer: &Layer, fault: &Fault) {
        self.book(layer, SourceStatus::Failed, &fault.message);
        self.diagnose(layer, fault.code, DiagnosticSeverity::Error, &fault.message);
    }

    fn book(&mut self, layer: &Layer, status: SourceStatus, reason: &str) {
        let mut item = SourceItem::unread(status, layer.bytes, reason);
        item.compression = layer.compression.to_string();
        self.report.unread.push((layer.key.clone(), item));
    }

    fn diagnose(&mut self, layer: &Layer, code: &str, severity: DiagnosticSeverity, message: &str) {
        let diagnostic = Diagnostic::new(code, severity, layer.key.as_str(), "", message);
        self.report.diagnostics.push(diagnostic);
    }
}
