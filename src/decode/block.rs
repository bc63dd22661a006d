//! A reusable text buffer that is appended to at its end and consumed from its start. Knows bytes
//! only; the decoder guarantees that they are valid UTF-8.

/// Bytes up to which the remaining text is moved to the start of the buffer before each read, so
/// that the same part of the buffer, and of the CPU cache, is reused.
const COMPACT_UP_TO: usize = 16 << 10;

/// Text that was read and is not yet consumed.
#[derive(Debug, Default)]
pub struct Block {
    /// Initialised to its full length, so that no part is zeroed again before a read.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Block {
    pub fn with_capacity(bytes: usize) -> Block {
        Block { buffer: vec![0; bytes], start: 0, end: 0 }
    }

    pub fn text(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// Drops all text and retains the buffer.
    pub fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Drops up to `bytes` bytes from the start of the text.
    pub fn drop_front(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }

    pub fn append(&mut self, text: &[u8]) {
        self.reserve(text.len())[..text.len()].copy_from_slice(text);
        self.end += text.len();
    }

    /// The writable space after the text, at least `bytes` long. What is written there becomes text
    /// with [`Block::commit`].
    pub(crate) fn reserve(&mut self, bytes: usize) -> &mut [u8] {
        if self.len() <= COMPACT_UP_TO || self.buffer.len() - self.end < bytes {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.buffer.len() - self.end < bytes {
            self.buffer.resize(self.end + bytes, 0);
        }
        &mut self.buffer[self.end..]
    }

    /// Turns the first `bytes` bytes of the reserved space into text.
    pub(crate) fn commit(&mut self, bytes: usize) {
        self.end = (self.end + bytes).min(self.buffer.len());
    }

    /// Removes the text from offset `at` on and returns it.
    pub(crate) fn split_off(&mut self, at: usize) -> Vec<u8> {
        let tail = self.text()[at..].to_vec();
        self.end -= tail.len();
        tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_compaction() {
        let mut block = Block::with_capacity(4);
        block.append(b"abc");
        block.drop_front(2);
        block.append(b"defgh");
        assert_eq!(block.text(), b"cdefgh");
        assert_eq!(block.split_off(4), b"gh");
        block.reserve(2)[..2].copy_from_slice(b"ij");
        block.commit(2);
        assert_eq!(block.text(), b"cdefij");
        block.drop_front(99);
        assert!(block.text().is_empty());
    }
}
