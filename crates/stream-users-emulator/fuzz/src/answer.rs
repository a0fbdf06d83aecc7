//! What every answer must be, whatever was asked.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value};
use stream_users_model::User;

/// One answer.
#[derive(Debug)]
pub struct Answer {
    /// The target of the request.
    pub path: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
    /// Whether it answers a HEAD, and so has no body.
    pub head: bool,
    /// Whether a fault may have spoilt it.
    pub spoilt: bool,
}

/// Every code that there is, with the HTTP status that it comes with. -1 with 500 is not among them: no request may
/// make the emulator fail.
const CODES: &[(i64, u16)] = &[
    (2, 401),
    (3, 401),
    (4, 400),
    (5, 401),
    (6, 400),
    (9, 429),
    (16, 404),
    (17, 403),
    (18, 400),
    (19, 400),
    (20, 400),
    (21, 400),
    (22, 413),
    (23, 408),
    (24, 431),
    (40, 401),
    (41, 401),
    (42, 401),
    (43, 401),
    (44, 400),
    (45, 400),
    (46, 400),
    (60, 403),
    (70, 403),
    (73, 400),
    (99, 403),
];

/// The fields that every error has.
const ENVELOPE: [&str; 6] = [
    "StatusCode",
    "code",
    "details",
    "duration",
    "message",
    "more_info",
];

impl Answer {
    /// The body as an object of JSON, empty where it is none.
    #[must_use]
    pub fn json(&self) -> Map<String, Value> {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Whether the request was to an operation's path, and not to the emulator's own endpoints or to a file.
    fn is_operation(&self) -> bool {
        !self.path.starts_with("/_emulator") && !self.path.starts_with("/exports/")
    }

    /// Holds that it is what every answer must be.
    pub fn check(&self) {
        if self.spoilt {
            return;
        }
        if self.is_operation() || self.status >= 400 {
            self.check_rate_limit();
        }
        if self.head {
            return;
        }
        match self.status {
            200 | 201 => self.check_success(),
            400.. => self.check_error(),
            _ => self.fail("an unknown status"),
        }
    }

    fn check_success(&self) {
        if self.path.starts_with("/exports/") {
            for line in self
                .body
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
            {
                if serde_json::from_slice::<Map<String, Value>>(line).is_err() {
                    self.fail("a line of an export is no object");
                }
            }
            return;
        }
        let body: Map<String, Value> =
            serde_json::from_slice(&self.body).unwrap_or_else(|_| self.fail("the answer is no object"));
        if !self.is_operation() {
            return;
        }
        if !body.get("duration").is_some_and(is_duration) {
            self.fail("no duration");
        }
        self.check_users(&body);
    }

    /// Holds that every user in the answer can be read, and has the form of times that the path has.
    fn check_users(&self, body: &Map<String, Value>) {
        let of_v2 = self.path.starts_with("/api/v2/");
        let lists = match body.get("users") {
            Some(Value::Array(users)) => users.iter().collect(),
            Some(Value::Object(users)) => users.values().collect(),
            _ => Vec::new(),
        };
        for user in lists.into_iter().chain(body.get("user")) {
            if of_v2 && serde_json::from_value::<User>(user.clone()).is_err() {
                self.fail("a user that cannot be read");
            }
            let right = |time: &Value| if of_v2 { time.is_i64() } else { is_time(time) };
            for name in ["created_at", "updated_at"] {
                if !user.get(name).is_some_and(right) {
                    self.fail(&format!("a user without a right {name}"));
                }
            }
        }
    }

    fn check_error(&self) {
        let body: Map<String, Value> =
            serde_json::from_slice(&self.body).unwrap_or_else(|_| self.fail("the error is no object"));
        for name in ENVELOPE {
            if !body.contains_key(name) {
                self.fail(&format!("the error has no {name}"));
            }
        }
        if body["StatusCode"].as_u64() != Some(u64::from(self.status)) {
            self.fail("the StatusCode is not the status");
        }
        let code = body["code"].as_i64();
        if !code.is_some_and(|code| CODES.contains(&(code, self.status))) {
            self.fail("a code that does not go with the status");
        }
        let numbers = |list: &Vec<Value>| list.iter().all(Value::is_i64);
        if !body["details"].as_array().is_some_and(numbers) {
            self.fail("details is no list of integers");
        }
        if !is_duration(&body["duration"]) {
            self.fail("no duration");
        }
        let message = body["message"].as_str().unwrap_or_default();
        let grammatical = message
            .split_once(" failed with error: \"")
            .is_some_and(|(operation, inner)| {
                !operation.is_empty()
                    && operation.bytes().all(|byte| byte.is_ascii_alphanumeric())
                    && inner.len() > 1
                    && inner.ends_with('"')
            });
        if !grammatical {
            self.fail("a message of another form");
        }
        if !body["more_info"]
            .as_str()
            .is_some_and(|text| text.starts_with("https://"))
        {
            self.fail("more_info is no address");
        }
        let sentences = |fields: &Value| {
            fields
                .as_object()
                .is_some_and(|fields| fields.values().all(Value::is_string))
        };
        if !body.get("exception_fields").is_none_or(sentences) {
            self.fail("exception_fields is no map of texts");
        }
    }

    fn check_rate_limit(&self) {
        let number = |name: &str| {
            let mut values = self.headers.get_all(name).iter();
            match (values.next(), values.next()) {
                (Some(value), None) => value.to_str().ok().and_then(|value| value.parse::<i64>().ok()),
                _ => None,
            }
        };
        let names = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
        match names.map(number) {
            [Some(limit), Some(remaining), Some(_)] if 0 <= remaining && remaining <= limit => {}
            _ => self.fail("wrong headers of the rate limit"),
        }
        if self.status == 429 && number("retry-after").is_none_or(|seconds| seconds < 1) {
            self.fail("no retry-after");
        }
    }

    /// Tells the fuzzer what is wrong.
    pub fn fail(&self, what: &str) -> ! {
        panic!(
            "{what}: {} answers {} with {:?}\n{}",
            self.path,
            self.status,
            self.headers,
            String::from_utf8_lossy(&self.body)
        )
    }
}

/// `12.34ms` and the like: a number and a unit of Go's, or `0`.
fn is_duration(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let number = text.trim_end_matches(|letter: char| letter.is_alphabetic());
    number.parse::<f64>().is_ok_and(|number| number >= 0.0)
        && matches!(&text[number.len()..], "" | "ns" | "µs" | "ms" | "s")
}

/// A time as the older surface writes it.
fn is_time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.ends_with('Z'))
        && serde_json::from_value::<stream_users_model::Timestamp>(value.clone()).is_ok()
}
