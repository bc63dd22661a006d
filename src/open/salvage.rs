//! Members of a zip whose list is lost, as after a download that broke off: read from the front,
//! record by record, as far as that goes.

use crate::open::archive::member_layer;
use crate::open::layers::{Layer, Opener};
use crate::open::member::{LocalHeader, MemberReader, Method};
use crate::open::names;
use crate::open::names::Labels;
use std::io::{self, Read, Seek, SeekFrom};
/// The lengths behind a member that does not have them in front: with or without a signature, of
/// four or eight bytes each.
const DESCRIPTORS: [usize; 4] = [12, 16, 20, 24];

impl Opener<'_> {
    /// Opens the members that can still be found.
    pub(crate) fn salvage<R: Read + Seek>(&mut self, layer: &Layer, reader: &mut R) {
        let mut labels = Labels::default();
        let mut next = Some(0);
        for _ in 0..self.account.limits.max_entries {
            let Some(local) = next.and_then(|at| LocalHeader::read(reader, at).ok()) else {
                return;
            };
            next = self.salvage_member(layer, &local, &mut labels, reader);
        }
    }

    /// Opens one member and tells where the next should be.
    fn salvage_member<R: Read + Seek>(
        &mut self,
        archive: &Layer,
        local: &LocalHeader,
        labels: &mut Labels,
        reader: &mut R,
    ) -> Option<u64> {
        let name = labels.unique(names::label(&names::text(&local.name, None)));
        let compressed = local.lengths.map(|(compressed, _)| compressed);
        let end = compressed.and_then(|compressed| local.content.checked_add(compressed));
        if name.ends_with('/') {
            return end;
        }
        let layer = member_layer(archive, &name, compressed.unwrap_or(0));
        let Some(deflated) = self.readable(&layer, local.encrypted, &local.method) else {
            return end;
        };
        // Without its length only a deflated member tells where it ends.
        if compressed.is_none() && local.method != Method::Deflated {
            return None;
        }
        reader.seek(SeekFrom::Start(local.content)).ok()?;
        let expected = local.lengths.map(|(_, expected)| expected);
        let content = MemberReader::new(reader, deflated, compressed.unwrap_or(u64::MAX), expected);
        let mut content = self.content(&layer, content);
        if end.is_some() {
            return end;
        }
        // What nobody wanted to read is inflated only to find its end, and not without end.
        let most = self.account.limits.max_spool;
        let passed = io::copy(&mut content.by_ref().take(most), &mut io::sink()).ok()?;
        if passed == most {
            return None;
        }
        let used = content.used();
        behind_descriptor(reader, local.content + used)
    }
}

/// The place of the next record behind the lengths of a member.
fn behind_descriptor<R: Read + Seek>(reader: &mut R, at: u64) -> Option<u64> {
    DESCRIPTORS.iter().map(|length| at + *length as u64).find(|at| {
        let mut signature = [0; 4];
        reader.seek(SeekFrom::Start(*at)).is_ok()
            && reader.read_exact(&mut signature).is_ok()
            && signature == *b"PK\x03\x04"
    })
}
