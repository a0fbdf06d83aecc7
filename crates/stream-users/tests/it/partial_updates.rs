//! The least patch, with the emulator as the judge of what it does.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use stream_users::prelude::*;
use stream_users::{PrivacySettings, ServiceTransport, Str, StrMap};
use stream_users_emulator::Emulator;
use tokio::runtime::Runtime;

/// A local Stream, where each user has a new id.
struct Stage {
    runtime: Runtime,
    users: Users,
    made: Cell<u32>,
}

impl Stage {
    fn new() -> Self {
        let stream = Emulator::builder().build().unwrap();
        let client = Client::builder(stream.api_key()).server(stream.api_secret());
        let client = client.transport(ServiceTransport::new(stream)).build().unwrap();
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            users: client.users(),
            made: Cell::new(0),
        }
    }

    /// A new user with the fields of the given one.
    fn make(&self, user: &User) -> User {
        self.made.set(self.made.get() + 1);
        let mut request = UserRequest::from(user);
        request.id = format!("user-{}", self.made.get()).into();
        let made = self.upsert(request);
        self.apply(UserPatch::new(&made.id).revoke_tokens_issued_before(user.revoke_tokens_issued_before))
    }

    fn upsert(&self, request: UserRequest) -> User {
        self.runtime.block_on(self.users.upsert_user(request)).unwrap()
    }

    fn apply(&self, patch: UserPatch) -> User {
        self.try_apply(patch).unwrap()
    }

    fn try_apply(&self, patch: UserPatch) -> stream_users::Result<User> {
        self.runtime.block_on(self.users.update_user_partial(patch))
    }
}

/// What of a user can be patched.
#[derive(Debug, PartialEq)]
struct Content {
    texts: [Option<Str>; 4],
    invisible: bool,
    teams: BTreeSet<Str>,
    teams_role: StrMap<Str>,
    privacy_settings: PrivacySettings,
    revoke_tokens_issued_before: Option<Timestamp>,
    custom: Map<String, Value>,
}

fn content(user: &User) -> Content {
    Content {
        texts: [
            user.name.clone(),
            user.image.clone(),
            Some(user.role.clone()),
            Some(user.language.clone()),
        ],
        invisible: user.invisible,
        teams: user.teams.iter().cloned().collect(),
        teams_role: user.teams_role.clone(),
        privacy_settings: user.privacy_settings.unwrap_or_default(),
        revoke_tokens_issued_before: user.revoke_tokens_issued_before,
        custom: user.custom.to_map().unwrap(),
    }
}

/// From few values, so that two of them often have something in common.
fn any_custom() -> impl Strategy<Value = Custom> {
    fn object(
        keys: &'static [&'static str],
        values: impl Strategy<Value = Value>,
    ) -> impl Strategy<Value = Map<String, Value>> {
        let entries = prop::collection::vec((prop::sample::select(keys), values), 0..4);
        entries.prop_map(|entries| {
            entries
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()
        })
    }
    let leaf = prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(0.5),
        json!("x"),
        json!([]),
        json!([1, {"a": 1}]),
        json!({}),
    ]);
    let value = leaf.prop_recursive(4, 16, 4, |inner| {
        object(&["a", "b", "é", "0", "x.y", "x y", ""], inner).prop_map(Value::Object)
    });
    object(&["a", "b", "c", "plan-1"], value).prop_map(Custom::from)
}

fn any_privacy() -> impl Strategy<Value = Option<PrivacySettings>> {
    let setting = || prop::option::of(any::<bool>());
    let settings = (setting(), setting(), setting()).prop_map(
        |(typing_indicators, read_receipts, delivery_receipts)| {
            let settings = json!({
                "typing_indicators": typing_indicators.map(|enabled| json!({"enabled": enabled})),
                "read_receipts": read_receipts.map(|enabled| json!({"enabled": enabled})),
                "delivery_receipts": delivery_receipts.map(|enabled| json!({"enabled": enabled})),
            });
            serde_json::from_value(settings).unwrap()
        },
    );
    prop::option::of(settings)
}

const TEAMS: [&str; 3] = ["red", "blue", "dotted.team"];

fn any_role() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["user", "admin", "moderator"])
}

/// Teams, and roles in some of them.
fn any_teams() -> impl Strategy<Value = (Vec<Str>, StrMap<Str>)> {
    let teams = prop::sample::subsequence(TEAMS.to_vec(), 0..=3).prop_shuffle();
    let roles = prop::collection::btree_map(prop::sample::select(TEAMS.to_vec()), any_role(), 0..3);
    (teams, roles).prop_map(|(teams, roles): (Vec<&str>, BTreeMap<&str, &str>)| {
        let roles = roles.into_iter().filter(|(team, _)| teams.contains(team));
        let roles = roles.map(|(team, role)| (team, role.into())).collect();
        (teams.into_iter().map(Str::from).collect(), roles)
    })
}

fn text(values: &'static [&'static str]) -> impl Strategy<Value = Option<Str>> {
    prop::option::of(prop::sample::select(values).prop_map(Str::from))
}

