//! Splits one row of a table into cells. `framing/csv` decides where a row ends.

use std::cell::RefCell;

use csv::StringRecord;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Splits rows with one delimiter. The reader is reused: creating it costs more than reading a row.
#[derive(Debug)]
pub struct Cells {
    buffer: RefCell<CellBuffer>,
}

#[derive(Debug)]
struct CellBuffer {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    pub fn new(delimiter: u8) -> Cells {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        let buffer = CellBuffer { reader, text: Vec::new(), ends: vec![0; 32] };
        Cells { buffer: RefCell::new(buffer) }
    }

    /// The cells of a row; `None` if the text holds no row.
    pub fn read(&self, row: &str) -> Option<StringRecord> {
        let mut buffer = self.buffer.borrow_mut();
        let CellBuffer { reader, text, ends } = &mut *buffer;
        // Cells are never longer than the row that contains them.
        if text.len() < row.len() {
            text.resize(row.len(), 0);
        }
        reader.reset();
        let (mut input, mut filled, mut cells) = (row.as_bytes(), 0, 0);
        loop {
            let (result, read, written, ended) =
                reader.read_record(input, &mut text[filled..], &mut ends[cells..]);
            input = &input[read..];
            filled += written;
            cells += ended;
            match result {
                // The next call has no input, so the reader ends the row.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => text.resize(2 * text.len() + 1, 0),
                ReadRecordResult::OutputEndsFull => ends.resize(2 * ends.len(), 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return None,
            }
        }
        let mut record = StringRecord::with_capacity(filled, cells);
        let mut start = 0;
        for end in &ends[..cells] {
            record.push_field(std::str::from_utf8(&text[start..*end]).ok()?);
            start = *end;
        }
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_split_as_the_csv_crate_splits_them() {
        let wide = (0..100).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        let rows = [
            "a,b,c\r\n",
            "\"a\r\n\"\"b\"\"\",,\"接続\"",
            "a,\"b\"x,c\n",
            "\"open, never closed",
            ",,,\n",
            "",
            "\n",
            &wide,
            "\r\n\r\na,b\n",
        ];
        let cells = Cells::new(b',');
        for row in rows {
            let mut library = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(row.as_bytes());
            let mut expected = StringRecord::new();
            let any = library.read_record(&mut expected).unwrap();
            assert_eq!(cells.read(row), any.then_some(expected), "{row:?}");
        }
    }
}
