use stream_users::prelude::*;
use stream_users::{QueriedUsers, testing::MockUsersApi};

async fn is_member(users: &dyn UsersApi, id: &str) -> stream_users::Result<bool> {
    Ok(users.get_user(id).await?.is_some())
}

#[tokio::test]
async fn nobody_is_no_member() {
    let mut users = MockUsersApi::<Custom>::new();
    users
        .expect_query_users()
        .returning(|_| Ok(Response::new(QueriedUsers::new([]))));
    assert!(!is_member(&users, "nobody").await.unwrap());
}
