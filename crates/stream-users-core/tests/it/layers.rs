//! Transports and tower services, each as the other, with the layers that people really put around them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, Full};
use stream_users_core::retry::NoRetry;
use stream_users_core::{
    Attempt, Client, OperationInfo, ServiceTransport, Transport, TransportError, TransportErrorKind,
    TransportService, Users, UsersApi, UsersApiExt,
};
use stream_users_model::{Custom, GetTask, UpsertUsers, UserRequest, operation};
use stream_users_testing::{Answer, ManualClock, ScriptedTransport};
use tower::load_shed::error::Overloaded;
use tower::timeout::error::Elapsed;
use tower::util::{BoxCloneService, MapRequestLayer};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt as _, service_fn};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::set_header::SetRequestHeaderLayer;
use tower_http::trace::TraceLayer;

use crate::spans::Trace;

type Request = http::Request<Bytes>;
type Response = http::Response<Bytes>;

fn get() -> Request {
    http::Request::get("http://127.0.0.1/a?api_key=k3y-marker")
        .body(Bytes::new())
        .unwrap()
}

fn nobody() -> Answer {
    Answer::json(200, serde_json::json!({"users": []}))
}

fn client(transport: impl Transport) -> Client {
    let client = Client::builder("key").server("secret").transport(transport);
    client.clock(ManualClock::auto_advance()).build().unwrap()
}

async fn kind_of<S>(service: S) -> TransportErrorKind
where
    ServiceTransport<S>: Transport,
{
    ServiceTransport::new(service)
        .send(get())
        .await
        .unwrap_err()
        .kind()
}

#[tokio::test]
async fn a_transport_is_a_service_and_keeps_answers_and_errors() {
    let script = ScriptedTransport::new([
        Answer::new(404, "no").header("x-a", "1").header("x-a", "2"),
        Answer::error(TransportErrorKind::TooLarge),
    ]);
    let shared: Arc<dyn Transport> = Arc::new(script);
    let mut service = TransportService::new(shared);
    let answer = service.ready().await.unwrap().call(get()).await.unwrap();
    assert_eq!(
        (answer.status(), answer.body()),
        (StatusCode::NOT_FOUND, &Bytes::from("no"))
    );
    assert_eq!(answer.headers().get_all("x-a").iter().count(), 2);
    let error = service.ready().await.unwrap().call(get()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::TooLarge);
}

async fn collected<B: BodyExt<Error: Into<BoxError>>>(body: B) -> Result<Bytes, BoxError> {
    Ok(body.collect().await.map_err(Into::into)?.to_bytes())
}

/// In place of the layer's own span, which shows the whole URL.
fn span_of<B>(request: &http::Request<B>) -> tracing::Span {
    let operation = request.extensions().get::<OperationInfo>();
    let operation = operation.map(|info| info.operation.name);
    tracing::debug_span!("sent", operation)
}

/// The layers of `tower-http` want bodies of the trait `Body`: requests and answers get one on their way in, and are
/// collected on their way out.
#[tokio::test]
async fn layers_of_tower_http_go_around_a_transport() {
    let trace = Trace::start();
    let script = ScriptedTransport::new([nobody()]);
    let transport = TransportService::new(script.clone());
    let innermost = service_fn(move |request: http::Request<Full<Bytes>>| {
        let transport = transport.clone();
        async move {
            let (parts, body) = request.into_parts();
            let request = http::Request::from_parts(parts, collected(body).await?);
            let answer = transport.oneshot(request).await?;
            Ok::<_, BoxError>(answer.map(Full::new))
        }
    });
    let stack = ServiceBuilder::new()
        .map_request(|request: Request| request.map(Full::new))
        .layer(SetSensitiveRequestHeadersLayer::new([header::AUTHORIZATION]))
        .layer(TraceLayer::new_for_http().make_span_with(span_of))
        .layer(SetRequestHeaderLayer::overriding(
            header::HeaderName::from_static("x-gateway"),
            HeaderValue::from_static("let me through"),
        ))
        .service(innermost)
        .and_then(|answer: http::Response<_>| async {
            let (parts, body) = answer.into_parts();
            Ok::<_, BoxError>(http::Response::from_parts(parts, collected(body).await?))
        });
    let users: Users = client(ServiceTransport::new(stack)).users();
    assert!(users.get_user("ada").await.unwrap().is_none());
    let sent = &script.requests()[0];
    assert_eq!(sent.header("x-gateway"), Some("let me through"));
    assert!(sent.as_http().headers()["authorization"].is_sensitive());
    let traced = trace.text();
    assert!(traced.contains("sent{operation=\"query_users\"}"), "{traced}");
    assert!(!traced.contains("api_key"), "{traced}");
}

