//! A proxy's password shows nowhere; what else must not is in the rules of a transport.

use std::error::Error;

use super::*;

const SECRETS: [&str; 4] = ["k3y-of-the-app", "t0ken-of-a-user", "ada-the-user", "pa55word"];

fn assert_clean(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

fn assert_chain_clean(error: &dyn Error) {
    let mut next = Some(error);
    while let Some(error) = next {
        assert_clean(&format!("{error} {error:?} {error:#?}"));
        next = error.source();
    }
}

fn request(base: &str) -> http::Request<Bytes> {
    http::Request::post(format!(
        "{base}/api/v2/users/ada-the-user/export?api_key=k3y-of-the-app"
    ))
    .header("authorization", "t0ken-of-a-user")
    .body(Bytes::from_static(b"ada-the-user"))
    .unwrap()
}

#[tokio::test]
async fn a_proxys_password_shows_nowhere() {
    let address = failures::refusing().replace("http://", "http://ada-the-user:pa55word@");
    let builder = ReqwestTransport::builder().proxy(address);
    assert_clean(&format!("{builder:?}"));
    let transport = builder.build().unwrap();
    assert_clean(&format!("{transport:?}"));
    assert_chain_clean(
        &transport
            .send(request("http://stream.invalid"))
            .await
            .unwrap_err(),
    );
    let error = ReqwestTransport::builder()
        .proxy("http://ada-the-user:pa55word@[")
        .build()
        .unwrap_err();
    assert_chain_clean(&error);
}
