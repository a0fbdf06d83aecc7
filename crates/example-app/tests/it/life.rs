//! Users through all routes, over a local Stream inside the test.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use example_app::app::App;
use example_app::users::Directory;
use serde_json::{Value, json};
use stream_users::{Client, ServiceTransport};
use stream_users_emulator::{Emulator, EmulatorService};

use crate::asking::ask;

/// The application as `main` makes it, but for the transport.
fn app() -> (EmulatorService, Client, Router) {
    let stream = Emulator::builder().task_latency(Duration::ZERO).build().unwrap();
    let client = Client::builder(stream.api_key())
        .server(stream.api_secret())
        .transport(ServiceTransport::new(stream.clone()))
        .build()
        .unwrap();
    let app = App::new(Directory::new(Arc::new(client.users())), Arc::new(client.clone()));
    (stream, client, app.router())
}

async fn sign_up(app: &Router, id: &str) {
    let answer = ask(app, "POST", "/users", json!({"id": id, "name": id})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
}

#[tokio::test]
async fn a_user_signs_up_once_and_is_found() {
    let (_stream, _, app) = app();
    let signing_up = json!({"id": "ada", "name": "Ada", "plan": "pro"});
    let created = ask(&app, "POST", "/users", signing_up.clone()).await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.body["plan"], "pro");

    let found = ask(&app, "GET", "/users/ada", Value::Null).await;
    assert_eq!((found.status, &found.body), (StatusCode::OK, &created.body));
    let again = ask(&app, "POST", "/users", signing_up).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let nobody = ask(&app, "GET", "/users/bob", Value::Null).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_change_leaves_the_rest() {
    let (_stream, _, app) = app();
    let signing_up = json!({"id": "ada", "name": "Ada", "plan": "pro"});
    ask(&app, "POST", "/users", signing_up).await;
    let renamed = ask(&app, "PATCH", "/users/ada", json!({"name": "Ada King"})).await;
    assert_eq!(
        (&renamed.body["name"], &renamed.body["plan"]),
        (&json!("Ada King"), &json!("pro"))
    );
    let changed = ask(&app, "PATCH", "/users/ada", json!({"plan": "free"})).await;
    assert_eq!(
        (&changed.body["name"], &changed.body["plan"]),
        (&json!("Ada King"), &json!("free"))
    );
    let nobody = ask(&app, "PATCH", "/users/bob", json!({"name": "Bob"})).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_user_comes_once_over_all_pages() {
    let (_stream, _, app) = app();
    let ids: Vec<String> = (0..7).map(|number| format!("user-{number}")).collect();
    for id in &ids {
        sign_up(&app, id).await;
    }
    let (mut seen, mut page) = (Vec::new(), String::new());
    loop {
        let listed = ask(&app, "GET", &format!("/users?limit=3{page}"), Value::Null).await;
        assert_eq!(listed.status, StatusCode::OK, "{listed:?}");
        let users = listed.body["users"].as_array().unwrap().clone();
        seen.extend(users.iter().map(|user| user["id"].as_str().unwrap().to_owned()));
        let Some(next) = listed.body["next"].as_str() else {
            break;
        };
        page = format!("&page={next}");
    }
    assert_eq!(seen, ids);
    let wrong = ask(&app, "GET", "/users?page=nonsense", Value::Null).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_deactivated_user_gets_no_token() {
    let (_stream, client, app) = app();
    sign_up(&app, "ada").await;
    let issued = ask(&app, "POST", "/users/ada/tokens", Value::Null).await;
    assert_eq!(issued.status, StatusCode::CREATED);
    assert_eq!(issued.headers["cache-control"], "no-store");
    let token = issued.body["token"].as_str().unwrap().into();
    let verified = client
        .token_verifier()
        .unwrap()
        .verify(&token, client.service_time())
        .unwrap();
    assert_eq!(verified.user_id().map(AsRef::as_ref), Some("ada"));

    let deactivated = ask(&app, "POST", "/users/ada/deactivate", Value::Null).await;
    assert_eq!(deactivated.body["active"], false);
    let again = ask(&app, "POST", "/users/ada/deactivate", Value::Null).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let refused = ask(&app, "POST", "/users/ada/tokens", Value::Null).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    let reactivated = ask(&app, "POST", "/users/ada/reactivate", Value::Null).await;
    assert_eq!(reactivated.body["active"], true);
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_the_id_with_them() {
    let (_stream, _, app) = app();
    sign_up(&app, "ada").await;
    let started = ask(&app, "DELETE", "/users/ada", Value::Null).await;
    assert_eq!(started.status, StatusCode::ACCEPTED);
    let gone = ask(&app, "GET", "/users/ada", Value::Null).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);

    let status_url = started.body["status_url"].as_str().unwrap();
    let deletion = ask(&app, "GET", status_url, Value::Null).await;
    assert_eq!(deletion.body["status"], "done");

    let again = ask(&app, "POST", "/users", json!({"id": "ada", "name": "Ada"})).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let twice = ask(&app, "DELETE", "/users/ada", Value::Null).await;
    assert_eq!(twice.status, StatusCode::NOT_FOUND);
    let unknown = ask(&app, "GET", "/deletions/nothing", Value::Null).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_breaks_rules_is_told_by_field_and_sent_to_nobody() {
    let (stream, _, app) = app();
    let before = stream.requests().len();
    let dots = ask(&app, "POST", "/users/%2E%2E/deactivate", Value::Null).await;
    assert_eq!(dots.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(dots.body["violations"][0]["field"], "user_id");
    assert_eq!(stream.requests().len(), before);

    let nameless = ask(&app, "POST", "/users", json!({"id": "", "name": "Nobody"})).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(nameless.body["violations"][0]["field"], "id");
    let planless = ask(
        &app,
        "POST",
        "/users",
        json!({"id": "ada", "name": "Ada", "plan": "?"}),
    )
    .await;
    assert_eq!(planless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(planless.body["message"].as_str().unwrap().contains("plan"));
    assert!(ask(&app, "GET", "/users/ada", Value::Null).await.status == StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_no_route_takes_is_told_the_same_way() {
    let (_stream, _, app) = app();
    let long = json!({"id": "ada", "name": "a".repeat(64 * 1024)});
    for (method, path, body, status) in [
        ("GET", "/nothing", Value::Null, StatusCode::NOT_FOUND),
        ("PUT", "/users/ada", Value::Null, StatusCode::METHOD_NOT_ALLOWED),
        ("GET", "/users/%FF", Value::Null, StatusCode::BAD_REQUEST),
        ("GET", "/users?limit=x", Value::Null, StatusCode::BAD_REQUEST),
        ("POST", "/users", long, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = ask(&app, method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(answer.body["message"].is_string(), "{method} {path} {answer:?}");
        let allowed = answer.headers.contains_key("allow");
        assert_eq!(allowed, status == StatusCode::METHOD_NOT_ALLOWED, "{answer:?}");
    }
}
