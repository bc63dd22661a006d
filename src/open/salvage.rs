//! Reads the members of a zip whose central directory is missing or damaged, for example after an
//! interrupted download: from the start of the archive, header by header, up to the first member
//! that cannot be located.

use std::io::{self, Read, Seek, SeekFrom};

use crate::open::archive::member_layer;
use crate::open::layers::{Layer, Opener};
use crate::open::member::{LOCAL_SIGNATURE, LocalHeader, MemberReader, Method};
use crate::open::names::{self, LabelSet};

/// Possible lengths in bytes of the data descriptor, which follows a member whose header has no
/// lengths: with or without a signature, with lengths of four or eight bytes.
const DESCRIPTORS: [usize; 4] = [12, 16, 20, 24];

impl Opener<'_> {
    /// Opens the members that can still be located.
    pub(crate) fn salvage<R: Read + Seek>(&mut self, layer: &Layer, reader: &mut R) {
        let mut labels = LabelSet::default();
        let mut next = Some(0);
        for _ in 0..self.meter.limits.max_entries {
            let Some(header) = next.and_then(|offset| LocalHeader::read(reader, offset).ok())
            else {
                return;
            };
            next = self.salvage_member(layer, &header, &mut labels, reader);
        }
    }

    /// Opens one member and returns the offset of the next header, if it can be determined.
    fn salvage_member<R: Read + Seek>(
        &mut self,
        archive: &Layer,
        header: &LocalHeader,
        labels: &mut LabelSet,
        reader: &mut R,
    ) -> Option<u64> {
        let name = labels.make_unique(names::to_label(&names::decode(&header.name, None)));
        let compressed = header.lengths.map(|(compressed, _)| compressed);
        let end = compressed.and_then(|compressed| header.content.checked_add(compressed));
        if name.ends_with('/') {
            return end;
        }
        let layer = member_layer(archive, &name, compressed.unwrap_or(0));
        if self.refuse_unreadable(&layer, header.is_encrypted, &header.method) {
            return end;
        }
        // Without a length only a deflated member marks its own end.
        if compressed.is_none() && header.method != Method::Deflated {
            return None;
        }
        reader.seek(SeekFrom::Start(header.content)).ok()?;
        let expected = header.lengths.map(|(_, expected)| expected);
        let length = compressed.unwrap_or(u64::MAX);
        let content = MemberReader::new(reader, &header.method, length, expected);
        let mut content = self.open_member(&layer, content);
        if end.is_some() {
            return end;
        }
        // The rest that the visitor did not read is inflated only to find its end, up to a limit.
        let limit = self.meter.limits.max_spool;
        let skipped = io::copy(&mut content.by_ref().take(limit), &mut io::sink()).ok()?;
        if skipped == limit {
            return None;
        }
        let bytes_in = content.bytes_in();
        find_header(reader, header.content + bytes_in)
    }
}

/// Offset of the next local header, which follows the data descriptor at `descriptor`.
fn find_header<R: Read + Seek>(reader: &mut R, descriptor: u64) -> Option<u64> {
    DESCRIPTORS.iter().map(|length| descriptor + *length as u64).find(|offset| {
        let mut signature = [0; LOCAL_SIGNATURE.len()];
        reader.seek(SeekFrom::Start(*offset)).is_ok()
            && reader.read_exact(&mut signature).is_ok()
            && signature == LOCAL_SIGNATURE
    })
}
