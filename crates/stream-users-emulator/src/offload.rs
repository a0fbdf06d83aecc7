//! Where the work of a request is done: the database makes its caller wait, and a connection must not make others wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use axum::response::Response;
use http::Extensions;
use http::request::Parts;
use tokio::sync::oneshot;

use crate::app::App;
use crate::dispatch;
use crate::refusal::Refusal;

/// Marks requests that came over a socket; others may be answered where there is no runtime at all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverSocket;

/// Whether the request came over a socket.
pub(crate) fn is_over_socket(extensions: &Extensions) -> bool {
    extensions.get::<OverSocket>().is_some()
}

/// Answers a request: on a thread that may wait if it came over a socket, and at once if it did not. A panic is
/// answered too.
pub(crate) async fn run(
    app: &Arc<App>,
    parts: Parts,
    work: impl FnOnce(&App, &Parts) -> Response + Send + 'static,
) -> Response {
    let (app, over_socket) = (app.clone(), is_over_socket(&parts.extensions));
    let answer = move || {
        let began = Instant::now();
        // A transaction that was begun is undone, and nothing else outlives a request half done.
        catch_unwind(AssertUnwindSafe(|| work(&app, &parts)))
            .unwrap_or_else(|_| dispatch::refuse(&app, &parts, Refusal::panicked(), began))
    };
    if !over_socket {
        return answer();
    }
    on_a_thread(answer).await
}

/// Does work on a thread that may wait. What a panic comes to is said by `panicked`.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
    panicked: impl FnOnce() -> T + Send + 'static,
) -> T {
    on_a_thread(|| catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| panicked())).await
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // The runtime is being shut down, and nobody waits for an answer any more.
        Err(_) => std::future::pending().await,
    }
}

/// The name of the threads that wait for requests without a runtime.
const ALARM: &str = "stream-latency";

/// Waits: in the runtime's time if the request came over a socket, and without a runtime if it did not.
pub(crate) async fn wait(over_socket: bool, time: Duration) {
    if time.is_zero() {
        return;
    }
    if over_socket {
        return tokio::time::sleep(time).await;
    }
    let (over, waiting) = oneshot::channel::<()>();
    // It is dropped when nobody waits any more.
    let (_given_up, until_given_up) = mpsc::channel::<()>();
    let alarm = thread::Builder::new().name(ALARM.to_owned()).spawn(move || {
        until_given_up.recv_timeout(time).ok();
        drop(over);
    });
    // Without a thread there is nobody who would say that the time is over.
    if alarm.is_ok() {
        waiting.await.ok();
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use http::Request;
    use serde_json::Value;

    use super::*;
    use crate::Emulator;

    /// Nothing that is sent to the emulator lets it panic, so that no test from outside can see this.
    #[tokio::test]
    async fn a_panic_is_answered_in_the_envelope() {
        for over_socket in [false, true] {
            let service = Emulator::builder().build().unwrap();
            let (mut parts, ()) = Request::new(()).into_parts();
            if over_socket {
                parts.extensions.insert(OverSocket);
            }
            let response = run(&service.app(), parts, |app, _| {
                let worked: rusqlite::Result<()> = app.store.transact(|_| panic!("a mistake"));
                worked.unwrap();
                Response::default()
            })
            .await;
            assert_eq!(response.status(), 500);
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["code"], -1);
            assert!(body["message"].as_str().unwrap().contains("panicked"));
            // The database can be used as before.
            service
                .seed(&serde_json::json!({ "users": [{ "id": "ada" }] }))
                .unwrap();
        }
    }
}
