//! A search in raw blocks, whatever it looks for.

use crate::search::prefilter::Prefilter;

/// Finds where something of interest may begin in a raw block.
pub trait BlockSearch: Sync {
    /// Appends the offsets of all matches in `block`, ascending, each once.
    fn find(&self, block: &[u8], matches: &mut Vec<u32>);

    /// Bytes of the longest match.
    fn longest(&self) -> usize;
}

impl BlockSearch for Prefilter {
    fn find(&self, block: &[u8], matches: &mut Vec<u32>) {
        Prefilter::find(self, block, matches);
    }

    fn longest(&self) -> usize {
        Prefilter::longest(self)
    }
}
