//! Pages and single users as iterators.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use stream_users_blocking::Users;
use stream_users_core::model::{Filter, QueriedUsers, QueryUsers};
use stream_users_core::{Error, ErrorKind, Response};

use crate::{mock, over, user};

#[test]
fn pages_until_one_is_empty() {
    let mut mock = mock();
    let mut answers = vec![vec![], vec![user("c")], vec![user("a"), user("b")]];
    mock.expect_query_users()
        .times(3)
        .withf(|query| query.limit == Some(2))
        .returning(move |_| Ok(Response::new(QueriedUsers::new(answers.pop().unwrap()))));
    let users = over(mock);
    let mut pages = users.pages(QueryUsers::new(Filter::all()).limit(2));
    assert_eq!(pages.next().unwrap().unwrap(), [user("a"), user("b")]);
    assert_eq!(pages.next().unwrap().unwrap(), [user("c")]);
    assert!(pages.next().is_none());
    assert!(pages.next().is_none());
}

#[test]
fn nothing_is_asked_before_it_is_wanted() {
    let mut mock = mock();
    mock.expect_query_users()
        .times(1)
        .returning(|_| Ok(Response::new(QueriedUsers::new([user("a"), user("b")]))));
    let users = over(mock);
    drop(users.all_users());
    let ids: Vec<_> = users
        .all_users()
        .items()
        .take(2)
        .map(|user| user.unwrap().id)
        .collect();
    assert_eq!(ids, ["a", "b"]);
}

#[test]
fn single_users_to_the_first_error() {
    let mut mock = mock();
    let mut asked = 0;
    mock.expect_query_users().times(2).returning(move |_| {
        asked += 1;
        match asked {
            1 => Ok(Response::new(QueriedUsers::new([user("a")]))),
            _ => Err(Error::builder(ErrorKind::Connect).build()),
        }
    });
    let mut items = over(mock).all_users().items();
    assert_eq!(items.next().unwrap().unwrap().id, "a");
    assert_eq!(items.next().unwrap().unwrap_err().kind(), ErrorKind::Connect);
    assert!(items.next().is_none());
}

/// Answers with those of `ids` who come behind the last one that is asked for, two at most.
fn by_id(ids: &'static [&str]) -> Users {
    let mut mock = mock();
    mock.expect_query_users().returning(move |query| {
        let filter = serde_json::to_value(&query.filter).unwrap();
        let last = filter["id"]["$gt"].as_str().unwrap_or_default().to_owned();
        let behind = ids.iter().filter(|id| **id > last.as_str());
        let page = behind.map(|id| user(id)).take(query.limit.unwrap() as usize);
        Ok(Response::new(QueriedUsers::new(page)))
    });
    over(mock)
}

fn two_each() -> QueryUsers {
    QueryUsers::new(Filter::all()).limit(2)
}

#[test]
fn pages_resume_behind_a_page_and_items_behind_a_user() {
    let users = by_id(&["a", "b", "c", "d", "e"]);
    let mut pages = users.pages(two_each());
    let start = pages.cursor();
    pages.next().unwrap().unwrap();
    let text = pages.cursor().to_string();
    let mut resumed = users.pages(two_each()).resume(&text.parse().unwrap()).unwrap();
    assert_eq!(resumed.next().unwrap().unwrap(), [user("c"), user("d")]);

    let mut items = users.items(two_each());
    assert_eq!(items.cursor(), start);
    for id in ["a", "b", "c"] {
        assert_eq!(items.next().unwrap().unwrap().id, id);
    }
    assert_eq!(items.next_buffered().unwrap().id, "d");
    assert!(
        items.next_buffered().is_none(),
        "the next one has to be asked for"
    );
    let cursor = items.cursor();
    let ids: Vec<_> = users
        .items(two_each())
        .resume(&cursor)
        .unwrap()
        .map(|user| user.unwrap().id)
        .collect();
    assert_eq!(ids, ["e"]);

    assert_eq!(items.by_ref().count(), 1);
    let end = items.cursor();
    assert_ne!(end, cursor);
    assert_eq!(items.resume(&end).unwrap().count(), 0);
    let other = users.pages(QueryUsers::new(Filter::all()).offset(1)).resume(&end);
    assert!(other.unwrap_err().is_invalid());
}

#[test]
fn the_place_is_known_after_a_failure_and_after_a_panic() {
    for panics in [false, true] {
        let mut mock = mock();
        let answer = |ids: &[&str]| Ok(Response::new(QueriedUsers::new(ids.iter().map(|id| user(id)))));
        mock.expect_query_users()
            .times(1)
            .returning(move |_| answer(&["a", "b"]));
        mock.expect_query_users().times(1).returning(move |_| {
            if panics {
                panic_any(7)
            }
            Err(Error::builder(ErrorKind::Connect).build())
        });
        mock.expect_query_users().returning(move |_| answer(&["c"]));
        let users = over(mock);
        let mut items = users.items(two_each());
        items.next().unwrap().unwrap();
        items.next().unwrap().unwrap();
        let before = items.cursor();
        match catch_unwind(AssertUnwindSafe(|| items.next())) {
            Ok(failed) => assert!(!panics && failed.unwrap().unwrap_err().is_connect()),
            Err(_) => assert!(panics),
        }
        assert!(items.next().is_none());
        assert_eq!(items.cursor(), before);
        let mut resumed = items.resume(&before).unwrap();
        assert_eq!(resumed.next().unwrap().unwrap().id, "c");
    }
}
