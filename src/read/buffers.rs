//! A pool of free block buffers: used memory is in the cache, and is not cleared before each use.

use std::sync::Mutex;

use crate::decode::Block;
use crate::threads::lock_ignore_poison;

/// Free block buffers.
#[derive(Default)]
pub(crate) struct BufferPool(Mutex<Vec<Block>>);

impl BufferPool {
    /// A free buffer, or a new one with room for two reads of `block` bytes.
    pub(crate) fn acquire(&self, block: usize) -> Block {
        let free = lock_ignore_poison(&self.0).pop();
        free.unwrap_or_else(|| Block::with_capacity(2 * block))
    }

    /// Returns a buffer to the pool.
    pub(crate) fn release(&self, mut block: Block) {
        block.clear();
        lock_ignore_poison(&self.0).push(block);
    }
}
