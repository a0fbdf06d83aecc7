//! Connections that break, and come back.

use std::time::Duration;

use stream_users_core::{Client, ErrorKind};
use stream_users_emulator::Cut;
use stream_users_live::{GapReason, Live, LiveEvent, LongPolling, Protocol, State};
use stream_users_model::event::Event;
use stream_users_model::{ErrorCode, Token};
use stream_users_testing::ManualClock;

use crate::scripted::{Script, Scripted, Step, accepted, error, http, ok};
use crate::support::{Service, client, next, next_of, quick, soon, until};

fn ada(server: &Scripted) -> Client {
    client(&server.url, "key")
        .user_token(Token::new("head.eyJ1c2VyX2lkIjoiYWRhIn0.tail"))
        .build()
        .unwrap()
}

async fn is_online_as(live: &Live, id: &str) {
    until(live, |state| {
        state.connection_id().is_some_and(|online| *online == *id)
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_is_cut_comes_back_with_a_gap_before_anything_else() {
    let service = Service::start().await;
    for (protocol, long_polling) in [
        (Protocol::V1, LongPolling::Never),
        (Protocol::V2, LongPolling::Never),
        (Protocol::V2, LongPolling::Always),
    ] {
        let connecting = quick(&service.user("ada"))
            .protocol(protocol)
            .long_polling(long_polling);
        let (live, mut events) = connecting.connect().await.unwrap();
        next(&mut events).await;
        let mut ids = vec![live.connection_id().unwrap()];
        for cut in [
            Cut::reset(),
            Cut::hang_up(),
            Cut::close(4001, "elsewhere"),
            Cut::close(1012, "restart"),
        ] {
            let before = service.server.service_time();
            service.emulator.cut_connections(cut).unwrap();
            let LiveEvent::Gap(gap) = next(&mut events).await else {
                panic!("the gap was to come first");
            };
            assert_eq!(gap.reason, GapReason::Reconnected);
            assert!(gap.since <= gap.until && gap.until >= before, "{gap:?}");
            let LiveEvent::Event(first) = next(&mut events).await else {
                panic!("a second gap");
            };
            assert!(matches!(first, Event::ConnectionOk(_) | Event::HealthCheck(_)));
            let State::Online { connection_id, .. } = until(&live, State::is_online).await else {
                unreachable!()
            };
            assert!(!ids.contains(&connection_id), "ids are new");
            ids.push(connection_id);
            assert_eq!(
                service
                    .emulator
                    .connections()
                    .iter()
                    .filter(|one| !one.silent)
                    .count(),
                1
            );
            service
                .rename("ada", &format!("{protocol:?} {} {long_polling:?}", ids.len()))
                .await;
            next_of(&mut events, "user.updated").await;
        }
    }
}

#[tokio::test]
async fn a_close_with_code_1000_ends_it() {
    let service = Service::start().await;
    let (live, mut events) = quick(&service.user("ada")).connect().await.unwrap();
    next(&mut events).await;
    service
        .emulator
        .cut_connections(Cut::close(1000, "enough"))
        .unwrap();
    let state = until(&live, State::is_closed).await;
    assert_eq!(state.reason().unwrap().kind(), ErrorKind::Interrupted);
    assert_eq!(soon(events.next()).await, None);
    assert!(live.connection_id().is_none());
    // Its last state is the only one, however often it is asked for.
    let mut states = live.states();
    assert!(states.next().await.unwrap().is_closed());
    assert!(states.next().await.is_none() && states.next().await.is_none());
}

#[tokio::test]
async fn a_refusal_in_the_middle_is_told_and_judged() {
    let refused = |code, status| {
        Step::Send(format!(
            r#"{{"type":"connection.error","created_at":1700000000000000000,"connection_id":"","error":{}}}"#,
            error(code, status)
        ))
    };
    let server = Scripted::start([
        accepted("c-1", [refused(9, 429)]),
        accepted("c-2", [refused(16, 404)]),
        accepted("c-3", []),
    ])
    .await;
    let (live, mut events) = quick(&ada(&server)).connect().await.unwrap();
    next_of(&mut events, "connection.ok").await;
    next_of(&mut events, "connection.error").await;
    assert!(matches!(next(&mut events).await, LiveEvent::Gap(_)));
    next_of(&mut events, "connection.ok").await;
    next_of(&mut events, "connection.error").await;
    assert_eq!(soon(events.next()).await, None);
    let reason = until(&live, State::is_closed).await.reason().cloned().unwrap();
    assert_eq!(reason.code(), Some(ErrorCode::DOES_NOT_EXIST));
    assert_eq!((server.left(), server.most_open()), (1, 1));
}

#[tokio::test]
async fn an_event_of_the_apps_own_with_an_error_is_no_refusal() {
    let own =
        r#"{"type":"lift.stuck","error":{"code":16,"message":"floor 4"},"created_at":1700000000000000000}"#;
    let server = Scripted::start([accepted("c-1", [Step::Send(own.to_owned())])]).await;
    let (live, mut events) = quick(&ada(&server)).connect().await.unwrap();
    next_of(&mut events, "connection.ok").await;
    next_of(&mut events, "lift.stuck").await;
    assert_eq!(live.connection_id().as_deref(), Some("c-1"));
}

#[tokio::test]
async fn frames_that_are_no_events_are_passed_by_and_what_is_no_json_breaks_the_connection() {
    let server = Scripted::start([
        accepted(
            "c-1",
            [
                "[]",
                "{}",
                "7",
                r#"{"type":7}"#,
                r#"{"type":"lift.stuck"}"#,
                "<html>",
            ]
            .map(|text| Step::Send(text.to_owned())),
        ),
        accepted("c-2", []),
    ])
    .await;
    let (live, mut events) = quick(&ada(&server)).connect().await.unwrap();
    next_of(&mut events, "connection.ok").await;
    next_of(&mut events, "lift.stuck").await;
    assert!(matches!(next(&mut events).await, LiveEvent::Gap(_)));
    is_online_as(&live, "c-2").await;
    assert_eq!(server.most_open(), 1);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_not_lost_without_a_word() {
    // Custom data beside the other fields may bear the name of one that connections go by.
    let twice = r#"{"type":"lift.stuck","error":1,"connection_id":"","error":2}"#;
    let server = Scripted::start([
        accepted(
            "c-1",
            [
                Step::Send(twice.to_owned()),
                Step::SendBytes(b"{\"type\":\"lift.stuck\",\"floor\":\"\xff\"}"),
            ],
        ),
        accepted("c-2", []),
    ])
    .await;
    let (_live, mut events) = quick(&ada(&server)).connect().await.unwrap();
    next_of(&mut events, "connection.ok").await;
    next_of(&mut events, "lift.stuck").await;
    assert!(matches!(next(&mut events).await, LiveEvent::Gap(_)));
    next_of(&mut events, "connection.ok").await;
}

#[tokio::test]
async fn pings_are_answered_and_health_checks_sent_until_the_connection_is_dead() {
    for protocol in [Protocol::V1, Protocol::V2] {
        let answer = Step::Send(
            r#"{"type":"health.check","connection_id":"c-1","created_at":1700000000000000000,"custom":{}}"#
                .to_owned(),
        );
        let mut steps = vec![ok("c-1"), Step::Ping, Step::Read, answer];
        let mut again = vec![ok("c-2")];
        if protocol == Protocol::V2 {
            steps.insert(0, Step::Read);
            again.insert(0, Step::Read);
        }
        let server = Scripted::start([Script::WebSocket(steps), Script::WebSocket(again)]).await;
        let clock = ManualClock::new();
        let client = client(&server.url, "key")
            .user_token(Token::new("head.eyJ1c2VyX2lkIjoiYWRhIn0.tail"))
            .clock(clock.clone())
            .build()
            .unwrap();
        let (live, mut events) = quick(&client).protocol(protocol).connect().await.unwrap();
        next_of(&mut events, "connection.ok").await;
        soon(async {
            while server.pongs() == 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        // The ping counts as a sign of life, so that time begins with it.
        clock.advance(Duration::from_secs(25));
        let check = soon(events.next()).await.unwrap();
        assert!(
            matches!(&check, LiveEvent::Event(Event::HealthCheck(_))),
            "{check:?}"
        );
        let sent = server.messages().pop().unwrap();
        let expected = match protocol {
            Protocol::V1 => r#"[{"client_id":"c-1","type":"health.check"}]"#,
            _ => r#"{"client_id":"c-1","type":"health.check"}"#,
        };
        assert_eq!(sent, expected);
        let heard = client.service_time();
        clock.advance(Duration::from_secs(34));
        assert!(live.state().is_online());
        clock.advance(Duration::from_secs(1));
        let state = until(&live, |state| !state.is_online()).await;
        assert!(state.reason().unwrap().is_timeout(), "{state:?}");
        clock.advance(Duration::from_millis(20));
        let LiveEvent::Gap(gap) = next(&mut events).await else {
            panic!("no gap")
        };
        assert_eq!(gap.since, heard);
        assert_eq!(gap.until, client.service_time());
        is_online_as(&live, "c-2").await;
        assert_eq!(server.most_open(), 1);
    }
}

#[tokio::test]
async fn a_connection_that_is_refused_right_after_its_first_answer_does_not_spin() {
    let clock = ManualClock::new();
    let server =
        Scripted::start((0..12).map(|number| accepted(&format!("c-{number}"), [Step::HangUp]))).await;
    let client = client(&server.url, "key")
        .user_token(Token::new("head.eyJ1c2VyX2lkIjoiYWRhIn0.tail"))
        .clock(clock.clone())
        .random_seed(7)
        .build()
        .unwrap();
    let (live, _events) = Live::builder(&client).connect().await.unwrap();
    for number in 1..12 {
        let state = until(
            &live,
            |state| matches!(state, State::Reconnecting { attempt, .. } if *attempt >= number),
        )
        .await;
        let State::Reconnecting { attempt, .. } = state else {
            unreachable!()
        };
        assert_eq!(attempt, number, "an attempt was made without a wait");
        // The bound doubles: 0.25 s, 0.5 s, ... 25 s.
        clock.advance(Duration::from_millis(250 << (number - 1).min(7)).min(Duration::from_secs(25)));
    }
    assert_eq!(server.most_open(), 1);
}

#[tokio::test]
async fn where_no_websocket_comes_through_a_long_poll_does() {
    // A proxy in front of the service, which lets no WebSocket through.
    for refusal in [
        http("403 Forbidden", "", "<html>"),
        http("200 OK", "", "<html>log in</html>"),
        Script::HangUp,
    ] {
        let proxy = Scripted::start(vec![refusal.clone(); 3]).await;
        let service = Service::start().await;
        let through = Through::new(&proxy.url);
        let (live, mut events) = soon(quick(&service.user("ada")).connector(through).connect())
            .await
            .unwrap();
        next(&mut events).await;
        let connections = service.emulator.connections();
        assert_eq!(connections[0].transport, "longpoll", "{refusal:?}");
        service.rename("ada", "Ada").await;
        next_of(&mut events, "user.updated").await;
        live.close().await;
        assert!(service.emulator.connections().is_empty());
    }
}

#[tokio::test]
async fn events_stay_in_order_when_the_way_changes() {
    let service = Service::start().await;
    // Three attempts go to a host that hangs up; the others find the service.
    let proxy = Scripted::start(vec![Script::HangUp; 3]).await;
    let through = Through::new(&proxy.url).times(3);
    let connecting = quick(&service.user("ada")).connector(through);
    let (live, mut events) = soon(connecting.connect()).await.unwrap();
    next(&mut events).await;
    assert_eq!(service.emulator.connections()[0].transport, "longpoll");
    service.rename("ada", "by long-poll").await;
    let event = next_of(&mut events, "user.updated").await;
    assert_eq!(event.user().unwrap().name.as_deref(), Some("by long-poll"));
    service.emulator.cut_connections(Cut::hang_up()).unwrap();
    assert!(matches!(next(&mut events).await, LiveEvent::Gap(_)));
    next(&mut events).await;
    until(&live, State::is_online).await;
    let connections = service.emulator.connections();
    assert_eq!((connections.len(), connections[0].transport), (1, "websocket"));
    service.rename("ada", "by websocket").await;
    let event = next_of(&mut events, "user.updated").await;
    assert_eq!(event.user().unwrap().name.as_deref(), Some("by websocket"));
}

/// A connector whose first attempts go elsewhere.
#[derive(Debug)]
struct Through {
    elsewhere: http::Uri,
    times: std::sync::atomic::AtomicUsize,
    inner: stream_users_live::WebSocketConnector,
}

impl Through {
    fn new(url: &str) -> Self {
        Self {
            elsewhere: url.parse().unwrap(),
            times: usize::MAX.into(),
            inner: stream_users_live::WebSocketConnector::new(),
        }
    }

    fn times(mut self, times: usize) -> Self {
        self.times = times.into();
        self
    }
}

#[async_trait::async_trait]
impl stream_users_live::Connector for Through {
    async fn connect(
        &self,
        mut request: http::Request<()>,
    ) -> Result<stream_users_live::Connected, stream_users_live::ConnectError> {
        use std::sync::atomic::Ordering::SeqCst;
        if self
            .times
            .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1))
            .is_ok()
        {
            let mut parts = request.uri().clone().into_parts();
            parts.authority = self.elsewhere.authority().cloned();
            *request.uri_mut() = http::Uri::from_parts(parts).unwrap();
        }
        self.inner.connect(request).await
    }
}
