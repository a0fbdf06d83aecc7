//! The transport keeps the rules of one, over HTTP/1.1 as it is built by default.

use super::*;

stream_users_testing::transport_conformance!(suite, |settings| {
    builder()
        .max_response_bytes(settings.max_response_bytes)
        .timeout(settings.timeout)
        .build()
        .unwrap()
});
