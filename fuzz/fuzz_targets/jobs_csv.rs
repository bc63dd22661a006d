//! What follows a header, read as a table of jobs.
#![no_main]

use libfuzzer_sys::fuzz_target;

const HEAD: &str = "Key;State;Process;Started;Ended\r\n";

fuzz_target!(|data: &[u8]| faultline_fuzz::read_as(HEAD, "csv", data));
