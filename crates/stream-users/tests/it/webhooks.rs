//! The emulator's webhooks, over a socket, as the client's verifier and decoder read them. Neither shares code with the
//! other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stream_users::operation::{Method, Operation};
use stream_users::prelude::*;
use stream_users::webhook::{Replay, ReplayGuard, Webhook, WebhookError, WebhookVerifier};
use stream_users::{
    CallOptions, DeactivateUser, Event, RawCall, ReactivateUser, ServiceTransport, TokioClock,
};
use stream_users_emulator::{Emulator, WebhookForm};
use tokio::sync::mpsc;

const SECRET: &str = "the-secret";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    plan: String,
}

/// What was received, and what is answered next: 200 where nothing is left.
struct Receiver {
    url: String,
    received: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
}

type Shared = (
    mpsc::UnboundedSender<(HeaderMap, Bytes)>,
    Arc<Mutex<VecDeque<StatusCode>>>,
);

async fn receive(State((sender, statuses)): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    sender.send((headers, body)).unwrap();
    statuses.lock().unwrap().pop_front().unwrap_or(StatusCode::OK)
}

impl Receiver {
    async fn new(statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        let (sender, received) = mpsc::unbounded_channel();
        let state = (sender, Arc::new(Mutex::new(statuses.into_iter().collect())));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let app = Router::new().route("/", post(receive)).with_state(state);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, received }
    }

    async fn next(&mut self) -> (HeaderMap, Bytes) {
        let next = tokio::time::timeout(Duration::from_secs(30), self.received.recv());
        next.await.unwrap().unwrap()
    }
}

fn post_to(path: &'static str) -> &'static Operation {
    Box::leak(Box::new(
        Operation::new("any", "Any", Method::Post, path).with_body(),
    ))
}

async fn call(users: &Users, operation: &'static Operation, input: &Value) {
    let call = RawCall::new(operation, input.as_object().unwrap().clone());
    users.client().execute(&call, &CallOptions::new()).await.unwrap();
}

/// Everything that can happen to a user, and the events that tell it.
async fn life(users: &Users) -> Vec<&'static str> {
    let profile = || [("plan", "pro")].into_iter().collect::<Custom>();
    for id in ["ada", "bob"] {
        users
            .upsert_user(UserRequest::new(id).name(id).custom(profile()))
            .await
            .unwrap();
    }
    let pair = json!({"target_ids": ["bob"], "user_id": "ada"});
    call(users, post_to("/api/v2/moderation/mute"), &pair).await;
    call(users, post_to("/api/v2/moderation/unmute"), &pair).await;
    let ban = json!({"target_user_id": "bob", "banned_by_id": "ada", "reason": "spam", "timeout": 1});
    call(users, post_to("/api/v2/moderation/ban"), &ban).await;
    let bought =
        json!({"user_id": "bob", "event": {"type": "bought", "custom": {"item": "sword", "id": [1, null]}}});
    call(users, post_to("/api/v2/chat/users/{user_id}/event"), &bought).await;
    users.deactivate_user(DeactivateUser::new("bob")).await.unwrap();
    users.reactivate_user(ReactivateUser::new("bob")).await.unwrap();
    let deleted = users.delete_users(DeleteUsers::new(["bob"])).await.unwrap();
    users.task(&deleted.body).wait().await.unwrap();
    vec![
        "user.updated",
        "user.updated",
        "user.muted",
        "user.unmuted",
        "user.banned",
        "bought",
        "user.deactivated",
        "user.reactivated",
        "user.deleted",
    ]
}

async fn told_as(form: WebhookForm, gzip: bool) {
    let mut receiver = Receiver::new([]).await;
    let emulator = Emulator::builder()
        .api_secret(SECRET)
        .webhook(&*receiver.url)
        .task_latency(Duration::ZERO)
        .settings(|settings| {
            settings.webhook_form = form;
            settings.webhook_gzip = gzip;
        })
        .start()
        .await
        .unwrap();
    let client = Client::builder(emulator.api_key()).server(SECRET);
    let transport = ServiceTransport::new(emulator.service());
    let users: Users = client.transport(transport).build().unwrap().users();
    let guard = ReplayGuard::new(TokioClock::new());
    let verifier = WebhookVerifier::new("another")
        .also(SECRET)
        .api_key(emulator.api_key());
    for kind in life(&users).await {
        let (headers, body) = receiver.next().await;
        assert_eq!(body.starts_with(&[0x1f, 0x8b]), gzip);
        let webhook: Webhook<Profile> = verifier.verify(&headers, &body).unwrap();
        assert_eq!((webhook.event.kind(), webhook.attempt), (kind, Some(1)));
        assert!(webhook.id.is_some() && webhook.event.created_at().is_some());
        guard.begin(&webhook).unwrap().commit();
        assert_eq!(guard.begin(&webhook).unwrap_err(), Replay::Handled);
        check(&webhook.event);
        // What a task has done is nobody's request.
        assert!(webhook.request_info().is_some() || kind == "user.deleted");

        let wrong: Result<Webhook, _> = WebhookVerifier::new("another").verify(&headers, &body);
        assert_eq!(wrong.unwrap_err(), WebhookError::SignatureMismatch);
        let mut cut = body.to_vec();
        cut.pop();
        assert!(verifier.verify::<Profile>(&headers, &cut).is_err());
    }
}

