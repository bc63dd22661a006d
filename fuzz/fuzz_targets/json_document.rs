//! What follows the first row of a page, read as a JSON document.
#![no_main]

use libfuzzer_sys::fuzz_target;

const HEAD: &str = "{\"@odata.context\":\"x\",\"value\":[{\"LogLevel\":\"Info\",\"Message\":\"x\"}";

fuzz_target!(|data: &[u8]| faultline_fuzz::read_as(HEAD, "json", data));
