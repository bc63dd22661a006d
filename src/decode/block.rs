//! The text at hand: one room that is used again and again, filled behind and emptied in front.
//! Knows bytes only; that they are valid UTF-8 is the decoder's promise.

/// Text that is moved to the front before each read: then the same part of the room, and of the
/// cache, is used again and again.
const SHORT: usize = 16 << 10;

/// Text that was read and is not done with.
#[derive(Debug, Default)]
pub struct Block {
    /// The room; everything in it was written once, so that none is cleared before each read.
    room: Vec<u8>,
    start: usize,
    end: usize,
}

impl Block {
    /// With this much room at first.
    pub fn with_capacity(bytes: usize) -> Block {
        Block { room: vec![0; bytes], start: 0, end: 0 }
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.room[self.start..self.end]
    }

    /// Bytes of text.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// True if no text is left.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Forgets all text and keeps the room.
    pub fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Drops so many bytes in front.
    pub fn drop_front(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }

    /// Appends text.
    pub fn append(&mut self, text: &[u8]) {
        self.space(text.len())[..text.len()].copy_from_slice(text);
        self.end += text.len();
    }

    /// At least so many bytes behind the text, to be written to; [`Block::grow`] makes them text.
    pub(crate) fn space(&mut self, bytes: usize) -> &mut [u8] {
        if self.len() <= SHORT || self.room.len() - self.end < bytes {
            self.room.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.room.len() - self.end < bytes {
            self.room.resize(self.end + bytes, 0);
        }
        &mut self.room[self.end..]
    }

    /// The first so many bytes of the space are text now.
    pub(crate) fn grow(&mut self, bytes: usize) {
        self.end = (self.end + bytes).min(self.room.len());
    }

    /// Takes all text from this offset on away.
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
    fn text_survives_the_moves() {
        let mut block = Block::with_capacity(4);
        block.append(b"abc");
        block.drop_front(2);
        block.append(b"defgh");
        assert_eq!(block.text(), b"cdefgh");
        assert_eq!(block.split_off(4), b"gh");
        block.space(2)[..2].copy_from_slice(b"ij");
        block.grow(2);
        assert_eq!(block.text(), b"cdefij");
        block.drop_front(99);
        assert!(block.is_empty());
        assert_eq!(block.len(), 0);
    }
}
