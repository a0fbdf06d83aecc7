//! Connections that are cut, on real sockets.

mod kit;
mod proxy;
mod server;
mod time;

use std::future::Future;
use std::time::Duration;

/// What has to come to an end; a test that would hang fails instead, and says what it waited for.
pub(crate) async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work)
        .await
        .unwrap_or_else(|_| panic!("took longer than 20 seconds: {what}"))
}
