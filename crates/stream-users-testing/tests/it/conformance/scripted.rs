//! The scripted transport keeps the rules of a transport. Its other end is its script.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use stream_users_core::TransportErrorKind;
use stream_users_testing::conformance::transport::{Ending, Log, Origin, Reply, Seen};
use stream_users_testing::{Answer, ScriptedTransport};

stream_users_testing::transport_conformance!(
    suite,
    ScriptedOrigin::new,
    |_settings, origin| origin.transport.clone(),
    except: {
        its_own_timeout_is_timeout: "it has none; the client's own ends a call that takes too long",
        an_answer_of_the_limits_size_is_taken: "it has no limit: its answers are in memory already",
        a_larger_answer_is_too_large: "it has no limit: its answers are in memory already",
        the_limit_counts_decoded_bytes: "it has no limit: its answers are in memory already",
        a_request_without_a_host_is_request: "it reaches no host, and a script may answer any path",
    },
);

/// Replies by a script.
struct ScriptedOrigin {
    replies: Replies,
    log: Log,
    transport: ScriptedTransport,
}

/// What each path is replied to; nothing where it cannot be reached.
type Replies = Arc<Mutex<HashMap<String, Option<Reply>>>>;

impl ScriptedOrigin {
    fn new() -> Self {
        let (replies, log) = (Replies::default(), Log::default());
        let (known, seen) = (replies.clone(), log.clone());
        let transport = ScriptedTransport::answering(move |request| {
            let reply = known.lock().unwrap().get(request.path()).cloned();
            match reply.unwrap_or_else(|| Some(Reply::new(404, ""))) {
                None => Answer::error(TransportErrorKind::Connect),
                Some(reply) => {
                    seen.add(Seen::of(request.as_http()));
                    answer(&reply, seen.clone())
                }
            }
        });
        Self {
            replies,
            log,
            transport,
        }
    }
}

fn answer(reply: &Reply, log: Log) -> Answer {
    let answer = match reply.ending {
        Ending::Whole => Answer::from(reply.response()),
        Ending::Silent(_) => Answer::pending(),
        _ => Answer::error(TransportErrorKind::Interrupted),
    };
    let there = reply.after;
    answer.after(move || {
        let log = log.clone();
        async move { log.arrived(there).await }
    })
}

impl Origin for ScriptedOrigin {
    fn url(&self, target: &str) -> String {
        format!("http://scripted.test{target}")
    }

    fn reply(&self, path: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(path.to_owned(), Some(reply));
    }

    fn refusing_url(&self, target: &str) -> String {
        let path = target.split('?').next().unwrap_or_default();
        self.replies.lock().unwrap().insert(path.to_owned(), None);
        self.url(target)
    }

    fn log(&self) -> &Log {
        &self.log
    }
}
