//! Every order that goes on by a filter, as the emulator answers it: many equal values, texts that are empty, users
//! without a value, which the emulator puts first in ascending order and last in descending.

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use stream_users::prelude::*;

use super::with_users;

const ROLES: [&str; 3] = ["admin", "user", "moderator"];
const NAMES: [Option<&str>; 7] = [
    None,
    Some(""),
    Some("Ada"),
    Some("ada"),
    Some("Zoë"),
    Some(" "),
    Some("木"),
];

fn various(count: usize) -> impl Iterator<Item = Value> {
    (0..count).map(|n| {
        let time = |of: usize| json!(format!("2026-01-01T00:00:00.{:09}Z", n * 7 % of));
        let mut user = json!({
            // The ids follow none of the values.
            "id": format!("user-{:03}", n * 37 % 997),
            "role": ROLES[n % ROLES.len()],
            "created_at": time(3),
            "updated_at": time(5),
        });
        if let Some(name) = NAMES[n % NAMES.len()] {
            user["name"] = json!(name);
        }
        if n % 4 > 0 {
            user["last_active"] = time(4);
        }
        user
    })
}

async fn ids(users: &Users, query: QueryUsers) -> Vec<UserId> {
    let ids = users.items(query).map_ok(|user| user.id);
    ids.try_collect().await.unwrap()
}

#[tokio::test]
async fn pages_of_any_size_are_what_one_query_answers() {
    let (_stream, users) = with_users(various(97));
    for name in ["created_at", "updated_at", "last_active", "role", "name", "id"] {
        for sort in [
            vec![Sort::asc(name)],
            vec![Sort::desc(name)],
            vec![Sort::asc(name), Sort::desc("id")],
            vec![Sort::desc(name), Sort::asc("id")],
        ] {
            let mut query = QueryUsers::new(field::id().gt("user-1"));
            query.sort.clone_from(&sort);
            // The service need not go by id where that is not said.
            let mut one = query.clone().limit(100);
            if sort.len() == 1 && name != "id" {
                let mut by_id = sort[0].clone();
                by_id.field = "id".into();
                one = one.sort(by_id);
            }
            let one = users.query_users(one).await.unwrap().body.users;
            let expected: Vec<UserId> = one.into_iter().map(|user| user.id).collect();
            assert!(expected.len() > 50);
            for limit in [1, 2, 13, 100] {
                let found = ids(&users, query.clone().limit(limit)).await;
                assert_eq!(found, expected, "{sort:?} {limit}");
            }
        }
    }
}

#[tokio::test]
async fn an_order_of_names_where_nobody_or_everybody_has_one() {
    for name in [Value::Null, json!("Ada"), json!("")] {
        let user = |n| {
            let mut user = json!({"id": format!("user-{n:02}")});
            if !name.is_null() {
                user["name"] = name.clone();
            }
            user
        };
        let (_stream, users) = with_users((0..7).map(user));
        for sort in [Sort::asc("name"), Sort::desc("name")] {
            let query = QueryUsers::new(Filter::all()).sort(sort).limit(3);
            assert_eq!(ids(&users, query).await.len(), 7, "{name}");
        }
    }
}
