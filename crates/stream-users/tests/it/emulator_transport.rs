//! The emulator without a socket keeps the rules of a transport. What its other end does are faults.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use stream_users::{ServiceTransport, TransportError, TransportErrorKind};
use stream_users_emulator::{Emulator, EmulatorService, Fault};
use stream_users_testing::conformance::transport::{Ending, Log, Origin, Point, Reply, Seen};
use tower_service::Service;

stream_users_testing::transport_conformance!(
    suite,
    EmulatorOrigin::new,
    |_settings, origin| ServiceTransport::new(origin.way.clone()),
    except: {
        its_own_timeout_is_timeout: "it has none; the client's own ends a call that takes too long",
        an_answer_of_the_limits_size_is_taken: "it has no limit: a service answers from memory",
        a_larger_answer_is_too_large: "it has no limit: a service answers from memory",
        the_limit_counts_decoded_bytes: "it has no limit: a service answers from memory",
        a_request_without_a_host_is_request: "it reaches no host; the emulator answers any path",
    },
);

struct EmulatorOrigin {
    way: Way,
}

/// The way to the emulator: it keeps what arrives, and tells the emulator what is to go wrong.
#[derive(Clone)]
struct Way {
    emulator: EmulatorService,
    /// What each path is replied to; nothing where it cannot be reached.
    replies: Arc<Mutex<HashMap<String, Option<Reply>>>>,
    log: Log,
}

impl EmulatorOrigin {
    fn new() -> Self {
        let way = Way {
            emulator: Emulator::builder().build().unwrap(),
            replies: Arc::default(),
            log: Log::default(),
        };
        Self { way }
    }
}

impl Origin for EmulatorOrigin {
    fn url(&self, target: &str) -> String {
        format!("http://emulator.test{target}")
    }

    fn reply(&self, path: &str, reply: Reply) {
        self.way
            .replies
            .lock()
            .unwrap()
            .insert(path.to_owned(), Some(reply));
    }

    fn refusing_url(&self, target: &str) -> String {
        let path = target.split('?').next().unwrap_or_default();
        self.way.replies.lock().unwrap().insert(path.to_owned(), None);
        self.url(target)
    }

    fn log(&self) -> &Log {
        &self.way.log
    }
}

fn fault(reply: &Reply) -> Fault {
    match reply.ending {
        Ending::Whole => Fault::answer(reply.response()),
        Ending::Cut(Point::Body | Point::End) => Fault::answer(reply.response()).and(Fault::cut_body()),
        // Longer than any test takes.
        Ending::Silent(_) => Fault::latency(Duration::from_secs(24 * 3600)),
        _ => Fault::drop_connection_before(),
    }
}

impl Service<Request<Bytes>> for Way {
    type Response = Response<Bytes>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.emulator.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let mut way = self.clone();
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            let reply = way.replies.lock().unwrap().get(&path).cloned();
            let Some(reply) = reply.unwrap_or_else(|| Some(Reply::new(404, ""))) else {
                return Err(TransportError::new(TransportErrorKind::Connect).into());
            };
            way.log.add(Seen::of(&request));
            way.log.arrived(reply.after).await;
            way.emulator.fault("*", fault(&reply).for_path(path))?;
            Ok(way.emulator.call(request).await?)
        })
    }
}
