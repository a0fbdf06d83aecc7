use serde_json::Value;
use stream_users_core::token::UserToken;
use stream_users_core::{CallOptions, ClientBuilder, ErrorKind};
use stream_users_model::Token;
use stream_users_model::operation::{self, Caller};
use stream_users_testing::{Answer, ScriptedTransport};

use crate::stage::{SECRET, START, Stage, call};

type SetUp = fn(ClientBuilder) -> ClientBuilder;

fn stage(set_up: SetUp) -> Stage {
    Stage::over(ScriptedTransport::answering(|_| Answer::new(200, "{}")), set_up)
}

#[tokio::test]
async fn every_operation_is_sent_or_refused_by_who_calls() {
    assert!(operation::ALL.len() >= 19, "{}", operation::ALL.len());
    let callers: [(SetUp, &str); 3] = [
        (|builder| builder.server(SECRET), ""),
        (|builder| builder.user_token("head.body.tail"), "a user's token"),
        (ClientBuilder::anonymous, "no credential"),
    ];
    for operation in operation::ALL {
        for (rank, (set_up, name)) in callers.iter().enumerate() {
            let allowed = match operation.caller {
                Caller::Server => rank == 0,
                Caller::User => rank <= 1,
                _ => true,
            };
            let stage = stage(*set_up);
            let outcome = stage.client.execute(&call(operation), &CallOptions::new()).await;
            assert_eq!(stage.sent() == 1, allowed, "{} {name}", operation.name);
            let Err(error) = outcome else { continue };
            assert!(!allowed);
            assert_eq!(error.kind(), ErrorKind::Auth);
            assert!(error.is_auth() && !error.is_retryable());
            let text = error.to_string();
            assert!(text.contains(operation.name) && text.contains(name), "{text}");
            assert!(text.contains("api secret"), "it says what to do: {text}");
        }
    }
}

#[tokio::test]
async fn a_users_token_is_sent_as_it_is() {
    let stage = stage(|builder| builder.user_token("head.body.tail"));
    stage
        .client
        .execute(&call(&operation::GET_BLOCKED_USERS), &CallOptions::new())
        .await
        .unwrap();
    let request = stage.request();
    assert_eq!(
        request.header("authorization"),
        Some("head.body.tail"),
        "raw, without Bearer"
    );
    assert_eq!(request.header("stream-auth-type"), Some("jwt"));
}

#[tokio::test]
async fn the_last_credential_given_counts() {
    let stage = stage(|builder| builder.user_token("head.body.tail").anonymous());
    stage
        .client
        .execute(&call(&operation::QUERY_USERS), &CallOptions::new())
        .await
        .unwrap();
    assert_eq!(stage.request().header("authorization"), None);
    assert_eq!(stage.request().header("stream-auth-type"), Some("anonymous"));
}

#[tokio::test]
async fn a_server_makes_tokens_and_nobody_else() {
    let server = stage(|builder| builder);
    let token: Token = server.client.create_token(&UserToken::new("ada")).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    validation.required_spec_claims.clear();
    let key = jsonwebtoken::DecodingKey::from_secret(SECRET.as_bytes());
    let read = jsonwebtoken::decode::<Value>(token.expose(), &key, &validation).unwrap();
    assert_eq!(
        read.claims,
        serde_json::json!({"iat": START - 5, "user_id": "ada"})
    );

    let error = server.client.create_token(&UserToken::new("")).unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Auth, Some("create_token"))
    );
    let error = server
        .client
        .create_token(&UserToken::new("ada").claim("server", true))
        .unwrap_err();
    assert!(error.to_string().contains("`server`"), "{error}");

    let others: [SetUp; 2] = [
        |builder| builder.user_token("head.body.tail"),
        ClientBuilder::anonymous,
    ];
    for set_up in others {
        let error = stage(set_up)
            .client
            .create_token(&UserToken::new("ada"))
            .unwrap_err();
        assert!(
            error.is_auth() && error.to_string().contains("api secret"),
            "{error}"
        );
    }
}
