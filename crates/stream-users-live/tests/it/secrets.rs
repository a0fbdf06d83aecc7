//! Nothing that is secret is in any text: not in a log at its most talkative, not in an error, not in a `Debug`.

use std::fmt::Write as _;
use std::io;
use std::sync::{Mutex, Once};

use stream_users_core::Client;
use stream_users_live::{LongPolling, Protocol};
use stream_users_model::Token;

use crate::scripted::{Scripted, accepted, http};
use crate::support::{client, next, quick, soon};

const SECRET: &str = "tellnobody";

/// What a server says itself is logged as it came by the library that reads it: no log is asked about this one.
const ECHOED: &str = "toldbyanecho";

/// The lines in which a secret stood.
static LEAKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Leaks;

impl io::Write for Leaks {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        // The scripted server receives the first message of a client, which logs so by the same library.
        let is_the_servers = text.contains("tungstenite::protocol: Received message {\"products\"");
        if text.contains(SECRET) && !is_the_servers {
            LEAKED.lock().unwrap().push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Looks at everything that is logged in this process, by whatever library.
fn watch() {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(|| Leaks)
            .init();
        tracing::info!("{SECRET}");
        assert_eq!(LEAKED.lock().unwrap().drain(..).count(), 1, "it watches nothing");
    });
}

fn user(url: &str) -> Client {
    // The claims say that it is ada's.
    client(url, &format!("key-{SECRET}"))
        .user_token(Token::new(format!("head.eyJ1c2VyX2lkIjoiYWRhIn0.{SECRET}")))
        .build()
        .unwrap()
}

/// A proxy's page may show the URL, and an echo what it was told.
#[tokio::test]
async fn what_answers_with_the_token_does_not_put_it_into_an_error() {
    let token = format!("head.eyJ1c2VyX2lkIjoiYWRhIn0.{ECHOED}");
    let page = http(
        "403 Forbidden",
        "",
        &format!("<html>/connect?authorization={token}"),
    );
    let server = Scripted::start([page]).await;
    let client = client(&server.url, "key")
        .user_token(Token::new(&*token))
        .build()
        .unwrap();
    let connecting = quick(&client).long_polling(LongPolling::Never);
    let error = soon(connecting.protocol(Protocol::V1).connect())
        .await
        .unwrap_err();
    let body = error.body().unwrap();
    assert!(
        body.starts_with("<html>/connect") && !body.contains(ECHOED),
        "{body}"
    );
    assert!(!format!("{error:?}").contains(ECHOED), "{error:?}");

    let echo = crate::scripted::first(format!(r#"{{"token":"{token}","products":["chat"]}}"#));
    let server = Scripted::start([
        accepted("c-1", [crate::scripted::Step::HangUp]),
        echo,
        crate::scripted::Script::Silent,
    ])
    .await;
    let client = crate::support::client(&server.url, "key")
        .user_token(Token::new(token))
        .build()
        .unwrap();
    let (live, _events) = soon(quick(&client).connect()).await.unwrap();
    let state = crate::support::until(&live, |state| {
        state
            .reason()
            .is_some_and(|reason| reason.kind() == stream_users_core::ErrorKind::Decode)
    })
    .await;
    let body = state.reason().unwrap().body().unwrap();
    assert!(body.contains("products") && !body.contains(ECHOED), "{body}");
    assert!(!format!("{state:?}").contains(ECHOED), "{state:?}");
}

#[tokio::test]
async fn no_log_no_error_and_no_debug_holds_a_token_or_a_key() {
    watch();
    for protocol in [Protocol::V1, Protocol::V2] {
        let id = format!("{protocol:?}");
        let script = match protocol {
            Protocol::V1 => crate::scripted::Script::WebSocket(vec![crate::scripted::ok(&id)]),
            _ => accepted(&id, []),
        };
        let server = Scripted::start([script, http("403 Forbidden", "", "<html>")]).await;
        let client = user(&server.url);
        let builder = quick(&client).protocol(protocol);
        let mut texts = format!("{builder:?}");
        let (live, mut events) = soon(builder.connect()).await.unwrap();
        let first = next(&mut events).await;
        let (state, users) = (live.state(), live.users());
        write!(texts, "{live:?} {events:?} {first:?} {state:?} {users:?}").unwrap();
        live.close().await;
        let refused = quick(&client).protocol(protocol).long_polling(LongPolling::Never);
        let error = soon(refused.connect()).await.unwrap_err();
        write!(texts, "{error} {error:?}").unwrap();
        let refused = quick(&client)
            .protocol(protocol)
            .long_polling(LongPolling::Always);
        let error = soon(
            refused
                .connect_within(std::time::Duration::from_millis(50))
                .connect(),
        )
        .await
        .unwrap_err();
        write!(texts, "{error} {error:?}").unwrap();
        assert!(!texts.contains(SECRET), "{texts}");
    }
    let leaked = LEAKED.lock().unwrap();
    assert!(leaked.is_empty(), "{leaked:#?}");
}
