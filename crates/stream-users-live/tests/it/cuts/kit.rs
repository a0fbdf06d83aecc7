//! The proxy does what it says: a test that relies on it could not fail otherwise.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::proxy::{End, Greeting, Order, Proxy};
use super::server::Server;
use super::within;

const REQUEST: &[u8] = b"GET /connect?json=1 HTTP/1.1\r\nhost: x\r\nUpgrade: websocket\r\n\r\n";

/// A server that sends what it is told to and echoes, one connection at a time.
async fn upstream() -> (TcpListener, Proxy) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap()).await;
    (listener, proxy)
}

async fn dial(proxy: &Proxy) -> TcpStream {
    let mut client = TcpStream::connect(proxy.address).await.unwrap();
    client.write_all(REQUEST).await.unwrap();
    client
}

async fn expect(stream: &mut TcpStream, bytes: &[u8]) {
    let mut read = vec![0; bytes.len()];
    within("bytes", stream.read_exact(&mut read)).await.unwrap();
    assert_eq!(read, bytes);
}

async fn end(stream: &mut TcpStream) -> Result<usize, ErrorKind> {
    let mut rest = Vec::new();
    let read = within("an end", stream.read_to_end(&mut rest)).await;
    read.map_err(|error| error.kind())
}

#[tokio::test]
async fn connections_that_are_open_at_the_same_time_are_counted() {
    let (listener, proxy) = upstream().await;
    for round in 1..=50 {
        let client = dial(&proxy).await;
        drop(listener.accept().await.unwrap());
        proxy.until(|seen| seen.dialled == round).await;
        drop(client);
    }
    assert_eq!(proxy.seen().most, 1);
    let _first = dial(&proxy).await;
    let (_kept, _) = listener.accept().await.unwrap();
    let _second = dial(&proxy).await;
    proxy.until(|seen| seen.dialled == 52).await;
    assert_eq!(proxy.seen().most, 2);
    assert_eq!(proxy.seen().requests[0], "get /connect");
}

#[tokio::test]
async fn each_order_does_what_it_says() {
    let (listener, proxy) = upstream().await;
    for order in [
        Order::Reset,
        Order::After(3, End::Reset),
        Order::After(3, End::Fin),
        Order::HalfOpen,
        Order::Silent,
    ] {
        let mut client = dial(&proxy).await;
        let (mut server, _) = listener.accept().await.unwrap();
        expect(&mut server, REQUEST).await;
        client.write_all(b"up").await.unwrap();
        expect(&mut server, b"up").await;
        server.write_all(b"down").await.unwrap();
        expect(&mut client, b"down").await;
        proxy.order(order);
        match order {
            Order::Reset => {
                assert_eq!(end(&mut client).await, Err(ErrorKind::ConnectionReset));
                assert_eq!(end(&mut server).await, Err(ErrorKind::ConnectionReset));
            }
            Order::After(_, how) => {
                // The order is taken up before what comes after it.
                client.write_all(b"x").await.unwrap();
                expect(&mut server, b"x").await;
                server.write_all(b"down").await.unwrap();
                expect(&mut client, b"dow").await;
                let is_reset = end(&mut client).await == Err(ErrorKind::ConnectionReset);
                assert_eq!(is_reset, how == End::Reset);
            }
            Order::HalfOpen | Order::Silent => {
                let before = proxy.seen().swallowed;
                client.write_all(b"ping").await.unwrap();
                proxy.until(|seen| seen.swallowed == before + 4).await;
                if matches!(order, Order::HalfOpen) {
                    assert_eq!(end(&mut server).await, Ok(0));
                } else {
                    drop(client);
                    end(&mut server).await.ok();
                }
            }
        }
    }
}

#[tokio::test]
async fn each_greeting_does_what_it_says() {
    let (listener, proxy) = upstream().await;
    proxy.next([Greeting::html(502), Greeting::too_many_requests(7)]);
    for status in ["502", "429"] {
        let mut client = dial(&proxy).await;
        let expected = format!("HTTP/1.1 {status} X\r\n");
        expect(&mut client, expected.as_bytes()).await;
    }
    proxy.next([Greeting::ResetAfterUpgrade, Greeting::SilentAfterUpgrade]);
    for is_reset in [true, false] {
        let mut client = dial(&proxy).await;
        let (mut server, _) = listener.accept().await.unwrap();
        let answer = b"HTTP/1.1 101 X\r\n\r\n";
        server.write_all(answer).await.unwrap();
        server.write_all(b"first frame").await.unwrap();
        expect(&mut client, answer).await;
        if is_reset {
            assert_eq!(end(&mut client).await, Err(ErrorKind::ConnectionReset));
        } else {
            let before = proxy.seen().swallowed;
            client.write_all(b"ping").await.unwrap();
            proxy.until(|seen| seen.swallowed == before + 4).await;
        }
    }
    proxy.always(Greeting::Upgrade(Box::new(Greeting::html(200))));
    let mut client = dial(&proxy).await;
    expect(&mut client, b"HTTP/1.1 200 X\r\n").await;
    let mut client = TcpStream::connect(proxy.address).await.unwrap();
    client.write_all(b"GET /longpoll HTTP/1.1\r\n\r\n").await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    expect(&mut server, b"GET /longpoll HTTP/1.1\r\n\r\n").await;
    assert!(proxy.is_plan_done());
}

#[tokio::test]
async fn a_killed_emulator_comes_back_with_its_data() {
    let mut server = Server::start("kit").await;
    let users = serde_json::json!({ "users": { "ada": { "id": "ada" } } });
    server.post("/api/v2/users", &users).await;
    server.kill_and_restart().await;
    server.tell("ada", 1).await;
    let state = server.get("/_emulator/state").await;
    assert_eq!(state["users"][0]["id"], "ada");
}
