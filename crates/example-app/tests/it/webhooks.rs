//! Stream tells the application what happens to its users, over a connection: each thing once, however often it is told.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use example_app::app::{self, App};
use example_app::hearing::Hear;
use example_app::http::Webhooks;
use example_app::users::{Directory, Plan, Profile};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use stream_users::event::Event;
use stream_users::prelude::*;
use stream_users::testing::{ManualClock, MockUsersApi};
use stream_users::webhook::{ReplayGuard, WebhookVerifier};
use stream_users::{DeactivateUser, ServiceTransport, TokioClock};
use stream_users_emulator::Emulator;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify, mpsc};
use tower::ServiceExt as _;

use crate::failures::NoTokens;

const SECRET: &str = "the-secret";

/// It says what it hears, fails as often as it should, and may be held up.
#[derive(Debug)]
struct Ear {
    heard: mpsc::UnboundedSender<Event<Profile>>,
    failures: Mutex<u32>,
    held_up: Option<Notify>,
}

impl Ear {
    fn new(failures: u32) -> (Self, mpsc::UnboundedReceiver<Event<Profile>>) {
        let (heard, events) = mpsc::unbounded_channel();
        let failures = Mutex::new(failures);
        let ear = Self {
            heard,
            failures,
            held_up: None,
        };
        (ear, events)
    }
}

#[async_trait]
impl Hear for Ear {
    async fn hear(&self, event: &Event<Profile>) -> anyhow::Result<()> {
        self.heard.send(event.clone())?;
        if let Some(held_up) = &self.held_up {
            held_up.notified().await;
        }
        let mut failures = self.failures.lock().await;
        anyhow::ensure!(*failures == 0, "the table is locked; {} to go", {
            *failures -= 1;
            *failures
        });
        Ok(())
    }
}

fn app(ear: Arc<Ear>, guard: ReplayGuard) -> App {
    let webhooks = Webhooks::new(WebhookVerifier::new(SECRET), guard, ear);
    App::new(Directory::new(Arc::new(MockUsersApi::new())), Arc::new(NoTokens)).hearing(webhooks)
}

