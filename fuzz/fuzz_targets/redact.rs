//! Any text: redacting twice changes nothing more, and a planted token does not survive.
#![no_main]

use faultline::redact::redact;
use libfuzzer_sys::fuzz_target;

const TOKEN: &str = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";

fuzz_target!(|text: &str| {
    let once = redact(text);
    assert_eq!(redact(&once), once);
    let planted = format!("{text} {TOKEN} {text}");
    assert!(!redact(&planted).contains(TOKEN));
});
