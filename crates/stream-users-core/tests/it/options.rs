use http::{HeaderName, HeaderValue};
use stream_users_core::retry::{FailedAttempt, NoRetry, RetryDecision, RetryPolicy};
use stream_users_core::{CallOptions, Random, UsersApi};
use stream_users_model::{CreateGuest, Custom, DeactivateUser, Filter, QueryUsers, UserRequest};
use stream_users_testing::{Answer, ScriptedTransport};

use crate::stage::{Stage, empty, seconds};

fn header(options: CallOptions, name: &'static str, value: &'static str) -> CallOptions {
    options.header(HeaderName::from_static(name), HeaderValue::from_static(value))
}

/// Every header that the client sets, forged.
fn forged() -> CallOptions {
    [
        "authorization",
        "stream-auth-type",
        "x-stream-client",
        "x-client-request-id",
        "content-type",
    ]
    .into_iter()
    .fold(CallOptions::new(), |options, name| {
        header(header(options, name, "forged"), name, "forged-too")
    })
}

#[tokio::test]
async fn headers_are_added_and_never_replace_the_clients_own() {
    let stage = Stage::new([empty(), empty()]);
    let users = stage.users::<Custom>();
    let options = header(header(forged(), "x-stream-ext", "one"), "x-stream-ext", "two");
    users
        .with_options(options)
        .deactivate_user(DeactivateUser::new("ada"))
        .await
        .unwrap();
    users.deactivate_user(DeactivateUser::new("ada")).await.unwrap();

    let requests = stage.requests();
    let (with, without) = (requests[0].as_http().headers(), requests[1].as_http().headers());
    let ext: Vec<_> = with.get_all("x-stream-ext").iter().collect();
    assert_eq!(ext, ["one", "two"]);
    for name in [
        "authorization",
        "stream-auth-type",
        "x-stream-client",
        "content-type",
    ] {
        let values: Vec<_> = with.get_all(name).iter().collect();
        assert_eq!(values, without.get_all(name).iter().collect::<Vec<_>>(), "{name}");
        assert_eq!(values.len(), 1, "{name}");
    }
    assert_eq!(with.get_all("x-client-request-id").iter().count(), 1);
    assert!(
        !with.values().any(|value| value.as_bytes().starts_with(b"forged")),
        "{with:?}"
    );
    assert!(
        !without.contains_key("x-stream-ext"),
        "the other handle has its own options"
    );
}

#[tokio::test]
async fn a_forged_token_does_not_make_an_anonymous_call_another() {
    let stage = Stage::over(
        ScriptedTransport::answering(|_| Answer::new(200, "{}")),
        stream_users_core::ClientBuilder::anonymous,
    );
    let users = stage.users::<Custom>().with_options(forged());
    let _ = users
        .create_guest(CreateGuest::new(UserRequest::new("guest")))
        .await;
    assert_eq!(stage.request().header("authorization"), None);
    assert_eq!(stage.request().header("stream-auth-type"), Some("anonymous"));
}

#[derive(Debug)]
struct Stubborn;

impl RetryPolicy for Stubborn {
    fn decide(&self, attempt: &FailedAttempt<'_>, _: &Random) -> RetryDecision {
        RetryDecision::After(seconds(u64::from(attempt.number)))
    }
}

#[tokio::test]
async fn a_handle_may_have_a_policy_of_its_own() {
    let answers = || (0..4).map(|_| Answer::new(404, "")).chain([empty()]);
    let stage = Stage::new(answers());
    let users = stage.users::<Custom>();
    users
        .query_users(QueryUsers::new(Filter::all()))
        .await
        .unwrap_err();
    assert_eq!(stage.sent(), 1);
    let stubborn = users.with_options(CallOptions::new().retry(Stubborn));
    let answer = stubborn
        .query_users(QueryUsers::new(Filter::all()))
        .await
        .unwrap();
    assert_eq!(answer.meta.attempts, 4);
    assert_eq!(stage.waits(), [seconds(1), seconds(2), seconds(3)]);

    let stage = Stage::new([Answer::new(503, ""), empty()]);
    let once = stage
        .users::<Custom>()
        .with_options(CallOptions::new().retry(NoRetry::new()));
    once.query_users(QueryUsers::new(Filter::all()))
        .await
        .unwrap_err();
    assert_eq!(stage.sent(), 1);
}
