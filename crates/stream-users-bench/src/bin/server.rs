//! A server with canned answers, which looks at nothing but what was asked for: `server [PORT]`, any free port without
//! one. It prints its address and serves until it is killed.

use std::convert::Infallible;
use std::error::Error;
use std::net::Ipv4Addr;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;
use stream_users_bench::canned;
use stream_users_bench::measure::Misuse;
use stream_users_bench::people::FULL;
use tokio::net::TcpListener;

fn main() -> Result<(), Box<dyn Error>> {
    let port = match std::env::args().nth(1) {
        Some(port) => port
            .parse()
            .map_err(|_| Misuse::new(format!("usage: server [PORT]; {port:?} is no port")))?,
        None => 0,
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(serve(port))
}

#[expect(clippy::print_stdout, reason = "who starts it has to learn the address")]
async fn serve(port: u16) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| Misuse::new(format!("cannot listen at port {port}: {error}")))?;
    println!("http://{}", listener.local_addr()?);
    let answers: &'static Answers = Box::leak(Box::new(Answers::new()));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let service = service_fn(|request| async { Ok::<_, Infallible>(answers.to(request).await) });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            // Whoever hangs up has what it wanted.
            let _ = connection.await;
        });
    }
}

/// The answers, by the number of users in them: those of the common numbers are made beforehand.
struct Answers {
    task: Bytes,
    deactivated: Bytes,
    queried: Vec<Bytes>,
    upserted: Vec<Bytes>,
}

impl Answers {
    fn new() -> Self {
        Self {
            task: canned::task().into(),
            deactivated: canned::deactivated().into(),
            queried: (0..=FULL).map(|users| canned::queried(users).into()).collect(),
            upserted: (0..=FULL).map(|users| canned::upserted(users).into()).collect(),
        }
    }

    async fn to(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else {
            return answer(StatusCode::BAD_REQUEST, Bytes::new());
        };
        let found = match (&parts.method, parts.uri.path()) {
            (&Method::GET, "/api/v2/users") => self.queried.get(limit(parts.uri.query())),
            (&Method::POST, "/api/v2/users") => self.upserted.get(number(&body.to_bytes())),
            (&Method::GET, path) if path.starts_with("/api/v2/tasks/") => Some(&self.task),
            (&Method::POST, path) if path.ends_with("/deactivate") => Some(&self.deactivated),
            _ => None,
        };
        match found {
            Some(found) => answer(StatusCode::OK, found.clone()),
            None => answer(StatusCode::NOT_FOUND, Bytes::new()),
        }
    }
}

fn answer(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    canned::head(answer.headers_mut());
    answer
}

/// How many users a query asks for.
fn limit(query: Option<&str>) -> usize {
    #[derive(Deserialize)]
    struct Payload {
        limit: usize,
    }

    let payload = query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .find_map(|pair| pair.strip_prefix("payload="));
    let payload = payload.and_then(|payload| percent_decode_str(payload).decode_utf8().ok());
    let payload = payload.and_then(|payload| serde_json::from_str::<Payload>(&payload).ok());
    payload.map_or(FULL, |payload| payload.limit)
}

/// How many users an upsert holds.
fn number(body: &[u8]) -> usize {
    let upsert: Value = serde_json::from_slice(body).unwrap_or_default();
    let users = upsert["users"].as_object();
    users.map_or(FULL, serde_json::Map::len)
}
