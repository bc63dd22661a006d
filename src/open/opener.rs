//! The entry points of this stage: open one source, which is a file, a pipe or a stream. `layers`
//! detects what is in it.

use std::io::Read;
use std::path::Path;

use crate::model::SourceKey;
use crate::open::file::open_pipe;
use crate::open::layers::{Layer, OnOpen, OpenReport, OpenedSource, Opener};
use crate::open::limits::{Limits, SizeMeter};

/// Where the bytes come from.
pub enum OpenInput<'a> {
    File(&'a Path),
    /// A regular file, with a function that is called after its first bytes were read. The function
    /// must not move the position of the file.
    Seen(&'a Path, &'a mut OnOpen<'a>),
    /// A named pipe; opening waits for its writer.
    Pipe(&'a Path),
    /// A stream that is already open, such as standard input.
    Stream(&'a mut dyn Read),
}

/// Opens a source and calls `visit` with it, or with each of its members in the order of the
/// archive. A member that cannot be opened does not affect the others.
pub fn open(
    key: &SourceKey,
    input: OpenInput<'_>,
    limits: &Limits,
    visit: &mut dyn FnMut(OpenedSource<'_>),
) -> OpenReport {
    open_filtered(key, input, None, limits, visit)
}

/// Like [`open`], but opens only those archive members that are `only` or contain it.
pub fn open_only(
    key: &SourceKey,
    input: OpenInput<'_>,
    only: &SourceKey,
    limits: &Limits,
    visit: &mut dyn FnMut(OpenedSource<'_>),
) -> OpenReport {
    open_filtered(key, input, Some(only), limits, visit)
}

fn open_filtered(
    key: &SourceKey,
    input: OpenInput<'_>,
    only: Option<&SourceKey>,
    limits: &Limits,
    visit: &mut dyn FnMut(OpenedSource<'_>),
) -> OpenReport {
    let meter = SizeMeter::new(limits);
    let mut opener = Opener { meter: &meter, only, visit, report: OpenReport::default() };
    let layer = Layer { key: key.clone(), compression: "none", bytes: 0, depth: 0 };
    match input {
        OpenInput::File(path) => opener.open_file(layer, path, &mut |_, _, _| {}),
        OpenInput::Seen(path, on_open) => opener.open_file(layer, path, on_open),
        OpenInput::Pipe(path) => match open_pipe(path) {
            Ok(mut pipe) => opener.open_stream(&layer, &mut pipe),
            Err(fault) => opener.refuse(&layer, &fault),
        },
        OpenInput::Stream(stream) => opener.open_stream(&layer, stream),
    }
    opener.report
}
