//! Tokens that are fetched: from a provider, or by creating a guest.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use stream_users_core::credential::{ProviderError, TokenProvider};
use stream_users_core::retry::NoRetry;
use stream_users_core::{
    CallOptions, Client, ClientBuilder, Error, ErrorKind, Transport, TransportError, TransportErrorKind,
    UsersApi,
};
use stream_users_model::{
    ApiError, Custom, ErrorCode, Filter, GetTask, QueryUsers, Token, UpsertUsers, UserRequest,
};
use stream_users_testing::{Answer, ManualClock, RecordedRequest, ScriptedTransport};
use tokio::sync::Barrier;

use crate::stage::{KEY, START, Stage, empty, seconds};

/// Numbers its tokens: `token-1`, `token-2` and so on.
#[derive(Clone, Default)]
struct Numbered(Arc<AtomicUsize>);

impl Numbered {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenProvider for Numbered {
    async fn token(&self) -> Result<Token, ProviderError> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::task::yield_now().await;
        Ok(Token::new(format!("token-{number}")))
    }
}

fn expired() -> Answer {
    Answer::api_error(&ApiError::new(
        ErrorCode::TOKEN_EXPIRED,
        401,
        "the token has expired",
    ))
}

fn query() -> QueryUsers {
    QueryUsers::new(Filter::all())
}

/// A client whose waits never end by themselves.
fn client(transport: impl Transport, set_up: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
    let builder = Client::builder(KEY)
        .transport(transport)
        .clock(ManualClock::new());
    set_up(builder).build().unwrap()
}

fn tokens(requests: &[RecordedRequest]) -> Vec<&str> {
    let token = |request| RecordedRequest::header(request, "authorization").unwrap_or("none");
    requests.iter().map(token).collect()
}

#[tokio::test]
async fn a_token_is_fetched_before_the_first_call_and_kept() {
    let provider = Numbered::default();
    let script = ScriptedTransport::answering(|_| empty());
    let client = client(script.clone(), |builder| builder.token_provider(provider.clone()));
    assert_eq!(provider.count(), 0, "nothing is fetched before it is needed");
    let users = client.users::<Custom>();
    users.query_users(query()).await.unwrap();
    users.query_users(query()).await.unwrap();
    assert_eq!(tokens(&script.requests()), ["token-1", "token-1"]);
    assert_eq!(provider.count(), 1);
}

#[tokio::test]
async fn an_expired_token_is_followed_by_one_other_whatever_the_operation_and_the_policy() {
    let provider = Numbered::default();
    let script = ScriptedTransport::answering(|request| match request.header("authorization") {
        Some("token-1") => expired(),
        _ => Answer::json(201, serde_json::json!({"users": {}})),
    });
    let client = client(script.clone(), |builder| {
        builder.token_provider(provider.clone()).retry(NoRetry::new())
    });
    let users = client.users::<Custom>();
    let answer = users
        .upsert_users(UpsertUsers::new([UserRequest::new("ada")]))
        .await
        .unwrap();
    assert_eq!(answer.meta.attempts, 2);
    assert_eq!(tokens(&script.requests()), ["token-1", "token-2"]);

    // A token that is expired from the start is fetched once more and no oftener.
    let script = ScriptedTransport::answering(|_| expired());
    let provider = Numbered::default();
    let client = self::client(script.clone(), |builder| builder.token_provider(provider.clone()));
    let error = client.users::<Custom>().query_users(query()).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::TOKEN_EXPIRED));
    assert!(error.is_auth() && !error.is_retryable());
    assert_eq!(tokens(&script.requests()), ["token-1", "token-2"]);
}

#[tokio::test]
async fn a_token_that_is_given_is_not_followed_by_another() {
    let stage = Stage::over(ScriptedTransport::new([expired()]), |builder| {
        builder.user_token("a.b.c")
    });
    let error = stage.users::<Custom>().query_users(query()).await.unwrap_err();
    assert_eq!((error.code(), stage.sent()), (Some(ErrorCode::TOKEN_EXPIRED), 1));
}

/// Answers when as many requests are on their way as the barrier is for, the first round as expired.
#[derive(Debug)]
struct Together {
    barrier: Barrier,
}

