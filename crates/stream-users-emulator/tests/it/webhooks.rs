//! Events as they are delivered to a receiver.

use std::time::Duration;

use serde_json::{Value, json};
use stream_users_emulator::{Emulator, EmulatorBuilder, EmulatorService, WebhookForm};
use tokio::net::TcpStream;

#[cfg(feature = "cli")]
use crate::command::command;
use crate::data_dir::Directory;
use crate::receiver::{Received, Receiver, signature};
use crate::socket::{send, upsert, within};
use crate::stream::{Stream, TASK};

const HOUR: Duration = Duration::from_hours(1);

/// An emulator that tells the receiver at once, and again at once where it fails.
fn telling(receiver: &Receiver) -> EmulatorBuilder {
    Emulator::builder()
        .webhook(receiver.url())
        .settings(|settings| settings.webhook_backoff = Duration::ZERO)
}

fn write(emulator: &Emulator, id: &str) {
    Stream(emulator.service()).upsert([json!({ "id": id })]);
}

/// The deliveries of the n-th event, when they are as they are expected to become.
async fn deliveries(service: &EmulatorService, n: usize, expected: impl Fn(&Value) -> bool) -> Value {
    within(async {
        loop {
            let deliveries = service.events().unwrap()["events"][n]["deliveries"].clone();
            if expected(&deliveries) {
                return deliveries;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

fn state(deliveries: &Value) -> &Value {
    &deliveries[0]["state"]
}

#[track_caller]
fn assert_signed(post: &Received, emulator: &Emulator) {
    assert_eq!(
        post.header("x-signature"),
        signature(emulator.api_secret(), &post.text())
    );
}

#[tokio::test]
async fn an_event_is_posted_with_its_headers() {
    let mut receiver = Receiver::new(&[]).await;
    let emulator = telling(&receiver).start().await.unwrap();
    let path = format!("/api/v2/users?api_key={}", emulator.api_key());
    let address = emulator.address().to_string();
    let (status, _) = send(&address, emulator.api_secret(), "POST", &path, &upsert("ada")).await;
    assert_eq!(status, 201);
    let post = receiver.next().await;
    assert_signed(&post, &emulator);
    assert_eq!(post.attempt(), 1);
    assert_eq!(post.header("x-api-key"), emulator.api_key());
    assert_eq!(post.header("content-type"), "application/json");
    assert_eq!(post.header("content-encoding"), "");
    let id = post.header("x-webhook-id");
    assert_eq!((id.len(), id.matches('-').count()), (36, 4), "{id} is no uuid");
    let event = post.json();
    assert_eq!(
        (&event["type"], &event["user"]["id"]),
        (&json!("user.updated"), &json!("ada"))
    );
    assert_eq!(event["request_info"]["type"], "server");
    assert_eq!(event["request_info"]["ip"], "127.0.0.1");
    let deliveries = deliveries(&emulator, 0, |all| state(all) == "delivered").await;
    assert_eq!(
        deliveries,
        json!([{
            "webhook_id": id, "url": receiver.url(), "state": "delivered", "attempts": 1, "status": 200, "error": null,
        }])
    );
    assert_eq!(emulator.events().unwrap()["events"][0]["event"], event);
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_before_what_comes_after_it() {
    let mut receiver = Receiver::new(&[500, 302]).await;
    let emulator = telling(&receiver).start().await.unwrap();
    write(&emulator, "ada");
    write(&emulator, "bob");
    let first = receiver.next().await;
    for attempt in [2, 3] {
        let again = receiver.next().await;
        assert_eq!(again.attempt(), attempt);
        assert_eq!(again.header("x-webhook-id"), first.header("x-webhook-id"));
        assert_eq!(again.json(), first.json());
        assert_signed(&again, &emulator);
    }
    let next = receiver.next().await;
    assert_eq!((next.user().as_str(), next.attempt()), ("bob", 1));
    assert_ne!(next.header("x-webhook-id"), first.header("x-webhook-id"));
    // A connection is kept for the next event.
    assert_eq!(next.connection, first.connection);
}

#[tokio::test]
async fn there_is_an_end_to_attempts() {
    let mut receiver = Receiver::new(&[500, 429, 404]).await;
    let emulator = telling(&receiver).start().await.unwrap();
    write(&emulator, "ada");
    write(&emulator, "bob");
    let mut users = Vec::new();
    for _ in 0..4 {
        users.push(receiver.next().await.user());
    }
    assert_eq!(users, ["ada", "ada", "ada", "bob"]);
    let failed = deliveries(&emulator, 0, |all| state(all) != "pending").await;
    assert_eq!(
        (state(&failed), &failed[0]["attempts"], &failed[0]["status"]),
        (&json!("failed"), &json!(3), &json!(404))
    );
}

#[tokio::test]
async fn the_pause_between_attempts_grows_by_the_emulators_clock() {
    let mut receiver = Receiver::new(&[500, 500]).await;
    let mut other = Receiver::new(&[]).await;
    let builder = telling(&receiver).webhook(other.url());
    let builder = builder.settings(|settings| settings.webhook_backoff = HOUR);
    let emulator = builder.start().await.unwrap();
    write(&emulator, "ada");
    other.next().await;
    for (attempt, pause) in [(1, HOUR), (2, 2 * HOUR)] {
        assert_eq!(receiver.next().await.attempt(), attempt);
        deliveries(&emulator, 0, |all| all[0]["attempts"] == attempt).await;
        emulator.advance_clock(pause.saturating_sub(Duration::from_mins(1)));
        // When this has come in, it has been looked for what else is to be sent.
        write(&emulator, &format!("u{attempt}"));
        other.next().await;
        assert!(receiver.is_empty());
        emulator.advance_clock(Duration::from_mins(1));
    }
    assert_eq!(receiver.next().await.attempt(), 3);
}

#[tokio::test]
async fn a_compressed_event_is_signed_as_it_was_before() {
    let mut receiver = Receiver::new(&[]).await;
    let builder = telling(&receiver).settings(|settings| {
        settings.webhook_gzip = true;
        settings.webhook_form = WebhookForm::Nanos;
    });
    let emulator = builder.start().await.unwrap();
    write(&emulator, "ada");
    let post = receiver.next().await;
    assert_eq!(post.header("content-encoding"), "gzip");
    assert_signed(&post, &emulator);
    let event = post.json();
    assert!(event["created_at"].is_i64());
    assert_eq!(event["user"]["custom"], json!({}));
}

#[tokio::test]
async fn the_app_may_ask_for_compression() {
    let mut receiver = Receiver::new(&[]).await;
    let emulator = telling(&receiver).start().await.unwrap();
    for (wanted, encoding) in [(true, "gzip"), (false, "")] {
        let settings = json!({ "enable_hook_payload_compression": wanted });
        Stream(emulator.service())
            .call("PATCH", "/api/v2/app", settings)
            .ok(200);
        write(&emulator, &format!("user-{wanted}"));
        let post = receiver.next().await;
        assert_eq!(post.header("content-encoding"), encoding);
        assert_signed(&post, &emulator);
    }
}

#[tokio::test]
async fn nobody_waits_for_a_receiver_that_is_gone_or_silent() {
    let gone = Receiver::new(&[]).await.url();
    let mut silent = Receiver::stalled(&[]).await;
    let mut receiver = Receiver::new(&[]).await;
    let builder = telling(&receiver).webhook(&gone).webhook(silent.url());
    let builder = builder.settings(|settings| settings.webhook_timeout = Duration::from_millis(50));
    let emulator = builder.start().await.unwrap();
    let ids: Vec<String> = (0..20).map(|n| format!("u{n}")).collect();
    for id in &ids {
        write(&emulator, id);
    }
    for id in &ids {
        assert_eq!(receiver.next().await.user(), *id);
    }
    assert_eq!(silent.next().await.user(), "u0");
    let all = deliveries(&emulator, 0, |all| {
        all.as_array()
            .unwrap()
            .iter()
            .all(|delivery| delivery["state"] != "pending")
    })
    .await;
    let outcome = |n: usize| {
        (
            all[n]["state"].clone(),
            all[n]["error"].as_str().unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(outcome(0), (json!("delivered"), String::new()));
    assert_eq!(
        (&all[1]["state"], &all[1]["status"]),
        (&json!("failed"), &Value::Null)
    );
    assert_eq!(outcome(2), (json!("failed"), "no answer within 50ms".to_owned()));
}

#[tokio::test]
async fn a_shutdown_waits_for_what_is_under_way_and_keeps_the_rest() {
    let mut receiver = Receiver::stalled(&[]).await;
    let emulator = telling(&receiver).start().await.unwrap();
    let service = emulator.service();
    write(&emulator, "ada");
    write(&emulator, "bob");
    receiver.next().await;
    let address = emulator.address();
    let shutdown = tokio::spawn(emulator.shutdown());
    within(async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    receiver.answer(1);
    within(shutdown).await.unwrap();
    assert_eq!(state(&deliveries(&service, 0, |_| true).await), "delivered");
    assert_eq!(state(&deliveries(&service, 1, |_| true).await), "pending");
}

#[tokio::test]
async fn what_was_not_delivered_is_delivered_after_a_restart() {
    let directory = Directory::new("webhooks");
    let mut receiver = Receiver::new(&[503]).await;
    let builder = telling(&receiver)
        .data_dir(&directory.0)
        .settings(|settings| settings.webhook_backoff = HOUR);
    let first = builder.clone().start().await.unwrap();
    write(&first, "ada");
    write(&first, "bob");
    let before = receiver.next().await;
    deliveries(&first, 0, |all| all[0]["attempts"] == 1).await;
    within(first.shutdown()).await;
    let _second = builder.clock_offset(2 * HOUR).start().await.unwrap();
    let after = receiver.next().await;
    assert_eq!((after.user().as_str(), after.attempt()), ("ada", 2));
    assert_eq!(after.header("x-webhook-id"), before.header("x-webhook-id"));
    assert_eq!(after.json(), before.json());
    assert_eq!(receiver.next().await.user(), "bob");
}

#[tokio::test]
async fn tasks_are_done_and_told_of_though_nobody_asks() {
    let mut receiver = Receiver::new(&[]).await;
    let emulator = telling(&receiver).start().await.unwrap();
    let stream = Stream(emulator.service());
    stream.upsert([json!({ "id": "ada" })]);
    receiver.next().await;
    let started = stream
        .post("/api/v2/export/users", json!({ "user_ids": ["ada"] }))
        .ok(201);
    emulator.advance_clock(TASK);
    let event = receiver.next().await.json();
    assert_eq!(
        (&event["type"], &event["task_id"]),
        (&json!("export.users.success"), &started["task_id"])
    );
}

#[test]
fn urls_to_which_nothing_can_be_sent_are_refused() {
    for (url, reason) in [
        ("https://example.com/hook", "the emulator does not speak TLS"),
        (
            "http://user:secret@localhost/hook",
            "user and password cannot stand in it",
        ),
        ("localhost:8080", "it has to begin with http://"),
        ("/hook", "it has to begin with http://"),
        ("ftp://localhost/hook", "it has to begin with http://"),
        ("http://local host/", "it is no URL"),
        ("", "it is no URL"),
    ] {
        let error = Emulator::builder().webhook(url).build().unwrap_err().to_string();
        assert!(error.contains(reason), "{url}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[cfg(feature = "cli")]
#[tokio::test]
async fn the_command_goes_on_when_it_has_been_killed() {
    let directory = Directory::new("webhooks-kill");
    let mut receiver = Receiver::stalled(&[]).await;
    let url = receiver.url();
    let arguments = [
        "--data",
        directory.0.to_str().unwrap(),
        "--webhook",
        &url,
        "--webhook-gzip",
    ];
    let (mut child, address) = command(&arguments).await;
    let (status, _) = send(&address, "secret", "POST", "/users?api_key=key", &upsert("ada")).await;
    assert_eq!(status, 201);
    let before = receiver.next().await;
    child.kill().await.unwrap();
    receiver.answer(2);
    let (_child, _) = command(&arguments).await;
    let after = receiver.next().await;
    assert_eq!(after.header("content-encoding"), "gzip");
    assert_eq!(after.header("x-webhook-id"), before.header("x-webhook-id"));
    assert_eq!(after.header("x-signature"), signature("secret", &after.text()));
    assert_eq!(after.user(), "ada");
}

/// The types of the events that are to be sent to each URL.
fn told(stream: &Stream) -> Vec<(String, String, Value)> {
    let events = stream.0.events().unwrap();
    let mut told = Vec::new();
    for entry in events["events"].as_array().unwrap() {
        for delivery in entry["deliveries"].as_array().unwrap() {
            told.push((
                delivery["url"].as_str().unwrap().to_owned(),
                entry["event"]["type"].as_str().unwrap().to_owned(),
                delivery["state"].clone(),
            ));
        }
    }
    told
}

#[test]
fn the_apps_settings_name_hooks_too() {
    let stream = Stream::with(Emulator::builder().webhook("http://flag/"));
    let hook = |url: &str, more: Value| {
        let mut hook = json!({ "webhook_url": url, "hook_type": "webhook", "enabled": true });
        hook.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        hook
    };
    let settings = json!({
        "webhook_url": "http://app/",
        "event_hooks": [
            hook("http://all/", json!({ "event_types": [] })),
            hook("http://banned/", json!({ "event_types": ["user.banned"] })),
            hook("http://disabled/", json!({ "enabled": false })),
            hook("http://queue/", json!({ "hook_type": "sqs" })),
            hook("http://no-custom/", json!({ "should_send_custom_events": false })),
            hook("https://tls/", json!({ "event_types": ["user.updated"] })),
        ],
    });
    stream.call("PATCH", "/api/v2/app", settings).ok(200);
    stream.upsert([json!({ "id": "ada" })]);
    stream
        .post("/api/v2/moderation/ban", json!({ "target_user_id": "ada" }))
        .ok(201);
    stream
        .post("/users/ada/event", json!({ "event": { "type": "hello" } }))
        .ok(201);
    let expected = [
        ("http://flag/", "user.updated", "pending"),
        ("http://app/", "user.updated", "pending"),
        ("http://all/", "user.updated", "pending"),
        ("http://no-custom/", "user.updated", "pending"),
        ("https://tls/", "user.updated", "failed"),
        ("http://flag/", "user.banned", "pending"),
        ("http://app/", "user.banned", "pending"),
        ("http://all/", "user.banned", "pending"),
        ("http://banned/", "user.banned", "pending"),
        ("http://no-custom/", "user.banned", "pending"),
        ("http://flag/", "hello", "pending"),
        ("http://app/", "hello", "pending"),
        ("http://all/", "hello", "pending"),
    ];
    let expected = expected.map(|(url, kind, state)| (url.to_owned(), kind.to_owned(), json!(state)));
    assert_eq!(told(&stream), expected);
    // Hooks that are gone are told of nothing that happens later.
    let settings = json!({ "webhook_url": "", "event_hooks": [] });
    stream.call("PATCH", "/api/v2/app", settings).ok(200);
    stream.upsert([json!({ "id": "bob" })]);
    assert_eq!(told(&stream).len(), expected.len() + 1);
}

/// Nobody asks for anything after the seed.
#[tokio::test]
async fn the_task_of_a_seed_is_done_when_its_time_comes() {
    let mut receiver = Receiver::new(&[]).await;
    let emulator = telling(&receiver).start().await.unwrap();
    // The emulator has nothing to do any more.
    write(&emulator, "ada");
    receiver.next().await;
    deliveries(&emulator, 0, |all| state(all) == "delivered").await;
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
    let input = json!({ "user_ids": ["ada"] });
    let task = json!({ "task_id": "t", "kind": "deactivate_users", "input": input });
    emulator.seed(&json!({ "tasks": [task] })).unwrap();
    assert_eq!(receiver.next().await.json()["type"], "user.deactivated");
}
