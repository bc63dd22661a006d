//! What follows a robot's first line, read as an execution log.
#![no_main]

use libfuzzer_sys::fuzz_target;

const HEAD: &str = "07:14:09.9041 Info {\"message\":\"x\",\"logType\":\"Default\"}\r\n";

fuzz_target!(|data: &[u8]| faultline_fuzz::read_as(HEAD, "execution-log", data));
