//! Where the work of a request is done: the database makes its caller wait, and a connection must not make others wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
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
    match tokio::task::spawn_blocking(answer).await {
        Ok(response) => response,
        // The runtime is being shut down, and nobody waits for an answer any more.
        Err(_) => std::future::pending().await,
    }
}

/// Waits: in the runtime's time if the request came over a socket, and without a runtime if it did not.
pub(crate) async fn wait(over_socket: bool, time: Duration) {
    if time.is_zero() {
        return;
    }
    if over_socket {
        return tokio::time::sleep(time).await;
    }
    let (over, waiting) = oneshot::channel::<()>();
    let alarm = std::thread::Builder::new().spawn(move || {
        std::thread::sleep(time);
        drop(over);
    });
    // Without a thread there is nobody who would say that the time is over.
    if alarm.is_ok() {
        waiting.await.ok();
    }
}
