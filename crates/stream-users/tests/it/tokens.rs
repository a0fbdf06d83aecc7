//! Tokens are made, verified, revoked and allowed again, with the emulator as the judge of which count.

use std::collections::BTreeSet;
use std::time::Duration;

use stream_users::endpoint::{Encoder, Endpoint};
use stream_users::operation::Method;
use stream_users::prelude::*;
use stream_users::token::{TokenVerifier, UserToken};
use stream_users::{Operation, Secret, ServiceTransport, Token, blocking};
use stream_users_emulator::{Emulator, EmulatorService};

/// Reads the settings of the app.
struct GetApp;

#[derive(serde::Deserialize)]
struct AppAnswer {
    app: App,
}

#[derive(serde::Deserialize)]
struct App {
    #[serde(default)]
    revoke_tokens_issued_before: Option<Timestamp>,
}

impl Endpoint for GetApp {
    type Response = AppAnswer;

    fn operation(&self) -> &'static Operation {
        const GET_APP: Operation =
            Operation::new("get_app", "GetApp", Method::Get, "/api/v2/app").idempotent();
        &GET_APP
    }

    fn encode(&self, _request: &mut Encoder) {}
}

struct Stream {
    service: EmulatorService,
    server: Client,
}

impl Stream {
    fn new() -> Self {
        let service = Emulator::builder().build().unwrap();
        let server = Client::builder(service.api_key())
            .server(service.api_secret())
            .transport(ServiceTransport::new(service.clone()))
            .build()
            .unwrap();
        Self { service, server }
    }

    fn users(&self) -> Users {
        self.server.users()
    }

    fn now(&self) -> Timestamp {
        self.service.now().try_into().unwrap()
    }

    fn ago(&self, seconds: u64) -> Timestamp {
        self.now().checked_sub(Duration::from_secs(seconds)).unwrap()
    }

    /// A token of the user that was issued so many seconds ago.
    fn token(&self, id: &str, seconds: u64) -> Token {
        let token = UserToken::new(id).issued_at(self.ago(seconds));
        let secret = Secret::new(self.service.api_secret());
        token.sign(&secret, self.now()).unwrap()
    }

    /// The code with which the service refuses the token; `None` where it accepts it.
    async fn code(&self, token: &Token) -> Option<i64> {
        let client = Client::builder(self.service.api_key())
            .user_token(token.clone())
            .transport(ServiceTransport::new(self.service.clone()))
            .build()
            .unwrap();
        let query = QueryUsers::new(Filter::all());
        let outcome = client.users::<Custom>().query_users(query).await;
        outcome.err().map(|error| error.code().unwrap().get())
    }

    /// The same. The verifier, told what the service says of the user and the app, must come to the same.
    async fn refusal(&self, token: &Token) -> Option<i64> {
        let code = self.code(token).await;
        let verified = TokenVerifier::new(self.service.api_secret())
            .verify(token, self.now())
            .unwrap();
        let id = verified.user_id().unwrap();
        let user = self.users().get_user(id).await.unwrap().unwrap();
        let app = self.server.execute(&GetApp, &CallOptions::new()).await.unwrap();
        let app = app.body.app.revoke_tokens_issued_before;
        let revoked = verified.is_revoked_by(user.revoke_tokens_issued_before) || verified.is_revoked_by(app);
        assert_eq!(revoked, code == Some(40));
        code
    }
}

/// Times far enough from now that no second which passes meanwhile makes a difference.
const DISTANCES: [Option<i64>; 5] = [None, Some(-3600), Some(-30), Some(30), Some(3600)];

#[tokio::test]
async fn the_verifier_and_the_service_refuse_the_same_with_the_same_codes() {
    let stream = Stream::new();
    stream.users().upsert_user(UserRequest::new("ada")).await.unwrap();
    let verifier = TokenVerifier::new(stream.service.api_secret());
    let mut seen = BTreeSet::new();
    for issued in DISTANCES {
        for expires in DISTANCES {
            for begins in DISTANCES {
                let time = |distance: i64| {
                    Timestamp::from_unix_seconds(stream.now().unix_seconds() + distance).unwrap()
                };
                let mut token = UserToken::new("ada");
                if let Some(distance) = issued {
                    token = token.issued_at(time(distance));
                }
                if let Some(distance) = expires {
                    token = token.expires_at(time(distance));
                }
                if let Some(distance) = begins {
                    token = token.not_before(time(distance));
                }
                let Ok(token) = stream.server.create_token(&token) else {
                    continue;
                };
                let ours = verifier.verify(&token, stream.now());
                let ours = ours.err().map(|error| error.code().unwrap().get());
                assert_eq!(
                    ours,
                    stream.code(&token).await,
                    "{issued:?} {expires:?} {begins:?}"
                );
                seen.insert(ours);
            }
        }
    }
    assert_eq!(Vec::from_iter(seen), [None, Some(40), Some(41), Some(42)]);
}

