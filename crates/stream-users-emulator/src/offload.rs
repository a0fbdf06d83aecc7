//! Where the work of a request is done: the database makes its caller wait, and a connection must not make others wait.

use http::Extensions;

/// Marks requests that came over a socket; others may be answered where there is no runtime at all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverSocket;

/// Whether the request came over a socket.
pub(crate) fn is_over_socket(extensions: &Extensions) -> bool {
    extensions.get::<OverSocket>().is_some()
}

/// Does the work on a thread that may wait if the request came over a socket, and at once if it did not.
pub(crate) async fn run<T: Send + 'static>(
    over_socket: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    if !over_socket {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is being shut down, and nobody waits for an answer any more.
            Err(_) => std::future::pending().await,
        },
    }
}
