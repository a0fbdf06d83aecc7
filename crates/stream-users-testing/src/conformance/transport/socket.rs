//! [`SocketOrigin`]: a server of HTTP/1.1 on the loopback interface, every byte of which is the suite's.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};

use super::origin::{Log, Origin};
use super::reply::Reply;
use super::wire::Connection;

/// An [`Origin`] on a free port of the loopback interface, for transports that open connections.
///
/// It has a thread of its own, so that it goes on where the transport blocks the threads of the test.
#[derive(Debug)]
pub struct SocketOrigin {
    address: SocketAddr,
    replies: Replies,
    log: Log,
    /// A port that is taken and at which nobody listens.
    refusing: (SocketAddr, TcpSocket),
    /// Dropped without waiting for the connections that are open.
    runtime: Option<Runtime>,
}

type Replies = Arc<Mutex<HashMap<String, Reply>>>;

impl SocketOrigin {
    /// Starts an origin.
    ///
    /// # Panics
    ///
    /// Where the loopback interface has no free port.
    #[must_use]
    pub fn start() -> Self {
        #[expect(clippy::expect_used, reason = "there is no test without an origin")]
        Self::try_start().expect("the suite can listen on the loopback interface")
    }

    fn try_start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let entered = runtime.enter();
        let refusing = TcpSocket::new_v4()?;
        refusing.bind(([127, 0, 0, 1], 0).into())?;
        let refusing = (refusing.local_addr()?, refusing);
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let (replies, log) = (Replies::default(), Log::default());
        runtime.spawn(listen(listener, replies.clone(), log.clone()));
        drop(entered);
        Ok(Self {
            address,
            replies,
            log,
            refusing,
            runtime: Some(runtime),
        })
    }
}

impl Drop for SocketOrigin {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Origin for SocketOrigin {
    fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    fn reply(&self, path: &str, reply: Reply) {
        let mut replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        replies.insert(path.to_owned(), reply);
    }

    fn refusing_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.refusing.0)
    }

    fn log(&self) -> &Log {
        &self.log
    }
}

async fn listen(listener: TcpListener, replies: Replies, log: Log) {
    while let Ok((stream, _)) = listener.accept().await {
        let (replies, log) = (replies.clone(), log.clone());
        // The client may be gone already: some rules are about that.
        tokio::spawn(async move { serve(stream, &replies, &log).await });
    }
}

async fn serve(stream: TcpStream, replies: &Replies, log: &Log) -> io::Result<()> {
    let mut connection = Connection::new(stream);
    while let Some(request) = connection.request().await? {
        let reply = {
            let replies = replies.lock().unwrap_or_else(PoisonError::into_inner);
            replies.get(request.path()).cloned()
        };
        let reply = reply.unwrap_or_else(|| Reply::new(404, "no rule has said what this path is answered"));
        let method = request.method.clone();
        log.add(request);
        log.arrived(reply.after).await;
        if !connection.reply(&method, &reply).await? {
            break;
        }
    }
    Ok(())
}
