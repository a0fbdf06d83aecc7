//! A request whose future is dropped, at any stage, leaves nothing behind.

use std::time::Duration;

use super::*;
use crate::server::{Answer, Event, Server, answer};

/// Waits until the runtime has no other task than this one; every test has a runtime of its own.
async fn no_tasks_are_left() {
    let ended = async {
        while tokio::runtime::Handle::current().metrics().num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), ended).await;
    waited.expect("a task is left behind");
}

fn stalling_or_fine(stall: Vec<u8>) -> Server {
    Server::start(move |request| {
        if request.starts_with("GET /stall") {
            Answer::Stall(stall.clone())
        } else {
            Answer::Bytes(answer("200 OK", &[], b"fine"))
        }
    })
}

#[tokio::test]
async fn dropping_many_leaves_no_connection_and_no_task() {
    let whole = answer("200 OK", &[], b"0123456789");
    // While nothing has come, in the middle of the head, in the middle of the body.
    for part in [0, 20, whole.len() - 3] {
        let mut server = stalling_or_fine(whole[..part].to_vec());
        let transport = transport();
        for _ in 0..20 {
            let url = server.url("/stall");
            tokio::select! {
                answer = transport.send(get(url)) => panic!("the server is stalled: {answer:?}"),
                () = async { while server.event().await != Event::Request {} } => {}
            }
        }
        server.all_ended().await;
        assert_eq!(server.connections(), 20);
        let response = transport.send(get(server.url("/"))).await.unwrap();
        assert_eq!(response.body(), "fine");
        drop(transport);
        no_tasks_are_left().await;
    }
}

/// A permit that a request holds is given back, or the next one would wait for ever.
#[tokio::test]
async fn dropping_before_the_first_poll_or_after_one_holds_nothing() {
    let server = stalling_or_fine(Vec::new());
    let transport = transport();
    drop(transport.send(get(server.url("/stall"))));
    for polls in 1..20 {
        let url = server.url("/stall");
        let mut sending = std::pin::pin!(transport.send(get(url)));
        for _ in 0..polls {
            let poll = std::future::poll_fn(|context| {
                std::task::Poll::Ready(sending.as_mut().poll(context).is_ready())
            });
            assert!(!poll.await);
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(transport.send(get(server.url("/"))).await.unwrap().body(), "fine");
    drop(transport);
    no_tasks_are_left().await;
}

/// A connection that is being made is made to its end, within its own time, and no longer.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn dropping_while_connecting_ends_with_the_connect_timeout() {
    // It accepts, reads and never speaks TLS.
    let mut server = Server::start(|_| Answer::Stall(Vec::new()));
    let transport = builder()
        // Long enough for the connection to be seen on a machine that is busy.
        .connect_timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let url = server.url("/").replace("http://", "https://");
    tokio::select! {
        answer = transport.send(get(url)) => panic!("the server is stalled: {answer:?}"),
        () = async { while server.connections() == 0 { tokio::task::yield_now().await } } => {}
    }
    server.all_ended().await;
    drop(transport);
    no_tasks_are_left().await;
}