#[tokio::test]
async fn the_tokens_of_one_user() {
    let stream = Stream::new();
    let users = stream.users();
    users
        .upsert_users(UpsertUsers::new(["ada", "bob"].map(UserRequest::new)))
        .await
        .unwrap();
    let (old, new, bobs) = (
        stream.token("ada", 60),
        stream.token("ada", 10),
        stream.token("bob", 60),
    );
    assert_eq!(stream.refusal(&old).await, None);

    let time = stream.ago(30);
    let ada = users.revoke_user_tokens("ada", time).await.unwrap();
    assert_eq!(ada.revoke_tokens_issued_before, Some(time));
    assert_eq!(stream.refusal(&old).await, Some(40));
    assert_eq!(stream.refusal(&new).await, None, "it was issued afterwards");
    assert_eq!(stream.refusal(&bobs).await, None, "it is another user's");

    let ada = users.unrevoke_user_tokens("ada").await.unwrap();
    assert_eq!(ada.revoke_tokens_issued_before, None);
    assert_eq!(stream.refusal(&old).await, None);
}

#[tokio::test]
async fn a_token_that_is_dated_back_counts_as_older() {
    let stream = Stream::new();
    let users = stream.users();
    users.upsert_user(UserRequest::new("ada")).await.unwrap();
    users.revoke_user_tokens("ada", stream.ago(1)).await.unwrap();
    let dated_back = stream.server.create_token(&UserToken::new("ada")).unwrap();
    assert_eq!(stream.refusal(&dated_back).await, Some(40));
    assert_eq!(stream.refusal(&stream.token("ada", 0)).await, None);
}

#[tokio::test]
async fn the_tokens_of_the_app() {
    let stream = Stream::new();
    stream.users().upsert_user(UserRequest::new("ada")).await.unwrap();
    let (old, new) = (stream.token("ada", 60), stream.token("ada", 10));
    stream.server.revoke_app_tokens(stream.ago(30)).await.unwrap();
    assert_eq!(stream.refusal(&old).await, Some(40));
    assert_eq!(stream.refusal(&new).await, None);
    stream.server.unrevoke_app_tokens().await.unwrap();
    assert_eq!(stream.refusal(&old).await, None);

    let client = Client::builder(stream.service.api_key()).user_token(old);
    let client = client
        .transport(ServiceTransport::new(stream.service.clone()))
        .build()
        .unwrap();
    let error = client.revoke_app_tokens(stream.now()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Auth, Some("update_app"))
    );
}

#[tokio::test]
async fn the_tokens_of_many_users() {
    let stream = Stream::new();
    let users = stream.users();
    let ids: Vec<String> = (0..250).map(|number| format!("user-{number:03}")).collect();
    for ids in ids.chunks(100) {
        users
            .upsert_users(UpsertUsers::new(ids.iter().map(UserRequest::new)))
            .await
            .unwrap();
    }
    let (first, last) = (stream.token("user-000", 60), stream.token("user-249", 60));
    stream.service.clear_requests();
    let twice = ids.iter().chain(&ids);
    users.revoke_users_tokens(twice, stream.ago(30)).await.unwrap();
    assert_eq!(stream.service.requests().len(), 3);
    assert_eq!(stream.refusal(&first).await, Some(40));
    assert_eq!(stream.refusal(&last).await, Some(40));
    users.unrevoke_users_tokens(&ids).await.unwrap();
    assert_eq!(stream.refusal(&first).await, None);
    assert_eq!(stream.refusal(&last).await, None);
    users
        .revoke_users_tokens(Vec::<UserId>::new(), stream.now())
        .await
        .unwrap();
}