/// The application on a port of its own, and a local Stream that tells it.
async fn told(ear: Ear) -> (Emulator, Users<Profile>) {
    let app = app(Arc::new(ear), ReplayGuard::new(TokioClock::new()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhooks/stream", listener.local_addr().unwrap());
    tokio::spawn(app::serve(listener, app, std::future::pending(), Duration::ZERO));
    let stream = Emulator::builder()
        .api_secret(SECRET)
        .webhook(url)
        .settings(|settings| {
            settings.webhook_gzip = true;
            settings.webhook_backoff = Duration::ZERO;
        })
        .start()
        .await
        .unwrap();
    let client = Client::builder(stream.api_key()).server(SECRET);
    let transport = ServiceTransport::new(stream.service());
    let users = client.transport(transport).build().unwrap().users();
    (stream, users)
}

async fn next(events: &mut mpsc::UnboundedReceiver<Event<Profile>>) -> Event<Profile> {
    let next = tokio::time::timeout(Duration::from_secs(30), events.recv());
    next.await.unwrap().unwrap()
}

/// What became of the deliveries of all events.
async fn deliveries(stream: &Emulator) -> Vec<(String, u64)> {
    loop {
        let events = stream.service().events().unwrap();
        let deliveries: Vec<_> = events["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| &event["deliveries"][0])
            .map(|delivery| {
                (
                    delivery["state"].as_str().unwrap().to_owned(),
                    delivery["attempts"].as_u64().unwrap(),
                )
            })
            .collect();
        if deliveries.iter().all(|(state, _)| state != "pending") {
            return deliveries;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_happens_to_users_is_heard() {
    let (ear, mut events) = Ear::new(0);
    let (stream, users) = told(ear).await;
    let mut pro = Profile::default();
    pro.plan = Plan::Pro;
    users
        .upsert_user(UserRequest::new("ada").custom(pro))
        .await
        .unwrap();
    users.deactivate_user(DeactivateUser::new("ada")).await.unwrap();
    let Event::UserUpdated(updated) = next(&mut events).await else {
        panic!()
    };
    assert_eq!(
        (updated.user.id.as_str(), updated.user.custom.plan),
        ("ada", Plan::Pro)
    );
    let Event::UserDeactivated(deactivated) = next(&mut events).await else {
        panic!()
    };
    assert!(!deactivated.user.is_active());
    assert_eq!(
        deliveries(&stream).await,
        [("delivered".to_owned(), 1), ("delivered".to_owned(), 1)]
    );
}

/// It is answered once it was heard: what fails is told again, and then heard.
#[tokio::test]
async fn what_fails_is_told_again() {
    let (ear, mut events) = Ear::new(2);
    let (stream, users) = told(ear).await;
    users.upsert_user(UserRequest::new("ada")).await.unwrap();
    let first = next(&mut events).await;
    assert_eq!(
        (next(&mut events).await, next(&mut events).await),
        (first.clone(), first)
    );
    assert_eq!(deliveries(&stream).await, [("delivered".to_owned(), 3)]);
    assert!(events.is_empty());
}

fn signed(body: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let digits: Vec<String> = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    digits.concat()
}

async fn post(app: &Router, id: &str, signature: &str, body: impl Into<Body>) -> StatusCode {
    let request = Request::post("/webhooks/stream")
        .header("x-webhook-id", id)
        .header("x-signature", signature)
        .body(body.into());
    app.clone().oneshot(request.unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn what_is_not_streams_or_was_heard_is_refused() {
    let clock = ManualClock::new();
    let (ear, mut events) = Ear::new(0);
    let app = app(Arc::new(ear), ReplayGuard::new(clock.clone())).router();
    let user = json!({"id": "ada", "created_at": 1, "updated_at": 1});
    let at = stream_users::Clock::now(&clock);
    let body = json!({"type": "user.deleted", "created_at": at, "user": user}).to_string();
    let signature = signed(&body);
    assert_eq!(
        post(&app, "a", &signed("{}"), body.clone()).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        post(&app, "a", &signature, body.replace("ada", "bob")).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        post(&app, "a", &signed("{}"), "{}").await,
        StatusCode::BAD_REQUEST
    );
    let large = vec![b' '; WebhookVerifier::DEFAULT_MAX_LEN + 1];
    assert_eq!(
        post(&app, "a", &signature, large).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert!(events.is_empty());

    assert_eq!(post(&app, "a", &signature, body.clone()).await, StatusCode::OK);
    assert!(matches!(events.recv().await, Some(Event::UserDeleted(_))));
    // Again, and again with another id, which nobody has signed.
    for id in ["a", "b"] {
        assert_eq!(post(&app, id, &signature, body.clone()).await, StatusCode::OK);
    }
    clock.advance(Duration::from_hours(2));
    assert_eq!(post(&app, "c", &signature, body).await, StatusCode::BAD_REQUEST);
    assert!(events.is_empty());
}

/// What is known not to be ours is no reason to be told again.
#[tokio::test]
async fn what_is_not_known_is_heard_all_the_same() {
    let (ear, mut events) = Ear::new(0);
    let app = app(Arc::new(ear), ReplayGuard::new(ManualClock::new())).router();
    let body = r#"{"type":"call.ended"}"#;
    assert_eq!(post(&app, "a", &signed(body), body).await, StatusCode::OK);
    assert_eq!(events.recv().await.unwrap().kind(), "call.ended");
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_told_again() {
    let (mut ear, mut events) = Ear::new(0);
    ear.held_up = Some(Notify::new());
    let ear = Arc::new(ear);
    let app = app(Arc::clone(&ear), ReplayGuard::new(ManualClock::new())).router();
    let body = r#"{"type":"call.ended"}"#;
    assert_eq!(
        post(&app, "a", &signed(body), body).await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    // Now one that is under way, which another attempt does not disturb.
    let first = tokio::spawn({
        let app = app.clone();
        async move { post(&app, "a", &signed(body), body).await }
    });
    for _ in 0..2 {
        events.recv().await.unwrap();
    }
    assert_eq!(
        post(&app, "a", &signed(body), body).await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    ear.held_up.as_ref().unwrap().notify_one();
    assert_eq!(first.await.unwrap(), StatusCode::OK);
    assert_eq!(post(&app, "a", &signed(body), body).await, StatusCode::OK);
    assert!(events.is_empty());
}
