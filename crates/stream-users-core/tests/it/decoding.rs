use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stream_users_core::{ErrorKind, UsersApi};
use stream_users_model::{
    CreateGuest, Custom, DeactivateUser, Filter, Lenient, QueryUsers, UpdateUsersPartial, UpsertUsers,
    UserPatch, UserRequest,
};
use stream_users_testing::Answer;

use crate::stage::Stage;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    plan: String,
}

#[allow(clippy::needless_pass_by_value, reason = "a literal is shorter")]
fn user(id: &str, custom: Value) -> Value {
    json!({
        "id": id, "role": "user", "created_at": 1_700_000_000_000_000_000_i64, "updated_at": "2023-11-14T22:13:20Z",
        "custom": custom,
    })
}

/// 99 users who fit [`Profile`], and a guest.
fn page(guest: Value) -> Answer {
    let mut users: Vec<Value> = (0..99)
        .map(|n| user(&format!("user-{n}"), json!({"plan": "pro"})))
        .collect();
    users.push(guest);
    Answer::json(200, json!({"users": users, "duration": "3ms"}))
}

fn query() -> QueryUsers {
    QueryUsers::new(Filter::all()).limit(100)
}

#[tokio::test]
async fn custom_data_that_do_not_fit_are_named_with_their_user() {
    let stage = Stage::new([page(user("guest-7", json!({})))]);
    let error = stage.users::<Profile>().query_users(query()).await.unwrap_err();
    assert!(error.is_decode() && error.may_have_been_applied() && !error.is_retryable());
    assert_eq!(error.meta().unwrap().status, Some(200));
    let text = error.to_string();
    assert!(
        text.starts_with("query_users: the answer could not be read: users[99].custom"),
        "{text}"
    );
    assert!(
        text.contains("missing field `plan`") && text.contains("\"guest-7\""),
        "{text}"
    );
    assert_eq!(error.body().map(str::len), Some(4096));
}

#[tokio::test]
async fn the_user_is_named_also_where_custom_data_have_an_id_of_their_own() {
    let stage = Stage::new([page(user("guest-7", json!({"id": "crm-1", "plan": 5})))]);
    let text = stage
        .users::<Profile>()
        .query_users(query())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("users[99].custom.plan") && text.contains("\"guest-7\""),
        "{text}"
    );
    assert!(!text.contains("crm-1"), "{text}");
}

#[tokio::test]
async fn missing_custom_data_are_named_too() {
    let mut guest = user("guest-7", json!({}));
    guest.as_object_mut().unwrap().remove("custom");
    let stage = Stage::new([page(guest)]);
    let text = stage
        .users::<Profile>()
        .query_users(query())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("users[99]") && text.contains("\"guest-7\"") && text.contains("`plan`"),
        "{text}"
    );
}

#[tokio::test]
async fn lenient_custom_data_lose_nobody() {
    let stage = Stage::new([page(user("guest-7", json!({})))]);
    let users = stage
        .users::<Lenient<Profile>>()
        .query_users(query())
        .await
        .unwrap()
        .body
        .users;
    assert_eq!(users.len(), 100);
    assert!(
        users[..99]
            .iter()
            .all(|user| user.custom.get().is_some_and(|profile| profile.plan == "pro"))
    );
    assert!(users[99].custom.reason().unwrap().contains("plan"));
}

