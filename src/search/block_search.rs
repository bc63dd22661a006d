//! The interface of a search in raw blocks, so that the record loop depends on no set of literals.

use crate::search::prefilter::Prefilter;

/// Finds the offsets in a raw block at which a record may be of interest.
pub trait BlockSearch: Sync {
    /// Appends the offsets of all matches in `block`, ascending, each once.
    fn find(&self, block: &[u8], matches: &mut Vec<u32>);

    /// Length of the longest match, in bytes.
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
