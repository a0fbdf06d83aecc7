//! Presence, slow readers, and calls that belong to a connection.

use std::time::Duration;

use stream_users_core::UsersApi;
use stream_users_live::{ConnectUser, Events, GapReason, Live, LiveEvent, LongPolling, Protocol};
use stream_users_model::event::Event;
use stream_users_model::{Custom, QueryUsers, UserRequest, field};

use crate::scripted::{Scripted, Step, accepted};
use crate::support::{Service, client, next, next_of, quick, soon, until};

async fn subscribe(live: &Live, id: &str) -> bool {
    let query = QueryUsers::new(field::id().eq(id)).presence(true);
    let found = live.users().query_users(query).await.unwrap().into_body();
    found.users[0].online
}

/// Whether the next change of presence says that the user is online.
async fn is_seen(events: &mut Events, id: &str) -> bool {
    let Event::UserPresenceChanged(event) = next_of(events, "user.presence.changed").await else {
        unreachable!()
    };
    assert_eq!(event.user.id, id);
    assert!(event.user.last_active.is_some());
    event.user.online
}

#[tokio::test]
async fn who_is_subscribed_to_is_seen_coming_and_going() {
    let service = Service::start().await;
    service.rename("bob", "Bob").await;
    for (protocol, long_polling) in [
        (Protocol::V1, LongPolling::Never),
        (Protocol::V2, LongPolling::Never),
        (Protocol::V2, LongPolling::Always),
    ] {
        let connecting = quick(&service.user("ada"))
            .protocol(protocol)
            .long_polling(long_polling);
        let (ada, mut events) = connecting.connect().await.unwrap();
        next(&mut events).await;
        assert!(!subscribe(&ada, "bob").await);
        let (bob, _) = quick(&service.server).user("bob").connect().await.unwrap();
        assert!(is_seen(&mut events, "bob").await);
        assert!(subscribe(&ada, "bob").await);
        bob.close().await;
        assert!(!is_seen(&mut events, "bob").await);
        service
            .rename("bob", &format!("{protocol:?} {long_polling:?}"))
            .await;
        let event = next_of(&mut events, "user.updated").await;
        assert_eq!(event.user().unwrap().id, "bob");
        ada.close().await;
    }
}

#[tokio::test]
async fn guests_and_nobody_in_particular_see_who_is_there() {
    let service = Service::start().await;
    service.rename("bob", "Bob").await;
    let guest = service
        .client()
        .guest(UserRequest::new("visitor"))
        .build()
        .unwrap();
    let nobody = service.client().anonymous().build().unwrap();
    for client in [guest, nobody] {
        let (live, mut events) = quick(&client).connect().await.unwrap();
        next(&mut events).await;
        assert!(!subscribe(&live, "bob").await);
        let (bob, _) = quick(&service.server).user("bob").connect().await.unwrap();
        assert!(is_seen(&mut events, "bob").await);
        bob.close().await;
        assert!(!is_seen(&mut events, "bob").await);
    }
}

