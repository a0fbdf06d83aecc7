//! A receiver of webhooks on a socket of this machine, and signatures as their documentation describes them.

use std::collections::VecDeque;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

use crate::socket::within;

/// One request as it came in.
#[derive(Debug)]
pub(crate) struct Received {
    /// In lower case, with their values.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Counts the connections of the receiver.
    pub(crate) connection: usize,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// The bytes that were signed.
    pub(crate) fn text(&self) -> Vec<u8> {
        if self.header("content-encoding") != "gzip" {
            return self.body.clone();
        }
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(self.body.as_slice())
            .read_to_end(&mut text)
            .unwrap();
        text
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.text()).unwrap()
    }

    /// Who it is about.
    pub(crate) fn user(&self) -> String {
        self.json()["user"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn attempt(&self) -> u32 {
        self.header("x-webhook-attempt").parse().unwrap()
    }
}

/// HMAC-SHA256 by its definition, in hexadecimal digits.
pub(crate) fn signature(secret: &str, body: &[u8]) -> String {
    let mut key = secret.as_bytes().to_vec();
    assert!(key.len() <= 64, "longer keys would have to be hashed");
    key.resize(64, 0);
    let pad = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(body)
        .finalize();
    let outer = Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize();
    format!("{:x}", bytes::Bytes::copy_from_slice(&outer))
}

/// What the connections share.
struct Shared {
    /// The statuses of the next answers; 200 when there are none.
    statuses: Mutex<VecDeque<u16>>,
    /// Each answer takes one.
    permits: Semaphore,
    sender: mpsc::UnboundedSender<Received>,
}

pub(crate) struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    received: mpsc::UnboundedReceiver<Received>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Receiver {
    /// Answers with these statuses and then with 200.
    pub(crate) async fn new(statuses: &[u16]) -> Self {
        let receiver = Self::stalled(statuses).await;
        receiver.answer(Semaphore::MAX_PERMITS);
        receiver
    }

    /// Takes requests and answers none until it is told to.
    pub(crate) async fn stalled(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, received) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            statuses: Mutex::new(statuses.iter().copied().collect()),
            permits: Semaphore::new(0),
            sender,
        });
        let server = tokio::spawn(listen(listener, shared.clone()));
        Self {
            address,
            shared,
            received,
            server,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook?x=1", self.address)
    }

    /// Lets so many more answers go.
    pub(crate) fn answer(&self, count: usize) {
        self.shared.permits.add_permits(count);
    }

    pub(crate) async fn next(&mut self) -> Received {
        within(self.received.recv()).await.unwrap()
    }

    /// Whether nothing has come in that was not taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.received.is_empty()
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    for connection in 0.. {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(serve(stream, connection, shared.clone()));
    }
}

/// Takes the requests of one connection until it is closed.
async fn serve(stream: TcpStream, connection: usize, shared: Arc<Shared>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream, connection).await {
        assert_eq!(request.header(""), "POST /hook?x=1 HTTP/1.1");
        shared.sender.send(request).ok();
        shared.permits.acquire().await.unwrap().forget();
        let status = shared.statuses.lock().unwrap().pop_front().unwrap_or(200);
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The next request of a connection; its first line is the header without a name.
async fn read(stream: &mut BufReader<TcpStream>, connection: usize) -> Option<Received> {
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = if headers.is_empty() {
            ("", line)
        } else {
            line.split_once(':').unwrap()
        };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut received = Received {
        headers,
        body: Vec::new(),
        connection,
    };
    received
        .body
        .resize(received.header("content-length").parse().unwrap(), 0);
    stream.read_exact(&mut received.body).await.ok()?;
    Some(received)
}
