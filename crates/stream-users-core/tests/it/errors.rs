use std::error::Error as _;

use stream_users_core::retry::NoRetry;
use stream_users_core::{Error, ErrorKind, TransportErrorKind, UsersApi};
use stream_users_model::{Custom, DeactivateUser, ErrorCode};
use stream_users_testing::{Answer, ScriptedTransport};

use crate::stage::{START, Stage, at, seconds};

/// The error of a call that is tried once.
async fn failing(answer: Answer) -> Error {
    let stage = Stage::over(ScriptedTransport::new([answer]), |builder| {
        builder.retry(NoRetry::new())
    });
    let error = stage
        .users::<Custom>()
        .deactivate_user(DeactivateUser::new("ada"))
        .await
        .unwrap_err();
    assert_eq!(error.operation(), Some("deactivate_user"));
    error
}

#[tokio::test]
async fn a_refusal_is_read_whole() {
    let body = serde_json::json!({
        "code": 16, "StatusCode": 404, "message": "user ada was deleted", "duration": "1.2ms", "details": [1, 2],
        "more_info": "https://example.test/errors", "exception_fields": {"users[ada].id": "gone"}, "unknown": {"a": 1},
    });
    let answer = Answer::json(404, body)
        .header("x-ratelimit-limit", "100")
        .header("x-ratelimit-remaining", "99")
        .header("x-ratelimit-reset", &START.to_string());
    let error = failing(answer).await;
    assert_eq!(error.kind(), ErrorKind::Api);
    assert!(error.is_not_found() && !error.is_retryable() && !error.may_have_been_applied());
    assert_eq!(
        (error.code(), error.status()),
        (Some(ErrorCode::DOES_NOT_EXIST), Some(404))
    );
    let api = error.api().unwrap();
    assert_eq!(api.details, [1, 2]);
    assert_eq!(api.more_info, "https://example.test/errors");
    assert_eq!(
        api.exception_fields.get("users[ada].id").map(String::as_str),
        Some("gone")
    );
    let limit = error.rate_limit().unwrap();
    assert_eq!((limit.limit, limit.remaining, limit.reset), (100, 99, at(START)));
    assert_eq!(
        error.to_string(),
        "deactivate_user: stream api error 16 (http 404): user ada was deleted"
    );
}

#[tokio::test]
async fn an_envelope_with_gaps_is_still_one() {
    let error = failing(Answer::new(400, r#"{"code":4}"#)).await;
    assert_eq!(
        (error.code(), error.status()),
        (Some(ErrorCode::INPUT), Some(400))
    );
    assert_eq!(
        error.to_string(),
        "deactivate_user: stream api error 4 (http 400): "
    );

    let nulls = r#"{"code":17,"StatusCode":null,"message":null,"details":null,"exception_fields":null,"unrecoverable":null}"#;
    let error = failing(Answer::new(403, nulls)).await;
    assert_eq!(
        (error.code(), error.status()),
        (Some(ErrorCode::NOT_ALLOWED), Some(403))
    );
    assert!(error.is_auth());

    let error = failing(Answer::new(418, r#"{"code":12345,"message":"new"}"#)).await;
    assert_eq!(error.code().map(ErrorCode::get), Some(12345));
    assert_eq!(
        error.to_string(),
        "deactivate_user: stream api error 12345 (http 418): new"
    );
}

#[tokio::test]
async fn an_answer_of_somebody_else_is_kept() {
    for body in [
        "<html><h1>502 Bad Gateway</h1></html>",
        "",
        "upstream connect error",
        r#"{"message":"no code"}"#,
        r#"{"error":{"code":"nope"}}"#,
        "[1]",
        "null",
    ] {
        let error = failing(Answer::new(502, body)).await;
        assert_eq!(error.kind(), ErrorKind::Api);
        assert_eq!((error.api(), error.status()), (None, Some(502)));
        assert_eq!(error.body(), Some(body));
        assert!(error.is_retryable() && error.may_have_been_applied());
        assert_eq!(
            error.to_string(),
            "deactivate_user: http 502, and the answer is not the service's (the request may have been applied)"
        );
    }
    assert!(failing(Answer::new(404, "nginx")).await.is_not_found());
    assert!(failing(Answer::new(401, "")).await.is_auth());
    assert!(failing(Answer::new(429, "")).await.is_rate_limited());
}

#[tokio::test]
async fn a_long_body_is_cut_to_four_kibibytes() {
    let ascii = failing(Answer::new(400, "x".repeat(10_000))).await;
    assert_eq!(ascii.body().unwrap(), "x".repeat(4096));
    assert!(
        !format!("{ascii:?} {ascii}").contains("xxx"),
        "the body is only shown when it is asked for"
    );

    let wide = failing(Answer::new(400, format!("x{}", "é".repeat(10_000)))).await;
    assert_eq!(
        wide.body().unwrap(),
        format!("x{}", "é".repeat(2047)),
        "cut between two characters"
    );

    let bytes = failing(Answer::new(400, vec![0xff; 10_000])).await;
    let kept = bytes.body().unwrap();
    assert!(
        kept.len() <= 4096 && kept.chars().all(|c| c == char::REPLACEMENT_CHARACTER),
        "{}",
        kept.len()
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_that_is_not_followed() {
    for status in [301, 302, 304, 307, 308] {
        let stage = Stage::new([Answer::new(status, "").header("location", "https://elsewhere.test/")]);
        let error = stage
            .users::<Custom>()
            .deactivate_user(DeactivateUser::new("ada"))
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Api, Some(status)));
        assert!(!error.is_retryable());
        assert_eq!(stage.sent(), 1);
    }
}

#[tokio::test]
async fn a_transports_failure_keeps_its_cause() {
    for (kind, expected) in [
        (TransportErrorKind::Connect, ErrorKind::Connect),
        (TransportErrorKind::Timeout, ErrorKind::Timeout),
        (TransportErrorKind::Interrupted, ErrorKind::Interrupted),
        (TransportErrorKind::TooLarge, ErrorKind::Decode),
        (TransportErrorKind::Request, ErrorKind::Config),
    ] {
        let stage =
            Stage::new((0..3).map(|_| {
                Answer::error(stream_users_core::TransportError::new(kind).with_source("the cause"))
            }));
        let error = stage
            .users::<Custom>()
            .deactivate_user(DeactivateUser::new("ada"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), expected);
        assert_eq!(
            error.may_have_been_applied(),
            kind.may_have_been_applied(),
            "{kind:?}"
        );
        // The error says what the transport said; its source is the cause, so that a chain says nothing twice.
        assert_eq!(error.source().unwrap().to_string(), "the cause");
        assert!(
            error.to_string().starts_with(&format!("deactivate_user: {kind}")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_wait_that_the_service_asks_for_is_told() {
    let error = failing(Answer::new(500, "").header("retry-after", "9")).await;
    assert_eq!(error.retry_after(), Some(seconds(9)));
    assert_eq!(failing(Answer::new(500, "")).await.retry_after(), None);
}

#[tokio::test]
async fn a_script_that_ran_out_says_so_and_is_not_tried_again() {
    let stage = Stage::new([]);
    let error = stage
        .users::<Custom>()
        .deactivate_user(DeactivateUser::new("ada"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let text = error.to_string();
    assert!(text.contains("no answer for request 1"), "{text}");
    assert_eq!(stage.sent(), 1);
}
