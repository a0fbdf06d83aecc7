//! One program that holds `Arc<dyn UsersApi<Profile>>` runs unchanged with the mock, over HTTP, and over the emulator
//! without a socket.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use stream_users::model::{QueriedUsers, UpsertedUsers};
use stream_users::prelude::*;
use stream_users::testing::MockUsersApi;
use stream_users::{ReqwestTransport, ServiceTransport};
use stream_users_emulator::Emulator;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    plan: String,
}

/// The program: a part of an application that knows nothing of how its users are reached.
#[derive(Debug, Clone)]
struct Memberships {
    users: Arc<dyn UsersApi<Profile>>,
}

impl Memberships {
    async fn join(&self, id: &str, plan: &str) -> stream_users::Result<()> {
        let user = UserRequest::new(id).custom(Profile {
            plan: plan.to_owned(),
        });
        self.users.upsert_user(user).await.map(drop)
    }

    async fn plan_of(&self, id: &str) -> stream_users::Result<Option<String>> {
        Ok(self.users.get_user(id).await?.map(|user| user.custom.plan))
    }
}

async fn run(users: impl UsersApi<Profile> + 'static) {
    let memberships = Memberships {
        users: Arc::new(users),
    };
    memberships.join("ada", "pro").await.unwrap();
    assert_eq!(memberships.plan_of("ada").await.unwrap().as_deref(), Some("pro"));
    assert_eq!(memberships.plan_of("nobody").await.unwrap(), None);
}

#[tokio::test]
async fn with_the_mock() {
    let ada = || {
        User::new(
            "ada",
            Profile {
                plan: "pro".to_owned(),
            },
            Timestamp::UNIX_EPOCH,
        )
    };
    let mut users = MockUsersApi::<Profile>::new();
    users.expect_upsert_users().once().returning(move |request| {
        assert_eq!(
            request.users[0].custom,
            Some(Profile {
                plan: "pro".to_owned()
            })
        );
        Ok(Response::new(UpsertedUsers::new([ada()])))
    });
    users.expect_query_users().times(2).returning(move |query| {
        let found = (query.filter == field::id().eq("ada")).then(ada);
        Ok(Response::new(QueriedUsers::new(found)))
    });
    run(users).await;
}

#[tokio::test]
async fn over_http() {
    let stream = Emulator::start().await.unwrap();
    let client = Client::builder(stream.api_key())
        .server(stream.api_secret())
        .base_url(stream.base_url())
        .transport(ReqwestTransport::builder().no_proxy().build().unwrap())
        .build()
        .unwrap();
    run(client.users::<Profile>()).await;
    stream.shutdown().await;
}

#[tokio::test]
async fn over_the_emulator_without_a_socket() {
    let stream = Emulator::builder().build().unwrap();
    let client = Client::builder(stream.api_key())
        .server(stream.api_secret())
        .transport(ServiceTransport::new(stream))
        .build()
        .unwrap();
    run(client.users::<Profile>()).await;
}
