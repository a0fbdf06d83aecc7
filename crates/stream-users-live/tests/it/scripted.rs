//! A server that does what a script says, connection after connection, and counts how many are open at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// What is done with one connection.
#[derive(Clone, Debug)]
pub(crate) enum Script {
    /// This text, as the answer to the request.
    Http(String),
    /// Nothing is answered.
    Silent,
    /// It is closed at once.
    HangUp,
    /// It becomes a WebSocket.
    WebSocket(Vec<Step>),
}

/// What is done on a WebSocket, in order. After the last step it is held until the client goes.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends a text.
    Send(String),
    /// Sends a message of bytes.
    SendBytes(&'static [u8]),
    /// Sends a ping, and waits for what comes back.
    Ping,
    /// Waits for a message of the client's.
    Read,
    /// Sends a close frame.
    Close(u16),
    /// Closes the connection without one.
    HangUp,
}

#[derive(Clone)]
pub(crate) struct Scripted {
    pub(crate) url: String,
    state: Arc<Mutex<Seen>>,
}

/// What the server has seen.
#[derive(Debug, Default)]
struct Seen {
    scripts: VecDeque<Script>,
    open: usize,
    most_open: usize,
    messages: Vec<String>,
    pongs: usize,
}

impl Scripted {
    pub(crate) async fn start(scripts: impl IntoIterator<Item = Script>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(Seen {
            scripts: scripts.into_iter().collect(),
            ..Seen::default()
        }));
        let server = Self { url, state };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                let script = {
                    let mut seen = server.state.lock().unwrap();
                    seen.open += 1;
                    seen.most_open = seen.most_open.max(seen.open);
                    seen.scripts.pop_front().unwrap_or(Script::HangUp)
                };
                tokio::spawn(async move {
                    server.serve(stream, script).await;
                });
            }
        });
        server
    }

    async fn serve(&self, mut stream: TcpStream, script: Script) {
        match script {
            Script::HangUp => self.closes(),
            Script::Silent => {
                let mut sink = [0; 1024];
                while stream.read(&mut sink).await.is_ok_and(|read| read > 0) {}
                self.closes();
            }
            Script::Http(answer) => {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap_or(b'\n'));
                }
                self.closes();
                let _ = stream.write_all(answer.as_bytes()).await;
            }
            Script::WebSocket(steps) => {
                if let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await {
                    self.steps(&mut socket, steps).await;
                    // Before the client can know of it.
                    self.closes();
                } else {
                    self.closes();
                }
            }
        }
    }

    /// A connection is closed now: counted before the client sees it.
    fn closes(&self) {
        self.state.lock().unwrap().open -= 1;
    }

    async fn steps(&self, socket: &mut WebSocketStream<TcpStream>, steps: Vec<Step>) {
        for step in steps {
            let done = match step {
                Step::Send(text) => socket.send(Message::text(text)).await.is_ok(),
                Step::SendBytes(bytes) => socket.send(Message::binary(bytes)).await.is_ok(),
                Step::Ping => {
                    let sent = socket.send(Message::Ping("are you there".into())).await;
                    sent.is_ok() && self.read(socket, Message::is_pong).await
                }
                Step::Read => self.read(socket, Message::is_text).await,
                Step::Close(code) => {
                    let frame = CloseFrame {
                        code: CloseCode::from(code),
                        reason: "by the script".into(),
                    };
                    socket.close(Some(frame)).await.is_ok()
                }
                Step::HangUp => false,
            };
            if !done {
                return;
            }
        }
        self.read(socket, |_| false).await;
    }

    async fn read(&self, socket: &mut WebSocketStream<TcpStream>, is: impl Fn(&Message) -> bool) -> bool {
        while let Some(Ok(message)) = socket.next().await {
            {
                let mut seen = self.state.lock().unwrap();
                match &message {
                    Message::Text(text) => seen.messages.push(text.to_string()),
                    Message::Pong(_) => seen.pongs += 1,
                    _ => {}
                }
            }
            if is(&message) {
                return true;
            }
        }
        false
    }

    /// How many scripts have not been used.
    pub(crate) fn left(&self) -> usize {
        self.state.lock().unwrap().scripts.len()
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        self.state.lock().unwrap().open
    }

    /// How many connections were open at once, at most.
    pub(crate) fn most_open(&self) -> usize {
        self.state.lock().unwrap().most_open
    }

    /// The texts that clients have sent.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.state.lock().unwrap().messages.clone()
    }

    pub(crate) fn pongs(&self) -> usize {
        self.state.lock().unwrap().pongs
    }
}

/// An answer of HTTP.
pub(crate) fn http(status: &str, headers: &str, body: &str) -> Script {
    Script::Http(format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    ))
}

/// The first answer of a connection of this id.
pub(crate) fn ok(id: &str) -> Step {
    Step::Send(format!(
        r#"{{"type":"connection.ok","connection_id":"{id}","created_at":1700000000000000000,"me":{}}}"#,
        user("ada")
    ))
}

/// A user as the service writes one.
pub(crate) fn user(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","role":"user","custom":{{}},"created_at":1700000000000000000,"updated_at":1700000000000000000}}"#
    )
}

/// A refusal in the service's words.
pub(crate) fn error(code: i64, status: u16) -> String {
    format!(
        r#"{{"code":{code},"message":"refused by the script","StatusCode":{status},"duration":"","more_info":"","details":[]}}"#
    )
}

/// A WebSocket whose first answer this is.
pub(crate) fn first(answer: impl Into<String>) -> Script {
    Script::WebSocket(vec![Step::Read, Step::Send(answer.into())])
}

/// A WebSocket that is accepted, and on which this is done then.
pub(crate) fn accepted(id: &str, then: impl IntoIterator<Item = Step>) -> Script {
    let steps = [Step::Read, ok(id)];
    Script::WebSocket(steps.into_iter().chain(then).collect())
}
