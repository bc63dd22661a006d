//! Any text as the message of an error: what a signature takes holds one of the literals that are
//! searched in raw bytes, and the reading stays inside its bounds.
#![no_main]

use std::sync::LazyLock;

use faultline::scan::prefilter_literals;
use faultline::model::normalise;
use faultline::model::{LogLevel, Record, RecordKind};
use faultline::rules::Judgement;
use faultline::search::Prefilter;
use faultline_fuzz::PACK;
use libfuzzer_sys::fuzz_target;

static ANCHORS: LazyLock<Prefilter> = LazyLock::new(|| Prefilter::new(prefilter_literals(&PACK)));

fuzz_target!(|data: (u8, &str)| {
    let (kind, text) = data;
    let kinds = [RecordKind::RobotLog, RecordKind::Job, RecordKind::CsvLog, RecordKind::Reply];
    let mut record = Record::new(kinds[usize::from(kind) % kinds.len()]);
    record.level = Some(if kind & 64 == 0 { LogLevel::Error } else { LogLevel::Info });
    record.message = text.to_string();
    let judgement = PACK.judge(&record);
    let mut found = Vec::new();
    ANCHORS.find(text.as_bytes(), &mut found);
    // Prefilter stand on one line with single blanks between their words, and are searched so.
    let plain = normalise(text) == text;
    if plain & !matches!(judgement, Judgement::Nothing) {
        assert!(!found.is_empty(), "the search passed over {judgement:?}");
    }
    if let Judgement::Hit(reading) | Judgement::Unknown(reading) = judgement {
        assert!(reading.rank <= 100);
        assert!(reading.codes.is_sorted());
    }
});
