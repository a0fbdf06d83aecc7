//! The fallback's own troubles: answers that are lost, and limits that are shorter than a poll.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use stream_users_core::{Client, Transport, TransportError, TransportErrorKind};
use stream_users_http::ReqwestTransport;
use stream_users_live::{GapReason, LiveEvent, LongPolling};
use stream_users_testing::ManualClock;

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