#[tokio::test]
async fn the_engine_retries_over_a_stack_as_over_its_transport() {
    let script = ScriptedTransport::new([
        Answer::error(TransportErrorKind::Connect),
        Answer::new(503, "busy"),
        nobody(),
    ]);
    let stack = ServiceBuilder::new()
        .concurrency_limit(2)
        .load_shed()
        .timeout(Duration::from_secs(5))
        .service(TransportService::new(script.clone()));
    let users: Users = client(ServiceTransport::new(stack)).users();
    assert!(users.get_user("ada").await.unwrap().is_none());
    let attempts: Vec<_> = script
        .requests()
        .iter()
        .map(stream_users_testing::RecordedRequest::attempt)
        .collect();
    assert_eq!(
        attempts,
        [Some(1), Some(2), Some(3)],
        "the kind of an error goes through all layers"
    );
}

/// A service that cannot be cloned becomes one that can; the errors of the transport keep their kinds on the way.
#[tokio::test]
async fn a_service_that_cannot_be_cloned_goes_behind_a_buffer() {
    let script = ScriptedTransport::new([
        Answer::new(200, "{}"),
        Answer::error(TransportErrorKind::TooLarge),
    ]);
    let stack = ServiceBuilder::new()
        .buffer(8)
        .rate_limit(100, Duration::from_secs(1))
        .service(TransportService::new(script));
    let transport = ServiceTransport::new(stack);
    assert_eq!(transport.send(get()).await.unwrap().body(), "{}");
    assert_eq!(
        transport.send(get()).await.unwrap_err().kind(),
        TransportErrorKind::TooLarge
    );
}

#[tokio::test]
async fn what_a_layer_says_itself_is_in_doubt_interrupted() {
    let silent = || {
        ServiceBuilder::new()
            .timeout(Duration::from_millis(1))
            .service(TransportService::new(ScriptedTransport::new([Answer::pending()])))
    };
    assert_eq!(kind_of(silent()).await, TransportErrorKind::Interrupted);
    let known = silent().map_err(|error| match error.downcast::<Elapsed>() {
        Ok(elapsed) => TransportError::new(TransportErrorKind::Timeout)
            .with_source(elapsed)
            .into(),
        Err(error) => error,
    });
    assert_eq!(kind_of(known).await, TransportErrorKind::Timeout);
}

/// What is refused before it is sent is safe to send again, whatever the operation.
#[tokio::test]
async fn a_layer_may_promise_that_a_request_never_left() {
    let full = || {
        let mut places =
            ServiceBuilder::new()
                .load_shed()
                .concurrency_limit(1)
                .service(TransportService::new(ScriptedTransport::answering(|_| {
                    Answer::pending()
                })));
        let first = futures_util::FutureExt::now_or_never(places.ready())
            .unwrap()
            .unwrap()
            .call(get());
        (places, first)
    };
    let (places, _first) = full();
    assert_eq!(kind_of(places).await, TransportErrorKind::Interrupted);
    let (places, _first) = full();
    let known = places.map_err(|error| match error.downcast::<Overloaded>() {
        Ok(full) => TransportError::new(TransportErrorKind::Connect)
            .with_source(full)
            .into(),
        Err(error) => error,
    });
    assert_eq!(kind_of(known).await, TransportErrorKind::Connect);
}

