//! The cells of one row of a table. Where a row ends is the business of `csv_frames`.

use std::cell::RefCell;

use csv::StringRecord;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Reads rows with one delimiter. The reader is made once: making it costs more than reading a row
/// with it.
#[derive(Debug)]
pub struct Cells {
    room: RefCell<CellBuffer>,
}

#[derive(Debug)]
struct CellBuffer {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    /// A reader of rows with this delimiter.
    pub fn new(delimiter: u8) -> Cells {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        let room = CellBuffer { reader, text: Vec::new(), ends: vec![0; 32] };
        Cells { room: RefCell::new(room) }
    }

    /// The cells of a row; nothing if there is none.
    pub fn read(&self, row: &str) -> Option<StringRecord> {
        let mut room = self.room.borrow_mut();
        let CellBuffer { reader, text, ends } = &mut *room;
        // Cells are never longer than what they are written in.
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
                // Without input this says that there is no more: the row ends here.
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
    fn rows_are_read_as_the_library_reads_them() {
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
