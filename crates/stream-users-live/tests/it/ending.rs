//! Closing, whenever it is; and who keeps a connection alive.

use std::time::Duration;

use stream_users_core::ErrorKind;
use stream_users_core::credential::{Credential, ProviderError};
use stream_users_live::{Live, LongPolling, State};
use stream_users_model::Token;
use stream_users_testing::ManualClock;

use crate::scripted::{Script, Scripted, Step, accepted};
use crate::support::{Service, client, next, quick, soon, until};

/// Waits until the emulator has no connection any more.
async fn gone(service: &Service) {
    soon(async {
        while !service.emulator.connections().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn ada(server: &Scripted, clock: &ManualClock) -> (Live, stream_users_live::Events) {
    let client = client(&server.url, "key")
        .user_token(Token::new("head.eyJ1c2VyX2lkIjoiYWRhIn0.tail"))
        .clock(clock.clone())
        .build()
        .unwrap();
    soon(Live::builder(&client).connect()).await.unwrap()
}

#[tokio::test]
async fn while_online_the_service_is_told() {
    let service = Service::start().await;
    let (live, mut events) = quick(&service.user("ada")).connect().await.unwrap();
    let other = live.clone();
    soon(other.close()).await;
    assert!(matches!(live.state(), State::Closed { reason: None, .. }));
    gone(&service).await;
    // What had come can be read.
    next(&mut events).await;
    assert_eq!(soon(events.next()).await, None);
    // Once more is no harm.
    soon(live.close()).await;
}

#[tokio::test]
async fn while_waiting_and_while_dialling() {
    for second in [Script::Silent, Script::WebSocket(vec![])] {
        let clock = ManualClock::new();
        let server = Scripted::start([accepted("c-1", [Step::HangUp]), second]).await;
        let (live, mut events) = ada(&server, &clock).await;
        until(&live, |state| matches!(state, State::Reconnecting { .. })).await;
        if matches!(server.left(), 1) {
            // It waits; and with a step of the clock it dials.
            clock.advance(Duration::from_millis(250));
            soon(async {
                while server.left() == 1 {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        }
        soon(live.close()).await;
        assert!(live.state().is_closed());
        next(&mut events).await;
        assert_eq!(soon(events.next()).await, None);
        soon(async {
            while server.open() > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    let clock = ManualClock::new();
    let server = Scripted::start([accepted("c-1", [Step::HangUp]), accepted("c-2", [])]).await;
    let (live, _events) = ada(&server, &clock).await;
    until(&live, |state| matches!(state, State::Reconnecting { .. })).await;
    soon(live.close()).await;
    clock.advance(Duration::from_secs(100));
    tokio::task::yield_now().await;
    assert_eq!(server.left(), 1, "there was another attempt");
}

#[tokio::test]
async fn the_last_handle_ends_it() {
    let service = Service::start().await;
    // The reader alone keeps it.
    let (live, mut events) = quick(&service.user("ada")).connect().await.unwrap();
    drop(live);
    next(&mut events).await;
    service.rename("ada", "Ada").await;
    next(&mut events).await;
    drop(events);
    gone(&service).await;
    // So does the handle alone.
    let (live, events) = quick(&service.user("ada")).connect().await.unwrap();
    drop(events);
    service.rename("ada", "Lovelace").await;
    assert!(live.state().is_online());
    let other = live.clone();
    drop(live);
    assert!(other.state().is_online() && !service.emulator.connections().is_empty());
    drop(other);
    gone(&service).await;
}

#[tokio::test]
async fn connecting_can_be_given_up() {
    let server = Scripted::start([Script::Silent]).await;
    let client = client(&server.url, "key").anonymous().build().unwrap();
    {
        let connecting = Live::builder(&client).connect();
        let mut connecting = std::pin::pin!(connecting);
        soon(async {
            while server.left() > 0 {
                let _ = futures_util::poll!(connecting.as_mut());
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(server.open(), 1);
    }
    soon(async {
        while server.open() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_fetched_is_given_up_too() {
    /// Says that the provider's future was dropped.
    struct Dropped(tokio::sync::mpsc::UnboundedSender<()>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (dropped, mut is_dropped) = tokio::sync::mpsc::unbounded_channel();
    let provider = Credential::provider(move || {
        let dropped = Dropped(dropped.clone());
        async move {
            std::future::pending::<()>().await;
            drop(dropped);
            Err(ProviderError::from("never"))
        }
    });
    let client = client("http://127.0.0.1:1", "key")
        .credential(provider)
        .clock(ManualClock::new())
        .build()
        .unwrap();
    {
        let mut connecting = std::pin::pin!(Live::builder(&client).connect());
        assert!(futures_util::poll!(connecting.as_mut()).is_pending());
        // The driver has its turn.
        tokio::task::yield_now().await;
        assert!(is_dropped.try_recv().is_err());
    }
    soon(is_dropped.recv()).await.unwrap();
}

#[tokio::test]
async fn a_long_poll_ends_with_its_handles() {
    let service = Service::start().await;
    let connecting = quick(&service.user("ada")).long_polling(LongPolling::Always);
    let (live, mut events) = connecting.connect().await.unwrap();
    next(&mut events).await;
    assert_eq!(service.emulator.connections()[0].transport, "longpoll");
    drop((live, events));
    gone(&service).await;
}

#[tokio::test]
async fn a_panic_in_what_the_program_brings_ends_the_connection_and_is_named() {
    let provider = Credential::provider(|| async { panic!("by the provider") });
    let client = client("http://127.0.0.1:1", "key")
        .credential(provider)
        .build()
        .unwrap();
    let error = soon(Live::builder(&client).connect()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(error.to_string().contains("panicked"), "{error}");
}

#[test]
fn a_runtime_that_ends_before_the_connection_has_begun_is_an_error() {
    let client = client("http://127.0.0.1:1", "key").anonymous().build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut connecting = std::pin::pin!(Live::builder(&client).connect());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    {
        let _inside = runtime.enter();
        assert!(connecting.as_mut().poll(&mut context).is_pending());
    }
    drop(runtime);
    let std::task::Poll::Ready(Err(error)) = connecting.as_mut().poll(&mut context) else {
        panic!("it waits for ever")
    };
    assert_eq!(error.kind(), ErrorKind::Interrupted);
}

#[test]
fn a_runtime_that_ends_closes_its_connections() {
    let outside = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let service = outside.block_on(Service::start());
    let inside = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (live, mut events) = inside.block_on(async { quick(&service.user("ada")).connect().await.unwrap() });
    drop(inside);
    assert!(live.state().is_closed());
    assert!(live.state().reason().is_some());
    outside.block_on(async {
        next(&mut events).await;
        assert_eq!(soon(events.next()).await, None);
        soon(live.close()).await;
    });
}

#[test]
fn without_a_runtime_it_is_an_error() {
    let client = client("http://127.0.0.1:1", "key").anonymous().build().unwrap();
    let connecting = std::pin::pin!(Live::builder(&client).connect());
    let waker = std::task::Waker::noop();
    let polled = Future::poll(connecting, &mut std::task::Context::from_waker(waker));
    let std::task::Poll::Ready(Err(error)) = polled else {
        panic!("{polled:?}")
    };
    assert_eq!(error.kind(), ErrorKind::Config);
}