#[tokio::test]
async fn raw_custom_data_never_fail() {
    let stage = Stage::new([page(user("guest-7", json!({"any": [1, {"thing": null}]})))]);
    let users = stage
        .users::<Custom>()
        .query_users(query())
        .await
        .unwrap()
        .body
        .users;
    assert_eq!(users[99].custom.as_json(), r#"{"any":[1,{"thing":null}]}"#);
}

#[tokio::test]
async fn nested_users_carry_raw_custom_data() {
    let mut ada = user("ada", json!({"plan": "pro"}));
    ada["mutes"] = json!([{
        "user": user("ada", json!({"plan": "pro"})), "target": user("guest", json!({})),
        "created_at": 1, "updated_at": 1,
    }]);
    let stage = Stage::new([
        Answer::json(200, json!({"users": [ada]})),
        Answer::json(200, json!({"users": [ada, user("bob", json!({"plan": null}))]})),
    ]);
    let users = stage.users::<Profile>();
    let page = users.query_users(query()).await.unwrap().body.users;
    let mutes = &page[0].chat.as_ref().unwrap().mutes;
    assert_eq!(mutes[0].target.as_ref().unwrap().id, "guest");

    // Raw JSON in front of the fault must not hide it.
    let text = users.query_users(query()).await.unwrap_err().to_string();
    assert!(
        text.contains("users[1].custom.plan") && text.contains("\"bob\""),
        "{text}"
    );
}

#[tokio::test]
async fn users_by_id_are_named_too() {
    let answer =
        json!({"users": {"ada": user("ada", json!({"plan": "pro"})), "bob": user("bob", json!({}))}});
    let stage = Stage::new([Answer::json(201, answer)]);
    let request = UpsertUsers::new([UserRequest::new("ada"), UserRequest::new("bob")]);
    let text = stage
        .users::<Profile>()
        .upsert_users(request)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("users.bob.custom") && text.contains("\"bob\""),
        "{text}"
    );
}

#[tokio::test]
async fn a_user_may_be_called_custom() {
    let stage = Stage::new([Answer::json(
        201,
        json!({"users": {"custom": user("custom", json!({}))}}),
    )]);
    let request = UpsertUsers::new([UserRequest::new("custom")]);
    let text = stage
        .users::<Profile>()
        .upsert_users(request)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("users.custom.custom") && text.contains("\"custom\""),
        "{text}"
    );
}

#[tokio::test]
async fn answers_that_are_no_answer_are_decode_errors() {
    for (body, part) in [
        (Vec::new(), "EOF"),
        (b"<html>ok</html>".to_vec(), "expected value"),
        (b"{\"users\": [".to_vec(), "EOF"),
        (b"{\"users\": [{\"id\": 5}]}".to_vec(), "users[0].id"),
        (
            b"{\"users\": [{\"name\": \"no id\"}]}".to_vec(),
            "missing field `id`",
        ),
        (b"{\"users\": \"\xff\"}".to_vec(), "not UTF-8"),
        (b"5".to_vec(), "invalid type"),
        (b" []".to_vec(), "it is a list"),
    ] {
        let stage = Stage::new([Answer::new(200, body.clone())]);
        let error = stage.users::<Custom>().query_users(query()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(part), "{error}");
        assert!(!error.to_string().contains('?'), "{error}");
        assert_eq!(error.body(), Some(&*String::from_utf8_lossy(&body)));
        assert_eq!(stage.sent(), 1, "it was applied");
    }
}

