//! A server that reads a request and answers with bytes, whatever they are. Each connection carries one request.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
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
}

/// What happened at the server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A whole request came.
    Request,
    /// The client closed a connection that was stalled.
    Closed,
}

pub(crate) struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    events: UnboundedReceiver<Event>,
}

impl Server {
    /// A server that asks `answer` what to do with each request. Its threads end with the test's process.
    pub(crate) fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (sender, events) = unbounded_channel();
        let (answer, seen) = (Arc::new(answer), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, seen, sender) = (Arc::clone(&answer), Arc::clone(&seen), sender.clone());
                thread::spawn(move || serve(stream.unwrap(), &*answer, &seen, &sender));
            }
        });
        Self {
            port,
            requests,
            events,
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
) {
    let Some(request) = read(&mut stream) else { return };
    seen.lock().unwrap().push(request.clone());
    let _ = events.send(Event::Request);
    match answer(&request) {
        // The client may be gone already: that is what some tests are about.
        Answer::Bytes(bytes) => drop(stream.write_all(&bytes)),
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
