//! Connections that are cut: a real client, a real emulator in a process of its own, and between them a proxy on real
//! sockets that spoils what goes through. The client's time is moved by hand.

mod kit;
mod many;
mod proxy;
mod server;
mod short;
mod stage;
mod time;

use std::future::Future;
use std::time::Duration;

/// What has to come to an end; a test that would hang fails instead, and says what it waited for.
pub(crate) async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work)
        .await
        .unwrap_or_else(|_| panic!("took longer than 20 seconds: {what}"))
}
