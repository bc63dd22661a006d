//! Opens one source: a file, a pipe or a stream. What is in it is the business of `layers`.

use crate::model::SourceKey;
use crate::open::file;
use crate::open::layers::{Layer, OpenReport, Opened, Opener};
use crate::open::limits::Limits;
use crate::open::limits::SizeMeter;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;
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
