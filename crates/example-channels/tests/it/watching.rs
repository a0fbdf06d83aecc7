//! What is told of a call: to an observer, and to `tracing`.

use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Mutex};

use example_channels::{Channels, ChannelsApi, QueryChannels, field};
use stream_users_core::model::Filter;
use stream_users_core::observe::{AttemptEnded, CallEnded, Observer};
use stream_users_testing::{Answer, ScriptedTransport};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::service::{builder, nothing};

#[derive(Debug, Default)]
struct Notes(Mutex<Vec<String>>);

impl Observer for Notes {
    fn attempt_ended(&self, attempt: &AttemptEnded) {
        let note = format!(
            "{} {} {:?}",
            attempt.operation.name, attempt.number, attempt.status
        );
        self.0.lock().unwrap().push(note);
    }

    fn call_ended(&self, call: &CallEnded) {
        self.0
            .lock()
            .unwrap()
            .push(format!("{} ended", call.operation.name));
    }
}

#[tokio::test]
async fn an_observer_hears_of_the_operation() {
    let notes = Arc::new(Notes::default());
    let transport = ScriptedTransport::new([Answer::new(503, ""), nothing()]);
    let client = builder(transport).observer(Arc::clone(&notes)).build().unwrap();
    let channels: Channels = Channels::new(client);
    channels
        .query_channels(QueryChannels::new(Filter::all()))
        .await
        .unwrap();
    assert_eq!(
        *notes.0.lock().unwrap(),
        [
            "query_channels 1 Some(503)",
            "query_channels 2 Some(201)",
            "query_channels ended"
        ]
    );
}

thread_local! {
    /// What is traced in this thread, and so in one test.
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Lines;

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bodies, too, without what they say: the names that stand in the table of operations, and no values.
#[tokio::test]
async fn spans_and_events_name_the_operation() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(|| Lines)
        .init();
    let client = builder(ScriptedTransport::new([nothing()])).log_bodies(true);
    let channels: Channels = Channels::new(client.build().unwrap());
    let query = QueryChannels::new(field::members().is_in(["ada-the-user"])).limit(5);
    channels.query_channels(query).await.unwrap();

    let text = String::from_utf8(LINES.take()).unwrap();
    assert!(text.contains(r#"operation="query_channels""#), "{text}");
    assert!(text.contains("/api/v2/chat/channels"), "{text}");
    assert!(text.contains(r#""filter_conditions":{"#), "{text}");
    assert!(!text.contains("ada-the-user"), "{text}");
}
