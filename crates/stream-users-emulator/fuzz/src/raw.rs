//! Sends bytes over a connection to an emulator that listens: whatever they are, each whole answer is one, the
//! connection comes to its end, and the emulator goes on.

use std::sync::LazyLock;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use stream_users_emulator::Emulator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::answer::Answer;
use crate::client;

/// What is sent after the input, so that a connection whose requests are whole comes to its end at once.
const TAIL: &[u8] = b"\r\n\r\nGET /tail HTTP/1.1\r\nhost: stream.test\r\nconnection: close\r\n\r\n";
/// How long to wait for more of an answer before the connection is closed from this side.
const QUIET: Duration = Duration::from_millis(20);
/// How long an emulator may take to close a connection that was closed from this side, or to answer.
const LONGEST: Duration = Duration::from_secs(10);

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime can be made")
});

/// Sends an input to an emulator of its own, and then a request that is in order.
pub fn run(input: &[u8]) {
    RUNTIME.block_on(async {
        let emulator = Emulator::start().await.expect("an emulator can listen");
        let answered = exchange(&emulator, &[input, TAIL].concat(), QUIET).await;
        check(&answered);
        // What was asked of it may be that it fails: then it is to be told to stop that.
        emulator.reset().expect("the data can be removed");
        let token = client::sign(emulator.api_secret(), br#"{"alg":"HS256"}"#, b"{}");
        let request = format!(
            "GET /api/v2/rate_limits?api_key={} HTTP/1.1\r\nhost: stream.test\r\nstream-auth-type: jwt\r\n\
             authorization: {token}\r\nconnection: close\r\n\r\n",
            emulator.api_key()
        );
        let answered = exchange(&emulator, request.as_bytes(), LONGEST).await;
        check(&answered);
        assert!(
            answered.starts_with(b"HTTP/1.1 200 OK\r\n"),
            "a request in order is answered with {}",
            String::from_utf8_lossy(&answered)
        );
    });
}

/// Everything that is answered to these bytes, until the emulator closes the connection. It is closed from this side when
/// nothing has come for so long.
async fn exchange(emulator: &Emulator, bytes: &[u8], quiet: Duration) -> Vec<u8> {
    let stream = TcpStream::connect(emulator.address())
        .await
        .expect("the emulator accepts connections");
    let (mut reader, mut writer) = stream.into_split();
    let mut answered = Vec::new();
    let write = async {
        // The emulator may have closed the connection already.
        writer.write_all(bytes).await.ok();
    };
    let read = async { while let Ok(Ok(1..)) = timeout(quiet, reader.read_buf(&mut answered)).await {} };
    tokio::join!(write, read);
    writer.shutdown().await.ok();
    let read = async { while let Ok(1..) = reader.read_buf(&mut answered).await {} };
    assert!(
        timeout(LONGEST, read).await.is_ok(),
        "the connection is not closed after {}",
        String::from_utf8_lossy(&answered)
    );
    answered
}

/// Holds every whole answer against what it must be.
fn check(mut answered: &[u8]) {
    while !answered.is_empty() {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut headers);
        let length = match head.parse(answered) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return,
            Err(error) => panic!("{error}: {}", String::from_utf8_lossy(answered)),
        };
        let status = head.code.unwrap_or_default();
        let headers: HeaderMap = head
            .headers
            .iter()
            .filter_map(|header| {
                let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
                Some((name, HeaderValue::from_bytes(header.value).ok()?))
            })
            .collect();
        answered = &answered[length..];
        if status == 100 {
            continue;
        }
        // What follows is a WebSocket.
        if status == 101 {
            return;
        }
        let size = headers
            .get("content-length")
            .and_then(|size| size.to_str().ok()?.parse::<usize>().ok());
        // The answer to a HEAD tells the length of a body that it does not have.
        if answered.starts_with(b"HTTP/1.") {
            continue;
        }
        // Without a length it is compressed, or of a connection that is cut: nothing can be
        // said of what follows.
        let Some(body) = size.and_then(|size| answered.get(..size)) else {
            return;
        };
        answered = &answered[body.len()..];
        // What is no HTTP is refused before there is a request.
        if body.is_empty() && matches!(status, 400 | 414 | 431) {
            return;
        }
        let answer = Answer {
            // Nothing says which request it answers.
            path: "/_emulator".to_owned(),
            status,
            headers,
            body: body.to_vec().into(),
            head: false,
            spoilt: false,
        };
        answer.check();
    }
}
