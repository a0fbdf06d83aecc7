//! A connection while it lives: health checks both ways, and how it ends.

use std::time::Duration;

use serde_json::json;
use stream_users_emulator::Emulator;
use tokio_tungstenite::tungstenite::Message;

use super::client::{Client, Closed};
use crate::socket::within;

#[tokio::test]
async fn each_form_of_a_health_check_is_answered() {
    let emulator = Emulator::start().await.unwrap();
    for protocol in ["v1", "v2"] {
        let (mut client, first) = match protocol {
            "v1" => Client::older(&emulator, "ada").await,
            _ => Client::newer(&emulator, "ada").await,
        };
        let id = &first["connection_id"];
        for ping in [
            json!([{ "type": "health.check", "client_id": id }]),
            json!({ "type": "health.check", "client_id": id }),
            json!({ "type": "health.check" }),
        ] {
            client.say(ping.to_string()).await;
            let pong = client.json().await;
            assert_eq!(
                (&pong["type"], &pong["connection_id"], &pong["cid"]),
                (&json!("health.check"), id, &json!("*"))
            );
            assert_eq!(pong["created_at"].is_i64(), protocol == "v2");
            assert_eq!(pong.get("custom").is_some(), protocol == "v2");
        }
        client
            .send(Message::binary(json!({ "type": "health.check" }).to_string()))
            .await;
        assert_eq!(client.json().await["type"], "health.check");
        // What means nothing here is passed over.
        client.say(r#"{"type":"typing.start"}"#).await;
        client.say("[]").await;
        client.say("7").await;
        assert_eq!(client.ping().await, [json!(null); 0]);
    }
}

/// An emulator that says something every ten seconds and hears something every 25.
async fn quick() -> Emulator {
    let quick = Emulator::builder().settings(|settings| {
        settings.health_check_interval = Duration::from_secs(10);
        settings.longest_silence = Duration::from_secs(25);
    });
    quick.start().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_emulator_says_that_it_lives_and_closes_who_does_not() {
    let emulator = quick().await;
    let (mut client, _) = Client::newer(&emulator, "ada").await;
    let began = tokio::time::Instant::now();
    for passed in [10, 20] {
        assert_eq!(client.json().await["type"], "health.check");
        assert_eq!(began.elapsed().as_secs(), passed);
    }
    let closed = client.next().await;
    assert_eq!(
        closed,
        Err(Closed::Code(1008, "no health check for too long".to_owned()))
    );
    assert_eq!(began.elapsed().as_secs(), 25);
    assert!(emulator.connections().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_says_something_stays() {
    let emulator = quick().await;
    let (mut client, _) = Client::older(&emulator, "ada").await;
    for message in [
        Message::text("{}"),
        Message::Ping("x".into()),
        Message::Pong("y".into()),
    ]
    .iter()
    .cycle()
    .take(9)
    {
        tokio::time::sleep(Duration::from_secs(12)).await;
        client.send(message.clone()).await;
        while client.json().await["type"] != "health.check" {}
    }
    assert_eq!(emulator.connections().len(), 1);
}

#[tokio::test]
async fn a_shutdown_closes_connections_at_once() {
    let emulator = Emulator::start().await.unwrap();
    let (mut connected, _) = Client::newer(&emulator, "ada").await;
    let (mut older, _) = Client::older(&emulator, "ada").await;
    let mut waiting = Client::open(&emulator, &super::client::newer(&emulator)).await;
    let service = emulator.service();
    let ((), ()) = tokio::join!(within(emulator.shutdown()), async {
        let gone = |reason: &str| Err(Closed::Code(1001, reason.to_owned()));
        assert_eq!(connected.next().await, gone("the emulator stops"));
        assert_eq!(older.next().await, gone("the emulator stops"));
        assert_eq!(waiting.next().await, gone(""));
        for client in [&mut connected, &mut older, &mut waiting] {
            assert_eq!(client.next().await, Err(Closed::Socket));
        }
    });
    assert!(service.connections().is_empty());
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_who_does_not_read() {
    let emulator = Emulator::start().await.unwrap();
    let (_client, _) = Client::newer(&emulator, "ada").await;
    let began = std::time::Instant::now();
    within(emulator.shutdown()).await;
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn living_connections_take_no_place_of_requests() {
    let emulator = Emulator::builder().max_connections(1).start().await.unwrap();
    let mut clients = Vec::new();
    for n in 0..5 {
        clients.push(Client::newer(&emulator, &format!("u{n}")).await.0);
    }
    let (status, _) = crate::socket::send(
        &emulator.address().to_string(),
        emulator.api_secret(),
        "GET",
        &format!("/hi?api_key={}", emulator.api_key()),
        &json!(null),
    )
    .await;
    assert_eq!(status, 200);
    for client in &mut clients {
        assert_eq!(client.ping().await, [json!(null); 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_come_and_go_at_once() {
    const MANY: usize = 300;
    let emulator = std::sync::Arc::new(Emulator::builder().max_connections(20).start().await.unwrap());
    let come = |n: usize| {
        let emulator = emulator.clone();
        tokio::spawn(async move {
            let user = format!("u{}", n % 100);
            let (mut client, first) = match n % 2 {
                0 => Client::older(&emulator, &user).await,
                _ => Client::newer(&emulator, &user).await,
            };
            assert_eq!(first["me"]["id"], user, "{first}");
            client.ping().await;
            client
        })
    };
    let coming: Vec<_> = (0..MANY).map(come).collect();
    let mut clients = Vec::new();
    for client in coming {
        clients.push(within(client).await.unwrap());
    }
    let connections = emulator.connections();
    assert_eq!(connections.len(), MANY);
    let ids: std::collections::HashSet<&str> = connections.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids.len(), MANY);
    assert_eq!(emulator.usage().unwrap()[0].users, 100);
    drop(clients);
    within(async {
        while !emulator.connections().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let state = emulator.state().unwrap();
    let users = state["users"].as_array().unwrap();
    assert_eq!(users.len(), 100);
    assert!(users.iter().all(|user| user["online"] != true), "{users:?}");
}
