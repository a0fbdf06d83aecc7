//! A program's test that names nothing but the facade.

use stream_users::testing::{MockUsersApi, fixtures};
use stream_users::{blocking, prelude::*};

#[test]
fn a_mock_under_the_blocking_api() {
    let mut mock = MockUsersApi::<Custom>::new();
    mock.expect_upsert_users()
        .times(1)
        .returning(|request| Ok(Response::new(fixtures::upserted(request))));
    let users = blocking::Users::new(mock).unwrap();
    let ada = users.upsert_user(UserRequest::new("ada")).unwrap();
    assert_eq!(ada.id, "ada");
}

#[test]
fn a_mock_without_expectations_is_an_api_of_users() {
    fn program(_: &dyn UsersApi) {}

    program(&MockUsersApi::<Custom>::new());
}
