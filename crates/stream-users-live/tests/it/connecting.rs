//! Connecting as each kind of caller, over each protocol and each way.

use stream_users_core::{Client, UsersApiExt};
use stream_users_live::{ConnectUser, LiveEvent, LongPolling, Protocol};
use stream_users_model::event::Event;
use stream_users_model::{Custom, UserRequest};

use crate::support::{Service, next, next_of, quick, soon};

const WAYS: [(Protocol, LongPolling); 4] = [
    (Protocol::V1, LongPolling::Never),
    (Protocol::V2, LongPolling::Never),
    (Protocol::V1, LongPolling::Always),
    (Protocol::V2, LongPolling::Always),
];

async fn connects_as(client: &Client, user: Option<ConnectUser>, expected: impl Fn(&str) -> bool) {
    for (protocol, long_polling) in WAYS {
        let mut builder = quick(client).protocol(protocol).long_polling(long_polling);
        if let Some(user) = &user {
            builder = builder.user(user.clone());
        }
        let (live, mut events) = builder.connect().await.unwrap();
        let me = live.me();
        assert!(
            expected(me.id.as_str()),
            "{protocol:?} {long_polling:?}: {:?}",
            me.id
        );
        let first = match next(&mut events).await {
            LiveEvent::Event(event) => event,
            other => panic!("{other:?}"),
        };
        assert!(matches!(first, Event::ConnectionOk(_) | Event::HealthCheck(_)));
        assert_eq!(first.user().map(|me| me.id.clone()), Some(me.id.clone()));
        assert!(live.connection_id().is_some_and(|id| !id.is_empty()));
        live.close().await;
        assert!(live.state().is_closed());
        assert_eq!(events.next().await, None);
    }
}

#[tokio::test]
async fn as_a_user_with_a_token() {
    let service = Service::start().await;
    connects_as(&service.user("ada"), None, |id| id == "ada").await;
    assert!(service.emulator.connections().is_empty());
}

#[tokio::test]
async fn as_a_user_with_a_provider() {
    let service = Service::start().await;
    let token = service.token("ada");
    let client = service
        .client()
        .token_provider(move || {
            let token = token.clone();
            async move { Ok(token) }
        })
        .build()
        .unwrap();
    connects_as(&client, None, |id| id == "ada").await;
    connects_as(&client, Some("ada".into()), |id| id == "ada").await;
}

#[tokio::test]
async fn as_a_guest_who_stays_the_same_guest() {
    let service = Service::start().await;
    let client = service
        .client()
        .guest(UserRequest::new("visitor").name("Visitor"))
        .build()
        .unwrap();
    connects_as(&client, None, |id| id.contains("visitor")).await;
    let id = client.guest_id().unwrap();
    let (live, _events) = quick(&client).connect().await.unwrap();
    assert_eq!(live.me().id, id);
    assert_eq!(live.me().role, "guest");
    assert_eq!(live.me().name.as_deref(), Some("Visitor"));
}

#[tokio::test]
async fn anonymously() {
    let service = Service::start().await;
    let client = service.client().anonymous().build().unwrap();
    connects_as(&client, None, |id| id.starts_with("!anon")).await;
}

#[tokio::test]
async fn as_a_server_for_a_user() {
    let service = Service::start().await;
    connects_as(&service.server, Some(ConnectUser::new("ada").name("Ada")), |id| {
        id == "ada"
    })
    .await;
}

#[tokio::test]
async fn what_is_set_with_connecting_is_merged() {
    let service = Service::start().await;
    for protocol in [Protocol::V1, Protocol::V2] {
        let user = ConnectUser::new("ada")
            .name("Ada")
            .image("https://example.org/a.png")
            .language("en")
            .custom(Custom::from_iter([("seat", "4F")]));
        let (live, _) = quick(&service.server)
            .protocol(protocol)
            .user(user)
            .connect()
            .await
            .unwrap();
        let me = live.me();
        assert_eq!(me.name.as_deref(), Some("Ada"));
        assert_eq!(me.image.as_deref(), Some("https://example.org/a.png"));
        assert_eq!(me.language, "en");
        assert_eq!(me.custom.get::<String>("seat").unwrap().as_deref(), Some("4F"));
        let more = ConnectUser::new("ada").custom(Custom::from_iter([("row", 4)]));
        let (live, _) = quick(&service.server)
            .protocol(protocol)
            .user(more)
            .connect()
            .await
            .unwrap();
        let me = live.me();
        assert_eq!(me.name.as_deref(), Some("Ada"));
        assert_eq!(me.custom.get::<u32>("row").unwrap(), Some(4));
        assert_eq!(me.custom.get::<String>("seat").unwrap().as_deref(), Some("4F"));
    }
}

#[tokio::test]
async fn events_of_ones_own_user_come_in_order() {
    let service = Service::start().await;
    for (protocol, long_polling) in WAYS {
        let (_live, mut events) = quick(&service.user("ada"))
            .protocol(protocol)
            .long_polling(long_polling)
            .connect()
            .await
            .unwrap();
        next(&mut events).await;
        for number in 0..5 {
            service
                .rename("ada", &format!("{protocol:?} {long_polling:?} {number}"))
                .await;
        }
        for number in 0..5 {
            let event = next_of(&mut events, "user.updated").await;
            let name = format!("{protocol:?} {long_polling:?} {number}");
            assert_eq!(event.user().unwrap().name.as_deref(), Some(&*name));
        }
    }
}

/// On several threads, the program may look while the driver is at work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_answer_is_there_to_be_read_once_the_connection_is() {
    let service = Service::start().await;
    let client = service.client().anonymous().build().unwrap();
    for _ in 0..100 {
        let (_live, mut events) = soon(quick(&client).connect()).await.unwrap();
        let first = events.try_next();
        assert!(
            matches!(&first, Some(LiveEvent::Event(Event::ConnectionOk(_)))),
            "{first:?}"
        );
    }
}

/// The calls of a connection that the API secret has made are the user's: what only a server may do is refused.
#[tokio::test]
async fn a_servers_connection_calls_as_its_user() {
    let service = Service::start().await;
    let (live, _events) = soon(quick(&service.server).user("ada").connect()).await.unwrap();
    assert!(live.users().get_user("ada").await.unwrap().is_some());
    let refused = live.users().deactivate("ada").await.unwrap_err();
    assert!(refused.to_string().contains("a user's token"), "{refused}");
    assert!(live.state().is_online());
}
