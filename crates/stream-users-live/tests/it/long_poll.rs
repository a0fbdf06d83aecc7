//! The fallback's own troubles: answers that are lost, and limits that are shorter than a poll.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use stream_users_core::{Client, Transport, TransportError, TransportErrorKind};
use stream_users_http::ReqwestTransport;
use stream_users_live::{Events, GapReason, Live, LiveEvent, LongPolling};
use stream_users_model::Token;
use stream_users_testing::{Answer, ManualClock, ScriptedTransport};

use crate::scripted::user;
use crate::support::{Service, next, next_of, quick, soon};

/// A transport that loses answers that hold a change of a user, after the service has given them.
#[derive(Clone, Debug)]
struct Losing {
    inner: ReqwestTransport,
    times: Arc<AtomicUsize>,
}

#[async_trait]
impl Transport for Losing {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let answer = self.inner.send(request).await?;
        let holds_one = answer.body().windows(12).any(|text| text == b"user.updated");
        let one_less = |left: usize| left.checked_sub(1);
        let (set, get) = (Ordering::SeqCst, Ordering::SeqCst);
        if holds_one && self.times.fetch_update(set, get, one_less).is_ok() {
            return Err(TransportErrorKind::Interrupted.into());
        }
        Ok(answer)
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_is_a_gap() {
    let service = Service::start().await;
    let transport = Losing {
        inner: ReqwestTransport::builder().no_proxy().build().unwrap(),
        times: Arc::new(AtomicUsize::new(1)),
    };
    let client = Client::builder(service.emulator.api_key())
        .base_url(service.emulator.base_url())
        .transport(transport)
        .user_token(service.token("ada"))
        .build()
        .unwrap();
    let connecting = quick(&client).long_polling(LongPolling::Always);
    let (live, mut events) = soon(connecting.connect()).await.unwrap();
    next(&mut events).await;
    let id = live.connection_id();
    service.rename("ada", "lost").await;
    let LiveEvent::Gap(gap) = next(&mut events).await else {
        panic!("no gap")
    };
    assert_eq!(gap.reason, GapReason::Reconnected);
    next(&mut events).await;
    assert_ne!(live.connection_id(), id);
    assert_eq!(service.emulator.connections().len(), 1);
    service.rename("ada", "told").await;
    let event = next_of(&mut events, "user.updated").await;
    assert_eq!(event.user().unwrap().name.as_deref(), Some("told"));
}

/// The answers of a service that is no WebSocket's: the first one, and those to polls.
fn answers(polls: impl IntoIterator<Item = Value>) -> Vec<Answer> {
    let me: Value = serde_json::from_str(&user("ada")).unwrap();
    let first = json!({"type": "connection.ok", "connection_id": "c-1", "created_at": 1, "me": me});
    let first = Answer::json(200, json!({"event": first}));
    let polls = polls.into_iter().map(|poll| Answer::json(200, poll));
    [first]
        .into_iter()
        .chain(polls)
        .chain([Answer::pending()])
        .collect()
}

async fn scripted(
    clock: ManualClock,
    polls: impl IntoIterator<Item = Value>,
) -> (Live, Events, ScriptedTransport) {
    let transport = ScriptedTransport::new(answers(polls));
    let client = Client::builder("key")
        .user_token(Token::new("head.eyJ1c2VyX2lkIjoiYWRhIn0.tail"))
        .transport(transport.clone())
        .clock(clock)
        .build()
        .unwrap();
    let connecting = quick(&client).long_polling(LongPolling::Always);
    let (live, events) = soon(connecting.connect()).await.unwrap();
    (live, events, transport)
}

#[tokio::test]
async fn an_empty_list_has_many_forms() {
    let polls = [
        json!({"events": null}),
        json!({}),
        json!({"events": []}),
        json!({"events": [{"type": "lift.stuck"}]}),
    ];
    let clock = ManualClock::new();
    let (_live, mut events, _) = scripted(clock.clone(), polls).await;
    next_of(&mut events, "connection.ok").await;
    let item = soon(async {
        loop {
            if let Some(item) = events.try_next() {
                return item;
            }
            clock.advance(Duration::from_millis(100));
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(
        matches!(&item, LiveEvent::Event(event) if event.kind() == "lift.stuck"),
        "{item:?}"
    );
}

#[tokio::test]
async fn a_service_that_never_holds_a_poll_back_is_not_stormed() {
    let clock = ManualClock::new();
    let polls = vec![json!({"events": []}); 100];
    let (live, _events, transport) = scripted(clock.clone(), polls).await;
    for asked in 2..10 {
        soon(async {
            while clock.waiting() < 2 || transport.requests().len() < asked {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(transport.requests().len(), asked);
        clock.advance(Duration::from_secs(1));
    }
    assert!(live.state().is_online());
}

#[tokio::test]
async fn limits_that_are_shorter_than_a_poll_do_not_end_it() {
    let service = Service::start().await;
    let clock = ManualClock::new();
    let client = service
        .client()
        .user_token(service.token("ada"))
        .timeout(Duration::from_secs(5))
        .clock(clock.clone())
        .build()
        .unwrap();
    let connecting = quick(&client)
        .long_polling(LongPolling::Always)
        .health_checks(Duration::from_secs(2), Duration::from_secs(4));
    let (live, mut events) = soon(connecting.connect()).await.unwrap();
    next(&mut events).await;
    let id = live.connection_id();
    // The driver waits for its deadline, and the poll for its answer.
    soon(async {
        while clock.waiting() < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    clock.advance(Duration::from_secs(10));
    service.rename("ada", "Ada").await;
    next_of(&mut events, "user.updated").await;
    assert_eq!(live.connection_id(), id);
}
