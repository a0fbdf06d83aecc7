//! What an observer of the client is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use stream_users_core::observe::{AttemptEnded, Observer, WaitReason, Waiting};
use stream_users_live::{LongPolling, State};
use stream_users_model::{ErrorCode, Token};

use crate::scripted::{Scripted, Step, accepted, error, first, http};
use crate::support::{client, quick, soon, until};

#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Observer for Told {
    fn attempt_ended(&self, attempt: &AttemptEnded) {
        let code = attempt.code.map(ErrorCode::get);
        self.0.lock().unwrap().push(format!(
            "{} {} {:?} {code:?} {:?}",
            attempt.operation.name, attempt.number, attempt.status, attempt.transport
        ));
    }

    fn waiting(&self, wait: &Waiting) {
        assert_eq!((wait.operation.name, wait.reason), ("connect", WaitReason::Retry));
        assert!(wait.duration <= Duration::from_millis(20));
        self.0.lock().unwrap().push("waiting".to_owned());
    }
}

#[tokio::test]
async fn attempts_and_waits_are_told() {
    let refusal = format!(r#"{{"type":"connection.error","error":{}}}"#, error(9, 429));
    let server = Scripted::start([
        http("502 Bad Gateway", "", ""),
        accepted("c-1", [Step::HangUp]),
        first(refusal),
        accepted("c-2", []),
    ])
    .await;
    let told = Told::default();
    let client = client(&server.url, "key")
        .user_token(Token::new("head.eyJ1c2VyX2lkIjoiYWRhIn0.tail"))
        .observer(told.clone())
        .build()
        .unwrap();
    let connecting = quick(&client).long_polling(LongPolling::Never);
    let (live, _events) = soon(connecting.connect()).await.unwrap();
    until(
        &live,
        |state| matches!(state, State::Online { connection_id, .. } if *connection_id == "c-2"),
    )
    .await;
    assert_eq!(
        *told.0.lock().unwrap(),
        [
            "connect 1 Some(502) None None",
            "connect 2 Some(101) None None",
            "waiting",
            "connect 1 Some(429) Some(9) None",
            "waiting",
            "connect 2 Some(101) None None",
        ]
    );
}
