//! The emulator behind a socket: its connections, and how they end.

mod wire;

use std::net::SocketAddr;
use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::task::{JoinError, JoinHandle, JoinSet};

use self::wire::{Refuse, Wire};
use crate::builder::EmulatorBuilder;
use crate::dispatch;
use crate::error::{Error, Result};
use crate::gate::{self, ConnectionDropped, Gate};
use crate::live::{Line, Session};
use crate::offload::OverSocket;
use crate::service::EmulatorService;
use crate::webhooks;

/// How long connections and deliveries have to end after the emulator was told to stop.
const GRACE: Duration = Duration::from_secs(3);
/// How long a connection may wait for the whole head of its next request: longer than clients keep idle connections.
const LONGEST_HEAD: Duration = Duration::from_mins(2);
/// How long to wait before connections are accepted again when the machine has no room for another.
const NO_ROOM: Duration = Duration::from_millis(100);

/// A local Stream that listens on a socket. Dropping it stops it, as [`Emulator::shutdown`] does.
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
        let server = tokio::spawn(serve(listener, service.clone(), stopped));
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

    /// Stops listening, answers the requests that have begun, closes WebSockets with code 1001 and answers polls, and
    /// returns when all connections are closed and all deliveries to webhooks that are under way have ended. What does
    /// not come to its end within three seconds is cut off. Events that are not delivered by then are delivered when an
    /// emulator is started on the same data directory.
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

/// Serves connections until `stopped` is sent or its sender is dropped.
async fn serve(listener: TcpListener, service: EmulatorService, stopped: oneshot::Receiver<()>) {
    let most = service.app().settings.max_connections;
    let slots = Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)));
    let refuse = refuse(&service);
    // Dropping `close` is what tells the connections and the deliveries to end.
    let (close, closing) = watch::channel(());
    let deliveries = tokio::spawn(webhooks::run(service.app(), closing.clone(), GRACE));
    let mut connections = JoinSet::new();
    let mut stopped = pin!(stopped);
    loop {
        tokio::select! {
            (stream, peer, slot) = accept(&listener, &slots) => {
                let line = Arc::new(Line::new(closing.clone()));
                let stream = Wire::new(stream, refuse.clone(), line.clone());
                let serving = connection(stream, peer, service.gate(), line);
                connections.spawn(async { (serving.await, slot) });
            }
            Some(ended) = connections.join_next() => go_on(&mut connections, ended),
            _ = &mut stopped => break,
        }
    }
    drop((listener, close));
    let ended = async {
        while let Some(ended) = connections.join_next().await {
            go_on(&mut connections, ended);
        }
    };
    tokio::time::timeout(GRACE, ended).await.ok();
    connections.shutdown().await;
    deliveries.await.ok();
}

/// What a connection was when it ended: what it has become over which line, if that is a WebSocket, and its place among the
/// connections.
type Ended = (Option<(Session, Arc<Line>)>, Option<OwnedSemaphorePermit>);

/// Serves what a connection has become. It takes the place of the connection, unless it has one of its own.
fn go_on(connections: &mut JoinSet<Ended>, ended: std::result::Result<Ended, JoinError>) {
    if let Ok((Some((session, line)), slot)) = ended {
        let slot = slot.filter(|_| !session.has_room());
        connections.spawn(async {
            session.run(line).await;
            (None, slot)
        });
    }
}

/// The next connection, once there is room for one. Those that come before wait in the operating system's queue.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed.
    let slot = slots.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are small, and none should wait for the one before it to be acknowledged.
                stream.set_nodelay(true).ok();
                return (stream, peer, slot);
            }
            // Too many open files, most likely; a connection that its client has closed costs a short wait too.
            Err(_) => tokio::time::sleep(NO_ROOM).await,
        }
    }
}

/// What is sent for what HTTP refuses by itself.
fn refuse(service: &EmulatorService) -> Refuse {
    let app = service.app();
    Arc::new(move |status| {
        let (mut parts, body) = dispatch::refuse_unread(&app, status).into_parts();
        gate::date(&app.clock, &mut parts.headers);
        let mut head = format!("HTTP/1.1 {status}\r\n").into_bytes();
        for (name, value) in &parts.headers {
            head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        head.extend(
            format!(
                "connection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .bytes(),
        );
        head
    })
}

/// Answers the requests of one connection; when it is time to close, the one that has begun. What it has become then, if it
/// was upgraded.
async fn connection(
    stream: Wire,
    peer: SocketAddr,
    gate: Gate,
    line: Arc<Line>,
) -> Option<(Session, Arc<Line>)> {
    let mut closing = line.closing.clone();
    let of_requests = line.clone();
    let service = service_fn(move |request| answer(gate.clone(), peer, of_requests.clone(), request));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(LONGEST_HEAD)
            // Whoever has nothing more to send may still wait for its answer.
            .half_close(true)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = closing.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    ended.ok()?;
    Some((line.session()?, line))
}

async fn answer(
    mut gate: Gate,
    peer: SocketAddr,
    line: Arc<Line>,
    request: Request<Incoming>,
) -> std::result::Result<Response<Body>, ConnectionDropped> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    request.extensions_mut().insert(OverSocket);
    request.extensions_mut().insert(line);
    gate.answer(request).await
}
