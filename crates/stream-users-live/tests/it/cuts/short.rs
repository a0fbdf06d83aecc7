//! Cuts at moments that are special, each by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use stream_users_core::credential::ProviderError;
use stream_users_core::token::UserToken;
use stream_users_core::{Client, Error};
use stream_users_emulator::DEFAULT_API_KEY;
use stream_users_http::ReqwestTransport;
use stream_users_live::{Live, LiveEvent, LongPolling, Protocol, State};
use stream_users_model::event::Event;
use tokio::sync::watch;

use super::proxy::{End, Greeting, Order, Proxy};
use super::server::Server;
use super::stage::{self, Failing, Stage, USER};
use super::time::Time;
use super::within;

/// Reads states until the connection is over; why.
async fn closed(stage: &mut Stage) -> Option<Arc<Error>> {
    loop {
        if let State::Closed { reason, .. } = stage.next_state().await {
            return reason;
        }
    }
}

/// Nothing waits for anything, and nothing dials, however much time passes.
async fn is_over(stage: &mut Stage) {
    while let Some(item) = within("the end of the events", stage.events.next()).await {
        assert!(
            !matches!(item, LiveEvent::Gap(_)),
            "nothing comes after a gap: {item:?}"
        );
    }
    let seen = stage.proxy.until(|seen| seen.open == 0).await;
    stage
        .time
        .until("no wait", |waits| waits.pending.is_empty())
        .await;
    stage.time.clock.advance(Duration::from_secs(86_400));
    // What the client would do now comes before this connection.
    let _other = tokio::net::TcpStream::connect(stage.proxy.address).await.unwrap();
    let now = stage.proxy.until(|now| now.dialled > seen.dialled).await;
    assert_eq!(now.dialled, seen.dialled + 1);
    assert_eq!(seen.most, 1);
}

#[tokio::test]
async fn a_frame_that_is_cut_anywhere_is_not_told_in_part_and_not_twice() {
    let mut stage = Stage::new("frames", Protocol::V2, 1).await;
    let places = (0..8).chain((8..400).step_by(29));
    for (number, bytes) in places.enumerate() {
        let end = if number % 2 == 0 { End::Reset } else { End::Fin };
        stage.proxy.order(Order::After(bytes, end));
        stage.send_marker().await;
        if stage.live.state().is_online() {
            // The frame may be shorter than that: the next one is cut then.
            stage.send_marker().await;
        }
        while stage.next_state().await.is_online() {}
        stage.come_back(&[]).await;
        loop {
            match stage.next_event().await {
                LiveEvent::Gap(_) => break,
                LiveEvent::Event(Event::Other(whole)) => assert_eq!(whole.kind, "marker"),
                other => panic!("{other:?}"),
            }
        }
        stage.expect_own_first().await;
        stage.expect_marker().await;
    }
}

