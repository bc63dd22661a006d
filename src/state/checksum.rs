//! Checksums of rows and totals of tables. SQLite verifies the structure of its file but not the
//! bytes of a value, and no count may be reported from a damaged row. Does no I/O.

use xxhash_rust::xxh3::Xxh3;

/// Hashes the columns of one row in their order, each with its length. The hash state is larger
/// than most rows, so the methods borrow it: moving it from column to column took longer than
/// hashing.
pub(crate) struct RowChecksum(Xxh3);

impl RowChecksum {
    pub(crate) fn new(table: &str) -> RowChecksum {
        let mut checksum = RowChecksum(Xxh3::new());
        checksum.text(table);
        checksum
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

    /// Signed, because SQLite has no unsigned integers.
    pub(crate) fn finish(&self) -> i64 {
        self.0.digest() as i64
    }
}

/// The number of rows of a table and the wrapping sum of their checksums, which does not depend on
/// their order. As a difference, both may be negative.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct TableTotal {
    pub(crate) rows: i64,
    pub(crate) checksum: i64,
}

impl TableTotal {
    pub(crate) fn add_row(&mut self, checksum: i64) {
        *self = self.plus(TableTotal { rows: 1, checksum });
    }

    pub(crate) fn remove_row(&mut self, checksum: i64) {
        *self = self.plus(TableTotal { rows: -1, checksum: checksum.wrapping_neg() });
    }

    pub(crate) fn plus(self, other: TableTotal) -> TableTotal {
        TableTotal {
            rows: self.rows.wrapping_add(other.rows),
            checksum: self.checksum.wrapping_add(other.checksum),
        }
    }
}
