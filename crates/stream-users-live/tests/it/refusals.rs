//! What answers in place of a connection, and what is made of it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use stream_users_core::{Client, Error, ErrorKind};
use stream_users_live::{Live, LongPolling, Protocol, WebSocketConnector};
use stream_users_model::{ErrorCode, Timestamp, Token, UserRequest};
use stream_users_testing::ManualClock;

use crate::scripted::{Script, Scripted, Step, accepted, error, first, http};
use crate::support::{Service, client, quick, soon};

fn ada(server: &Scripted) -> Client {
    client(&server.url, "the-key-of-the-app")
        .user_token(Token::new("head.eyJ1c2VyX2lkIjoiYWRhIn0.the-secret-of-the-token"))
        .build()
        .unwrap()
}

/// How connecting to a server with these scripts ends, over WebSockets alone, and how many scripts are left.
async fn outcome(scripts: Vec<Script>) -> (Result<Live, Error>, usize) {
    let server = Scripted::start(scripts).await;
    let connecting = quick(&ada(&server)).long_polling(LongPolling::Never);
    let outcome = soon(connecting.connect()).await;
    assert!(server.most_open() <= 1, "two connections at once");
    if let Err(error) = &outcome {
        no_secrets(error);
    }
    (outcome.map(|(live, _)| live), server.left())
}

fn no_secrets(error: &Error) {
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        write!(text, "{error} {error:?}").unwrap();
        cause = error.source();
    }
    assert!(!text.contains("the-secret-of-the-token"), "{text}");
    assert!(!text.contains("the-key-of-the-app"), "{text}");
}

/// It is permanent: the second script is not used.
async fn ends(script: Script) -> Error {
    let (outcome, left) = outcome(vec![script, accepted("c-2", [])]).await;
    let error = outcome.expect_err("it was to be permanent");
    assert_eq!(left, 1, "there was another attempt after {error}");
    error
}

/// It passes: the second script is used.
async fn passes(script: Script) {
    let name = format!("{script:?}");
    let (outcome, left) = outcome(vec![script, accepted("c-2", [])]).await;
    let live = outcome.unwrap_or_else(|error| panic!("{name} was to pass: {error}"));
    assert_eq!((left, live.connection_id().as_deref()), (0, Some("c-2")));
}

