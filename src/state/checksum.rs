//! Checksums of rows. SQLite keeps its structure in order and does not notice a changed byte in a
//! value; a count that rests on one must not be told.

use xxhash_rust::xxh3::Xxh3;
/// Gathers the columns of a row. It stays where it is while it does: it is larger than most rows,
/// and handing it on from column to column took longer than to sum them.
pub(crate) struct RowChecksum(Xxh3);

impl RowChecksum {
    pub(crate) fn of(table: &str) -> RowChecksum {
        let mut sum = RowChecksum(Xxh3::new());
        sum.text(table);
        sum
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) -> &mut RowChecksum {
        self.0.update(&(value.len() as u64).to_le_bytes());
        self.0.update(value);
        self
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut RowChecksum {
        self.bytes(value.as_bytes())
    }

    pub(crate) fn number(&mut self, value: i64) -> &mut RowChecksum {
        self.bytes(&value.to_le_bytes())
    }

    /// As SQLite keeps integers.
    pub(crate) fn finish(&self) -> i64 {
        self.0.digest() as i64
    }
}
