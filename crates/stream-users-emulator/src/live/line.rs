//! What lies between the server and a connection that becomes a WebSocket.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use super::opening::Session;

/// One connection of the server, from before it is upgraded. Each of its requests carries it.
#[derive(Debug)]
pub(crate) struct Line {
    /// What it becomes once the answer to the upgrade is sent.
    session: Mutex<Option<Session>>,
    upgraded: AtomicBool,
    reset: AtomicBool,
    /// Changes, or loses its sender, when the emulator is told to stop.
    pub(crate) closing: watch::Receiver<()>,
}

impl Line {
    pub(crate) fn new(closing: watch::Receiver<()>) -> Self {
        Self {
            session: Mutex::default(),
            upgraded: AtomicBool::new(false),
            reset: AtomicBool::new(false),
            closing,
        }
    }

    /// Says what the connection becomes.
    pub(super) fn upgrade(&self, session: Session) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
        self.upgraded.store(true, Ordering::Relaxed);
    }

    /// What the connection has become, once HTTP is done with it.
    pub(crate) fn session(&self) -> Option<Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether what is sent is no HTTP any more.
    pub(crate) fn is_upgraded(&self) -> bool {
        self.upgraded.load(Ordering::Relaxed)
    }

    /// Lets the socket be reset when it is closed, rather than closed in order.
    pub(super) fn reset(&self) {
        self.reset.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_reset(&self) -> bool {
        self.reset.load(Ordering::Relaxed)
    }
}
