//! Damaged, encrypted, nested and unsupported containers.

use super::{failing, with_good_file};
use crate::support::{Row, execution_log, gzip, zip};

/// Many rows that compress moderately; the first and the last are failures.
fn long_log() -> Vec<u8> {
    let noise = |n: u64| Row::info(100 + n, (n % 3000) as u32).marked(n * 0x9e37_79b9);
    let mut rows = vec![failing(1)];
    rows.extend((0..400).map(noise));
    rows.push(failing(2));
    execution_log(&rows)
}

#[test]
fn a_gzip_that_ends_early_keeps_what_came_before() {
    let whole = gzip(&long_log());
    let observed = with_good_file(&[("cut.log.gz", &whole[..whole.len() / 2])])
        .costs("partial", "open.truncated-stream")
        .finds(1);
    let records = observed.item()["records"].as_u64().unwrap();
    assert!((50..400).contains(&records), "{records}");
    // Only the checksum is missing, so that every row is read.
    with_good_file(&[("cut.log.gz", &whole[..whole.len() - 4])])
        .costs("partial", "open.truncated-stream")
        .finds(2)
        .counts(402, 0);
}

#[test]
fn a_wrong_checksum_is_reported_and_the_rows_count() {
    let mut bytes = gzip(&long_log());
    let at = bytes.len() - 8;
    bytes[at] ^= 0xff;
    with_good_file(&[("sum.log.gz", &bytes)])
        .costs("partial", "open.damaged-stream")
        .finds(2)
        .counts(402, 0);
}

#[test]
fn a_gzip_header_and_nothing_else() {
    with_good_file(&[("header.gz", &gzip(b"x")[..7])]).costs("failed", "open.truncated-stream");
}

#[test]
fn all_members_of_a_gzip_are_read_and_padding_is_fine() {
    let (one, two) = (execution_log(&[failing(1)]), execution_log(&[failing(2)]));
    let mut bytes = [gzip(&one), gzip(&two)].concat();
    with_good_file(&[("two.gz", &bytes)]).complete().finds(2).counts(2, 0);
    bytes.extend([0; 512]);
    with_good_file(&[("padded.gz", &bytes)]).complete().finds(2);
    bytes.extend(b"garbage");
    with_good_file(&[("garbage.gz", &bytes)]).costs("partial", "open.trailing-garbage").finds(2);
}

#[test]
fn an_encrypted_member_costs_itself() {
    let mut bytes = zip(&[
        ("open.log", &execution_log(&[failing(1)])),
        ("secret.log", &execution_log(&[failing(2)])),
    ]);
    // The flag is in the local header and in the central directory.
    for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = bytes.windows(4).rposition(|window| window == signature).unwrap();
        bytes[at + flags] |= 1;
    }
    let observed =
        with_good_file(&[("night.zip", &bytes)]).costs("failed", "open.encrypted").finds(1);
    assert_eq!(observed.items().len(), 2);
}

#[test]
fn zips_inside_zips_are_read_and_not_without_end() {
    let log = execution_log(&[failing(1)]);
    let inner = zip(&[("deep/a.log", &log)]);
    let outer = zip(&[("inner.zip", &inner), ("b.log.gz", &gzip(&execution_log(&[failing(2)])))]);
    let observed = with_good_file(&[("outer.zip", &outer)]).complete().finds(2);
    let sources: Vec<_> = observed.items().iter().map(|i| i["source"].clone()).collect();
    assert_eq!(sources, ["bad/outer.zip » b.log.gz", "bad/outer.zip » inner.zip » deep/a.log"]);

    let mut matryoshka = log;
    for _ in 0..6 {
        matryoshka = zip(&[("again.zip", &matryoshka)]);
    }
    with_good_file(&[("again.zip", &matryoshka)]).costs("failed", "open.limit-nested").finds(0);
}

#[test]
fn a_zip_without_its_list_of_members_is_read_from_the_front() {
    let whole =
        zip(&[("a.log", &execution_log(&[failing(1)])), ("b.log", &execution_log(&[failing(2)]))]);
    let list = whole.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let observed = with_good_file(&[("cut.zip", &whole[..list + 20])]);
    assert_eq!(observed.outcome.code, Some(3), "{}", observed.outcome.stderr);
    observed.finds(2);
}

#[test]
fn a_member_with_a_wrong_checksum_is_reported_and_its_rows_count() {
    let mut bytes = zip(&[("a.log", &execution_log(&[failing(1)]))]);
    for (signature, sum) in [(b"PK\x03\x04", 14), (b"PK\x01\x02", 16)] {
        let at = bytes.windows(4).position(|window| window == signature).unwrap();
        bytes[at + sum] ^= 0xff;
    }
    with_good_file(&[("sum.zip", &bytes)]).costs("partial", "open.damaged-stream").finds(1);
}

#[test]
fn names_of_members_are_labels_only() {
    let log = execution_log(&[failing(1)]);
    let bytes = zip(&[("../../escape.log", &log), ("C:\\Windows\\escape.log", &log)]);
    let observed = with_good_file(&[("slip.zip", &bytes)]).complete().finds(1);
    assert_eq!(observed.items().len(), 2);
    let escaped = |name: &str| std::path::Path::new(name).exists();
    assert!(!escaped("../escape.log") && !escaped("../../escape.log"));
}

#[test]
fn an_empty_zip_is_nothing() {
    with_good_file(&[("empty.zip", &zip(&[]))]).skipped();
}

#[test]
fn a_zstd_that_ends_early_is_reported() {
    let cut = &b"\x28\xb5\x2f\xfd\x04\x00\x01\x00"[..];
    with_good_file(&[("a.log.zst", cut)]).costs("failed", "open.truncated-stream");
}

#[test]
fn containers_that_are_not_read_are_reported() {
    for (file, bytes) in [
        ("a.log.bz2", &b"BZh91AY&SY\x12\x34\x56\x78"[..]),
        ("a.log.xz", b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\0\x04"),
    ] {
        with_good_file(&[(file, bytes)]).costs("failed", "open.unsupported");
    }
    let book = zip(&[("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")]);
    with_good_file(&[("grid.xlsx", &book)]).costs("failed", "open.unsupported");
}