#[tokio::test]
async fn what_was_not_read_before_the_cut_comes_before_the_gap() {
    let mut stage = Stage::new("unread", Protocol::V2, 1).await;
    for _ in 0..5 {
        stage.send_marker().await;
    }
    // It comes behind them.
    let close = json!({ "cut": "close", "code": 4001 });
    stage.server.post("/_emulator/connections", &close).await;
    while stage.next_state().await.is_online() {}
    stage.come_back(&[]).await;
    for _ in 0..5 {
        stage.send_marker().await;
    }
    let mut told = Vec::new();
    while told.len() < 12 {
        told.push(match stage.next_event().await {
            LiveEvent::Gap(_) => "gap".to_owned(),
            LiveEvent::Event(Event::Other(other)) => {
                let custom: serde_json::Value = other.custom().unwrap();
                custom["number"].to_string()
            }
            _ => "first".to_owned(),
        });
    }
    let expected = ["1", "2", "3", "4", "5", "gap", "first", "6", "7", "8", "9", "10"];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_cut_during_the_goodbye_does_not_hold_it_up() {
    for (number, order) in [Order::Silent, Order::HalfOpen, Order::Reset]
        .into_iter()
        .enumerate()
    {
        let mut stage = Stage::new(&format!("goodbye{number}"), Protocol::V2, 1).await;
        stage.proxy.order(order);
        if matches!(order, Order::Reset) {
            within("closing", stage.live.close()).await;
        } else {
            let closing = tokio::spawn({
                let live = stage.live.clone();
                async move { live.close().await }
            });
            stage.proxy.until(|seen| seen.swallowed > 0).await;
            let short = |wait: &(u64, Duration, Duration)| wait.2 <= Duration::from_secs(2);
            stage
                .time
                .until("the limit", |waits| waits.pending.iter().any(short))
                .await;
            assert!(!closing.is_finished());
            stage.time.clock.advance(Duration::from_secs(2));
            within("closing", closing).await.unwrap();
        }
        assert!(closed(&mut stage).await.is_none());
        is_over(&mut stage).await;
    }
}

#[tokio::test]
async fn a_connection_can_be_closed_between_two_attempts_and_during_one() {
    for (number, dial) in [false, true].into_iter().enumerate() {
        let mut stage = Stage::new(&format!("between{number}"), Protocol::V2, 1).await;
        stage.proxy.always(Greeting::Silent);
        stage.proxy.order(Order::Reset);
        while stage.next_state().await.is_online() {}
        if dial {
            stage.dial(Duration::ZERO).await;
        }
        within("closing", stage.live.close()).await;
        assert!(closed(&mut stage).await.is_none());
        is_over(&mut stage).await;
    }
}

/// A provider that gives tokens of a kind while it is let.
#[derive(Clone)]
struct Provider {
    let_through: Arc<watch::Sender<bool>>,
    asked: Arc<watch::Sender<usize>>,
}

impl Provider {
    fn new() -> Self {
        Self {
            let_through: Arc::new(watch::channel(true).0),
            asked: Arc::new(watch::channel(0).0),
        }
    }

    fn client(&self, url: &str, time: &Time, seconds: i64) -> Client {
        let (backend, this) = (stage::backend(url), self.clone());
        let expires = std::time::SystemTime::now() + Duration::from_secs(3600);
        let expires = stream_users_model::Timestamp::try_from(expires).unwrap();
        Client::builder(DEFAULT_API_KEY)
            .token_provider(move || {
                let number = i64::try_from(*this.asked.borrow()).unwrap();
                this.asked.send_modify(|asked| *asked += 1);
                let later = Duration::from_secs(u64::try_from(seconds * number).unwrap());
                let token = UserToken::new(USER).expires_at(expires.checked_add(later).unwrap());
                let token = backend.create_token(&token);
                let mut let_through = this.let_through.subscribe();
                async move {
                    let_through.wait_for(|is| *is).await.ok();
                    token.map_err(ProviderError::from)
                }
            })
            .base_url(url)
            .transport(ReqwestTransport::builder().no_proxy().build().unwrap())
            .clock(time.clone())
            .random_seed(1)
            .build()
            .unwrap()
    }
}

#[tokio::test]
async fn a_token_that_has_really_expired_is_replaced() {
    let provider = Provider::new();
    let mut stage = Stage::of("expired", |url, time| provider.client(url, time, 7200)).await;
    stage
        .server
        .post("/_emulator/clock", &json!({ "advance": "3601s" }))
        .await;
    stage.proxy.order(Order::Reset);
    while stage.next_state().await.is_online() {}
    stage.come_back(&[]).await;
    assert_eq!(*provider.asked.borrow(), 2);
    stage.expect_gap().await;
    stage.expect_marker().await;
}

#[tokio::test]
async fn a_provider_that_hangs_keeps_no_connection_and_no_goodbye() {
    let provider = Provider::new();
    let mut stage = Stage::of("hangs", |url, time| provider.client(url, time, 7200)).await;
    stage
        .server
        .post("/_emulator/clock", &json!({ "advance": "3601s" }))
        .await;
    provider.let_through.send_replace(false);
    stage.proxy.order(Order::Reset);
    while stage.next_state().await.is_online() {}
    stage.dial(Duration::ZERO).await;
    let mut asked = provider.asked.subscribe();
    within("the provider", asked.wait_for(|asked| *asked == 2))
        .await
        .unwrap();
    stage.proxy.until(|seen| seen.open == 0).await;
    // Until the client gives it up, there is nothing but to wait; then there is another attempt, which asks again.
    let State::Reconnecting { attempt: before, .. } = stage.live.state() else {
        panic!("{:?}", stage.live.state());
    };
    stage
        .time
        .until("the limit of the provider", |w| !w.pending.is_empty())
        .await;
    stage.time.clock.advance_to_next().unwrap();
    let State::Reconnecting { attempt, reason, .. } = stage.next_state().await else {
        panic!("{:?}", stage.live.state());
    };
    assert!(attempt > before, "{reason}");
    provider.let_through.send_replace(true);
    stage.come_back(&[]).await;
    stage.expect_gap().await;
    stage.expect_marker().await;

    stage
        .server
        .post("/_emulator/clock", &json!({ "advance": "10h" }))
        .await;
    provider.let_through.send_replace(false);
    let asked_before = *provider.asked.borrow();
    stage.proxy.order(Order::Reset);
    while stage.next_state().await.is_online() {}
    stage.dial(Duration::ZERO).await;
    within("the provider", asked.wait_for(|asked| *asked > asked_before))
        .await
        .unwrap();
    within("closing", stage.live.close()).await;
    assert!(closed(&mut stage).await.is_none());
    is_over(&mut stage).await;
}

#[tokio::test]
async fn what_is_refused_for_good_ends_it_with_the_reason() {
    let path = format!("/api/v2/users/{USER}");
    let deactivate = (format!("{path}/deactivate"), json!({}));
    let delete = (
        "/api/v2/users/delete".to_owned(),
        json!({ "user_ids": [USER], "user": "soft" }),
    );
    let close = (
        "/_emulator/connections".to_owned(),
        json!({ "cut": "close", "code": 1000 }),
    );
    let wrong_key = json!({ "operation": "connect", "error": { "status": 401, "code": 2, "message": "api_key not valid" } });
    let wrong_key = ("/_emulator/faults".to_owned(), wrong_key);
    for (number, ((path, body), says, after_a_cut)) in [
        (deactivate.clone(), "was deactivated", false),
        (deactivate, "was deactivated", true),
        (delete.clone(), "was deleted", false),
        (delete, "was deleted", true),
        (close, "code 1000", false),
        (wrong_key, "api_key not valid", true),
    ]
    .into_iter()
    .enumerate()
    {
        let mut stage = Stage::new(&format!("refused{number}"), Protocol::V2, 1).await;
        if after_a_cut {
            stage.proxy.order(Order::Reset);
            while stage.next_state().await.is_online() {}
        }
        stage.server.post(&path, &body).await;
        if after_a_cut {
            stage.dial(Duration::ZERO).await;
        }
        let reason = closed(&mut stage).await.expect("a reason");
        assert!(reason.to_string().contains(says), "{reason} does not say {says}");
        assert!(!reason.is_retryable(), "{reason}");
        is_over(&mut stage).await;
    }
}

#[tokio::test]
async fn a_key_that_is_not_known_is_told_at_once() {
    let server = Server::start("key").await;
    let proxy = Proxy::start(server.address).await;
    let client = Client::builder("another")
        .anonymous()
        .base_url(proxy.url())
        .transport(ReqwestTransport::builder().no_proxy().build().unwrap())
        .build()
        .unwrap();
    let error = within("a refusal", Live::builder(&client).connect())
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("api_key not valid"), "{error}");
    assert_eq!(proxy.seen().dialled, 1);
}

