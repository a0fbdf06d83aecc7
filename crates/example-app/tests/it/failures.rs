//! Stream fails, as a mock has it: which status the caller sees, and that nothing of Stream's reaches them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use example_app::app::App;
use example_app::tokens::IssueTokens;
use example_app::users::{Directory, Profile};
use serde_json::Value;
use stream_users::prelude::*;
use stream_users::testing::MockUsersApi;
use stream_users::token::UserToken;
use stream_users::{ApiError, ErrorCode, QueriedUsers, Token};

use crate::asking::{Answer, ask};

/// What stands in every message of Stream here, and must not be seen outside.
const INTERNAL: &str = "QueryUsers failed at shard 7";

/// Makes tokens without a secret.
#[derive(Debug)]
pub(crate) struct NoTokens;

impl IssueTokens for NoTokens {
    fn issue(&self, _: &UserToken) -> stream_users::Result<Token> {
        Err(Error::builder(ErrorKind::Auth).message(INTERNAL).build())
    }
}

fn app(users: MockUsersApi<Profile>) -> Router {
    App::new(Directory::new(Arc::new(users)), Arc::new(NoTokens)).router()
}

/// What a caller sees where a query fails with this error.
async fn seen(error: impl Fn() -> Error + Send + 'static) -> Answer {
    let mut users = MockUsersApi::new();
    users.expect_query_users().returning(move |_| Err(error()));
    let answer = ask(&app(users), "GET", "/users/ada", Value::Null).await;
    assert!(!answer.body.to_string().contains("shard"), "{answer:?}");
    assert!(answer.body["message"].is_string(), "{answer:?}");
    answer
}

fn refused(code: ErrorCode, status: u16) -> Error {
    let refusal = ApiError::new(code, status, INTERNAL);
    Error::builder(ErrorKind::Api)
        .operation("query_users")
        .api(refusal)
        .build()
}

#[tokio::test]
async fn a_refusal_becomes_a_status() {
    for (code, status, expected) in [
        (ErrorCode::INTERNAL, 500, StatusCode::BAD_GATEWAY),
        (ErrorCode::INTERNAL, 503, StatusCode::SERVICE_UNAVAILABLE),
        (ErrorCode::ACCESS_KEY, 401, StatusCode::INTERNAL_SERVER_ERROR),
        (ErrorCode::NOT_ALLOWED, 403, StatusCode::INTERNAL_SERVER_ERROR),
        (ErrorCode::DOES_NOT_EXIST, 404, StatusCode::NOT_FOUND),
        (ErrorCode::INPUT, 400, StatusCode::UNPROCESSABLE_ENTITY),
        (ErrorCode::DUPLICATE_USERNAME, 400, StatusCode::CONFLICT),
        (ErrorCode::PAYLOAD_TOO_BIG, 413, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = seen(move || refused(code, status)).await;
        assert_eq!(answer.status, expected, "{code} {status}");
    }
}

#[tokio::test]
async fn no_answer_becomes_a_status() {
    for (kind, expected) in [
        (ErrorKind::Connect, StatusCode::SERVICE_UNAVAILABLE),
        (ErrorKind::Throttled, StatusCode::SERVICE_UNAVAILABLE),
        (ErrorKind::Timeout, StatusCode::GATEWAY_TIMEOUT),
        (ErrorKind::Interrupted, StatusCode::BAD_GATEWAY),
        (ErrorKind::Decode, StatusCode::BAD_GATEWAY),
        (ErrorKind::Config, StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        let answer = seen(move || Error::builder(kind).message(INTERNAL).build()).await;
        assert_eq!(answer.status, expected, "{kind:?}");
    }
}

#[tokio::test]
async fn a_used_up_quota_says_when_to_come_back() {
    let wait = Duration::from_millis(6_200);
    let limited = move || {
        let refusal = ApiError::new(ErrorCode::RATE_LIMIT, 429, INTERNAL);
        Error::builder(ErrorKind::Api)
            .api(refusal)
            .retry_after(Some(wait))
            .build()
    };
    let answer = seen(limited).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers["retry-after"], "7");
}

#[tokio::test]
async fn without_a_secret_there_is_no_token() {
    let mut users = MockUsersApi::new();
    users.expect_query_users().returning(|_| {
        let ada = User::new("ada", Profile::default(), Timestamp::UNIX_EPOCH);
        Ok(Response::new(QueriedUsers::new([ada])))
    });
    let answer = ask(&app(users), "POST", "/users/ada/tokens", Value::Null).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.body.to_string().contains("shard"), "{answer:?}");
}

#[tokio::test]
async fn the_process_is_well_whatever_stream_does() {
    let answer = ask(&app(MockUsersApi::new()), "GET", "/health", Value::Null).await;
    assert_eq!(answer.status, StatusCode::OK);
}
