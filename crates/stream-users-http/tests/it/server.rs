//! A server that reads a request and answers with bytes, whatever they are. Each connection carries one request.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What the server does with a request.
pub(crate) enum Answer {
    /// Writes these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Writes these bytes and then nothing, until the client closes the connection.
    Stall(Vec<u8>),
    /// Writes whatever this writes, to its end or until the client closes the connection.
    Flood(fn(&mut dyn Write) -> io::Result<()>),
}

/// What happened at the server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A whole request came.
    Request,
    /// The client closed a connection that was stalled.
    Closed,
    /// A connection is over, whoever closed it.
    Ended,
}

pub(crate) struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    events: UnboundedReceiver<Event>,
    open: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
    flooded: Arc<AtomicUsize>,
}

/// A stream that counts what goes into it.
struct Counted<'a> {
    stream: &'a TcpStream,
    bytes: &'a AtomicUsize,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.stream.write(bytes)?;
        self.bytes.fetch_add(written, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Server {
    /// A server that asks `answer` what to do with each request. Its threads end with the test's process.
    pub(crate) fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (sender, events) = unbounded_channel();
        let [open, connections, flooded] = [(); 3].map(|()| Arc::new(AtomicUsize::new(0)));
        let (answer, seen) = (Arc::new(answer), Arc::clone(&requests));
        let counts = (Arc::clone(&open), Arc::clone(&connections), Arc::clone(&flooded));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, seen, sender) = (Arc::clone(&answer), Arc::clone(&seen), sender.clone());
                let (open, connections, flooded) = counts.clone();
                open.fetch_add(1, Ordering::SeqCst);
                connections.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    serve(stream.unwrap(), &*answer, &seen, &sender, &flooded);
                    open.fetch_sub(1, Ordering::SeqCst);
                    let _ = sender.send(Event::Ended);
                });
            }
        });
        Self {
            port,
            requests,
            events,
            open,
            connections,
            flooded,
        }
    }

    /// A server that answers every request with these bytes.
    pub(crate) fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::start(move |_| Answer::Bytes(bytes.clone()))
    }

    /// What happens next. It is bounded, so that a test fails rather than hangs.
    pub(crate) async fn event(&mut self) -> Event {
        let event = tokio::time::timeout(Duration::from_secs(30), self.events.recv());
        event.await.expect("nothing happened at the server").unwrap()
    }

    /// Waits until the last connection is over.
    pub(crate) async fn all_ended(&mut self) {
        while self.open.load(Ordering::SeqCst) > 0 {
            self.event().await;
        }
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many bytes a flood brought to the client and into the buffers between.
    pub(crate) fn flooded(&self) -> usize {
        self.flooded.load(Ordering::Relaxed)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests as they came, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// An answer with a body and these header lines, besides those that a connection of one request needs.
pub(crate) fn answer(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for header in headers {
        head += header;
        head += "\r\n";
    }
    head += "\r\n";
    [head.as_bytes(), body].concat()
}

fn serve(
    mut stream: TcpStream,
    answer: &dyn Fn(&str) -> Answer,
    seen: &Mutex<Vec<String>>,
    events: &UnboundedSender<Event>,
    flooded: &AtomicUsize,
) {
    let Some(request) = read(&mut stream) else { return };
    seen.lock().unwrap().push(request.clone());
    let _ = events.send(Event::Request);
    match answer(&request) {
        // The client may be gone already: that is what some tests are about.
        Answer::Bytes(bytes) => drop(stream.write_all(&bytes)),
        Answer::Flood(write) => {
            let mut counted = Counted {
                stream: &stream,
                bytes: flooded,
            };
            let _ = write(&mut counted);
        }
        Answer::Stall(bytes) => {
            let _ = stream.write_all(&bytes);
            while stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
            let _ = events.send(Event::Closed);
        }
    }
}

/// One request with the body that its `content-length` says; `None` where the connection ends before.
fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(0, |(_, value)| value.trim().parse().unwrap());
        if body.len() >= length {
            return Some(text);
        }
    }
}