#[async_trait]
impl Transport for Together {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        self.barrier.wait().await;
        let first = request.headers()["authorization"] == "token-1";
        let (status, body) = if first {
            (401, r#"{"code":40,"message":"expired","StatusCode":401}"#)
        } else {
            (200, r#"{"users":[]}"#)
        };
        let mut answer = http::Response::new(Bytes::from_static(body.as_bytes()));
        *answer.status_mut() = status.try_into().unwrap();
        Ok(answer)
    }
}

#[tokio::test]
async fn a_thousand_calls_with_an_expired_token_fetch_one_other() {
    const CALLS: usize = 1_000;
    let provider = Numbered::default();
    let transport = Together {
        barrier: Barrier::new(CALLS),
    };
    let client = client(transport, |builder| builder.token_provider(provider.clone()));
    let calls: Vec<_> = (0..CALLS)
        .map(|_| {
            let users = client.users::<Custom>();
            tokio::spawn(async move { users.query_users(query()).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().meta.attempts, 2);
    }
    assert_eq!(
        provider.count(),
        2,
        "one before the first call, one in place of the expired"
    );
}

#[tokio::test]
async fn calls_that_wait_for_a_token_share_the_failure_and_later_ones_try_again() {
    #[derive(Clone, Default)]
    struct Down(Arc<AtomicUsize>);

    #[async_trait]
    impl TokenProvider for Down {
        async fn token(&self) -> Result<Token, ProviderError> {
            self.0.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Err("the backend is down".into())
        }
    }

    let provider = Down::default();
    let script = ScriptedTransport::new([]);
    let client = client(script.clone(), |builder| builder.token_provider(provider.clone()));
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let users = client.users::<Custom>();
            tokio::spawn(async move { users.query_users(query()).await })
        })
        .collect();
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth);
        assert!(!error.may_have_been_applied());
        assert_eq!(
            error.to_string(),
            "query_users: the token provider failed: the backend is down"
        );
    }
    assert_eq!(provider.0.load(Ordering::SeqCst), 1);
    client.users::<Custom>().query_users(query()).await.unwrap_err();
    assert_eq!(provider.0.load(Ordering::SeqCst), 2);
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn a_provider_that_never_answers_is_given_up_and_the_next_call_asks_again() {
    #[derive(Clone, Default)]
    struct Silent(Arc<AtomicUsize>);

    #[async_trait]
    impl TokenProvider for Silent {
        async fn token(&self) -> Result<Token, ProviderError> {
            if self.0.fetch_add(1, Ordering::SeqCst) == 0 {
                std::future::pending::<()>().await;
            }
            Ok(Token::new("late"))
        }
    }

    let stage = Stage::over(ScriptedTransport::new([empty()]), |builder| {
        builder
            .token_provider(Silent::default())
            .attempt_timeout(seconds(7))
    });
    let users = stage.users::<Custom>();
    let error = users.query_users(query()).await.unwrap_err();
    assert!(error.is_timeout() && !error.may_have_been_applied());
    assert!(error.to_string().contains("token provider"), "{error}");
    assert_eq!(stage.waits(), [seconds(7)]);
    users.query_users(query()).await.unwrap();
    assert_eq!(tokens(&stage.requests()), ["late"]);
}

#[tokio::test]
async fn a_call_that_is_dropped_while_it_fetches_leaves_the_turn_to_others() {
    let provider = Numbered::default();
    let script = ScriptedTransport::answering(|_| empty());
    let client = client(script.clone(), |builder| builder.token_provider(provider.clone()));
    let users = client.users::<Custom>();
    let fetches = tokio::spawn({
        let users = users.clone();
        async move { users.query_users(query()).await }
    });
    let waits = tokio::spawn(async move { users.query_users(query()).await });
    while provider.count() == 0 {
        tokio::task::yield_now().await;
    }
    fetches.abort();
    assert!(fetches.await.unwrap_err().is_cancelled());
    waits.await.unwrap().unwrap();
    assert_eq!(tokens(&script.requests()), ["token-2"]);
}

#[tokio::test]
async fn the_error_of_a_provider_is_the_source_of_each_call_that_waited_for_it() {
    #[derive(Debug, PartialEq, thiserror::Error)]
    #[error("sign in again")]
    struct SignIn;

    let client = client(ScriptedTransport::new([]), |builder| {
        builder.token_provider(|| async {
            tokio::task::yield_now().await;
            Err(SignIn.into())
        })
    });
    let users = client.users::<Custom>();
    let (one, other) = tokio::join!(users.query_users(query()), users.query_users(query()));
    for error in [one.unwrap_err(), other.unwrap_err()] {
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.downcast_ref(), Some(&SignIn));
    }
}

