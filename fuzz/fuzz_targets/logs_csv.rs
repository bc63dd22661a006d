//! What follows a header and a row, read as a table of logs.
#![no_main]

use libfuzzer_sys::fuzz_target;

const HEAD: &str = "Time,LogLevel,Process,Host name,Message\r\n2026-03-14 07:14:09,Info,P,H,x\r\n";

fuzz_target!(|data: &[u8]| faultline_fuzz::read_as(HEAD, "csv", data));
