//! Whatever the order, the size of a page, and what becomes of others meanwhile: who stays as they are come exactly
//! once and in order, also where the pages were left and resumed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt;
use proptest::prelude::*;
use serde_json::{Value, json};
use stream_users_core::{Cursor, UsersApiExt};
use stream_users_model::{Custom, QueryUsers, Sort, field};

use super::orders::{user, with};
use super::service::Service;

const TEXTS: [Option<&str>; 5] = [None, Some(""), Some("a"), Some("b"), Some("B")];

/// A user whose values are of few kinds, so that many are equal.
fn users(prefix: &'static str, most: usize) -> impl Strategy<Value = Vec<Value>> {
    let one = (0..4_i64, 0..4_i64, 0..4_i64, 0..5_usize, 0..3_usize);
    prop::collection::vec(one, 0..most).prop_map(move |all| {
        let user = |(n, (created, updated, active, name, role)): (usize, _)| {
            // The prefix comes last, so that they stand between each other.
            let mut user = user(&format!("{:02}{prefix}", n * 37 % 100), created);
            user["updated_at"] = json!(updated * 1_000_000_000_i64);
            user["role"] = json!(["user", "admin", "guest"][role]);
            if let Some(name) = TEXTS[name] {
                user = with(user, "name", name);
            }
            if active > 0 {
                user = with(user, "last_active", active * 1_000_000_000_i64);
            }
            user
        };
        all.into_iter().enumerate().map(user).collect()
    })
}

fn orders() -> impl Strategy<Value = Vec<Sort>> {
    let field = prop::sample::select(vec![
        "id",
        "created_at",
        "updated_at",
        "last_active",
        "role",
        "name",
    ]);
    let direction = |field: &'static str, down: bool| if down { Sort::desc(field) } else { Sort::asc(field) };
    (field, any::<bool>(), prop::option::of(any::<bool>())).prop_map(move |(field, down, ids)| {
        let mut sort = vec![direction(field, down)];
        sort.extend(ids.map(|down| direction("id", down)));
        sort
    })
}

fn ids(users: &[Value]) -> Vec<String> {
    users
        .iter()
        .map(|user| user["id"].as_str().unwrap().to_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn who_stays_comes_exactly_once_and_in_order(
        stable in users("s", 30),
        others in users("o", 30),
        later in users("o", 30),
        sort in orders(),
        sizes in prop::collection::vec((1..9_u32, 0..12_usize), 1..6),
        unset_first in any::<bool>(),
        admins in any::<bool>(),
    ) {
        let mut all = stable.clone();
        all.extend(others);
        let service = Service::new(all).unset_first(unset_first);
        let base = if admins {
            QueryUsers::new(field::role().eq("admin"))
        } else {
            QueryUsers::default()
        };
        let mut full = sort.clone();
        let mut by_id = sort[0].clone();
        by_id.field = "id".into();
        full.push(by_id);
        let expected = ids(&Service::new(stable).unset_first(unset_first).found(&json!(base.filter), &json!(full)));
        // After each answer one of the others vanishes, and another comes or changes.
        let stage = service.stage_with(move |answered, users| {
            if let Some(new) = later.get(answered) {
                users.retain(|user| user["id"] != new["id"]);
                users.push(new.clone());
            }
            let others = users.iter().position(|user| user["id"].as_str().unwrap().ends_with('o'));
            if answered % 2 == 1 {
                others.map(|other| users.remove(other));
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(async {
            let users = stage.users::<Custom>();
            let mut found = Vec::new();
            let mut cursor: Option<String> = None;
            // Each run is left after some users, the last one goes to the end.
            for (run, (limit, leave)) in sizes.iter().enumerate() {
                let mut query = base.clone().limit(*limit);
                query.sort.clone_from(&sort);
                let mut items = users.items(query);
                if let Some(text) = &cursor {
                    items = items.resume(&text.parse::<Cursor>().unwrap()).unwrap();
                }
                let last = run + 1 == sizes.len();
                let mut handed_out = 0;
                while last || handed_out < *leave {
                    let Some(user) = items.next().await else { break };
                    found.push(user.unwrap().id.to_string());
                    handed_out += 1;
                }
                cursor = Some(items.cursor().to_string());
            }
            found
        });
        let found: Vec<String> = found.into_iter().filter(|id| id.ends_with('s')).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_text_is_too_odd_to_be_refused(
        text in ".{0,60}",
        place in r#""start"|\{"(skipped|behind)":(-?[0-9]{1,12}|\{"id":".{0,9}"(,"value":\{"(time|text)":".{0,9}"\})?\})\}"#,
    ) {
        let content = format!(r#"{{"query":"{text}","at":{place}}}"#);
        for text in [text.clone(), format!("v1.{text}"), format!("v1.{}", URL_SAFE_NO_PAD.encode(content))] {
            match text.parse::<Cursor>() {
                Ok(cursor) => prop_assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor),
                Err(error) => prop_assert!(error.is_invalid()),
            }
        }
    }
}
