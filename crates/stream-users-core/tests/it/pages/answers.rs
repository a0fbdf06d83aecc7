//! What a service must not answer: it would lead in a circle, or past somebody.

use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use stream_users_core::{Error, UsersApiExt};
use stream_users_model::{Custom, QueryUsers, User, field};
use stream_users_testing::Answer;

use super::orders::{all, user, with};
use crate::stage::Stage;

/// What comes of the second page where a service answers with these, whatever it is asked for.
async fn second(query: QueryUsers, answers: [Vec<Value>; 2]) -> Result<Option<Vec<User>>, Error> {
    let answers = answers.map(|users| Answer::json(200, json!({ "users": users })));
    let stage = Stage::new(answers);
    let users = stage.users();
    let mut pages = users.pages(query);
    pages.next().await.unwrap().unwrap();
    let before = pages.cursor();
    let second = pages.next().await.transpose();
    if second.is_err() {
        assert!(pages.next().await.is_none());
        assert_eq!(pages.cursor(), before, "nothing of it was handed out");
    }
    second
}

#[tokio::test]
async fn an_answer_to_another_question_is_an_error() {
    let named = |id: &str, name: &str| with(user(id, 1), "name", name);
    let by_name = || all().sort(field::name().asc());
    let by_time = || all().sort(field::created_at().asc());
    for (query, answers, said) in [
        (by_time(), [vec![user("a", 1)], vec![user("a", 1)]], "same page"),
        (
            by_name(),
            [vec![named("a", "x")], vec![named("a", "x")]],
            "same page",
        ),
        (
            by_name(),
            [vec![user("a", 1)], vec![user("b", 1), user("a", 1)]],
            "same page",
        ),
        (
            by_time(),
            [vec![user("b", 2)], vec![user("c", 1)]],
            "in the order by created_at",
        ),
        (
            by_time(),
            [vec![user("b", 2)], vec![user("c", 4), user("d", 3)]],
            "in the order by",
        ),
        (
            by_name(),
            [vec![named("b", "x")], vec![user("c", 1)]],
            "with and without name",
        ),
        (
            by_name(),
            [vec![user("b", 1)], vec![named("c", "x")]],
            "with and without name",
        ),
    ] {
        let error = second(query, answers).await.unwrap_err();
        assert!(
            error.is_decode() && error.to_string().contains(said),
            "{said}: {error}"
        );
    }
    // The first page may hold both sides, but no more.
    let stage = Stage::new([Answer::json(
        200,
        json!({"users": [user("a", 1), named("b", "x"), user("c", 1)]}),
    )]);
    let users = stage.users::<Custom>();
    let error = users.pages(by_name()).try_next().await.unwrap_err();
    assert!(error.is_decode(), "{error}");
}

#[tokio::test]
async fn a_user_who_has_changed_meanwhile_may_come_again() {
    let again = with(user("a", 1), "updated_at", 9_000_000_000_i64);
    let by_update = all().sort(field::updated_at().asc());
    let page = second(by_update, [vec![user("a", 1)], vec![user("b", 2), again]]).await;
    assert_eq!(page.unwrap().unwrap().len(), 2);
}
