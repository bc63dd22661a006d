//! Records do not depend on where reads and blocks begin and end, in any format, encoding or
//! container, for intact and damaged files. No input makes the program panic.

use faultline::model::{Digest, SourceKey};
use faultline::read::NoObserver;
use proptest::prelude::*;
use proptest::sample::Index;

use super::{Named, cases, forms, named, rows};
use crate::support::{Pieces, Row, digest_of, scanner};

/// Rows without a match, enough for a source to exceed the head from which its format is detected.
fn padding() -> Vec<Row> {
    (0..160).map(|n| Row::info(1 + n % 3, n as u32)).collect()
}

pub(super) fn sources(rows: &[Row]) -> Vec<Named> {
    let mut long = padding();
    long.extend_from_slice(rows);
    let mut sources = forms(&long);
    let log = String::from_utf8(sources[0].1.clone()).unwrap();
    sources.push(named("wide.log", log.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    let pretty = long.iter().map(|row| serde_json::to_string_pretty(&row.api()).unwrap());
    sources.push(named("several.json", pretty.collect::<Vec<_>>().join("\n").into_bytes()));
    let lines = long.iter().map(|row| row.api().to_string() + "\n");
    sources.push(named("lines.json", lines.collect::<String>().into_bytes()));
    sources
}

fn in_pieces((name, bytes): &Named, sizes: &[usize], block: usize) -> Digest {
    let mut scanner = scanner();
    scanner.settings.read.block = block;
    scanner.stream(&SourceKey::new(name), &mut Pieces::new(bytes, sizes), &NoObserver)
}

pub(super) fn fell_over(digest: &Digest) -> bool {
    digest.diagnostics.iter().any(|diagnostic| diagnostic.code.as_str() == "scan.internal-error")
}

/// A change to some bytes of a file.
#[derive(Clone, Debug)]
pub(super) enum Damage {
    Cut(Index),
    Flip(Index, u8),
    Drop(Index, usize),
    Insert(Index, Vec<u8>),
}

/// Bytes that are syntax in one of the formats.
const NOISE: &[&[u8]] = &[b"\"", b"\n", b"{", b"\\", b"\0", b"\xff\xfe", b"]"];

pub(super) fn damage() -> impl Strategy<Value = Damage> {
    let noise = prop::sample::select(NOISE);
    prop_oneof![
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), 1_u8..).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        (any::<Index>(), 1_usize..400).prop_map(|(at, length)| Damage::Drop(at, length)),
        (any::<Index>(), noise).prop_map(|(at, noise)| Damage::Insert(at, noise.to_vec())),
    ]
}

pub(super) fn damaged(bytes: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for damage in damages {
        // The position after the last byte counts, too, so that an empty file has one.
        let positions = bytes.len() + 1;
        match damage {
            Damage::Cut(index) => bytes.truncate(index.index(positions)),
            Damage::Flip(index, bits) => {
                if let Some(byte) = bytes.get_mut(index.index(positions)) {
                    *byte ^= bits;
                }
            }
            Damage::Drop(index, length) => {
                let from = index.index(positions);
                let to = (from + length).min(bytes.len());
                bytes.drain(from..to);
            }
            Damage::Insert(index, noise) => {
                let at = index.index(positions);
                bytes.splice(at..at, noise.iter().copied());
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn reads_and_blocks_never_show(
        rows in rows(),
        which in any::<Index>(),
        sizes in prop::collection::vec(1_usize..5000, 1..6),
        block in prop::sample::select(vec![61_usize, 500, 4096, 70_000]),
    ) {
        let sources = sources(&rows);
        let source = &sources[which.index(sources.len())];
        let whole = digest_of(&scanner(), &source.0, &source.1);
        prop_assert!(!fell_over(&whole));
        prop_assert_eq!(in_pieces(source, &sizes, block), whole);
    }

    #[test]
    fn reads_and_blocks_never_show_in_damaged_sources(
        rows in rows(),
        which in any::<Index>(),
        damages in prop::collection::vec(damage(), 1..4),
        sizes in prop::collection::vec(1_usize..5000, 1..6),
        block in prop::sample::select(vec![61_usize, 500, 4096, 70_000]),
    ) {
        let sources = sources(&rows);
        let (name, bytes) = &sources[which.index(sources.len())];
        let source = named(name, damaged(bytes, &damages));
        let whole = digest_of(&scanner(), &source.0, &source.1);
        prop_assert!(!fell_over(&whole));
        prop_assert_eq!(in_pieces(&source, &sizes, block), whole);
    }
}

#[test]
fn one_byte_at_a_time() {
    let rows: Vec<Row> = (0..6).map(|kind| Row::error(1, 9, super::message(kind))).collect();
    for source in sources(&rows) {
        let whole = digest_of(&scanner(), &source.0, &source.1);
        assert!(!whole.hits.is_empty() || source.0.ends_with("jobs.csv"), "{}", source.0);
        assert_eq!(in_pieces(&source, &[1], 4096), whole, "{}", source.0);
    }
}
