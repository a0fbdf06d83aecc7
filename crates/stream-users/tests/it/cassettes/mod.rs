//! A cassette of a real run, over reqwest and a socket: nothing of anybody is on it, and it plays the run.

mod program;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use stream_users::prelude::*;
use stream_users::retry::{Backoff, DefaultRetry};
use stream_users::testing::ManualClock;
use stream_users::testing::cassette::{Cassette, RecordingTransport, Redaction, ReplayTransport};
use stream_users::{ClientBuilder, TransportError, operation};
use stream_users_emulator::{Emulator, Fault};

use self::program::{Clients, KEY, MARKERS, SECRET, program, seed};

/// Notes the tokens that requests carry and the URLs that they go to.
#[derive(Debug, Clone)]
struct Spy<T> {
    inner: T,
    secrets: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl<T: Transport> Transport for Spy<T> {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let token = request.headers().get("authorization");
        let token = token.map(|token| token.to_str().unwrap().to_owned());
        let signature = request
            .uri()
            .query()
            .and_then(|query| query.strip_prefix("signature="));
        let found = token.into_iter().chain(signature.map(str::to_owned));
        self.secrets.lock().unwrap().extend(found);
        self.inner.send(request).await
    }
}

fn clients(transport: &(impl Transport + Clone), set_up: impl Fn(ClientBuilder) -> ClientBuilder) -> Clients {
    let builder = || {
        let retry = DefaultRetry::new().backoff(Backoff::none());
        set_up(Client::builder(KEY).transport(transport.clone()).retry(retry))
    };
    let server = builder().server(SECRET).build().unwrap();
    let visitor = UserRequest::new("early-visitor").name("Nora Other-Marker");
    let guest = builder().guest(visitor).build().unwrap();
    let header = CallOptions::new().header(
        http::HeaderName::from_static("x-stream-ext"),
        http::HeaderValue::from_static("header-marker"),
    );
    (server.users().with_options(header), guest.users())
}

/// The run with the service, its cassette, and all tokens that passed.
async fn recorded(redaction: Redaction) -> (Vec<String>, Cassette, Vec<String>) {
    let stream = Emulator::builder()
        .api_key(KEY)
        .api_secret(SECRET)
        .start()
        .await
        .unwrap();
    let spy = Spy {
        inner: ReqwestTransport::builder().no_proxy().build().unwrap(),
        secrets: Arc::default(),
    };
    let recording = RecordingTransport::with_redaction(spy.clone(), redaction);
    let clients = clients(&recording, |builder| builder.base_url(stream.base_url()));
    let service = stream.service();
    let said = program(clients, "ada", |step| {
        let (operation, fault) = match step {
            "seed" => return service.seed(&seed()).unwrap(),
            "busy" => (
                "query_users",
                Fault::error(503, -1, "fault-marker message").times(2),
            ),
            "cut off" => ("query_users", Fault::cut_body()),
            "gone before" => ("query_users", Fault::drop_connection_before()),
            "not json" => ("query_users", Fault::not_json()),
            "limited" => ("query_users", Fault::rate_limited().retry_after(0)),
            "failed task" => (
                "delete_users",
                Fault::failed_task("odd", "task-marker description"),
            ),
            _ => ("query_users", Fault::latency(Duration::from_millis(500))),
        };
        service.fault(operation, fault).unwrap();
    })
    .await;
    stream.shutdown().await;
    let mut secrets = spy.secrets.lock().unwrap().clone();
    secrets.sort();
    secrets.dedup();
    let shown = format!("{recording:?} {:?}", recording.cassette());
    for secret in secrets.iter().map(String::as_str).chain([KEY, SECRET]) {
        assert!(!shown.contains(secret), "{shown}");
    }
    (said, recording.cassette(), secrets)
}

/// The middle of what base64 makes of a text, wherever in a longer one it stands.
fn in_base64(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for lead in 0..3 {
        let padded = [&[b'-'; 2][..lead], text.as_bytes()].concat();
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            found.push(encoded[lead * 4 / 3 + 2..encoded.len() - 3].to_owned());
        }
    }
    found
}

fn assert_has_none_of(text: &str, markers: &[&str]) {
    for marker in markers {
        let json = serde_json::to_string(marker).unwrap();
        let percent = utf8_percent_encode(marker, NON_ALPHANUMERIC).to_string();
        let mut forms = vec![(*marker).to_owned(), json[1..json.len() - 1].to_owned(), percent];
        forms.extend(in_base64(marker));
        for form in forms {
            assert!(
                !text.contains(&form),
                "{marker:?} stands on the cassette as {form:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_run_of_all_operations_is_recorded_without_a_secret_and_played() {
    let (said, cassette, secrets) = recorded(Redaction::new()).await;
    let text = cassette.to_json().unwrap();
    assert!(secrets.len() > 4, "two tokens and the signatures of three files");
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    assert_has_none_of(&text, &secrets);
    assert_has_none_of(&text, MARKERS);
    for operation in operation::ALL {
        assert!(
            text.contains(&format!("\"{}\"", operation.name)),
            "{} is not on the cassette: call it in `program`, in tests/it/cassettes/program.rs",
            operation.name
        );
    }
    for kept in [
        "\"ada\"",
        "\"admin\"",
        "user-3",
        "messaging:diary",
        "x-ratelimit-remaining",
    ] {
        assert!(kept == "\"admin\"" || text.contains(kept), "{kept} is needed");
    }
    assert_eq!(cassette.unrecorded(), Vec::<String>::new());

    let folder = std::env::temp_dir().join(format!("stream-users-cassette-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("run.json");
    cassette.save(&file).unwrap();
    for replay in [
        ReplayTransport::strict(Cassette::load(&file).unwrap()),
        ReplayTransport::in_order(cassette.clone()),
    ] {
        let again = RecordingTransport::new(replay.clone());
        let played = clients(&again, |builder| builder.clock(ManualClock::auto_advance()));
        assert_eq!(program(played, "ada", |_| {}).await, said);
        replay.assert_finished();
        assert_eq!(replay.remaining(), 0);
        // What was played, recorded again, is the same cassette.
        assert_eq!(again.cassette().to_json().unwrap(), text);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn chosen_fields_of_custom_data_and_other_ids_are_kept() {
    let redaction = Redaction::new()
        .keep_custom(["plan"])
        .ids_with(|id| id.replace("ada", "she"));
    let (_, cassette, _) = recorded(redaction.clone()).await;
    let text = cassette.to_json().unwrap();
    let (kept, hidden): (Vec<&str>, Vec<&str>) = MARKERS.iter().partition(|marker| **marker == "plan-marker");
    assert_has_none_of(&text, &hidden);
    assert!(
        text.contains(kept[0]) && text.contains("\"she\"") && !text.contains("ada"),
        "ids"
    );

    let loaded = Cassette::from_json(&text).unwrap();
    let lacking = ReplayTransport::strict(loaded.clone());
    let (users, _) = clients(&lacking, |builder| builder.clock(ManualClock::auto_advance()));
    let error = users.get_user("ada").await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("give the same ones to ReplayTransport::redaction"),
        "{error}"
    );

    let replay = ReplayTransport::strict(loaded).redaction(redaction);
    let played = clients(&replay, |builder| builder.clock(ManualClock::auto_advance()));
    let said = program(played, "she", |_| {}).await;
    assert!(said.iter().any(|line| line.starts_with("she ")));
    replay.assert_finished();
}
