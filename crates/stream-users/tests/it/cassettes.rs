//! A cassette of a real run, over reqwest and a socket: nothing of anybody is on it, and it plays the run.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::TryStreamExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stream_users::prelude::*;
use stream_users::retry::{Backoff, DefaultRetry};
use stream_users::testing::ManualClock;
use stream_users::testing::cassette::{Cassette, RecordingTransport, Redaction, ReplayTransport};
use stream_users::{
    BlockUsers, ClientBuilder, CreateGuest, ExportUser, GetBlockedUsers, GetRateLimits, GetUserLiveLocations,
    PollPolicy, ReactivateUser, ReactivateUsers, RestoreUsers, TransportError, UnblockUsers,
    UpdateLiveLocation, operation,
};
use stream_users_emulator::{Emulator, Fault};

/// A custom struct with every type of JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Profile {
    #[serde(default)]
    email: String,
    #[serde(default)]
    plan: String,
    #[serde(default)]
    phone: u64,
    #[serde(default)]
    weight: f64,
    #[serde(default)]
    is_ill: bool,
    #[serde(default)]
    friends: Vec<Friend>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Friend {
    token: String,
    note: Option<String>,
}

const KEY: &str = "k3y-marker";
const SECRET: &str = "s3cr3t-marker-of-32-characters-or-so";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.dG9rZW4tbWFya2Vy.c2lnbmF0dXJlLW1hcmtlcg";
const PHONE: u64 = 49_170_987_654_321;

/// What must be on no cassette, in no form.
const MARKERS: &[&str] = &[
    KEY,
    SECRET,
    TOKEN,
    "Nadia \"Name\" Mürker/ä",
    "Nora Other-Marker",
    "https://images.example/Image-Marker.png",
    "email-marker@example.com",
    "plan-marker",
    "note-marker with words",
    "text-marker: dear diary, grüße 😀",
    "search-marker",
    "reaction-marker-custom",
    "push-marker-token",
    "hardware-marker",
    "header-marker",
    "task-marker description",
    "fault-marker message",
    "49170987654321",
    "78.123456",
    "52.987654",
];

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

fn profile() -> Profile {
    Profile {
        email: "email-marker@example.com".to_owned(),
        plan: "plan-marker".to_owned(),
        phone: PHONE,
        weight: 78.123_456,
        is_ill: true,
        friends: vec![Friend {
            token: TOKEN.to_owned(),
            note: Some("note-marker with words".to_owned()),
        }],
    }
}

fn seed() -> serde_json::Value {
    json!({
        "channels": [{"cid": "messaging:diary", "created_by_id": "ada", "members": ["ada", "bob"], "custom": {"topic": "plan-marker"}}],
        "messages": [
            {"id": "m-1", "cid": "messaging:diary", "user_id": "ada", "text": "text-marker: dear diary, grüße 😀"},
            {"id": "m-2", "cid": "messaging:diary", "user_id": "ada", "text": "text-marker: dear diary, grüße 😀"},
        ],
        "reactions": [{"message_id": "m-1", "user_id": "ada", "type": "like", "custom": {"why": "reaction-marker-custom"}}],
        "mutes": [{"user_id": "ada", "target_id": "bob"}],
        "devices": [{"user_id": "ada", "id": "push-marker-token", "push_provider": "firebase", "hardware_id": "hardware-marker"}],
        "live_locations": [{"message_id": "m-2", "latitude": 52.987_654, "longitude": 4.25, "end_at": "2199-01-01T00:00:00Z"}],
    })
}

/// What an error comes to, without its words.
fn told(error: &Error) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?} attempts {:?}",
        error.kind(),
        error.operation(),
        error.code(),
        error.status(),
        error.retry_after(),
        error.meta().map(|meta| meta.attempts)
    )
}

fn shown<C: CustomData>(user: &User<C>) -> String {
    format!(
        "{} {} {} {:?} {:?} {} {:?}",
        user.id,
        user.role,
        user.language,
        user.created_at,
        user.deactivated_at,
        user.banned,
        user.name.is_some()
    )
}

type Client2 = (Users<Profile>, Users<Profile>);

