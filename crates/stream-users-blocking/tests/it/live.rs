//! Connections, over real sockets to an emulator.

use std::sync::mpsc::{RecvTimeoutError, TryRecvError};
use std::thread;
use std::time::Duration;

use serde_json::json;
use stream_users_blocking::{Events, Live, Users};
use stream_users_core::model::event::Event;
use stream_users_core::model::{Custom, ErrorCode, QueryUsers, UserId, UserPatch, UserRequest, field};
use stream_users_core::token::server_token;
use stream_users_core::{Client, ClientBuilder, ErrorKind, Transport as _};
use stream_users_emulator::{DEFAULT_API_KEY, DEFAULT_API_SECRET, Emulator};
use stream_users_http::ReqwestTransport;
use stream_users_live::{ConnectUser, LiveEvent, State};

use crate::SOON;

/// An emulator that works on threads of its own while this one blocks.
struct Service {
    emulator: Emulator,
    users: Users,
    _runtime: tokio::runtime::Runtime,
}

impl Service {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        // Not `block_on`, which panics within a runtime.
        let (started, is_started) = std::sync::mpsc::channel();
        runtime.spawn(async move { started.send(Emulator::start().await.unwrap()) });
        let emulator = is_started.recv().unwrap();
        let server = builder(&emulator).server(DEFAULT_API_SECRET).build().unwrap();
        Self {
            users: Users::new(server.users()).unwrap(),
            emulator,
            _runtime: runtime,
        }
    }

    fn connect(&self, id: &str) -> Live {
        let client = builder(&self.emulator)
            .server(DEFAULT_API_SECRET)
            .build()
            .unwrap();
        Live::connect(stream_users_live::Live::builder(&client).user(ConnectUser::new(id))).unwrap()
    }

    fn connect_anonymously(&self) -> Live {
        let client = builder(&self.emulator).anonymous().build().unwrap();
        Live::connect(stream_users_live::Live::builder(&client)).unwrap()
    }

    /// Sends a user a custom event, for which the client has no operation.
    fn tell(&self, id: &str, kind: &str) {
        let path = format!("/api/v2/chat/users/{id}/event?api_key={DEFAULT_API_KEY}");
        let token = server_token(&DEFAULT_API_SECRET.into()).unwrap();
        let request = http::Request::post(format!("{}{path}", self.emulator.base_url()))
            .header("authorization", token.expose())
            .header("stream-auth-type", "jwt")
            .body(json!({"event": {"type": kind}}).to_string().into())
            .unwrap();
        let transport = transport();
        let answer = self
            .users
            .call(move |_| async move { Ok(transport.send(request).await.unwrap()) });
        assert_eq!(answer.unwrap().status(), 201);
    }
}

fn builder(emulator: &Emulator) -> ClientBuilder {
    Client::builder(DEFAULT_API_KEY)
        .base_url(emulator.base_url())
        .transport(transport())
}

fn transport() -> ReqwestTransport {
    ReqwestTransport::builder().no_proxy().build().unwrap()
}

/// The next event, but for those that a connection tells of itself.
fn next_event(events: &mut Events) -> Event {
    loop {
        match events.next_timeout(SOON).unwrap() {
            LiveEvent::Event(Event::ConnectionOk(_) | Event::HealthCheck(_)) => {}
            LiveEvent::Event(event) => return event,
            other => panic!("{other:?}"),
        }
    }
}

fn next(events: &mut Events) -> String {
    next_event(events).kind().to_owned()
}

#[test]
fn events_come_in_order() {
    let service = Service::start();
    let live = service.connect("ada");
    assert_eq!(live.me().id, "ada");
    assert!(live.connection_id().is_some());
    let mut events = live.events();
    let Ok(LiveEvent::Event(Event::ConnectionOk(_))) = events.try_next() else {
        panic!("no first answer");
    };
    assert_eq!(events.try_next().unwrap_err(), TryRecvError::Empty);
    assert_eq!(
        events.next_timeout(Duration::from_millis(1)).unwrap_err(),
        RecvTimeoutError::Timeout
    );
    for kind in ["first", "second", "third"] {
        service.tell("ada", kind);
    }
    assert_eq!(next(&mut events), "first");
    // What waits is there for whichever iterator asks.
    assert_eq!(next(&mut live.events()), "second");
    let Some(LiveEvent::Event(third)) = events.next() else {
        panic!("no event");
    };
    assert_eq!(third.kind(), "third");
    live.close().unwrap();
    live.close().unwrap();
    assert!(events.next().is_none());
    assert_eq!(events.try_next().unwrap_err(), TryRecvError::Disconnected);
    assert_eq!(
        events.next_timeout(SOON).unwrap_err(),
        RecvTimeoutError::Disconnected
    );
}

