//! The orders: which go on by a filter and which skip, and what is sent for each.

use futures_util::StreamExt;
use serde_json::{Value, json};
use stream_users_core::{Error, ErrorKind, UsersApiExt};
use stream_users_model::{Custom, Filter, QueryUsers, Sort, field};

use super::service::Service;
use super::{ids, payload};
use crate::stage::Stage;

pub(super) fn all() -> QueryUsers {
    QueryUsers::new(Filter::all())
}

/// A user whose times are seconds, as the service answers them: nanoseconds.
pub(super) fn user(id: &str, created_at: i64) -> Value {
    let nanos = created_at * 1_000_000_000;
    json!({"id": id, "role": "user", "created_at": nanos, "updated_at": nanos})
}

/// A user with one field more.
pub(super) fn with(mut user: Value, field: &str, value: impl Into<Value>) -> Value {
    user[field] = value.into();
    user
}

/// `count` users, each created together with `equal` others.
fn crowd(count: i64, equal: i64) -> Vec<Value> {
    // The ids do not follow the times.
    (0..count)
        .map(|n| user(&format!("u{:05}", n * 7_919 % 100_003), n / equal))
        .collect()
}

fn in_order(service: &Service, sort: &[Sort]) -> Vec<String> {
    let users = service.found(&json!({}), &json!(sort));
    users
        .iter()
        .map(|user| user["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn any_number_of_users_is_passed_by_time_with_hundreds_of_equal_ones() {
    for sort in [
        vec![field::created_at().asc(), field::id().asc()],
        vec![field::created_at().asc(), field::id().desc()],
        vec![field::created_at().desc(), field::id().asc()],
        vec![field::created_at().desc(), field::id().desc()],
    ] {
        let service = Service::new(crowd(2_350, 450));
        let expected = in_order(&service, &sort);
        let stage = service.stage();
        let mut query = all();
        query.sort.clone_from(&sort);
        let found = ids(stage.users::<Custom>().items(query)).await.unwrap();
        assert_eq!(found, expected, "{sort:?}");
        assert_eq!(stage.sent(), 25, "24 pages, and one to know that it was the last");
        for request in stage.requests() {
            assert_eq!(payload(&request)["offset"], Value::Null);
        }
    }
}

#[tokio::test]
async fn a_page_asks_for_those_behind_the_last_beside_the_callers_filter() {
    let service = Service::new(vec![user("b", 5), user("a", 5), user("c", 4)]);
    let stage = service.stage();
    let query = QueryUsers::new(field::role().eq("user"))
        .sort(field::created_at().desc())
        .limit(1);
    let found = ids(stage.users::<Custom>().items(query)).await.unwrap();
    assert_eq!(found, ["b", "a", "c"], "without an id, it follows the direction");
    let requests = stage.requests();
    let sort = json!([{"field": "created_at", "direction": -1}, {"field": "id", "direction": -1}]);
    assert_eq!(
        payload(&requests[0]),
        json!({"filter_conditions": {"role": {"$eq": "user"}}, "sort": sort, "limit": 1})
    );
    let time = "1970-01-01T00:00:05Z";
    assert_eq!(
        payload(&requests[2]),
        json!({
            "filter_conditions": {"$and": [
                {"role": {"$eq": "user"}},
                {"$and": [
                    {"created_at": {"$lte": time}},
                    {"$or": [{"created_at": {"$lt": time}}, {"id": {"$lt": "a"}}]},
                ]},
            ]},
            "sort": sort, "limit": 1,
        })
    );
}

#[tokio::test]
async fn an_offset_is_skipped_once() {
    let service = Service::new(crowd(25, 4));
    let sort = [field::created_at().asc(), field::id().asc()];
    let expected = in_order(&service, &sort).split_off(7);
    let stage = service.stage();
    let query = all().sort(field::created_at().asc()).limit(4).offset(7);
    assert_eq!(ids(stage.users::<Custom>().items(query)).await.unwrap(), expected);
    let offsets: Vec<Value> = stage
        .requests()
        .iter()
        .map(|request| payload(request)["offset"].clone())
        .collect();
    assert_eq!(offsets[0], 7);
    assert!(offsets[1..].iter().all(Value::is_null), "{offsets:?}");
}

/// Users of whom some lack the field, some have an empty text, and several have the same.
fn some_unset(field: &str) -> Vec<Value> {
    let is_time = field == "last_active";
    let values = [
        None,
        Some(3_i64),
        None,
        Some(1),
        Some(3),
        Some(0),
        None,
        Some(3),
        Some(2),
    ];
    let users = values.iter().zip(["g", "b", "i", "d", "a", "f", "c", "h", "e"]);
    users
        .map(|(value, id)| match value {
            None => user(id, 1),
            Some(value) if is_time => with(user(id, 1), field, value * 1_000_000_000),
            Some(0) => with(user(id, 1), field, ""),
            Some(value) => with(user(id, 1), field, format!("name {value}")),
        })
        .collect()
}

#[tokio::test]
async fn users_without_a_value_come_where_the_service_puts_them() {
    for (name, unset_first, limit) in ["name", "last_active"]
        .into_iter()
        .flat_map(|name| [true, false].map(|first| (name, first)))
        .flat_map(|(name, first)| (1..=10).map(move |limit| (name, first, limit)))
    {
        for sort in [
            vec![Sort::asc(name), Sort::asc("id")],
            vec![Sort::asc(name), Sort::desc("id")],
            vec![Sort::desc(name), Sort::asc("id")],
            vec![Sort::desc(name), Sort::desc("id")],
        ] {
            let some = some_unset(name);
            let (none, every): (Vec<Value>, Vec<Value>) =
                some.iter().cloned().partition(|user| user[name].is_null());
            for users in [some, none, every] {
                let service = Service::new(users).unset_first(unset_first);
                let expected = in_order(&service, &sort);
                let stage = service.stage();
                let mut query = all().limit(limit);
                query.sort.clone_from(&sort);
                let found = ids(stage.users::<Custom>().items(query)).await.unwrap();
                assert_eq!(found, expected, "{sort:?} {unset_first} {limit}");
            }
        }
    }
}

#[tokio::test]
async fn who_lacks_the_value_is_asked_for_only_where_it_can_matter() {
    // First: they came before the others. Last: nobody has seen one; there is a page of them, and none behind it.
    for (unset_first, asked) in [(true, 0), (false, 2)] {
        let stage = Service::new(some_unset("name")).unset_first(unset_first).stage();
        let query = all().sort(field::name().asc()).limit(5);
        ids(stage.users::<Custom>().items(query)).await.unwrap();
        let requests = stage.requests();
        let filters = requests
            .iter()
            .map(|request| payload(request)["filter_conditions"].to_string());
        let asked_for = filters.filter(|filter| filter.contains("$exists")).count();
        assert_eq!(asked_for, asked, "{unset_first}");
    }
}

#[tokio::test]
async fn texts_are_compared_by_the_service_alone() {
    let names = ["Ada", "ada", "ADA", "Bob", "bob", "Zoe", "eve"];
    let users = names
        .iter()
        .zip(["d", "a", "c", "e", "b", "g", "f"])
        .map(|(name, id)| with(user(id, 1), "name", *name))
        .collect();
    let service = Service::new(users).folds_case();
    let sort = [field::name().asc(), field::id().asc()];
    let expected = in_order(&service, &sort);
    let stage = service.stage();
    let query = all().sort(field::name().asc()).limit(1);
    assert_eq!(ids(stage.users::<Custom>().items(query)).await.unwrap(), expected);
}

/// The users before the error, and the error.
async fn to_the_wall(stage: &Stage, query: QueryUsers) -> (usize, Error) {
    let users = stage.users::<Custom>();
    let mut items = users.items(query);
    let mut seen = 0;
    loop {
        match items.next().await.unwrap() {
            Ok(_) => seen += 1,
            Err(error) => {
                assert!(items.next().await.is_none(), "after the error it has ended");
                return (seen, error);
            }
        }
    }
}

fn scored(count: i64) -> Vec<Value> {
    let users = (0..count).map(|n| with(user(&format!("u{n:05}"), n), "score", n));
    users.collect()
}

#[tokio::test]
async fn another_order_skips_until_the_services_wall() {
    let stage = Service::new(scored(250)).stage();
    let query = || all().sort(field::custom("score").desc());
    assert_eq!(
        ids(stage.users::<Custom>().items(query())).await.unwrap().len(),
        250
    );
    assert_eq!(stage.sent(), 3, "a page that is not full is the last");

    for (limit, sent) in [(100, 11), (30, 37), (7, 158), (99, 12)] {
        let stage = Service::new(scored(5_000)).stage();
        let (seen, error) = to_the_wall(&stage, query().limit(limit)).await;
        assert_eq!(
            seen, 1_100,
            "every user that can be reached comes before the error"
        );
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(stage.sent(), sent, "{limit}");
    }
    let stage = Service::new(scored(5_000)).stage();
    let (seen, _) = to_the_wall(&stage, query().offset(130)).await;
    assert_eq!(seen, 970);
    let stage = Service::new(scored(1_077)).stage();
    let found = ids(stage.users::<Custom>().items(query().limit(50)))
        .await
        .unwrap();
    assert_eq!(found.len(), 1_077, "the last page is not full");
}

#[tokio::test]
async fn the_wall_names_the_order_the_rule_and_the_fix() {
    for (sort, offset, words) in [
        (
            vec![field::custom("score").asc()],
            0,
            ["order by score", "no filter compares score"],
        ),
        (
            vec![field::banned().asc()],
            0,
            ["order by banned", "no filter compares banned"],
        ),
        (
            vec![field::created_at().asc(), field::name().asc()],
            0,
            ["order by created_at", "several fields"],
        ),
        (
            vec![field::name().asc()],
            1,
            ["order by name", "leave the offset out"],
        ),
        (
            vec![field::created_at().asc().as_number()],
            0,
            ["order by created_at", "sort by id"],
        ),
    ] {
        let stage = Service::new(scored(1_200)).stage();
        let mut query = all().offset(offset);
        query.sort = sort;
        let (_, error) = to_the_wall(&stage, query).await;
        let text = error.to_string();
        for word in words.into_iter().chain(["at most 1,000", "sort by id"]) {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
}

#[tokio::test]
async fn what_follows_an_id_orders_nobody() {
    let stage = Service::new(scored(1_500)).stage();
    for query in [
        all().sort(field::id().desc()).sort(field::name().asc()),
        all()
            .sort(field::created_at().asc())
            .sort(field::id().asc())
            .sort(field::custom("score").asc()),
    ] {
        let found = ids(stage.users::<Custom>().items(query)).await.unwrap();
        assert_eq!(found.len(), 1_500);
    }
}

#[tokio::test]
async fn a_limit_of_0_is_none() {
    let stage = Service::new(scored(250)).stage();
    for sort in [field::id().asc(), field::custom("score").asc()] {
        let query = all().sort(sort).limit(0);
        assert_eq!(
            ids(stage.users::<Custom>().items(query)).await.unwrap().len(),
            250
        );
    }
    for request in stage.requests() {
        assert_eq!(payload(&request)["limit"], 100);
    }
}

#[tokio::test]
async fn limits_and_offsets_that_are_too_large_are_refused_before_anything_is_sent() {
    let stage = Service::new(scored(10)).stage();
    for sort in [
        field::id().asc(),
        field::name().asc(),
        field::custom("score").asc(),
    ] {
        for query in [all().limit(101), all().offset(1_001)] {
            let users = stage.users::<Custom>();
            let mut pages = users.pages(query.sort(sort.clone()));
            assert!(pages.next().await.unwrap().unwrap_err().is_invalid());
            assert!(pages.next().await.is_none());
        }
    }
    assert_eq!(stage.sent(), 0);
}