#[tokio::test]
async fn who_is_invisible_is_not_seen() {
    let service = Service::start().await;
    service.rename("bob", "Bob").await;
    let (ada, mut events) = quick(&service.user("ada")).connect().await.unwrap();
    next(&mut events).await;
    subscribe(&ada, "bob").await;
    let hidden = ConnectUser::new("bob").invisible(true);
    let (bob, _) = quick(&service.server).user(hidden).connect().await.unwrap();
    assert!(bob.me().invisible);
    assert!(!subscribe(&ada, "bob").await);
    bob.close().await;
    service.rename("bob", "Robert").await;
    let mut kinds = Vec::new();
    while let LiveEvent::Event(event) = next(&mut events).await {
        if let Some(bob) = event.user() {
            assert!(!bob.online);
            kinds.push(event.kind().to_owned());
            if bob.name.as_deref() == Some("Robert") {
                break;
            }
        }
    }
    assert!(
        !kinds.iter().any(|kind| kind == "user.presence.changed"),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn calls_carry_the_connection_that_is_there() {
    let service = Service::start().await;
    let (live, _events) = quick(&service.server).user("ada").connect().await.unwrap();
    let id = live.connection_id().unwrap();
    service.emulator.clear_requests();
    subscribe(&live, "ada").await;
    let query = service.emulator.requests().pop().unwrap().query;
    assert!(query.contains(&format!("connection_id={id}")), "{query}");
    assert!(query.contains("user_id=ada"), "{query}");
    live.close().await;
    let query = QueryUsers::new(field::id().eq("ada"));
    live.users().query_users(query).await.unwrap();
    let query = service.emulator.requests().pop().unwrap().query;
    assert!(!query.contains("connection_id"), "{query}");
}

#[tokio::test]
async fn a_slow_reader_loses_what_is_newest_and_is_told_how_much() {
    let count = |number: usize| {
        Step::Send(format!(
            r#"{{"type":"count","created_at":1700000000000000000,"custom":{{"number":{number}}}}}"#
        ))
    };
    let mut steps: Vec<Step> = (0..100).map(count).collect();
    steps.push(Step::Ping);
    steps.push(Step::Read);
    steps.extend((100..103).map(count));
    let server = Scripted::start([accepted("c-1", steps)]).await;
    let clock = stream_users_testing::ManualClock::new();
    let client = client(&server.url, "key")
        .user_token("head.eyJ1c2VyX2lkIjoiYWRhIn0.tail")
        .clock(clock.clone())
        .build()
        .unwrap();
    let (_live, mut events) = quick(&client).capacity(10).connect().await.unwrap();
    // What was sent before the ping has been read when it is answered.
    soon(async {
        while server.pongs() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let number = |item: LiveEvent| match item {
        LiveEvent::Event(Event::Other(other)) => {
            let custom: std::collections::HashMap<String, u64> = other.custom().unwrap();
            custom["number"]
        }
        other => panic!("{other:?}"),
    };
    next_of(&mut events, "connection.ok").await;
    for expected in 0..9 {
        assert_eq!(number(next(&mut events).await), expected);
    }
    let LiveEvent::Gap(gap) = next(&mut events).await else {
        panic!("no gap")
    };
    assert!(
        matches!(gap.reason, GapReason::Overflow { dropped: 91, .. }),
        "{gap:?}"
    );
    // The health check lets the server go on.
    clock.advance(Duration::from_secs(25));
    for expected in 100..103 {
        assert_eq!(number(next(&mut events).await), expected);
    }
}

#[tokio::test]
async fn custom_events_arrive_and_what_does_not_fit_is_kept() {
    #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
    struct Profile {
        plan: String,
    }
    let service = Service::start().await;
    let users = service.server.users::<Custom>();
    let ada = UserRequest::new("ada").custom(Custom::from_iter([("plan", "pro")]));
    users
        .upsert_users(stream_users_model::UpsertUsers::new([ada]))
        .await
        .unwrap();
    for protocol in [Protocol::V1, Protocol::V2] {
        let connecting = quick(&service.user("ada"))
            .protocol(protocol)
            .custom_data::<Profile>();
        let (live, mut events) = connecting.connect().await.unwrap();
        let LiveEvent::Event(first) = next(&mut events).await else {
            panic!("no event")
        };
        assert_eq!(first.user().unwrap().custom.plan, "pro");
        let odd = UserRequest::new("ada").custom(Custom::from_iter([("plan", 7)]));
        users
            .upsert_users(stream_users_model::UpsertUsers::new([odd]))
            .await
            .unwrap();
        let LiveEvent::Event(Event::Other(event)) = next(&mut events).await else {
            panic!("it was to be kept whole")
        };
        assert_eq!(&*event.kind, "user.updated");
        assert!(event.problem().is_some());
        // It goes on, also where one's own user cannot be read any more; what was known of them stays.
        service
            .emulator
            .cut_connections(stream_users_emulator::Cut::reset())
            .unwrap();
        assert!(matches!(next(&mut events).await, LiveEvent::Gap(_)));
        assert!(matches!(
            next(&mut events).await,
            LiveEvent::Event(Event::Other(_))
        ));
        until(&live, stream_users_live::State::is_online).await;
        assert_eq!(live.me().custom.plan, "pro");
        let ada = UserRequest::new("ada").custom(Custom::from_iter([("plan", "pro")]));
        users
            .upsert_users(stream_users_model::UpsertUsers::new([ada]))
            .await
            .unwrap();
        live.close().await;
    }
}