/// That the event has what was done.
fn check(event: &Event<Profile>) {
    if let Some(user) = event.user() {
        assert_eq!(
            (user.custom.plan.as_str(), user.display_name()),
            ("pro", user.id.as_str())
        );
    }
    match event {
        Event::UserMuted(muted) => {
            let targets: Vec<_> = muted.targets().map(|user| user.id.as_str()).collect();
            assert_eq!((muted.user.id.as_str(), targets), ("ada", vec!["bob"]));
        }
        Event::UserUnmuted(unmuted) => assert_eq!(unmuted.targets().count(), 1),
        Event::UserBanned(banned) => {
            assert_eq!(
                (banned.user.id.as_str(), banned.reason.as_deref()),
                ("bob", Some("spam"))
            );
            let by = banned.created_by.as_ref().unwrap();
            assert_eq!(by.custom.get::<String>("plan").unwrap().as_deref(), Some("pro"));
            let minute = banned
                .expiration
                .unwrap()
                .duration_since(banned.created_at)
                .unwrap();
            assert_eq!(minute, Duration::from_secs(60));
        }
        Event::UserDeactivated(deactivated) => assert!(deactivated.user.deactivated_at.is_some()),
        Event::UserDeleted(deleted) => assert_eq!(
            (deleted.delete_user.as_str(), deleted.hard_delete),
            ("soft", false)
        ),
        Event::Other(other) => {
            assert_eq!(other.problem(), None);
            assert_eq!(
                other.custom::<Value>().unwrap(),
                json!({"item": "sword", "id": [1, null]})
            );
            assert_eq!(other.user::<Profile>().unwrap().unwrap().id, "bob");
        }
        Event::UserUpdated(updated) => assert!(updated.custom.is_empty()),
        Event::UserReactivated(reactivated) => assert!(reactivated.user.is_active()),
        event => panic!("{event:?}"),
    }
}

#[tokio::test]
async fn every_event_in_the_older_form() {
    told_as(WebhookForm::Text, false).await;
}

#[tokio::test]
async fn every_event_in_the_older_form_compressed() {
    told_as(WebhookForm::Text, true).await;
}

#[tokio::test]
async fn every_event_in_the_newer_form() {
    told_as(WebhookForm::Nanos, false).await;
}

#[tokio::test]
async fn every_event_in_the_newer_form_compressed() {
    told_as(WebhookForm::Nanos, true).await;
}

/// The emulator tries again, as the service does: the same webhook, the same text, the same signature.
#[tokio::test]
async fn every_attempt_is_the_same_webhook() {
    let mut receiver = Receiver::new([StatusCode::INTERNAL_SERVER_ERROR; 2]).await;
    let emulator = Emulator::builder()
        .api_secret(SECRET)
        .webhook(&*receiver.url)
        .settings(|settings| settings.webhook_backoff = Duration::ZERO)
        .start()
        .await
        .unwrap();
    let client = Client::builder(emulator.api_key()).server(SECRET);
    let transport = ServiceTransport::new(emulator.service());
    let users: Users = client.transport(transport).build().unwrap().users();
    users.upsert_user(UserRequest::new("ada")).await.unwrap();
    let guard = ReplayGuard::new(TokioClock::new());
    let verifier = WebhookVerifier::new(SECRET);
    for attempt in 1..=3 {
        let (headers, body) = receiver.next().await;
        let webhook: Webhook = verifier.verify(&headers, &body).unwrap();
        assert_eq!(webhook.attempt, Some(attempt));
        // The first is given up, the second handled, the third not new.
        match (attempt, guard.begin(&webhook)) {
            (1, Ok(delivery)) => drop(delivery),
            (2, Ok(delivery)) => delivery.commit(),
            (3, Err(Replay::Handled)) => {}
            (attempt, begun) => panic!("{attempt}: {begun:?}"),
        }
    }
}