fn any_user() -> impl Strategy<Value = User> {
    (
        (text(&["Ada", "Bob"]), text(&["https://example.com/a.png", "x"])),
        any_role(),
        prop::sample::select(vec!["", "en", "nl"]),
        any::<bool>(),
        any_teams(),
        any_privacy(),
        prop::option::of(0..3_i64),
        any_custom(),
    )
        .prop_map(
            |((name, image), role, language, invisible, teams, privacy, revoked, custom)| {
                let mut user = User::new("given-later", custom, Timestamp::UNIX_EPOCH);
                (user.name, user.image) = (name, image);
                (user.role, user.language, user.invisible) = (role.into(), language.into(), invisible);
                (user.teams, user.teams_role) = teams;
                user.privacy_settings = privacy;
                user.revoke_tokens_issued_before = revoked.and_then(Timestamp::from_unix_seconds);
                user
            },
        )
}

/// The patch without one of its entries, for each of them.
fn without_one(patch: &UserPatch) -> Vec<(String, UserPatch)> {
    let mut all = Vec::new();
    for key in patch.set.keys() {
        let mut less = patch.clone();
        less.set.remove(key);
        all.push((key.clone(), less));
    }
    for (index, key) in patch.unset.iter().enumerate() {
        let mut less = patch.clone();
        less.unset.remove(index);
        all.push((key.to_string(), less));
    }
    all
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(count)
    }
}

#[test]
fn the_least_patch_makes_one_user_of_another() {
    let stage = Stage::new();
    let mut runner = proptest::test_runner::TestRunner::new(cases(150));
    let outcome = runner.run(&(any_user(), any_user()), |(before, wanted)| {
        let before = stage.make(&before);
        let mut after = wanted;
        after.id = before.id.clone();
        let patch = UserPatch::between(&before, &after);
        prop_assert_eq!(patch.is_empty(), content(&before) == content(&after));
        // Every entry is needed. That a user who leaves a team has no role there any more is the emulator's doing, and
        // said all the same.
        for (key, less) in without_one(&patch) {
            if key == "teams_role" && patch.set.contains_key("teams") {
                continue;
            }
            let mut less = less;
            less.id = stage.make(&before).id;
            // It is refused (a role in a team, without the team), or makes another user.
            match stage.try_apply(less) {
                Ok(user) => prop_assert_ne!(content(&user), content(&after), "{} {:?}", key, patch),
                Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Api, "{}", error),
            }
        }
        let patched = stage.apply(patch.clone());
        prop_assert_eq!(content(&patched), content(&after), "{:?}", patch);
        prop_assert!(UserPatch::between(&patched, &after).is_empty());
        Ok(())
    });
    outcome.unwrap();
}

fn any_request() -> impl Strategy<Value = UserRequest> {
    (any_user(), prop::collection::vec(any::<bool>(), 6)).prop_map(|(user, says)| {
        let mut request = UserRequest::from(user);
        request.role = request.role.filter(|_| says[0]);
        request.language = request.language.filter(|_| says[1]);
        request.invisible = request.invisible.filter(|_| says[2]);
        if !says[3] {
            (request.teams, request.teams_role) = (None, None);
        }
        request.teams_role = request.teams_role.filter(|_| says[4]);
        request.custom = request.custom.filter(|_| says[5]);
        request
    })
}

#[test]
fn a_patch_towards_a_request_does_what_upserting_it_does() {
    let stage = Stage::new();
    let mut runner = proptest::test_runner::TestRunner::new(cases(150));
    let outcome = runner.run(&(any_user(), any_request()), |(before, mut wanted)| {
        let (upserted, patched) = (stage.make(&before), stage.make(&before));
        wanted.id = patched.id.clone();
        let patch = UserPatch::towards(&patched, &wanted);
        let patched = stage.apply(patch.clone());
        wanted.id = upserted.id;
        let upserted = stage.upsert(wanted);
        prop_assert_eq!(content(&patched), content(&upserted), "{:?}", patch);
        prop_assert_eq!(patch.is_empty(), content(&before) == content(&patched));
        Ok(())
    });
    outcome.unwrap();
}

/// A service may write a whole number without its fraction.
#[tokio::test]
async fn a_copy_with_typed_data_can_be_changed_and_sent_back() {
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Profile {
        score: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nick: Option<String>,
        #[serde(default)]
        address: Option<Address>,
    }
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Address {
        city: String,
        zip: String,
    }

    let stream = Emulator::builder().build().unwrap();
    let client = Client::builder(stream.api_key()).server(stream.api_secret());
    let client = client.transport(ServiceTransport::new(stream)).build().unwrap();
    let raw: Users = client.users();
    let custom = json!({"score": 1, "nick": "a", "theme": "dark", "address": {"city": "Paris", "zip": "1"}});
    let custom = Custom::from_serialize(&custom).unwrap();
    raw.upsert_user(UserRequest::new("ada").custom(custom))
        .await
        .unwrap();

    let users: Users<Profile> = client.users();
    let before = users.get_user("ada").await.unwrap().unwrap();
    assert!(UserPatch::between(&before, &before.clone()).is_empty());
    let mut after = before.clone();
    after.custom.nick = None;
    after.custom.address.as_mut().unwrap().city = "London".to_owned();
    let patch = UserPatch::between(&before, &after);
    assert_eq!(
        serde_json::to_value(&patch).unwrap(),
        json!({"id": "ada", "set": {"address.city": "London"}, "unset": ["nick"]})
    );
    assert_eq!(
        users.update_user_partial(patch).await.unwrap().custom,
        after.custom
    );
    let stored = raw
        .get_user("ada")
        .await
        .unwrap()
        .unwrap()
        .custom
        .to_map()
        .unwrap();
    assert_eq!(
        Value::from(stored),
        json!({"score": 1, "theme": "dark", "address": {"city": "London", "zip": "1"}}),
        "what the struct does not know stays"
    );
}
