//! Any text: what it is told to be, and every record of it, read in one piece and in odd pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| faultline_fuzz::read_as("", "", data));