#[tokio::test]
async fn the_waits_between_attempts_grow_up_to_their_bound_and_begin_anew_after_a_proof() {
    let never = |live: stream_users_live::LiveBuilder| live.long_polling(LongPolling::Never);
    let mut stage = Stage::with("backoff", 5, never).await;
    stage.proxy.order(Order::Reset);
    while stage.next_state().await.is_online() {}
    let (mut early, mut late) = (Duration::ZERO, Duration::ZERO);
    stage.proxy.next(std::iter::repeat_n(Greeting::html(502), 29));
    for attempt in 1..=30 {
        // `dial` holds the bound of each.
        let wait = stage.dial(Duration::ZERO).await;
        match attempt {
            1..=3 => early = early.max(wait),
            10.. => late = late.max(wait),
            _ => {}
        }
    }
    assert!(early <= Duration::from_secs(1), "{early:?}");
    let bound = Duration::from_secs(25);
    assert!(late > bound.mul_f64(0.8) && late <= bound, "{late:?}");
    while !stage.next_state().await.is_online() {}
    stage.expect_gap().await;

    // A first answer proves little: one that is cut right after it does not begin anew.
    stage.proxy.order(Order::Reset);
    let State::Reconnecting { attempt, .. } = stage.next_state().await else {
        panic!("{:?}", stage.live.state());
    };
    assert_eq!(attempt, 31);
    stage.come_back(&[]).await;
    stage.expect_gap().await;

    // The answer to a health check does.
    stage
        .time
        .until("a health check", |waits| !waits.pending.is_empty())
        .await;
    stage.time.clock.advance_to_next().unwrap();
    let LiveEvent::Event(Event::HealthCheck(_)) = stage.next_event().await else {
        panic!("no answer to a health check");
    };
    stage.proxy.order(Order::Reset);
    let State::Reconnecting { attempt, .. } = stage.next_state().await else {
        panic!("{:?}", stage.live.state());
    };
    assert_eq!(attempt, 1);
}

