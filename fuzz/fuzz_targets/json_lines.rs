//! What follows two objects on lines of their own, read as JSON lines.
#![no_main]

use libfuzzer_sys::fuzz_target;

const HEAD: &str = "{\"LogLevel\":\"Info\",\"Message\":\"x\"}\n{\"LogLevel\":\"Info\",\"Message\":\"y\"}\n";

fuzz_target!(|data: &[u8]| faultline_fuzz::read_as(HEAD, "json", data));
