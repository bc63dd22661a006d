//! Defects that were there once, each named after what a user saw.

use faultline::model::Digest;

use crate::support::{Row, connection, digest_of, missing, report_of, scanner};

fn both_ways(one: &Digest, other: &Digest) -> [Digest; 2] {
    [(one, other), (other, one)].map(|(first, second)| {
        let mut whole = first.clone();
        whole.merge(second.clone());
        whole
    })
}

/// Two exports of one row that differ only in what the row says of its time or its writer: which
/// of them was read first showed in `time_quality`.
#[test]
fn the_order_of_two_exports_showed_in_the_quality_of_times() {
    let scanner = scanner();
    let row = Row::error(1, 5, missing(&connection(1)));
    let line = row.line() + "\n";
    let zoned = row.api().to_string();
    for (one, other) in [
        (zoned.clone(), zoned.replace(".204Z", ".204")),
        (line.clone(), line.replace("\"Default\"", "\"User\"")),
    ] {
        assert_ne!(one, other);
        let one = digest_of(&scanner, "one.json", one.as_bytes());
        let other = digest_of(&scanner, "two.json", other.as_bytes());
        let [forward, backward] = both_ways(&one, &other);
        assert_eq!(forward, backward);
        let report = report_of(&forward);
        assert_eq!((report.incidents.len(), report.occurrences.len()), (1, 1));
        assert_eq!(report.incidents[0].counts.records, 1, "copies of one row");
    }
}
