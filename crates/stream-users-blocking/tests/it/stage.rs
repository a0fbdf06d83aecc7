//! [`Stage`]: what works over HTTP is tried on it.

use std::time::Duration;

use stream_users_blocking::Users;
use stream_users_core::{Client, PollPolicy};
use stream_users_emulator::{DEFAULT_API_KEY, DEFAULT_API_SECRET, Emulator};
use stream_users_http::ReqwestTransport;
use tokio::runtime::Runtime;

/// An emulator at work on threads of its own, and a handle.
pub(crate) struct Stage {
    pub(crate) users: Users,
    emulator: Option<Emulator>,
    runtime: Runtime,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let emulator = Emulator::builder().task_latency(Duration::ZERO).start();
        let emulator = runtime.block_on(emulator).unwrap();
        let client = Client::builder(DEFAULT_API_KEY)
            .server(DEFAULT_API_SECRET)
            .base_url(emulator.base_url())
            .transport(ReqwestTransport::builder().no_proxy().build().unwrap())
            .build()
            .unwrap();
        Self {
            users: Users::new(client.users()).unwrap(),
            emulator: Some(emulator),
            runtime,
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(emulator) = self.emulator.take() {
            self.runtime.block_on(emulator.shutdown());
        }
    }
}

/// Asks for a task so often that nobody waits for it.
pub(crate) fn often() -> PollPolicy {
    PollPolicy::new().interval(Duration::from_millis(1), Duration::from_millis(20))
}
