//! What connections that are not made of calls have of a client.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderMap, HeaderValue, StatusCode};
use stream_users_core::credential::Credential;
use stream_users_core::token::UserToken;
use stream_users_core::{CallOptions, Client, ErrorBuilder, ErrorKind, UsersApi};
use stream_users_model::{
    ApiError, Custom, ErrorCode, Filter, QueryUsers, Timestamp, Token, UserId, UserRequest,
};
use stream_users_testing::{Answer, ManualClock, ScriptedTransport};

use crate::stage::{KEY, START, Stage, empty, seconds};

fn of_provider(transport: ScriptedTransport) -> (Client, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&asked);
    let client = Client::builder(KEY)
        .token_provider(move || {
            let number = counting.fetch_add(1, Ordering::SeqCst) + 1;
            async move { Ok(Token::new(format!("token-{number}"))) }
        })
        .transport(transport)
        .clock(ManualClock::new())
        .build()
        .unwrap();
    (client, asked)
}

#[tokio::test]
async fn the_token_is_that_of_the_calls_and_is_replaced_once_however_many_ask() {
    let transport = ScriptedTransport::new([empty(), empty()]);
    let (client, asked) = of_provider(transport.clone());
    let first = client.session_token(None).await.unwrap();
    assert_eq!((first.expose(), first.auth_type()), (Some("token-1"), "jwt"));
    let users = client.users::<Custom>();
    users.query_users(QueryUsers::new(Filter::all())).await.unwrap();
    let [one, other] = [0, 1].map(|_| client.session_token(Some(&first)));
    let (one, other) = futures_util::future::join(one, other).await;
    assert_eq!(
        (one.unwrap().expose(), other.unwrap().expose()),
        (Some("token-2"), Some("token-2"))
    );
    users.query_users(QueryUsers::new(Filter::all())).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    let sent: Vec<_> = transport
        .requests()
        .iter()
        .map(|request| request.as_http().headers()["authorization"].clone())
        .collect();
    assert_eq!(sent, ["token-1", "token-2"]);
    assert!(client.renews_tokens());
    assert!(!format!("{first:?}").contains("token-1"));
}

#[tokio::test]
async fn other_credentials_have_one_token() {
    let stage = Stage::new([]);
    let server = &stage.client;
    let token = server.session_token(None).await.unwrap();
    assert!(token.expose().is_some() && token.user_id().is_none() && !server.renews_tokens());
    assert_eq!(
        server.session_token(Some(&token)).await.unwrap().expose(),
        token.expose()
    );

    let nobody = server.with_credential(Credential::anonymous());
    let token = nobody.session_token(None).await.unwrap();
    assert_eq!(
        (token.expose(), token.auth_type(), token.user_id()),
        (None, "anonymous", None)
    );

    let made = server.create_token(&UserToken::new("ada")).unwrap();
    let ada = server.with_credential(Credential::user(&made).unwrap());
    let token = ada.session_token(None).await.unwrap();
    assert_eq!(token.user_id().as_ref().map(UserId::as_str), Some("ada"));
    assert_eq!(stage.sent(), 0);
}

#[tokio::test]
async fn whom_a_token_states_is_read_of_any_form_and_of_none() {
    let stage = Stage::new([]);
    for (text, expected) in [
        ("head.eyJ1c2VyX2lkIjoiYWRhIn0.devtoken", Some("ada")),
        ("head.eyJ1c2VyX2lkIjoiYWRhIn0=.tail", Some("ada")),
        ("head.eyJ1c2VyX2lkIjo3fQ.tail", None),
        ("head.e30.tail", None),
        ("head.!.tail", None),
        ("head", None),
        ("..", None),
    ] {
        let credential = Credential::user(&Token::new(text)).unwrap();
        let client = stage.client.with_credential(credential);
        let token = client.session_token(None).await.unwrap();
        assert_eq!(token.user_id().as_ref().map(UserId::as_str), expected, "{text}");
    }
}

