//! Any bytes through the whole reader: the digest does not depend on the size of blocks, and the
//! source ends in exactly one state.
#![no_main]

use std::cell::LazyCell;

use faultline::model::{Digest, SourceKey};
use faultline::read::{BLOCK, NoObserver};
use faultline::scan::{SourceScanner};
use faultline_fuzz::{Trickle, scanner};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static SCANNERS: LazyCell<[SourceScanner<'static>; 2]> = LazyCell::new(|| [scanner(BLOCK), scanner(3)]);
}

fn read(scanner: &SourceScanner<'_>, data: &[u8], step: usize) -> Digest {
    scanner.stream(&SourceKey::new("night/input"), &mut Trickle::new(data, step), &NoObserver)
}

fuzz_target!(|data: &[u8]| {
    let Some((step, data)) = data.split_first() else { return };
    SCANNERS.with(|scanners| {
        let whole = read(&scanners[0], data, data.len());
        let pieces = read(&scanners[1], data, usize::from(*step));
        assert_eq!(whole, pieces);
        assert!(!whole.coverage.is_empty());
        let mut twice = whole.clone();
        twice.merge(whole.clone());
        assert_eq!(twice, whole, "merging is idempotent");
    });
});
