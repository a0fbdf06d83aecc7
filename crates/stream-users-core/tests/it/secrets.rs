use std::fmt::Debug;

use serde_json::json;
use stream_users_core::credential::Credential;
use stream_users_core::retry::RetryBudget;
use stream_users_core::token::{UserToken, server_token};
use stream_users_core::{
    CallOptions, Client, ClientBuilder, Error, ErrorKind, RawCall, Secret, TransportErrorKind, UsersApi,
    UsersApiExt,
};
use stream_users_model::{
    CreateGuest, Custom, DeactivateUser, Filter, QueryUsers, Token, UserRequest, operation,
};
use stream_users_testing::{Answer, ManualClock, ScriptedTransport};

use crate::spans::Trace;
use crate::stage::Stage;

const MARKED_SECRET: &str = "marker-of-the-secret";
const MARKED_KEY: &str = "marker-of-the-key";
const MARKED_TOKEN: &str = "marker-of-the-token.body.tail";
const MARKED_GUEST: &str = "marker-of-the-guest.body.tail";
const MARKED_PASSWORD: &str = "marker-of-the-password";

/// Everything that was shown, to be searched at the end.
#[derive(Default)]
struct Shown(Vec<String>);

impl Shown {
    fn debug(&mut self, value: &dyn Debug) {
        self.0.push(format!("{value:?}"));
        self.0.push(format!("{value:#?}"));
    }

    fn error(&mut self, error: &Error) {
        self.debug(error);
        self.0.push(error.to_string());
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            self.debug(&inner);
            self.0.push(inner.to_string());
            cause = inner.source();
        }
    }

    fn hides_the_markers(&self) {
        let signed = server_token(&MARKED_SECRET.into()).unwrap();
        let signature = signed.expose().rsplit('.').next().unwrap();
        for text in &self.0 {
            assert!(
                !text.contains("marker-of-the") && !text.contains(signature),
                "{text}"
            );
        }
    }
}

fn marked() -> ClientBuilder {
    Client::builder(MARKED_KEY).server(MARKED_SECRET).random_seed(1)
}