#[tokio::test]
async fn a_guest_is_created_once_for_calls_and_connections() {
    let guest = serde_json::json!({
        "user": {"id": "guest-1", "role": "guest", "custom": {}, "created_at": 0, "updated_at": 0},
        "access_token": "head.e30.tail",
        "duration": "1ms",
    });
    let transport = ScriptedTransport::new([Answer::json(201, guest), empty()]);
    let stage = Stage::over(transport, |builder| builder.guest(UserRequest::new("visitor")));
    let token = stage.client.session_token(None).await.unwrap();
    assert_eq!(token.expose(), Some("head.e30.tail"));
    assert_eq!(
        stage.client.guest_id().as_ref().map(UserId::as_str),
        Some("guest-1")
    );
    let users = stage.users::<Custom>();
    users.query_users(QueryUsers::new(Filter::all())).await.unwrap();
    assert_eq!(stage.sent(), 2);
}

#[tokio::test]
async fn a_client_with_another_credential_shares_what_was_learnt() {
    let stage = Stage::new([]);
    let other = stage.client.with_credential(Credential::anonymous());
    let mut headers = HeaderMap::new();
    let ahead = Timestamp::from_unix_seconds(START + 3600).unwrap();
    let date = httpdate::fmt_http_date(ahead.try_into().unwrap());
    headers.insert("date", HeaderValue::from_str(&date).unwrap());
    let now = stage.client.clock().now();
    other.learn_time(&headers, now, now);
    assert_eq!(stage.client.service_time(), ahead);
}

#[tokio::test]
async fn an_address_is_encoded_and_one_that_is_too_long_is_none() {
    let stage = Stage::new([]);
    let url = stage.client.url("/connect", &[("json", r#"{"a":"&"}"#)]).unwrap();
    assert_eq!(
        url.to_string(),
        "https://chat.stream-io-api.com/connect?api_key=the-key&json=%7B%22a%22%3A%22%26%22%7D"
    );
    // It would be another host's.
    for path in [".example.com/connect", "@example.com/", ":1/", ""] {
        let error = stage.client.url(path, &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{path}");
    }
    let error = stage
        .client
        .url("/connect", &[("json", &"x".repeat(70_000))])
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(!format!("{error:?}").contains(KEY));
}

#[tokio::test]
async fn parameters_of_a_handle_stand_behind_those_of_the_request() {
    let stage = Stage::new([empty()]);
    let options = CallOptions::new()
        .query("connection_id", "c/1")
        .query("payload", "forged")
        .query("api_key", "forged");
    assert!(!format!("{options:?}").contains("c/1"));
    let users = stage.users::<Custom>().with_options(options);
    users.query_users(QueryUsers::new(Filter::all())).await.unwrap();
    let request = stage.request();
    let query = request.as_http().uri().query().unwrap_or_default();
    assert!(query.ends_with("&connection_id=c%2F1"), "{query}");
    assert!(!query.contains("forged"), "{query}");
}

#[test]
fn answers_are_made_errors_as_the_engine_makes_them() {
    let now = Timestamp::from_unix_seconds(START).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", HeaderValue::from_static("7"));
    let error = ErrorBuilder::from_answer(StatusCode::BAD_GATEWAY, &headers, b"<html>", now).build();
    assert_eq!(error.to_string(), "http 502, and the answer is not the service's");
    assert_eq!(
        (error.body(), error.retry_after()),
        (Some("<html>"), Some(seconds(7)))
    );
    let refusal = serde_json::to_vec(&ApiError::new(ErrorCode::DOES_NOT_EXIST, 404, "no")).unwrap();
    let error = ErrorBuilder::from_answer(StatusCode::NOT_FOUND, &headers, &refusal, now).build();
    assert!(error.is_not_found());
    // One failure may be told to many.
    assert_eq!(error.clone().to_string(), error.to_string());
}
