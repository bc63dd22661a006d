//! Any bytes as a gzip stream or a zip: nothing expands beyond the limits, every member is either
//! handed over or in the books.
#![no_main]

use faultline::model::SourceKey;
use faultline::open::{OpenInput, open};
use faultline_fuzz::{Trickle, small};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((step, data)) = data.split_first() else { return };
    let limits = small();
    let (mut handed, mut made) = (0, 0);
    let mut stream = Trickle::new(data, usize::from(*step) * 16);
    let key = SourceKey::new("night.zip");
    let report = open(&key, OpenInput::Stream(&mut stream), &limits, &mut |opened| {
        handed += 1;
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = opened.reader.read(&mut piece) {
            made += count as u64;
        }
    });
    assert!(handed + report.unread.len() > 0, "a source is in no state");
    assert!(made <= limits.max_expand + (64 << 10), "{made} bytes");
});