/// The program that is recorded: all operations, and what may go wrong. `stage` is called between the steps; only a real
/// service needs it.
#[allow(clippy::too_many_lines, reason = "all operations, one after the other")]
async fn program((users, guest): Client2, ada: &str, stage: impl Fn(&str)) -> Vec<String> {
    let often = PollPolicy::new().interval(Duration::from_millis(20), Duration::from_millis(20));
    let mut said = Vec::new();
    let mut say = |text: String| said.push(text);
    let whole = UserRequest::new(ada)
        .name("Nadia \"Name\" Mürker/ä")
        .image("https://images.example/Image-Marker.png")
        .language("en")
        .custom(profile());
    let crowd = (0..7).map(|n| {
        UserRequest::new(format!("user-{n}"))
            .name("Nora Other-Marker")
            .custom(profile())
    });
    let all = UpsertUsers::new(
        [UserRequest::new("zoe"), whole, UserRequest::new("bob")]
            .into_iter()
            .chain(crowd),
    );
    let upserted = users.upsert_users(all).await.unwrap();
    say(format!("{:?}", upserted.meta.status));
    said.extend(upserted.body.users.iter().map(shown));
    stage("seed");

    let mut say = |text: String| said.push(text);
    let patch = UserPatch::new(ada)
        .name("Nora Other-Marker")
        .unset("image")
        .set("friends", json!([{"token": TOKEN, "note": null}]))
        .set("plan", "plan-marker");
    say(shown(&users.update_user_partial(patch).await.unwrap()));
    let filters = [
        field::name().autocomplete("search-marker"),
        field::email().is_in(["email-marker@example.com", "search-marker"]),
        field::custom("plan").eq("plan-marker") & field::id().eq(ada),
        !field::custom("phone").gt(PHONE) | field::username().eq("search-marker"),
        field::id().is_in([ada, "bob"]),
    ];
    for filter in filters {
        let query = QueryUsers::new(filter)
            .sort(field::created_at().asc())
            .sort(field::id().asc());
        let found = users.query_users(query).await.unwrap().body.users;
        say(format!("{:?}", found.iter().map(shown).collect::<Vec<_>>()));
    }
    for order in [field::id().asc(), field::name().desc(), field::created_at().asc()] {
        let query = QueryUsers::new(Filter::all()).sort(order).limit(3);
        let found: Vec<User<Profile>> = users.items(query).try_collect().await.unwrap();
        say(format!(
            "{:?}",
            found.iter().map(|user| user.id.as_str()).collect::<Vec<_>>()
        ));
    }
    say(format!("{:?}", users.get_user("nobody").await.unwrap().is_some()));

    // One user at once, many by tasks.
    say(shown(&users.deactivate("bob").await.unwrap()));
    let back = ReactivateUser::new("bob").name("Nora Other-Marker");
    say(shown(
        &users.reactivate_user(back).await.unwrap().body.user.unwrap(),
    ));
    let started = users
        .deactivate_users(DeactivateUsers::new(["bob", "zoe"]))
        .await
        .unwrap()
        .body;
    let ended = users.task(&started).with_policy(often).wait().await.unwrap();
    say(format!("{:?}", ended.users.iter().map(shown).collect::<Vec<_>>()));
    let started = users
        .reactivate_users(ReactivateUsers::new(["bob", "zoe"]))
        .await
        .unwrap()
        .body;
    say(format!(
        "{}",
        users
            .task(&started)
            .with_policy(often)
            .wait()
            .await
            .unwrap()
            .users
            .len()
    ));
    let started = users
        .delete_users(DeleteUsers::new(["zoe", "user-6"]))
        .await
        .unwrap()
        .body;
    let deleted = users.task(&started).with_policy(often).wait().await.unwrap();
    say(format!("{deleted:?}"));
    users.restore_users(RestoreUsers::new(["zoe"])).await.unwrap();

    // Exports, at once and as a file that is read in parts of any length.
    let export = users.export_user(ExportUser::new(ada)).await.unwrap().body;
    say(format!("{} {}", export.messages.len(), export.reactions.len()));
    for (part_size, count) in [(97, usize::MAX), (1 << 20, usize::MAX), (64, 1)] {
        let ids = [ada, "user-0", "user-1", "user-2"];
        let started = users.export_users(ExportUsers::new(ids)).await.unwrap().body;
        let file = users.task(&started).with_policy(often).wait().await.unwrap();
        let mut download = users.download(&file).part_size(part_size);
        let mut read = 0;
        while read < count {
            let Some(record) = download.try_next().await.unwrap() else {
                break;
            };
            read += 1;
            let of = record.user().map(|user| (shown(user), user.custom.friends.len()));
            say(format!("{} {of:?}", record.kind()));
        }
        say(download.cursor().offset().to_string());
    }

    // Guests, blocks, places, quotas.
    let made = guest.create_guest(CreateGuest::new(
        UserRequest::new("visitor").name("Nora Other-Marker"),
    ));
    say(shown(&made.await.unwrap().body.user));
    say(format!(
        "{:?}",
        guest
            .block_users(BlockUsers::new("bob"))
            .await
            .unwrap()
            .body
            .blocked_user_id
    ));
    users.block_user(ada, "bob").await.unwrap();
    let blocks = users
        .get_blocked_users(GetBlockedUsers::new().user_id(ada))
        .await
        .unwrap()
        .body
        .blocks;
    say(format!(
        "{:?}",
        blocks
            .iter()
            .map(|block| block.blocked_user.as_ref().map(shown))
            .collect::<Vec<_>>()
    ));
    users
        .unblock_users(UnblockUsers::new("bob").user_id(ada))
        .await
        .unwrap();
    let moved = UpdateLiveLocation::new("m-2")
        .user_id(ada)
        .position(52.987_654, 4.25);
    say(users
        .update_live_location(moved)
        .await
        .unwrap()
        .body
        .channel_cid
        .to_string());
    let shared = users
        .get_user_live_locations(GetUserLiveLocations::new().user_id(ada))
        .await
        .unwrap();
    say(format!("{}", shared.body.active_live_locations.len()));
    let limits = users
        .get_rate_limits(GetRateLimits::new().server_side().endpoints(["UpdateUsers"]))
        .await
        .unwrap();
    say(format!(
        "{:?}",
        limits.body.server_side.map(|limits| limits.len())
    ));

    // What goes wrong.
    let gone = users
        .upsert_user(UserRequest::new("user-6").name("Nora Other-Marker"))
        .await
        .unwrap_err();
    say(told(&gone));
    let odd = json!({"no_such_field": {"$near": "search-marker"}});
    let odd = Filter::raw(odd.as_object().unwrap().clone());
    say(told(&users.query_users(QueryUsers::new(odd)).await.unwrap_err()));
    say(told(&guest.export_user(ExportUser::new(ada)).await.unwrap_err()));
    for fault in ["busy", "cut off", "gone before", "not json", "limited"] {
        stage(fault);
        match users.get_users([ada, "bob"]).await {
            Ok(found) => say(format!("{fault}: {}", found.len())),
            Err(error) => say(format!("{fault}: {}", told(&error))),
        }
    }
    stage("failed task");
    let started = users
        .delete_users(DeleteUsers::new(["user-5"]))
        .await
        .unwrap()
        .body;
    say(told(
        &users.task(&started).with_policy(often).wait().await.unwrap_err(),
    ));
    stage("silence");
    let hurried = users.with_options(CallOptions::new().timeout(Duration::from_millis(100)));
    say(told(&hurried.get_user(ada).await.unwrap_err()));
    said
}

fn clients(transport: impl Transport + Clone, set_up: impl Fn(ClientBuilder) -> ClientBuilder) -> Client2 {
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
    let clients = clients(recording.clone(), |builder| builder.base_url(stream.base_url()));
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
            "{}",
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
        let played = clients(again.clone(), |builder| {
            builder.clock(ManualClock::auto_advance())
        });
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
    let (users, _) = clients(lacking, |builder| builder.clock(ManualClock::auto_advance()));
    let error = users.get_user("ada").await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("give the same ones to ReplayTransport::redaction"),
        "{error}"
    );

    let replay = ReplayTransport::strict(loaded).redaction(redaction);
    let played = clients(replay.clone(), |builder| {
        builder.clock(ManualClock::auto_advance())
    });
    let said = program(played, "she", |_| {}).await;
    assert!(said.iter().any(|line| line.starts_with("she ")));
    replay.assert_finished();
}
