//! What a developer does to connections.

use std::time::Duration;

use serde_json::json;
use stream_users_emulator::{Cut, Emulator};
use tokio_tungstenite::tungstenite::Error;

use super::client::{Client, Closed};
use crate::socket::{send, within};

#[tokio::test]
async fn sockets_are_reset_hung_up_or_closed() {
    let emulator = Emulator::start().await.unwrap();
    let (mut ada, _) = Client::newer(&emulator, "ada").await;
    let (mut bob, first) = Client::newer(&emulator, "bob").await;
    let (mut eve, _) = Client::older(&emulator, "eve").await;
    assert_eq!(emulator.cut_connections(Cut::reset().user("nobody")).unwrap(), 0);
    assert_eq!(emulator.cut_connections(Cut::reset().user("ada")).unwrap(), 1);
    let end = within(futures_util::StreamExt::next(&mut ada.0))
        .await
        .unwrap()
        .unwrap_err();
    let Error::Io(end) = end else { panic!("{end}") };
    assert_eq!(end.kind(), std::io::ErrorKind::ConnectionReset);
    let id = first["connection_id"].as_str().unwrap();
    assert_eq!(
        emulator.cut_connections(Cut::hang_up().connection(id)).unwrap(),
        1
    );
    assert_eq!(bob.next().await, Err(Closed::Socket));
    assert_eq!(emulator.connections().len(), 1);
    assert_eq!(emulator.cut_connections(Cut::close(4001, "see you")).unwrap(), 1);
    assert_eq!(eve.next().await, Err(Closed::Code(4001, "see you".to_owned())));
    assert!(emulator.connections().is_empty());
    for cut in [
        Cut::close(1006, ""),
        Cut::close(999, ""),
        Cut::close(1000, "x".repeat(124)),
    ] {
        let error = emulator.cut_connections(cut).unwrap_err();
        assert!(
            error.to_string().starts_with("the connections are not cut: "),
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_one_neither_reads_nor_writes() {
    let emulator = Emulator::builder()
        .settings(|settings| settings.longest_silence = Duration::from_secs(40))
        .start()
        .await
        .unwrap();
    let (mut client, _) = Client::newer(&emulator, "ada").await;
    emulator.cut_connections(Cut::silence()).unwrap();
    assert!(emulator.connections()[0].silent);
    client.say(r#"{"type":"health.check"}"#).await;
    let silence = tokio::time::timeout(
        Duration::from_mins(10),
        futures_util::StreamExt::next(&mut client.0),
    );
    assert!(silence.await.is_err());
    assert_eq!(emulator.connections().len(), 1);
    emulator.cut_connections(Cut::hang_up()).unwrap();
    assert_eq!(client.next().await, Err(Closed::Socket));
}

#[tokio::test]
async fn the_same_over_http_and_a_reset_closes_all() {
    let emulator = Emulator::start().await.unwrap();
    let (address, secret) = (emulator.address().to_string(), emulator.api_secret());
    let (mut client, first) = Client::older(&emulator, "ada").await;
    let (_, shown) = send(&address, secret, "GET", "/_emulator/connections", &json!(null)).await;
    assert_eq!(
        shown["connections"],
        json!([{
            "id": first["connection_id"], "user_id": "ada", "anonymous": false, "protocol": "v1",
            "transport": "websocket", "waiting": 0, "silent": false, "polling": false, "subscriptions": [],
            "connected_at": shown["connections"][0]["connected_at"],
        }])
    );
    let post = |body| async move { send(&address, secret, "POST", "/_emulator/connections", &body).await };
    let (status, answer) = post.clone()(json!({ "cut": "close", "code": 1006 })).await;
    assert_eq!((status, &answer["code"]), (400, &json!(4)), "{answer}");
    let (_, answer) = post(json!({ "cut": "close", "code": 4000, "user_id": "ada" })).await;
    assert_eq!(answer, json!({ "cut": 1 }));
    assert_eq!(client.next().await, Err(Closed::Code(4000, String::new())));
    let (mut client, _) = Client::older(&emulator, "ada").await;
    emulator.reset().unwrap();
    assert_eq!(
        client.next().await,
        Err(Closed::Code(1012, "the emulator was reset".to_owned()))
    );
    assert_eq!(emulator.state().unwrap()["users"], json!([]));
}
