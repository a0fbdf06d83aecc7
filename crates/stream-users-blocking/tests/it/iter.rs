//! Pages and single users as iterators.

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