#[tokio::test]
async fn where_websockets_are_blocked_events_come_by_long_poll() {
    for protocol in [Protocol::V2, Protocol::V1] {
        let mut stage = Stage::new(&format!("poll{protocol:?}"), protocol, 1).await;
        stage.expect_marker().await;
        stage
            .proxy
            .always(Greeting::Upgrade(Box::new(Greeting::html(200))));
        stage.proxy.order(Order::Reset);
        while stage.next_state().await.is_online() {}
        for _ in 0..3 {
            stage.dial(Duration::ZERO).await;
        }
        stage.come_back_by_poll().await;
        // A poll that is cut: the WebSocket has its turn, and is blocked as before.
        stage.proxy.order(Order::Reset);
        while stage.next_state().await.is_online() {}
        stage.dial(Duration::ZERO).await;
        stage.come_back_by_poll().await;
        // The WebSocket comes through again.
        stage.proxy.always(Greeting::Pass);
        stage.proxy.order(Order::Reset);
        while stage.next_state().await.is_online() {}
        stage.dial(Duration::ZERO).await;
        while !stage.next_state().await.is_online() {}
        stage.expect_gap().await;
        stage.expect_marker().await;
        stage.is_connected_once("websocket").await;
    }
}

#[tokio::test]
async fn the_first_connection_is_tried_again_for_a_while() {
    let server = Server::start("first").await;
    let proxy = Proxy::start(server.address).await;
    let (time, tokens) = (Time::new(), Arc::new(AtomicUsize::new(0)));
    let client = stage::client(&proxy.url(), &time, 1, &tokens);
    proxy.next([Greeting::ResetAfterUpgrade, Greeting::html(502)]);
    let connecting = tokio::spawn(Live::builder(&client).connect());
    for dialled in 1..=2 {
        proxy.until(|seen| seen.dialled == dialled).await;
        let between = |wait: &(u64, Duration, Duration)| wait.2 < Duration::from_secs(1);
        let waits = time
            .until("the next attempt", |w| w.pending.iter().any(between))
            .await;
        assert_eq!(waits.pending.len(), 1);
        time.clock.advance_to_next().unwrap();
    }
    let (live, mut events) = within("connecting", connecting).await.unwrap().unwrap();
    let first = within("the first event", events.next()).await.unwrap();
    assert!(
        matches!(first, LiveEvent::Event(_)),
        "no gap before anything was heard: {first:?}"
    );
    assert_eq!((proxy.seen().most, proxy.seen().dialled), (1, 3));
    assert_eq!(tokens.load(Ordering::SeqCst), 1);
    live.close().await;

    proxy.always(Greeting::Silent);
    let connecting = tokio::spawn(Live::builder(&client).connect());
    while !connecting.is_finished() {
        time.until("the next attempt", |w| {
            !w.pending.is_empty() || connecting.is_finished()
        })
        .await;
        let _ = time.clock.advance_to_next();
        tokio::task::yield_now().await;
    }
    let error = connecting.await.unwrap().err().unwrap();
    assert_eq!(error.kind(), stream_users_core::ErrorKind::Timeout, "{error}");
    proxy.until(|seen| seen.open == 0).await;
    assert_eq!(proxy.seen().most, 1);
}

#[tokio::test]
async fn a_refusal_for_now_is_waited_out() {
    let mut stage = Stage::new("toomany", Protocol::V2, 1).await;
    stage.proxy.order(Order::Reset);
    while stage.next_state().await.is_online() {}
    let refused = Failing::Refused(429, 9, "Too many requests");
    stage.come_back(&[refused.clone(), refused]).await;
    stage.expect_gap().await;
    stage.expect_marker().await;
}