#[test]
fn presence_is_followed_and_dropping_is_going() {
    let service = Service::start();
    service.users.upsert_user(UserRequest::new("ada")).unwrap();
    let watcher = service.connect_anonymously();
    let query = QueryUsers::new(field::id().eq("ada")).presence(true);
    let found = watcher.users().query_users(query).unwrap().body.users;
    assert!(!found[0].online);

    let mut events = watcher.events();
    let online = |events: &mut Events| next_event(events).user().unwrap().online;
    let ada = service.connect("ada");
    assert!(online(&mut events));
    let clone = ada.clone();
    drop(ada);
    // Still there: somebody holds it.
    assert!(matches!(clone.state(), State::Online { .. }));
    let held = clone.events();
    drop(clone);
    assert!(service.users.get_user("ada").unwrap().unwrap().online);
    drop(held);
    assert!(!online(&mut events));
}

#[test]
fn states_are_told_up_to_the_end() {
    let service = Service::start();
    let live = service.connect("ada");
    let mut states = live.states();
    assert!(matches!(states.next(), Some(State::Online { .. })));
    let waiting = thread::spawn(move || states.collect::<Vec<_>>());
    service.users.deactivate("ada").unwrap();
    let rest = waiting.join().unwrap();
    let Some(State::Closed {
        reason: Some(reason), ..
    }) = rest.last()
    else {
        panic!("{rest:?}");
    };
    assert_eq!(reason.code(), Some(ErrorCode::DOES_NOT_EXIST));
    assert!(matches!(live.state(), State::Closed { .. }));
}

#[test]
fn several_threads_share_the_events() {
    let service = Service::start();
    let live = service.connect("ada");
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let events = live.events();
            thread::spawn(move || {
                let told = events.filter_map(|item| match item {
                    LiveEvent::Event(event) => Some(event.kind().to_owned()),
                    _ => None,
                });
                told.filter(|kind| kind.starts_with("number")).collect::<Vec<_>>()
            })
        })
        .collect();
    let numbers: Vec<String> = (10..40).map(|number| format!("number-{number}")).collect();
    for number in &numbers {
        service.tell("ada", number);
    }
    service.users.deactivate("ada").unwrap();
    let mut told: Vec<String> = readers
        .into_iter()
        .flat_map(|reader| reader.join().unwrap())
        .collect();
    told.sort_unstable();
    assert_eq!(told, numbers);
}

#[test]
fn closing_wakes_who_waits() {
    let service = Service::start();
    let live = service.connect("ada");
    let events = live.events();
    let waiting = thread::spawn(move || events.count());
    live.close().unwrap();
    // The first answer alone.
    assert_eq!(waiting.join().unwrap(), 1);
}

#[test]
fn a_refusal_is_an_error() {
    let service = Service::start();
    service.users.upsert_user(UserRequest::new("ada")).unwrap();
    service.users.deactivate("ada").unwrap();
    let client = builder(&service.emulator)
        .server(DEFAULT_API_SECRET)
        .build()
        .unwrap();
    let builder = stream_users_live::Live::<Custom>::builder(&client).user(ConnectUser::new("ada"));
    let error = Live::connect(builder).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::DOES_NOT_EXIST), "{error}");
}

#[test]
fn a_panic_in_a_token_provider_is_an_error() {
    let client = Client::builder(DEFAULT_API_KEY)
        .base_url("http://127.0.0.1:1")
        .token_provider(|| async { panic!("by the provider") })
        .transport(transport())
        .build()
        .unwrap();
    let error = Live::connect(stream_users_live::Live::builder(&client)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(error.to_string().contains("panicked"), "{error}");
}

#[test]
fn nothing_waits_for_itself() {
    let service = Service::start();
    let live = service.connect("ada");
    let (mut events, mut states, inner) = (live.events(), live.states(), live.clone());
    let ended = live.users().call(move |_| async move {
        let error = inner.close().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        Ok((events.next().is_none(), states.next().is_none()))
    });
    assert_eq!(ended.unwrap(), (true, true));
    assert!(matches!(live.state(), State::Online { .. }));
}

#[test]
fn what_is_said_at_connecting_is_kept() {
    let service = Service::start();
    let client = builder(&service.emulator)
        .server(DEFAULT_API_SECRET)
        .build()
        .unwrap();
    let user = ConnectUser::new("ada").name("Ada");
    let live = Live::<Custom>::connect(stream_users_live::Live::builder(&client).user(user)).unwrap();
    assert_eq!(live.me().name.as_deref(), Some("Ada"));
    let ada = service
        .users
        .update_user_partial(UserPatch::new("ada").set("color", json!("red")))
        .unwrap();
    assert_eq!((ada.id, ada.name.as_deref()), (UserId::from("ada"), Some("Ada")));
    assert_eq!(next(&mut live.events()), "user.updated");
}

#[tokio::test]
async fn within_a_runtime_nothing_panics() {
    let service = Service::start();
    let live = service.connect("ada");
    service.tell("ada", "hello");
    assert_eq!(next(&mut live.events()), "hello");
    drop(live);
    let live = service.connect("ada");
    live.close().unwrap();
    tokio::task::spawn_blocking(move || drop((live, service)))
        .await
        .unwrap();
}