#[tokio::test]
async fn what_is_missing_and_has_an_obvious_empty_value_is_empty() {
    let stage = Stage::new([
        Answer::new(200, "{}"),
        Answer::new(200, r#"{"users":null}"#),
        Answer::new(200, "{}"),
    ]);
    let users = stage.users::<Profile>();
    for _ in 0..2 {
        let answer = users.query_users(query()).await.unwrap();
        assert!(answer.body.users.is_empty());
        assert_eq!(answer.meta.server_duration, None);
    }
    assert_eq!(
        users
            .deactivate_user(DeactivateUser::new("ada"))
            .await
            .unwrap()
            .body
            .user,
        None
    );
}

#[tokio::test]
async fn a_guest_without_a_token_is_no_guest() {
    let stage = Stage::new([Answer::json(201, json!({"user": user("guest", json!({}))}))]);
    let request = CreateGuest::new(UserRequest::new("guest"));
    let text = stage
        .users::<Custom>()
        .create_guest(request)
        .await
        .unwrap_err()
        .to_string();
    assert!(text.contains("access_token"), "{text}");
}

#[tokio::test]
async fn a_guests_token_does_not_live_on_in_an_error() {
    let guest = json!({"user": {"id": 5}, "access_token": "marker-token"});
    let stage = Stage::new([Answer::json(201, guest)]);
    let request = CreateGuest::new(UserRequest::new("guest"));
    let error = stage.users::<Custom>().create_guest(request).await.unwrap_err();
    assert!(error.is_decode());
    assert_eq!(error.body(), None);
}

#[tokio::test]
async fn what_cannot_be_read_of_one_user_does_not_hide_another() {
    #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
    struct Plan {
        plan: String,
    }

    let text = r#"{"users":[{"id":"huge","custom":{"plan":"a","n":1e999},"created_at":1,"updated_at":1},
                            {"id":"odd","custom":{},"created_at":1,"updated_at":1}]}"#;
    let stage = Stage::new([Answer::new(200, text)]);
    let error = stage.users::<Plan>().query_users(query()).await.unwrap_err();
    assert!(error.to_string().contains("\"odd\""), "{error}");

    let long =
        json!({"users": [{"id": "x".repeat(100_000), "custom": {}, "created_at": 1, "updated_at": 1}]});
    let stage = Stage::new([Answer::json(200, long)]);
    let error = stage.users::<Plan>().query_users(query()).await.unwrap_err();
    assert!(error.to_string().len() < 2_000, "{}", error.to_string().len());
}

#[tokio::test]
async fn an_error_quotes_no_value() {
    let stage = Stage::new([Answer::json(200, json!({"users": "marker-of-somebody"}))]);
    let error = stage.users::<Custom>().query_users(query()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("users: invalid type: string, expected"), "{text}");
    assert!(!text.contains("marker"), "{text}");
}

#[tokio::test]
async fn the_users_of_an_ignored_answer_are_not_read_and_the_rest_is() {
    let answer = r#"{"users":{"ada":{"id":5}},"membership_deletion_task_id":"t-1","duration":"3ms"}"#;
    let damaged = answer.replace('5', "?");
    let stage =
        Stage::new([answer, answer, damaged.as_str(), answer].map(|text| Answer::new(200, text.to_owned())));
    let users = stage.users::<Custom>();
    let upsert = || UpsertUsers::new([UserRequest::new("ada")]).ignore_answer();
    let patch = UpdateUsersPartial::new([UserPatch::new("ada").name("Ada")]).ignore_answer();
    for answer in [
        users.upsert_users(upsert()).await,
        users.update_users_partial(patch).await,
        users.upsert_users(upsert()).await,
    ] {
        let answer = answer.unwrap();
        assert!(answer.body.users.is_empty());
        assert_eq!(answer.body.membership_deletion_task_id, "t-1");
        assert_eq!(answer.meta.server_duration, Some(Duration::from_millis(3)));
    }
    let read = users
        .upsert_users(UpsertUsers::new([UserRequest::new("ada")]))
        .await;
    assert!(
        read.unwrap_err().to_string().contains("users.ada.id"),
        "it is read without"
    );
    assert!(
        !format!("{:?}", stage.requests()).contains("ignore"),
        "it is sent"
    );
}

#[tokio::test]
async fn an_ignored_answer_that_does_not_fit_is_an_error_with_its_place() {
    for (answer, part) in [
        ("<html>", "expected value at line 1 column 1"),
        ("[]", "it is a list"),
        (r#"{"users":{"ada":{"id":"#, "EOF while parsing"),
        (r#"{"users":{},"duration":7}"#, "duration: invalid type"),
        // Where the users do not fit either, nothing is said of them.
        (
            r#"{"users":{"adam":{"id":5}},"duration":7}"#,
            "read: invalid type: integer `7`, expected a string at line 1 column 39",
        ),
    ] {
        let stage = Stage::new([Answer::new(200, answer)]);
        let upsert = UpsertUsers::new([UserRequest::new("ada")]).ignore_answer();
        let error = stage.users::<Custom>().upsert_users(upsert).await.unwrap_err();
        assert!(error.is_decode() && error.to_string().contains(part), "{error}");
    }
}
