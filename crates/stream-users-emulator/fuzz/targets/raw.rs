//! Bytes over a connection; see `fuzz::raw`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz::raw::run(data));
