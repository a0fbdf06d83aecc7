//! Bodies of webhooks and messages of queues; see `fuzz::webhooks`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz::webhooks::run(data));
