//! Checksums of rows. SQLite keeps its structure in order and does not notice a changed byte in a
//! value; a count that rests on one must not be told.

use xxhash_rust::xxh3::Xxh3;

/// Gathers the columns of a row.
pub(super) struct RowSum(Xxh3);

impl RowSum {
    pub(super) fn of(table: &str) -> RowSum {
        RowSum(Xxh3::new()).bytes(table.as_bytes())
    }

    pub(super) fn bytes(mut self, value: &[u8]) -> RowSum {
        self.0.update(&(value.len() as u64).to_le_bytes());
        self.0.update(value);
        self
    }

    pub(super) fn text(self, value: &str) -> RowSum {
        self.bytes(value.as_bytes())
    }

    pub(super) fn number(self, value: i64) -> RowSum {
        self.bytes(&value.to_le_bytes())
    }

    /// As SQLite keeps integers.
    pub(super) fn finish(self) -> i64 {
        self.0.digest() as i64
    }
}
