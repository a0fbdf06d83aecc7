//! The conformance suites: they pass what keeps their rules, and each rule finds what breaks it.

mod scripted;

use stream_users_http::ReqwestTransport;

stream_users_testing::transport_conformance!(reqwest, |settings| {
    ReqwestTransport::builder()
        .no_proxy()
        .max_response_bytes(settings.max_response_bytes)
        .timeout(settings.timeout)
        .build()
        .unwrap()
});