fn stage(answers: impl IntoIterator<Item = Answer>) -> Stage {
    let transport = ScriptedTransport::new(answers);
    let clock = ManualClock::auto_advance();
    let client = marked()
        .transport(transport.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    Stage {
        transport,
        clock,
        client,
    }
}

fn guest() -> Answer {
    let user = json!({"id": "guest", "created_at": 1, "updated_at": 1});
    Answer::json(201, json!({"user": user, "access_token": MARKED_GUEST}))
}

fn query() -> QueryUsers {
    QueryUsers::new(Filter::all())
}

#[tokio::test]
async fn no_public_type_shows_a_secret() {
    let mut shown = Shown::default();
    shown.debug(&Secret::new(MARKED_SECRET));
    shown.debug(&Token::new(MARKED_TOKEN));
    shown.debug(&server_token(&MARKED_SECRET.into()).unwrap());
    shown.debug(&Credential::server(MARKED_SECRET).unwrap());
    shown.debug(&Credential::user(&MARKED_TOKEN.into()).unwrap());
    shown.debug(&UserToken::new("ada").claim("a", 1));
    shown.debug(&marked());
    shown.debug(&Client::builder(MARKED_KEY).user_token(MARKED_TOKEN));
    shown.debug(&Client::builder(MARKED_KEY).base_url(format!("https://user:{MARKED_PASSWORD}@host")));
    shown.debug(&Client::builder(MARKED_KEY).base_url(format!("https://host?key={MARKED_PASSWORD}")));

    let stage = stage([guest()]);
    let users = stage.users::<Custom>();
    let answer = users
        .create_guest(CreateGuest::new(UserRequest::new("guest")))
        .await
        .unwrap();
    assert_eq!(answer.body.access_token.expose(), MARKED_GUEST);
    shown.debug(&answer);
    shown.debug(&answer.meta);
    shown.debug(&users);
    shown.debug(&stage.client);
    shown.debug(&stage.client.create_token(&UserToken::new("ada")).unwrap());
    shown.debug(&stage.transport);
    shown.debug(&stage.requests());
    shown.debug(&stage.request().as_http().headers());
    shown.debug(&users.all_users());
    shown.debug(&users.all_users().items());
    shown.debug(&users.task_by_id::<()>("t"));
    shown.debug(&RawCall::new(&operation::GET_TASK, serde_json::Map::new()));

    let raw = self::stage([guest()]);
    let call = RawCall::new(&operation::CREATE_GUEST, serde_json::Map::new());
    let answer = raw.client.execute(&call, &CallOptions::new()).await.unwrap();
    assert!(answer.body.as_json().contains(MARKED_GUEST));
    shown.debug(&answer);

    let authorization = http::HeaderValue::from_static(MARKED_TOKEN);
    let options = CallOptions::new().header(http::header::AUTHORIZATION, authorization);
    shown.debug(&options);
    shown.debug(&users.with_options(options));
    shown.hides_the_markers();
}

/// Makes calls that fail in every way there is, and returns their errors.
async fn failures() -> Vec<Error> {
    let mut errors = Vec::new();
    let broken_guest = json!({"user": {"id": "guest"}, "access_token": MARKED_GUEST});
    let strange_guest = json!({"user": 5, "access_token": [MARKED_GUEST]});
    for answer in [
        Answer::new(403, r#"{"code":17,"message":"no"}"#),
        Answer::new(302, "elsewhere"),
        Answer::new(400, "<html>"),
        Answer::json(201, broken_guest),
        Answer::json(201, strange_guest),
        Answer::new(200, "not json"),
        Answer::error(TransportErrorKind::Timeout),
        Answer::error(TransportErrorKind::Interrupted),
        Answer::error(TransportErrorKind::TooLarge),
        Answer::error(TransportErrorKind::Request),
        Answer::pending(),
    ] {
        let stage = stage([answer]);
        errors.push(
            stage
                .users::<Custom>()
                .create_guest(CreateGuest::new(UserRequest::new("guest")))
                .await
                .unwrap_err(),
        );
    }
    let unplugged = stage((0..3).map(|_| Answer::error(TransportErrorKind::Connect)));
    errors.push(
        unplugged
            .users::<Custom>()
            .query_users(query())
            .await
            .unwrap_err(),
    );

    let task = json!({"task_id": "t", "status": "failed", "created_at": 1, "updated_at": 1});
    let failed = stage([Answer::json(200, task)]);
    errors.push(
        failed
            .users::<Custom>()
            .task_by_id::<()>("t")
            .wait()
            .await
            .unwrap_err(),
    );
    errors.push(
        failed
            .users::<Custom>()
            .query_users(query().limit(1000))
            .await
            .unwrap_err(),
    );
    let ids = (0..3000).map(|n| format!("{n}-{}", "x".repeat(60)));
    let long = QueryUsers::new(stream_users_model::field::id().is_in(ids));
    errors.push(failed.users::<Custom>().query_users(long).await.unwrap_err());

    let poor = marked()
        .transport(ScriptedTransport::answering(|_| Answer::new(503, "")))
        .clock(ManualClock::auto_advance())
        .retry_budget(RetryBudget::new(0, 1, 0));
    let throttled = poor.build().unwrap().users::<Custom>();
    errors.push(throttled.query_users(query()).await.unwrap_err());

    let device = Stage::over(ScriptedTransport::new([]), |builder| {
        builder.user_token(MARKED_TOKEN)
    });
    errors.push(
        device
            .users::<Custom>()
            .deactivate_user(DeactivateUser::new("ada"))
            .await
            .unwrap_err(),
    );
    errors.push(device.client.create_token(&UserToken::new("ada")).unwrap_err());
    errors.push(Error::unimplemented("query_users"));

    errors.push(marked().build().unwrap_err());
    errors.push(stage_error(|builder| {
        builder.base_url(format!("https://user:{MARKED_PASSWORD}@host"))
    }));
    errors.push(stage_error(|builder| {
        builder.base_url(format!("{MARKED_PASSWORD} is no url"))
    }));
    errors.push(stage_error(|builder| {
        builder.user_token(format!("{MARKED_TOKEN}\n"))
    }));
    errors.push(stage_error(|builder| {
        builder.user_agent_suffix(format!("{MARKED_TOKEN}\n"))
    }));
    errors
}

fn stage_error(set_up: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Error {
    let builder = marked().transport(ScriptedTransport::new([]));
    set_up(builder).build().unwrap_err()
}

#[tokio::test]
async fn no_error_and_no_cause_shows_a_secret() {
    let mut shown = Shown::default();
    let errors = failures().await;
    for kind in [
        ErrorKind::Api,
        ErrorKind::Connect,
        ErrorKind::Timeout,
        ErrorKind::Interrupted,
        ErrorKind::Decode,
        ErrorKind::Invalid,
        ErrorKind::Auth,
        ErrorKind::Throttled,
        ErrorKind::Task,
        ErrorKind::Config,
        ErrorKind::Unimplemented,
    ] {
        assert!(
            errors.iter().any(|error| error.kind() == kind),
            "no error of kind {kind:?} was made"
        );
    }
    for error in &errors {
        shown.error(error);
    }
    shown.hides_the_markers();
}

#[tokio::test]
async fn nothing_that_is_traced_shows_a_secret() {
    let trace = Trace::start();
    failures().await;
    let stage = stage([Answer::new(429, "").header("retry-after", "1"), guest()]);
    stage
        .users::<Custom>()
        .create_guest(CreateGuest::new(UserRequest::new("guest")))
        .await
        .unwrap();
    let text = trace.text();
    assert!(
        text.contains("create_guest") && text.contains("trying again"),
        "{text}"
    );
    Shown(text.lines().map(str::to_owned).collect()).hides_the_markers();
}
