//! [`Answer`], what a script answers one request with. Which request gets which answer belongs to the transport.

use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::Value;
use stream_users_core::{TransportError, TransportErrorKind};
use stream_users_model::ApiError;

/// What a [`ScriptedTransport`](crate::ScriptedTransport) answers one request with.
///
/// ```
/// use stream_users_core::TransportErrorKind;
/// use stream_users_model::{ApiError, Custom, ErrorCode, QueriedUsers, Timestamp, User};
/// use stream_users_testing::Answer;
///
/// let ada = User::new("ada", Custom::new(), Timestamp::UNIX_EPOCH);
/// let page = Answer::ok(&QueriedUsers::new([ada]));
/// let raw = Answer::json(200, serde_json::json!({"users": {}}));
/// let refusal = Answer::api_error(&ApiError::new(ErrorCode::RATE_LIMIT, 429, "slow down")).header("retry-after", "2");
/// let proxy = Answer::new(502, "<html>Bad Gateway</html>");
/// let unplugged = Answer::error(TransportErrorKind::Connect);
/// let silence = Answer::pending();
/// ```
#[derive(Clone, Debug)]
pub struct Answer(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Http(http::Response<Bytes>),
    Error(Arc<TransportError>),
    Pending,
    After(Wait, Box<Answer>),
}

/// What an answer waits for, made anew for each request that is given it.
#[derive(Clone)]
struct Wait(Arc<dyn Fn() -> Waiting + Send + Sync>);

type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wait")
    }
}

impl Answer {
    /// An answer of a status and a body, as they are.
    ///
    /// A status below 100 or above 999 is none: the request then fails with an error that says so.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        match StatusCode::from_u16(status) {
            Ok(status) => {
                let mut response = http::Response::new(body.into());
                *response.status_mut() = status;
                Self(Kind::Http(response))
            }
            Err(_) => Self::wrong(format!(
                "the script answers with {status}, which is no http status"
            )),
        }
    }

    /// An answer of a status and a JSON body.
    #[must_use]
    pub fn json(status: u16, body: impl Into<Value>) -> Self {
        Self::new(status, body.into().to_string()).header("content-type", "application/json")
    }

    /// An answer of status 200 and a body that is written as JSON, such as the model's answers.
    ///
    /// A body that cannot be written as JSON is none: the request then fails with an error that says so.
    #[must_use]
    pub fn ok<T: Serialize + ?Sized>(body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self::new(200, body).header("content-type", "application/json"),
            Err(error) => Self::wrong(format!("the script's body cannot be written as JSON: {error}")),
        }
    }

    /// A refusal of the service, with the status that stands in it.
    #[must_use]
    pub fn api_error(error: &ApiError) -> Self {
        match serde_json::to_value(error) {
            Ok(body) => Self::json(error.status, body),
            Err(error) => Self::wrong(format!("the refusal cannot be written as JSON: {error}")),
        }
    }

    /// No answer: the transport fails.
    #[must_use]
    pub fn error(error: impl Into<TransportError>) -> Self {
        Self(Kind::Error(Arc::new(error.into())))
    }

    /// No answer, ever: the client waits until its own timeout.
    #[must_use]
    pub fn pending() -> Self {
        Self(Kind::Pending)
    }

    /// The same answer, but only once the future that `wait` makes is done: a slow service, by the time of a
    /// [`ManualClock`](crate::ManualClock), or one that answers when a test says so.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use stream_users_core::Clock;
    /// use stream_users_testing::{Answer, ManualClock};
    ///
    /// let clock = ManualClock::auto_advance();
    /// let slow = Answer::new(200, "{}").after(move || clock.sleep(Duration::from_secs(5)));
    /// ```
    #[must_use]
    pub fn after<F>(self, wait: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let wait = Wait(Arc::new(move || Box::pin(wait())));
        Self(Kind::After(wait, Box::new(self)))
    }

    /// Adds a header to the answer.
    ///
    /// Where it cannot stand in one, the request fails with an error that says so.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Kind::After(wait, answer) = self.0 {
            return Self(Kind::After(wait, Box::new(answer.header(name, value))));
        }
        if let Kind::Http(response) = &mut self.0 {
            let (Ok(header), Ok(text)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
                return Self::wrong(format!("the script's header {name:?} cannot stand in an answer"));
            };
            response.headers_mut().append(header, text);
        }
        self
    }

    fn wrong(message: String) -> Self {
        Self::error(TransportError::new(TransportErrorKind::Request).with_message(message))
    }

    pub(crate) async fn give(mut self) -> Result<http::Response<Bytes>, TransportError> {
        while let Kind::After(wait, answer) = self.0 {
            (wait.0)().await;
            self = *answer;
        }
        match self.0 {
            Kind::Http(response) => Ok(response),
            Kind::Error(error) => Err(Arc::try_unwrap(error).unwrap_or_else(|error| copy(&error))),
            Kind::Pending | Kind::After(..) => std::future::pending().await,
        }
    }
}

/// The same error once more, with the text of its cause in place of the cause.
fn copy(error: &TransportError) -> TransportError {
    let copy = TransportError::new(error.kind()).with_message(error.to_string());
    match error.source() {
        Some(source) => copy.with_source(source.to_string()),
        None => copy,
    }
}

impl From<http::Response<Bytes>> for Answer {
    /// The response as it is.
    fn from(response: http::Response<Bytes>) -> Self {
        Self(Kind::Http(response))
    }
}

impl From<ApiError> for Answer {
    /// A refusal of the service, with the status that stands in it.
    fn from(error: ApiError) -> Self {
        Self::api_error(&error)
    }
}

impl From<TransportError> for Answer {
    fn from(error: TransportError) -> Self {
        Self::error(error)
    }
}

impl From<TransportErrorKind> for Answer {
    fn from(kind: TransportErrorKind) -> Self {
        Self::error(kind)
    }
}
