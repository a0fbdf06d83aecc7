//! A service that keeps channels in memory, as a script: just what the tests need of it.

use std::sync::{Arc, Mutex};

use example_channels::Channels;
use serde_json::{Value, json};
use stream_users_core::model::{CustomData, Timestamp};
use stream_users_core::{Client, ClientBuilder};
use stream_users_testing::{Answer, ManualClock, RecordedRequest, ScriptedTransport};

/// 2023-11-14 22:13:20 UTC, in nanoseconds.
const START: i64 = 1_700_000_000_000_000_000;

/// When channels are made that were not there at the start: a day later.
const LATER: i64 = START + 86_400_000_000_000;

#[derive(Clone, Default)]
pub(crate) struct Service(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    channels: Vec<Value>,
    /// What the task has deleted.
    deleted: Vec<Value>,
    /// How often the task was asked for.
    asked: u32,
}

impl Service {
    /// A service with so many channels, three of which are made in the same second.
    pub(crate) fn with_channels(count: i64) -> Self {
        let service = Self::default();
        let channels = (0..count).map(|number| {
            json!({
                "cid": format!("messaging:c{number}"), "custom": {},
                "created_at": START + number / 3 * 1_000_000_000, "updated_at": START,
            })
        });
        service.0.lock().unwrap().channels = channels.collect();
        service
    }

    /// A transport to the service. What was sent can be asked of any clone of it.
    pub(crate) fn transport(&self) -> ScriptedTransport {
        let service = self.clone();
        ScriptedTransport::answering(move |request| service.answer(request))
    }

    /// A server's API over the service.
    pub(crate) fn channels<C: CustomData>(&self) -> Channels<C> {
        Channels::new(builder(self.transport()).build().unwrap())
    }

    fn answer(&self, request: &RecordedRequest) -> Answer {
        let mut state = self.0.lock().unwrap();
        let body = request.json().unwrap_or_default();
        match request.operation().map(|operation| operation.name) {
            Some("get_or_create_channel") => {
                let segments = request.segments();
                Answer::json(
                    201,
                    state.get_or_create(&format!("{}:{}", segments[4], segments[5]), &body),
                )
            }
            Some("query_channels") => Answer::json(201, state.query(&body)),
            Some("delete_channels") => {
                state.deleted.clone_from(body["cids"].as_array().unwrap());
                Answer::json(201, json!({"task_id": "t-1", "duration": "1ms"}))
            }
            Some("get_task") => Answer::json(200, state.task()),
            _ => Answer::new(404, r#"{"code":16,"message":"Not Found","StatusCode":404}"#),
        }
    }
}

impl State {
    fn get_or_create(&mut self, cid: &str, body: &Value) -> Value {
        let known = self
            .channels
            .iter()
            .find(|channel| channel["cid"] == cid)
            .cloned();
        let channel = known.unwrap_or_else(|| {
            let channel = json!({
                "cid": cid, "custom": body["data"]["custom"].as_object().cloned().unwrap_or_default(),
                "created_at": LATER, "updated_at": LATER,
            });
            self.channels.push(channel.clone());
            channel
        });
        json!({"channel": channel, "members": body["data"]["members"], "messages": null, "duration": "2.5ms"})
    }

    /// Knows one filter and one order: by the time when channels were made, oldest first.
    fn query(&self, body: &Value) -> Value {
        let number = |name: &str| usize::try_from(body[name].as_u64().unwrap_or(0)).unwrap();
        let since = body["filter_conditions"]["created_at"]["$gte"].as_str();
        let since = since.map_or(Timestamp::UNIX_EPOCH, |since| since.parse().unwrap());
        let made =
            |channel: &Value| serde_json::from_value::<Timestamp>(channel["created_at"].clone()).unwrap();
        let found = self.channels.iter().filter(|channel| made(channel) >= since);
        let page = found.skip(number("offset")).take(number("limit"));
        let page: Vec<Value> = page.map(|channel| json!({"channel": channel})).collect();
        json!({"channels": page, "duration": "1ms"})
    }

    /// Ends with the third question.
    fn task(&mut self) -> Value {
        self.asked += 1;
        let mut task =
            json!({"task_id": "t-1", "status": "running", "created_at": START, "updated_at": START});
        if self.asked == 3 {
            let deleted = self.deleted.iter().filter_map(Value::as_str);
            let result = deleted.map(|cid| (cid.to_owned(), json!({"status": "ok"})));
            task["status"] = "completed".into();
            task["result"] = result.collect::<serde_json::Map<_, _>>().into();
        }
        task
    }
}

/// A server's client, with a clock that waits move.
pub(crate) fn builder(transport: ScriptedTransport) -> ClientBuilder {
    Client::builder("key")
        .server("secret")
        .transport(transport)
        .clock(ManualClock::auto_advance())
}

/// The API over a list of answers.
pub(crate) fn scripted(answers: impl IntoIterator<Item = Answer>) -> (ScriptedTransport, Channels) {
    let transport = ScriptedTransport::new(answers);
    let client = builder(transport.clone()).build().unwrap();
    (transport, Channels::new(client))
}

/// An answer in which no channel is found.
pub(crate) fn nothing() -> Answer {
    Answer::json(201, json!({"channels": []}))
}
