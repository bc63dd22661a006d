//! The loop over one source's text for those who look: frames that are asked for are read, the
//! rest is passed over.

use std::io;

use crate::decode::{Block, Decoded, Decoder};
use crate::format::{
    BlockEnd, Detected, Frame, FrameKind, Frames, HEAD_BYTES, LogFormat, Parsed, ReadContext,
    Reject, RowKindsSeen, TimeRules, detect,
};
use crate::inspect::settings::InspectSettings;
use crate::model::{Location, SourceKey};

/// Bytes read at a time.
const BLOCK: usize = 256 << 10;

/// What a source is, as far as it was read.
pub(crate) struct SourceSummary {
    /// Format id, or why there is none.
    pub kind: Result<String, Other>,
    /// How it was decoded.
    pub decoded: Decoded,
    /// Why reading ended early.
    pub error: Option<io::Error>,
}

/// Why a source is of no format.
pub(crate) enum Other {
    /// Plainly something else; what.
    Foreign(String),
    /// Something that should have been an export: under which code, and what.
    Mistake(&'static str, String),
}

/// Which records are read besides those that name something, and how far.
pub(crate) struct Wanted<'w> {
    /// Finds places of interest: the records in which they lie are read.
    pub marks: &'w dyn Fn(&[u8], &mut Vec<u32>),
    /// Every record is.
    pub all: bool,
    /// Only the head of the source.
    pub head_only: bool,
}

/// Reads one source; `visit` gets what the wanted frames say.
pub(crate) fn read(
    key: &SourceKey,
    reader: &mut dyn io::Read,
    reading: &InspectSettings,
    wanted: &Wanted<'_>,
    visit: &mut dyn FnMut(Parsed, Location),
) -> SourceSummary {
    let mut decoder = Decoder::new(reader, reading.encoding);
    let mut block = Block::default();
    let mut error = None;
    let mut end = fill(&mut decoder, &mut block, HEAD_BYTES, &mut error);
    let seen = |kind, decoder: &Decoder<'_>, error| SourceSummary {
        kind,
        decoded: decoder.outcome(),
        error,
    };
    let (mut format, day_first) = match detect(block.text()) {
        Detected::Format { format, day_first } => (format, day_first),
        Detected::Html => return seen(Err(html(key)), &decoder, error),
        Detected::UnknownLayout(_) => {
            let what = "a log table with an unknown header".to_string();
            return seen(Err(Other::Mistake("format.unrecognised-layout", what)), &decoder, error);
        }
        Detected::Foreign(what) => {
            return seen(Err(Other::Foreign(what.to_string())), &decoder, error);
        }
    };
    let context = ReadContext {
        times: TimeRules { zone: reading.zone.clone(), day_first },
        directory: key.directory(),
        everywhere: false,
    };
    let mut base = Location { offset: 0, line: 1, record: 0 };
    let (mut frames, mut marks, mut met) = (Frames::default(), Vec::new(), RowKindsSeen::default());
    loop {
        let text = block.text();
        marks.clear();
        (wanted.marks)(text, &mut marks);
        frames.begin(&marks, wanted.all || format.reads_all());
        let behind = if end { BlockEnd::Nothing } else { BlockEnd::More };
        let done = format.cut(text, behind, &mut frames);
        let (mut counted, mut line) = (0, base.line);
        for frame in frames.wanted() {
            let Some(Ok(parsed)) = parse(format.as_mut(), text, frame, &context) else { continue };
            line += lines(&text[counted..frame.start]);
            counted = frame.start;
            met.insert(parsed.shape);
            let offset = base.offset + frame.start as u64;
            visit(parsed, Location { offset, line, record: base.record + frame.number });
        }
        base.line = line + lines(&text[counted..done]);
        base.offset += done as u64;
        base.record += frames.records();
        block.drop_front(done);
        if end || wanted.head_only {
            break;
        }
        end = fill(&mut decoder, &mut block, BLOCK, &mut error);
    }
    let kind = match format.is_unknown_json(&met) {
        true => Err(Other::Foreign("JSON of no known layout".to_string())),
        false => Ok(format.kind(&met)),
    };
    seen(kind, &decoder, error)
}

/// What a frame says; nothing for what is damaged.
fn parse(
    format: &mut dyn LogFormat,
    text: &[u8],
    frame: &Frame,
    context: &ReadContext,
) -> Option<Result<Parsed, Reject>> {
    let bytes = String::from_utf8_lossy(&text[frame.start..frame.end]);
    match &frame.kind {
        FrameKind::Wrapper(members) => Some(format.read_wrapper(members, context)),
        FrameKind::Record { .. } => Some(format.read(&bytes, context)),
        FrameKind::Oversize => {
            let record = format.read_head(&bytes, context);
            Some(Ok(Parsed { record, ..Parsed::default() }))
        }
        FrameKind::Damaged(_) => None,
    }
}

/// A page is one where its name says so, and a mistake where an export was expected.
fn html(key: &SourceKey) -> Other {
    let name = key.file_name().to_ascii_lowercase();
    if name.ends_with(".html") || name.ends_with(".htm") {
        Other::Foreign("an HTML page".to_string())
    } else {
        let what = "an HTML page saved where an export was expected".to_string();
        Other::Mistake("format.html-page", what)
    }
}

/// Reads so much more text. True when nothing follows.
fn fill(
    decoder: &mut Decoder<'_>,
    block: &mut Block,
    more: usize,
    error: &mut Option<io::Error>,
) -> bool {
    let wanted = block.len() + more;
    while block.len() < wanted {
        match decoder.read(block, BLOCK) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(failed) => {
                *error = Some(failed);
                return true;
            }
        }
    }
    false
}

fn lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
