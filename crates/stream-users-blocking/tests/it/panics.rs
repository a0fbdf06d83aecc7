//! A panic in a call is one of the caller.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use stream_users_core::Response;
use stream_users_core::model::{QueriedUsers, UpsertUsers, UserRequest};

use crate::{mock, over};

#[test]
fn a_call_that_nobody_expects() {
    let users = over(mock());
    let payload = catch_unwind(AssertUnwindSafe(|| {
        users.upsert_users(UpsertUsers::new([UserRequest::new("ada")]))
    }))
    .unwrap_err();
    let text = payload.downcast_ref::<String>().unwrap();
    assert!(text.contains("upsert_users"), "{text}");
}

#[test]
fn has_the_same_payload_and_spoils_nothing() {
    #[derive(Debug, PartialEq)]
    struct Payload(u32);

    let mut mock = mock();
    mock.expect_query_users()
        .times(1)
        .returning(|_| panic_any(Payload(7)));
    mock.expect_query_users()
        .returning(|_| Ok(Response::new(QueriedUsers::new([]))));
    let users = over(mock);
    let payload = catch_unwind(AssertUnwindSafe(|| users.get_user("ada"))).unwrap_err();
    assert_eq!(payload.downcast_ref::<Payload>(), Some(&Payload(7)));
    assert_eq!(users.get_user("ada").unwrap(), None);
}

#[test]
fn ends_the_pages() {
    let mut mock = mock();
    mock.expect_query_users().returning(|_| panic_any(7));
    let users = over(mock);
    let mut pages = users.all_users();
    catch_unwind(AssertUnwindSafe(|| pages.next())).unwrap_err();
    assert!(pages.next().is_none());
}

#[test]
fn a_mock_that_misses_a_call_panics_where_the_handle_is_dropped() {
    let mut mock = mock();
    mock.expect_query_users()
        .times(2)
        .returning(|_| Ok(Response::new(QueriedUsers::new([]))));
    let users = over(mock);
    users.get_user("ada").unwrap();
    let payload = catch_unwind(AssertUnwindSafe(|| drop(users))).unwrap_err();
    let text = payload.downcast_ref::<String>().unwrap();
    assert!(text.contains("query_users"), "{text}");
}
