//! The emulator behind a socket.

use std::net::SocketAddr;
use std::ops::Deref;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::builder::EmulatorBuilder;
use crate::error::{Error, Result};
use crate::service::EmulatorService;

/// A local Stream that listens on a socket. Dropping it stops it.
///
/// It derefs to its [`EmulatorService`], where key, secret, seed, state and clock are.
///
/// ```
/// # async fn doc() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = stream_users_emulator::Emulator::start().await?;
/// let (url, key, secret) = (emulator.base_url(), emulator.api_key(), emulator.api_secret());
/// # let _ = (url, key, secret);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Emulator {
    service: EmulatorService,
    address: SocketAddr,
    base_url: String,
    /// Dropping it is what tells the server to stop.
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Emulator {
    /// Sets an emulator up.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Starts an emulator with every default: on a free port of this machine, with everything in memory.
    ///
    /// # Errors
    ///
    /// As [`EmulatorBuilder::start`].
    pub async fn start() -> Result<Self> {
        Self::builder().start().await
    }

    pub(crate) async fn serve(service: EmulatorService, address: SocketAddr) -> Result<Self> {
        let failed = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let app = service
            .router()
            .into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move {
            let stopped = async move {
                // Sent or dropped: both mean to stop.
                stopped.await.ok();
            };
            axum::serve(listener, app)
                .with_graceful_shutdown(stopped)
                .await
                .ok();
        });
        Ok(Self {
            service,
            address,
            base_url: format!("http://{address}"),
            stop,
            server,
        })
    }

    /// `http://` and the address, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The address that it listens on, with the port that it was given.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same emulator without the socket; both share their data. It lives on when the socket is closed.
    #[must_use]
    pub fn service(&self) -> EmulatorService {
        self.service.clone()
    }

    /// Stops listening, answers the requests that have begun, and returns when all connections are closed.
    pub async fn shutdown(self) {
        drop(self.stop);
        // It can only fail by a panic in the server, which has been reported by then.
        self.server.await.ok();
    }
}

impl Deref for Emulator {
    type Target = EmulatorService;

    fn deref(&self) -> &EmulatorService {
        &self.service
    }
}
