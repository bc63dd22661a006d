//! The CSV export format: logs and jobs of the Orchestrator grid, and tables with the same columns from
//! other tools. The delimiter is `,`, `;` or tab, and columns are in any order.

use crate::format::fields::columns::{CsvColumns, Field, TableKind};
use crate::format::fields::read_context::ReadContext;
use crate::format::fields::{log_row, timestamp};
use crate::format::framing::csv::CsvFrames;
use crate::format::framing::frame::BlockEnd;
use crate::format::framing::frames::Frames;
use crate::format::log_format::LogFormat;
use crate::format::parsed::{Parsed, Reject, RowKind, RowKindsSeen};
use crate::model::{Fact, FolderRef, Guid, Instant, JobFact, LogLevel, Record, RecordKind, count};

/// Reads the rows of one CSV source.
pub struct CsvRows {
    frames: CsvFrames,
}

impl CsvRows {
    pub fn new(delimiter: u8, columns: CsvColumns) -> CsvRows {
        CsvRows { frames: CsvFrames::new(delimiter, columns) }
    }

    fn columns(&self) -> &CsvColumns {
        &self.frames.columns
    }

    fn read_job(&self, row: &csv::StringRecord, context: &ReadContext) -> Parsed {
        let cell = |field| self.columns().cell(row, field);
        let time = |field| cell(field).and_then(|t| timestamp::read_time(t, &context.times));
        let mut parsed = Parsed { row_kind: RowKind::Job, ..Parsed::default() };
        let Some(key) = cell(Field::Key).and_then(Guid::parse) else { return parsed };
        let (start, end, created) =
            (time(Field::Started), time(Field::Ended), time(Field::Created));
        let mut record = Record::new(RecordKind::Job);
        record.job = Some(key);
        record.time = end.or(start).or(created);
        record.level = Some(LogLevel::Info);
        let fact = JobFact {
            state: cell(Field::State)
                .map(|state| (record.time.map_or(Instant(i64::MIN), |s| s.at), state.to_string())),
            process: cell(Field::Process).map(str::to_string),
            machine: cell(Field::Host).map(str::to_string),
            robot: cell(Field::Robot).map(str::to_string),
            folder: FolderRef {
                id: cell(Field::FolderId).and_then(|t| t.parse().ok()),
                key: None,
                path: cell(Field::Folder).map(str::to_string),
            },
            bindings: Vec::new(),
            directories: vec![context.directory.clone()],
            ..JobFact::default()
        }
        .with_times(start.or(created), end);
        parsed.facts.push(Fact::Job(key, fact));
        parsed.record = Some(record);
        parsed
    }

    fn read_log(&self, row: &csv::StringRecord, context: &ReadContext) -> Parsed {
        let cell = |field| self.columns().cell(row, field);
        let owned = |field| cell(field).map(str::to_string);
        let mut parsed = Parsed { row_kind: RowKind::Log, ..Parsed::default() };
        let mut record = Record::new(RecordKind::CsvLog);
        record.time = cell(Field::Time).and_then(|t| timestamp::read_time(t, &context.times));
        record.level = cell(Field::Level).and_then(LogLevel::parse);
        record.message = owned(Field::Message).unwrap_or_default();
        record.process = owned(Field::Process);
        record.robot = owned(Field::Robot);
        record.machine = owned(Field::Host);
        record.job = cell(Field::JobKey).and_then(Guid::parse);
        record.folder.id = cell(Field::FolderId).and_then(|t| t.parse().ok());
        record.folder.path =
            owned(Field::Folder).or_else(|| cell(Field::DrivePath).map(log_row::drive_path));
        if let Some(raw) = cell(Field::RawMessage) {
            log_row::add_raw_message(raw, &mut record, &mut parsed.facts, context);
        }
        parsed.record = Some(record);
        parsed
    }
}

impl LogFormat for CsvRows {
    fn cut(&mut self, block: &[u8], block_end: BlockEnd, frames: &mut Frames) -> usize {
        self.frames.cut(block, block_end, frames)
    }

    fn reads_all(&self) -> bool {
        self.columns().table == TableKind::Jobs
    }

    fn read(&mut self, text: &str, context: &ReadContext) -> Result<Parsed, Reject> {
        let row = self
            .frames
            .cells
            .read(text.trim_end_matches('\0'))
            .ok_or_else(|| Reject("not a CSV row".into()))?;
        if row.len() != self.columns().len() {
            let (cells, columns) = (count(row.len() as u64, "cell"), self.columns().len());
            return Err(Reject(format!("{cells}, but the header has {columns}")));
        }
        Ok(match self.columns().table {
            TableKind::Logs => self.read_log(&row, context),
            TableKind::Jobs => self.read_job(&row, context),
            TableKind::Audit => Parsed::default(),
        })
    }

    fn read_head(&mut self, _text: &str, _context: &ReadContext) -> Option<Record> {
        None
    }

    fn kind(&self, _kinds: &RowKindsSeen) -> String {
        match self.columns().table {
            TableKind::Logs => "logs-csv",
            TableKind::Jobs => "jobs-csv",
            TableKind::Audit => "audit-csv",
        }
        .to_string()
    }

    fn unfinished(&self) -> Option<String> {
        self.frames.cut_off().then(|| "the last row is truncated".to_string())
    }

    fn boundary_state(&self) -> Option<String> {
        self.frames.at_row_start().then(|| format!("{:?}", self.columns()))
    }

    fn find_record_start(&self, bytes: &[u8]) -> Option<usize> {
        self.frames.find_record_start(bytes)
    }

    fn fork(&self) -> Option<Box<dyn LogFormat>> {
        Some(Box::new(CsvRows { frames: self.frames.fork() }))
    }
}
