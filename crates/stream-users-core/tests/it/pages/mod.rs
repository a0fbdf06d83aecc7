//! Users page by page: what is asked for, where it ends, and what is refused.

mod answers;
mod cursors;
mod listings;
mod orders;
mod property;
mod service;

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use stream_users_core::{Result, UsersApi, UsersApiExt};
use stream_users_model::{Custom, Filter, QueryUsers, User, field};
use stream_users_testing::{Answer, RecordedRequest};

use crate::stage::Stage;

fn payload(request: &RecordedRequest) -> Value {
    serde_json::from_str(&request.query_value("payload").unwrap()).unwrap()
}

fn page<'i>(ids: impl IntoIterator<Item = &'i str>) -> Answer {
    let users: Vec<Value> = ids
        .into_iter()
        .map(|id| json!({"id": id, "created_at": 1, "updated_at": 1}))
        .collect();
    Answer::json(200, json!({"users": users}))
}

/// A service that holds the users `u0000` to `u{total - 1}`, and understands what the pages ask for.
fn service(total: usize) -> Stage {
    Stage::answering(move |request| {
        let query = payload(request);
        let mut ids: Vec<String> = (0..total).map(|n| format!("u{n:04}")).collect();
        let conditions = match query["filter_conditions"].get("$and") {
            Some(Value::Array(all)) => all.clone(),
            _ => vec![query["filter_conditions"].clone()],
        };
        for condition in conditions {
            if let Some(bound) = condition["id"]["$gt"].as_str() {
                ids.retain(|id| id.as_str() > bound);
            }
            if let Some(bound) = condition["id"]["$lt"].as_str() {
                ids.retain(|id| id.as_str() < bound);
            }
        }
        if query["sort"][0]["direction"] == -1 {
            ids.reverse();
        }
        let number = |name: &str| usize::try_from(query[name].as_u64().unwrap_or(0)).unwrap();
        page(
            ids.iter()
                .skip(number("offset"))
                .take(number("limit"))
                .map(String::as_str),
        )
    })
}

async fn ids(users: impl futures_core::Stream<Item = Result<User>>) -> Result<Vec<String>> {
    users.map_ok(|user| user.id.to_string()).try_collect().await
}

#[tokio::test]
async fn any_number_of_users_is_passed_by_id() {
    let stage = service(2503);
    let users = stage.users::<Custom>();
    let all = ids(users.all_users().items()).await.unwrap();
    assert_eq!(all.len(), 2503);
    assert!(all.is_sorted());
    assert_eq!(stage.sent(), 27, "26 pages, and one to know that it was the last");
    let requests = stage.requests();
    assert_eq!(
        payload(&requests[0]),
        json!({"filter_conditions": {}, "sort": [{"field": "id", "direction": 1}], "limit": 100})
    );
    assert_eq!(
        payload(&requests[1]),
        json!({
            "filter_conditions": {"id": {"$gt": "u0099"}}, "sort": [{"field": "id", "direction": 1}], "limit": 100,
        })
    );
}

#[tokio::test]
async fn a_filter_and_a_direction_are_kept() {
    let stage = service(7);
    let users = stage.users::<Custom>();
    let query = QueryUsers::new(field::role().eq("admin"))
        .sort(field::id().desc())
        .limit(3)
        .offset(1);
    let pages: Vec<usize> = users
        .pages(query)
        .map_ok(|page| page.len())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(
        pages,
        [3, 3],
        "the offset skips a user at the start, and only there"
    );
    let requests = stage.requests();
    let last = payload(requests.last().unwrap());
    assert_eq!(
        last,
        json!({
            "filter_conditions": {"$and": [{"role": {"$eq": "admin"}}, {"id": {"$lt": "u0000"}}]},
            "sort": [{"field": "id", "direction": -1}], "limit": 3,
        })
    );
}

#[tokio::test]
async fn nobody_is_an_empty_stream() {
    let stage = service(0);
    let users = stage.users::<Custom>();
    assert_eq!(
        ids(users.all_users().items()).await.unwrap(),
        Vec::<String>::new()
    );
    for (sorted, asked) in [
        (field::created_at().asc(), 2),
        (field::name().asc(), 3),
        (field::custom("score").asc(), 4),
    ] {
        let sorted = QueryUsers::new(Filter::all()).sort(sorted);
        assert!(users.pages(sorted).next().await.is_none());
        assert_eq!(stage.sent(), asked);
    }
}

#[tokio::test]
async fn an_answer_that_repeats_is_an_error_and_is_not_handed_out_twice() {
    let stage = Stage::answering(|_| page(["ada", "bob"]));
    let users = stage.users::<Custom>();
    let mut pages = users.pages(QueryUsers::new(Filter::all()).limit(2));
    assert_eq!(pages.next().await.unwrap().unwrap().len(), 2);
    let error = pages.next().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("same page again"), "{error}");
    assert!(pages.next().await.is_none());
    assert_eq!(stage.sent(), 2);
}

#[tokio::test]
async fn a_failure_ends_the_stream_after_what_came_before() {
    let stage = Stage::new([
        page(["ada", "bob"]),
        Answer::new(400, r#"{"code":4,"message":"no"}"#),
    ]);
    let users = stage.users::<Custom>();
    let mut items = users.pages(QueryUsers::new(Filter::all()).limit(2)).items();
    assert_eq!(items.next().await.unwrap().unwrap().id, "ada");
    assert_eq!(items.next().await.unwrap().unwrap().id, "bob");
    assert_eq!(items.next().await.unwrap().unwrap_err().status(), Some(400));
    assert!(items.next().await.is_none());
}

#[tokio::test]
async fn nothing_is_asked_for_before_it_is_needed() {
    let stage = service(1000);
    let users = stage.users::<Custom>();
    let mut items = users.all_users().items();
    assert_eq!(stage.sent(), 0);
    for _ in 0..100 {
        items.next().await.unwrap().unwrap();
    }
    assert_eq!(stage.sent(), 1);
    items.next().await.unwrap().unwrap();
    assert_eq!(stage.sent(), 2);
}

#[tokio::test]
async fn a_trait_object_has_pages_too() {
    let stage = service(150);
    let users: Arc<dyn UsersApi> = Arc::new(stage.users());
    assert_eq!(ids(users.all_users().items()).await.unwrap().len(), 150);
    let borrowed: &dyn UsersApi = &*users;
    assert_eq!(ids(borrowed.all_users().items()).await.unwrap().len(), 150);
}
