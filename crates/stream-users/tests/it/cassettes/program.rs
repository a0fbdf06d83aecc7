//! The program that is recorded and played, and what must be on no cassette.

use std::time::Duration;

use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use stream_users::prelude::*;
use stream_users::{
    BlockUsers, CreateGuest, EraseUsers, ExportUser, GetBlockedUsers, GetRateLimits, GetUserLiveLocations,
    PollPolicy, ReactivateUser, ReactivateUsers, RestoreUsers, UnblockUsers, UpdateLiveLocation,
};

/// A custom struct with every type of JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Profile {
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
pub(super) struct Friend {
    token: String,
    note: Option<String>,
}

pub(super) const KEY: &str = "k3y-marker";
pub(super) const SECRET: &str = "s3cr3t-marker-of-32-characters-or-so";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.dG9rZW4tbWFya2Vy.c2lnbmF0dXJlLW1hcmtlcg";
const PHONE: u64 = 49_170_987_654_321;

/// What must be on no cassette, in no form.
pub(super) const MARKERS: &[&str] = &[
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

pub(super) fn seed() -> serde_json::Value {
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

pub(super) type Clients = (Users<Profile>, Users<Profile>);

/// The program that is recorded: all operations, and what may go wrong; conveniences call `update_users_partial`,
/// `deactivate_user` and `get_task`. `stage` is called between the steps; only a real
/// service needs it.
#[allow(clippy::too_many_lines, reason = "all operations, one after the other")]
pub(super) async fn program((users, guest): Clients, ada: &str, stage: impl Fn(&str)) -> Vec<String> {
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

    // All of it in one: exported, deleted, looked for.
    let erased = users
        .erase_users(EraseUsers::new(["user-4"]).poll_policy(often))
        .await
        .unwrap();
    assert!(erased.is_complete(), "{erased:?}");
    let (file, deletion) = (&erased.exports[0], &erased.deletions[0]);
    say(format!(
        "{:?} {} {} {}",
        erased.users, file.bytes, file.records, deletion.task_id
    ));

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
