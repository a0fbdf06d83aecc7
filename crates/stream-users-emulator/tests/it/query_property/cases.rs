//! Random users, and what is asked of them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::queries::query;
use super::values::{IDS, custom, role, teams, text, time};

/// Users, who of them is deleted, and what is asked.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) users: Vec<Value>,
    pub(super) deleted: Vec<String>,
    pub(super) queries: Vec<Value>,
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let ids = subsequence(IDS.to_vec(), 0..=IDS.len());
    let deleted = prop_oneof![3 => Just(Vec::new()), 1 => subsequence(IDS.to_vec(), 1..3)];
    let details = vec(user(), IDS.len());
    (ids.prop_shuffle(), details, deleted, vec(query(), 1..8)).prop_map(|(ids, details, deleted, queries)| {
        let mut users = details;
        users.truncate(ids.len());
        for (user, id) in users.iter_mut().zip(&ids) {
            user["id"] = json!(id);
        }
        let deleted = deleted
            .into_iter()
            .filter(|id| ids.contains(id))
            .map(str::to_owned)
            .collect();
        Case {
            users,
            deleted,
            queries,
        }
    })
}

fn or_null(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![2 => value, 1 => Just(Value::Null)]
}

fn user() -> impl Strategy<Value = Value> {
    let flag = || or_null(any::<bool>().prop_map(Value::from));
    let texts = (
        or_null(text().prop_map(Value::from)),
        or_null(text().prop_map(Value::from)),
        role(),
        or_null(select(vec![json!("en"), json!("nl"), json!("")])),
    );
    let times = (
        time(),
        time(),
        or_null(time()),
        prop_oneof![4 => Just(Value::Null), 1 => time()],
    );
    (texts, times, (flag(), flag(), flag(), flag()), teams(), custom()).prop_map(
        |((name, image, role, language), (created_at, updated_at, last_active, deactivated_at), flags, teams, custom)| {
            json!({
                "name": name, "image": image, "role": role, "language": language, "teams": teams, "custom": custom,
                "created_at": created_at, "updated_at": updated_at, "last_active": last_active,
                "deactivated_at": deactivated_at, "banned": flags.0, "shadow_banned": flags.1,
                "bypass_moderation": flags.2, "online": flags.3,
            })
        },
    )
}