#[tokio::test]
async fn where_one_request_fails_it_is_known_for_whom() {
    let stream = Stream::new();
    let users = stream.users();
    let ids: Vec<UserId> = (0..250)
        .map(|number| format!("user-{number:03}").into())
        .collect();
    for ids in ids.chunks(100) {
        users
            .upsert_users(UpsertUsers::new(ids.iter().map(UserRequest::new)))
            .await
            .unwrap();
    }
    let mut with_a_stranger = ids.clone();
    with_a_stranger[150] = "nobody".into();
    let partly = users
        .revoke_users_tokens(&with_a_stranger, stream.ago(30))
        .await
        .unwrap_err();
    assert_eq!(partly.applied, ids[..100]);
    assert_eq!(partly.failed, with_a_stranger[100..200]);
    assert_eq!(partly.not_tried, ids[200..]);
    assert_eq!(
        partly.to_string(),
        "100 users were changed; a request for 100 failed, and 50 were not tried"
    );
    assert_eq!(stream.refusal(&stream.token("user-099", 60)).await, Some(40));
    assert_eq!(stream.refusal(&stream.token("user-100", 60)).await, None);
    let error = Error::from(partly);
    assert!(error.is_not_found() && !error.may_have_been_applied(), "{error}");

    // What cannot be sent is found before anything is.
    stream.service.clear_requests();
    let mut with_no_id = ids.clone();
    with_no_id[249] = "".into();
    let twice_the_first = ids[..1].iter().chain(&with_no_id);
    let partly = users.unrevoke_users_tokens(twice_the_first).await.unwrap_err();
    assert_eq!(
        partly.error.violations()[0].field,
        "ids[250]",
        "its place among those that were given"
    );
    assert!(partly.error.is_invalid() && partly.applied.is_empty() && partly.failed.is_empty());
    assert_eq!(
        (partly.not_tried, stream.service.requests().len()),
        (with_no_id, 0)
    );
}

#[tokio::test]
async fn custom_data_that_do_not_fit_keep_no_token_from_being_revoked() {
    #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
    struct Profile {
        plan: String,
    }

    let stream = Stream::new();
    let users = stream.users();
    let ids: Vec<String> = (0..150).map(|number| format!("user-{number:03}")).collect();
    for ids in ids.chunks(100) {
        let request = UpsertUsers::new(ids.iter().map(UserRequest::new));
        users.upsert_users(request).await.unwrap();
    }
    let typed: Users<Profile> = stream.server.users();
    assert!(
        typed
            .revoke_user_tokens("user-000", stream.ago(30))
            .await
            .unwrap_err()
            .is_decode()
    );
    typed.revoke_users_tokens(&ids, stream.ago(30)).await.unwrap();
    for id in ["user-000", "user-149"] {
        assert_eq!(stream.refusal(&stream.token(id, 60)).await, Some(40));
    }
}

#[test]
fn without_async_too() {
    let stream = Stream::new();
    let users = blocking::Users::<Custom>::new(stream.users()).unwrap();
    users.upsert_user(UserRequest::new("ada")).unwrap();
    let time = stream.ago(30);
    let revoked = |users: &blocking::Users| {
        users
            .get_user("ada")
            .unwrap()
            .unwrap()
            .revoke_tokens_issued_before
    };
    users.revoke_user_tokens("ada", time).unwrap();
    assert_eq!(revoked(&users), Some(time));
    users.unrevoke_user_tokens("ada").unwrap();
    assert_eq!(revoked(&users), None);
    users.revoke_users_tokens(["ada"], time).unwrap();
    assert_eq!(revoked(&users), Some(time));
    users.unrevoke_users_tokens(["ada"]).unwrap();
    assert_eq!(revoked(&users), None);
    let partly = users.revoke_users_tokens(["nobody"], time).unwrap_err();
    assert_eq!(partly.failed, [UserId::from("nobody")]);

    let client = stream.server.clone();
    users
        .call(move |_| async move { client.revoke_app_tokens(time).await })
        .unwrap();
    let app = users
        .call(move |_| async move { stream.server.execute(&GetApp, &CallOptions::new()).await })
        .unwrap();
    assert_eq!(app.body.app.revoke_tokens_issued_before, Some(time));
}