#[tokio::test]
async fn a_service_that_is_not_sync_is_a_transport() {
    let service =
        service_fn(|request: Request| async move { Ok::<_, BoxError>(Response::new(request.into_body())) });
    let transport = ServiceTransport::new(BoxCloneService::new(service));
    let copy = transport.clone();
    for transport in [transport, copy] {
        let request = http::Request::new(Bytes::from_static(b"body"));
        assert_eq!(transport.send(request).await.unwrap().body(), "body");
    }
}

/// Answers what it has answered before, where asking again changes nothing.
#[tokio::test]
async fn a_cache_goes_by_the_operation() {
    let script = ScriptedTransport::answering(|request| match request.operation() {
        Some(&operation::GET_TASK) => Answer::new(
            200,
            r#"{"task_id":"t","status":"running","created_at":1,"updated_at":1}"#,
        ),
        _ => Answer::json(
            200,
            serde_json::json!({"users": {}, "membership_deletion_task_id": ""}),
        ),
    });
    let kept: Arc<Mutex<HashMap<String, Response>>> = Arc::default();
    let inner = TransportService::new(script.clone());
    let cache = service_fn(move |request: Request| {
        let (kept, inner) = (Arc::clone(&kept), inner.clone());
        async move {
            let info = request.extensions().get::<OperationInfo>().copied();
            let cacheable = info.is_some_and(|info| info.operation == &operation::GET_TASK);
            let key = format!("{} {}", request.method(), request.uri());
            let known = kept.lock().unwrap().get(&key).cloned();
            if let Some(answer) = known.filter(|_| cacheable) {
                return Ok(answer);
            }
            let answer = inner.oneshot(request).await?;
            if cacheable {
                kept.lock().unwrap().insert(key, answer.clone());
            }
            Ok::<_, TransportError>(answer)
        }
    });
    let users: Users = client(ServiceTransport::new(cache)).users();
    for _ in 0..3 {
        users.get_task(GetTask::new("t")).await.unwrap();
        let upsert = UpsertUsers::new([UserRequest::<Custom>::new("ada")]);
        users.upsert_users(upsert).await.unwrap();
    }
    let methods: Vec<Method> = script
        .requests()
        .iter()
        .map(|request| request.as_http().method().clone())
        .collect();
    assert_eq!(methods, [Method::GET, Method::POST, Method::POST, Method::POST]);
}

#[tokio::test]
async fn a_layer_knows_operation_and_attempt() {
    let seen: Arc<Mutex<Vec<(&str, u32)>>> = Arc::default();
    let notes = Arc::clone(&seen);
    let note = MapRequestLayer::new(move |request: Request| {
        let operation = request.extensions().get::<OperationInfo>().unwrap().operation;
        let attempt = request.extensions().get::<Attempt>().unwrap().0;
        notes.lock().unwrap().push((operation.name, attempt));
        request
    });
    let script = ScriptedTransport::new([Answer::new(503, "busy"), nobody()]);
    let stack = ServiceBuilder::new()
        .layer(note)
        .service(TransportService::new(script));
    let users: Users = client(ServiceTransport::new(stack)).users();
    users.get_user("ada").await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [("query_users", 1), ("query_users", 2)]);
}

#[tokio::test]
async fn no_debug_shows_what_a_stack_holds() {
    let script = ScriptedTransport::new([]);
    let client = Client::builder("k3y-marker")
        .server("s3cr3t-marker")
        .retry(NoRetry::new())
        .transport(ServiceTransport::new(TransportService::new(script)))
        .build()
        .unwrap();
    let users: Users = client.users();
    let error = users.get_user("ada").await.unwrap_err();
    let shown = format!("{client:?} {error} {error:?}");
    assert!(
        !shown.contains("k3y-marker") && !shown.contains("s3cr3t-marker"),
        "{shown}"
    );
}