#[tokio::test]
async fn a_first_frame_with_an_error_is_a_refusal_whatever_its_type() {
    for kind in [
        r#""type":"connection.error","#,
        r#""type":"error","#,
        r#""type":"connection.ok","connection_id":"c-1","#,
        r#""type":7,"#,
        "",
    ] {
        let refusal = ends(first(format!(r#"{{{kind}"error":{}}}"#, error(16, 404)))).await;
        assert_eq!(
            (refusal.kind(), refusal.code(), refusal.status()),
            (ErrorKind::Api, Some(ErrorCode::DOES_NOT_EXIST), Some(404)),
            "{kind}"
        );
        assert_eq!(
            refusal.to_string(),
            "connect: stream api error 16 (http 404): refused by the script"
        );
    }
}

#[tokio::test]
async fn codes_tell_permanent_refusals_from_passing_ones() {
    for (code, status) in [
        (2, 401),
        (4, 400),
        (5, 401),
        (16, 404),
        (17, 403),
        (43, 401),
        (99, 403),
        (40, 401),
    ] {
        let refusal = ends(first(format!(
            r#"{{"type":"connection.error","error":{}}}"#,
            error(code, status)
        )))
        .await;
        assert_eq!(refusal.code(), Some(ErrorCode::new(code)));
    }
    for (code, status) in [
        (9, 429),
        (71, 400),
        (71, 0),
        (-1, 500),
        (-1, 0),
        (23, 408),
        (4, 503),
    ] {
        passes(first(format!(
            r#"{{"type":"connection.error","error":{}}}"#,
            error(code, status)
        )))
        .await;
    }
}

#[tokio::test]
async fn a_refusal_that_is_unrecoverable_is_permanent() {
    let error = r#"{"code":9,"message":"no","StatusCode":429,"unrecoverable":true}"#;
    ends(first(format!(r#"{{"type":"connection.error","error":{error}}}"#))).await;
}

#[tokio::test]
async fn what_is_no_answer_passes() {
    for text in [
        "the proxy says hello",
        "[]",
        "{}",
        "null",
        r#"{"type":"connection.ok"}"#,
        r#"{"type":"connection.ok","connection_id":7}"#,
        r#"{"type":"connection.ok","connection_id":""}"#,
        r#"{"error":"no"}"#,
        r#"{"error":[16,"",404]}"#,
    ] {
        passes(first(text)).await;
    }
    passes(Script::HangUp).await;
    passes(Script::WebSocket(vec![Step::HangUp])).await;
    passes(Script::WebSocket(vec![Step::Close(4001)])).await;
}

#[tokio::test]
async fn a_close_with_code_1000_is_permanent() {
    let error = ends(Script::WebSocket(vec![Step::Close(1000)])).await;
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(
        error.to_string(),
        "connect: the service has closed the connection for good (code 1000: by the script)"
    );
}

#[tokio::test]
async fn answers_of_http_are_told_apart() {
    for status in ["401 Unauthorized", "403 Forbidden", "404 Not Found", "302 Found"] {
        let refusal = ends(http(
            status,
            "location: https://elsewhere.example/?key=the-key-of-the-app\r\n",
            "<html>",
        ))
        .await;
        assert_eq!(refusal.kind(), ErrorKind::Api);
        assert_eq!(refusal.status(), status[..3].parse().ok());
        assert!(!refusal.is_retryable());
    }
    for script in [
        http("200 OK", "content-type: text/html\r\n", "<html>log in</html>"),
        http("429 Too Many Requests", "", "slow down"),
        http("500 Internal Server Error", "", ""),
        http("502 Bad Gateway", "", "<html>"),
        http("503 Service Unavailable", "", ""),
        Script::Http("no http at all\r\n\r\n".to_owned()),
    ] {
        passes(script).await;
    }
    // The service's own words are kept.
    let refusal = ends(http("404 Not Found", "", &error(16, 404))).await;
    assert_eq!(refusal.code(), Some(ErrorCode::DOES_NOT_EXIST));
    passes(http("400 Bad Request", "", &error(9, 429))).await;
    // In chunks, and after what is no answer yet.
    let refusal = error(16, 404);
    let (one, other) = refusal.split_at(20);
    let chunked = format!(
        "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n\
         {:x}\r\n{one}\r\n{:x}\r\n{other}\r\n0\r\n\r\n",
        one.len(),
        other.len()
    );
    assert_eq!(
        ends(Script::Http(chunked)).await.code(),
        Some(ErrorCode::DOES_NOT_EXIST)
    );
    // Of a body that ends early, what came is kept.
    let cut = "HTTP/1.1 404 Not Found\r\ncontent-length: 100\r\n\r\n<html>";
    assert_eq!(ends(Script::Http(cut.to_owned())).await.body(), Some("<html>"));
    // An upgrade to something else, or by somebody who did not read the request.
    passes(Script::Http(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n".to_owned(),
    ))
    .await;
    passes(Script::Http(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n".to_owned(),
    ))
    .await;
    passes(Script::Http(format!(
        "HTTP/1.1 200 OK\r\nx: {}\r\n\r\n",
        "x".repeat(100_000)
    )))
    .await;
}

#[tokio::test]
async fn what_the_service_asks_to_wait_is_no_use_waiting_for_beyond_the_limit() {
    let error = ends(http("429 Too Many Requests", "retry-after: 60\r\n", "")).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
    assert!(error.is_rate_limited() && error.is_retryable());
}

#[tokio::test]
async fn an_answer_over_the_limit_is_refused() {
    let large = format!(
        r#"{{"type":"connection.ok","connection_id":"{}"}}"#,
        "x".repeat(5000)
    );
    // It passes, as whatever is garbled does: what ends it is the next answer.
    let no = format!(r#"{{"error":{}}}"#, error(16, 404));
    let server = Scripted::start([first(large), first(no)]).await;
    let outcome = quick(&ada(&server))
        .long_polling(LongPolling::Never)
        .connector(WebSocketConnector::new().max_message_bytes(4096))
        .connect();
    let error = soon(outcome).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!((server.left(), server.most_open()), (0, 1));
}

#[tokio::test]
async fn a_first_answer_that_never_comes_is_given_up() {
    for silent in [Script::Silent, Script::WebSocket(vec![])] {
        let clock = ManualClock::new();
        let server = Scripted::start([silent, accepted("c-2", [])]).await;
        let client = client(&server.url, "key")
            .user_token(Token::new("head.eyJ1c2VyX2lkIjoiYWRhIn0.tail"))
            .clock(clock.clone())
            .build()
            .unwrap();
        let connecting = tokio::spawn(quick(&client).long_polling(LongPolling::Never).connect());
        soon(async {
            while server.left() == 2 {
                tokio::task::yield_now().await;
            }
            clock.advance(Duration::from_secs(9));
            assert_eq!((server.left(), server.open()), (1, 1));
            clock.advance(Duration::from_secs(1));
            // The wait before the next attempt, however long it is.
            while server.left() == 1 {
                clock.advance(Duration::from_millis(1));
                tokio::task::yield_now().await;
            }
        })
        .await;
        let (live, _events) = soon(connecting).await.unwrap().unwrap();
        assert_eq!(live.connection_id().as_deref(), Some("c-2"));
        assert_eq!(server.most_open(), 1);
    }
    let server = Scripted::start(vec![Script::WebSocket(vec![]); 3]).await;
    let outcome = quick(&ada(&server))
        .long_polling(LongPolling::Never)
        .connect_within(Duration::from_millis(300))
        .connect();
    let error = soon(outcome).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_host_that_is_not_there_is_tried_until_time_is_over() {
    let gone = {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let client = client(&gone, "key").anonymous().build().unwrap();
    let error = soon(quick(&client).connect_within(Duration::from_secs(1)).connect())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
}

/// A provider of expired tokens first, which counts.
fn providing(service: &Service, tokens: Vec<Token>) -> (Client, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&asked);
    let client = service
        .client()
        .token_provider(move || {
            let number = counting.fetch_add(1, Ordering::SeqCst);
            let token = tokens[number.min(tokens.len() - 1)].clone();
            async move { Ok(token) }
        })
        .build()
        .unwrap();
    (client, asked)
}

fn expired(service: &Service) -> Token {
    let old = service
        .server
        .service_time()
        .checked_sub(Duration::from_secs(7200))
        .unwrap();
    let token = stream_users_core::token::UserToken::new("ada")
        .issued_at(old)
        .expires_in(Duration::from_secs(60));
    service.server.create_token(&token).unwrap()
}

#[tokio::test]
async fn a_token_that_has_expired_is_replaced_once() {
    let service = Service::start().await;
    for protocol in [Protocol::V1, Protocol::V2] {
        for long_polling in [LongPolling::Never, LongPolling::Always] {
            let tokens = vec![expired(&service), service.token("ada")];
            let (client, asked) = providing(&service, tokens);
            let connecting = quick(&client).protocol(protocol).long_polling(long_polling);
            let (live, _events) = soon(connecting.connect()).await.unwrap();
            assert_eq!((live.me().id.as_str(), asked.load(Ordering::SeqCst)), ("ada", 2));
        }
        let (client, asked) = providing(&service, vec![expired(&service)]);
        let connecting = quick(&client).protocol(protocol);
        let error = soon(connecting.connect()).await.unwrap_err();
        assert_eq!(
            (error.code(), asked.load(Ordering::SeqCst)),
            (Some(ErrorCode::TOKEN_EXPIRED), 2)
        );
    }
}

#[tokio::test]
async fn a_token_alone_is_not_replaced() {
    let service = Service::start().await;
    let client = service.client().user_token(expired(&service)).build().unwrap();
    let error = soon(quick(&client).connect()).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::TOKEN_EXPIRED));
}

#[tokio::test]
async fn users_who_may_not_connect_are_refused() {
    let service = Service::start().await;
    service.rename("ada", "Ada").await;
    let users = service.server.users::<stream_users_model::Custom>();
    stream_users_core::UsersApi::deactivate_user(&users, stream_users_model::DeactivateUser::new("ada"))
        .await
        .unwrap();
    for protocol in [Protocol::V1, Protocol::V2] {
        let error = soon(quick(&service.user("ada")).protocol(protocol).connect())
            .await
            .unwrap_err();
        assert!(error.is_not_found(), "{error}");
    }
    let client = service.client().user_token("head.body.tail").build().unwrap();
    let error = soon(quick(&client).user("ada").connect()).await.unwrap_err();
    assert!(error.is_auth(), "{error}");
}

#[tokio::test]
async fn what_cannot_work_is_said_before_anything_is_sent() {
    let service = Service::start().await;
    let kind = |error: Error| error.kind();
    // The secret is every user's.
    assert_eq!(
        kind(quick(&service.server).connect().await.unwrap_err()),
        ErrorKind::Config
    );
    // Another user's token.
    let error = quick(&service.user("ada"))
        .user("bob")
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    // A token of nobody's.
    let client = service.client().user_token("head.body.tail").build().unwrap();
    assert_eq!(kind(quick(&client).connect().await.unwrap_err()), ErrorKind::Auth);
    let error = quick(&service.server).user("").connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let custom = stream_users_model::Custom::from_iter([("name", "odd")]);
    let user = stream_users_live::ConnectUser::new("ada").custom(custom);
    let error = quick(&service.server)
        .protocol(Protocol::V1)
        .user(user)
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let odd = Duration::from_secs(5);
    for every in [odd, Duration::ZERO] {
        let error = quick(&service.user("ada"))
            .health_checks(every, odd)
            .connect()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
    assert!(
        service.emulator.requests().is_empty(),
        "{:?}",
        service.emulator.requests()
    );
}

#[tokio::test]
async fn a_guest_whom_the_service_refuses_is_no_connection() {
    let emulator = stream_users_emulator::Emulator::builder()
        .app_setting("guest_user_creation_disabled", true)
        .start()
        .await
        .unwrap();
    let service = Service::of(emulator);
    let client = service
        .client()
        .guest(UserRequest::new("visitor"))
        .build()
        .unwrap();
    let error = soon(quick(&client).connect()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api, "{error}");
}

#[tokio::test]
async fn a_program_that_cannot_read_its_own_user_learns_of_it() {
    #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
    struct Profile {
        plan: String,
    }
    let service = Service::start().await;
    let error = soon(quick(&service.user("ada")).custom_data::<Profile>().connect())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("plan"), "{error}");
    let custom = stream_users_model::Custom::from_iter([("plan", "pro")]);
    let user = stream_users_live::ConnectUser::new("ada").custom(custom);
    let (live, _events) = soon(
        quick(&service.server)
            .user(user)
            .custom_data::<Profile>()
            .connect(),
    )
    .await
    .unwrap();
    assert_eq!(live.me().custom.plan, "pro");
}

/// The refused attempt has told what time it is at the service, so that the next token is right.
#[tokio::test]
async fn a_token_that_was_signed_by_a_clock_that_is_fast_is_signed_anew() {
    let service = Service::start().await;
    let now = Timestamp::try_from(service.emulator.now()).unwrap();
    for hours in [1, 24 * 365] {
        let ahead = now.checked_add(Duration::from_secs(3_600 * hours)).unwrap();
        let client = service.client().server(service.emulator.api_secret());
        let client = client
            .clock(ManualClock::new().starting_at(ahead))
            .build()
            .unwrap();
        let (live, _events) = soon(quick(&client).user("ada").connect()).await.unwrap();
        assert_eq!(live.me().id, "ada");
    }
}