#[tokio::test]
async fn a_call_with_more_time_does_not_fail_because_another_gave_up() {
    /// The first token never comes.
    #[derive(Clone, Default)]
    struct Stuck(Arc<AtomicUsize>);

    #[async_trait]
    impl TokenProvider for Stuck {
        async fn token(&self) -> Result<Token, ProviderError> {
            if self.0.fetch_add(1, Ordering::SeqCst) == 0 {
                std::future::pending::<()>().await;
            }
            Ok(Token::new("second"))
        }
    }

    let provider = Stuck::default();
    let clock = ManualClock::new();
    let client = client(ScriptedTransport::answering(|_| empty()), |builder| {
        builder.clock(clock.clone()).token_provider(provider.clone())
    });
    let users = client.users::<Custom>();
    let call = |limit| {
        let users = users.with_options(CallOptions::new().attempt_timeout(seconds(limit)));
        tokio::spawn(async move { users.query_users(query()).await })
    };
    let hurried = call(1);
    while clock.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    let (patient, as_hurried) = (call(10), call(1));
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    clock.advance(seconds(1));
    assert!(hurried.await.unwrap().unwrap_err().is_timeout());
    patient.await.unwrap().unwrap();
    as_hurried.await.unwrap().unwrap();
    assert_eq!(provider.0.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_call_that_runs_out_of_time_after_its_token_was_replaced_says_how_its_last_attempt_failed() {
    let used_up = Answer::new(503, "")
        .header("retry-after", "1")
        .header("x-ratelimit-limit", "100")
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", &(START + 60).to_string());
    let stage = Stage::over(ScriptedTransport::new([expired(), used_up]), |builder| {
        builder.token_provider(|| async { Ok(Token::new("a.b.c")) })
    });
    let users = stage
        .users::<Custom>()
        .with_options(CallOptions::new().timeout(seconds(30)));
    let error = users.query_users(query()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Api, Some(503)),
        "{error}"
    );
    assert_eq!(error.meta().unwrap().attempts, 2);
}

#[tokio::test]
async fn what_a_provider_returns_has_to_be_a_token() {
    let stage = Stage::over(ScriptedTransport::new([]), |builder| {
        builder.token_provider(|| async { Ok(Token::new("two\nlines")) })
    });
    let error = stage.users::<Custom>().query_users(query()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(
        error.to_string().contains("not a JWT") && !error.to_string().contains("lines\""),
        "{error}"
    );
}

/// A service that creates guests.
fn service() -> ScriptedTransport {
    ScriptedTransport::answering(|request| {
        if request.path() != "/api/v2/guest" {
            return empty();
        }
        let user =
            serde_json::json!({"id": "guest-1-visitor", "role": "guest", "created_at": 1, "updated_at": 1});
        Answer::json(
            201,
            serde_json::json!({"user": user, "access_token": "guest.to.ken"}),
        )
    })
}

#[tokio::test]
async fn a_guest_is_created_with_the_first_call_and_is_the_caller_of_all() {
    let script = service();
    let client = client(script.clone(), |builder| {
        builder.guest(UserRequest::new("visitor").name("Visitor"))
    });
    assert_eq!(client.guest_id(), None);
    let users = client.users::<Custom>();
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let users = users.clone();
            tokio::spawn(async move { users.query_users(query()).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(client.guest_id().unwrap(), "guest-1-visitor");

    let requests = script.requests();
    let created: Vec<_> = requests
        .iter()
        .filter(|request| request.path() == "/api/v2/guest")
        .collect();
    assert_eq!(created.len(), 1);
    assert_eq!(created[0].header("stream-auth-type"), Some("anonymous"));
    assert_eq!(created[0].header("authorization"), None);
    assert_eq!(created[0].json().unwrap()["user"]["name"], "Visitor");
    assert!(
        requests
            .iter()
            .skip(1)
            .all(|request| request.header("authorization") == Some("guest.to.ken"))
    );

    let error = users.get_task(GetTask::new("t")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "get_task: cannot be called with a guest's token: call it from a backend whose client has the api secret"
    );
}

#[tokio::test]
async fn a_guest_that_cannot_be_created_is_the_error_of_the_call() {
    let refused = ApiError::new(ErrorCode::NOT_ALLOWED, 403, "guest creation is disabled");
    let stage = Stage::over(ScriptedTransport::new([Answer::api_error(&refused)]), |builder| {
        builder.guest(UserRequest::new("visitor"))
    });
    let error = stage.users::<Custom>().query_users(query()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert_eq!(
        error.to_string(),
        "query_users: the guest could not be created: create_guest: stream api error 17 (http 403): guest creation is disabled"
    );
    let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Error>());
    assert_eq!(source.unwrap().code(), Some(ErrorCode::NOT_ALLOWED));

    let unplugged = ScriptedTransport::answering(|_| Answer::error(TransportErrorKind::Connect));
    let stage = Stage::over(unplugged, |builder| builder.guest(UserRequest::new("visitor")));
    let error = stage.users::<Custom>().query_users(query()).await.unwrap_err();
    assert!(error.is_connect() && error.is_retryable() && !error.may_have_been_applied());
    assert_eq!(stage.sent(), 3, "creating the guest was tried again");
}

#[tokio::test]
async fn a_deadline_holds_while_a_token_is_fetched() {
    let stage = Stage::over(ScriptedTransport::new([]), |builder| {
        builder.token_provider(std::future::pending)
    });
    let users = stage
        .users::<Custom>()
        .with_options(CallOptions::new().timeout(seconds(3)));
    let error = users.query_users(query()).await.unwrap_err();
    assert!(error.is_timeout() && !error.may_have_been_applied(), "{error}");
    assert_eq!(stage.sent(), 0);
}
