//! [`Endpoint`]: a request as a value that knows how to become HTTP. Sending it, and what comes of it, does not belong
//! here.

use bytes::Bytes;
use http::HeaderValue;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stream_users_model::{Custom, Operation, Validate, Violation, Violations};

use crate::error::{Error, Result};
use crate::path;

/// A request to the service, and the type of its answer.
///
/// The operations on users implement it. So can types of another crate: whatever does gets credentials, retries, rate
/// limits and tracing from [`Client::execute`](crate::Client::execute).
///
/// ```
/// use serde::Deserialize;
/// use stream_users_core::endpoint::{Encoder, Endpoint};
/// use stream_users_model::operation::{Method, Operation};
///
/// /// Reads the settings of the app.
/// struct GetApp;
///
/// #[derive(Deserialize)]
/// struct App {
///     duration: String,
/// }
///
/// impl Endpoint for GetApp {
///     type Response = App;
///
///     fn operation(&self) -> &'static Operation {
///         const GET_APP: Operation = Operation::new("get_app", "GetApp", Method::Get, "/api/v2/app").idempotent();
///         &GET_APP
///     }
///
///     fn encode(&self, _request: &mut Encoder) {}
/// }
/// ```
///
/// `C` is the type of custom data in the answer, chosen by the handle that the request is given to: of users, by
/// [`Users`](crate::Users); an SDK's own handle calls [`Client::execute_as`](crate::Client::execute_as). An endpoint whose
/// answer holds none leaves it out.
pub trait Endpoint<C = Custom> {
    /// The body of the answer: a JSON object, as every answer of the service is.
    type Response: DeserializeOwned + Send + 'static;

    /// Which operation it is.
    fn operation(&self) -> &'static Operation;

    /// Writes the parameters of the path, the query and the body, and checks the request's own rules.
    fn encode(&self, request: &mut Encoder);

    /// What reads the answer: every field of it, unless the request says otherwise.
    fn reader(&self) -> Reader<Self::Response> {
        reader()
    }

    /// How long the service worked, as the answer says: `1.23ms`.
    fn server_duration(response: &Self::Response) -> Option<&str> {
        let _ = response;
        None
    }
}

/// What reads an answer of type `T` from the text of a JSON object.
pub type Reader<T> = fn(&str) -> serde_json::Result<T>;

/// What reads every field that `T` has.
pub(crate) fn reader<T: DeserializeOwned>() -> Reader<T> {
    |json| serde_json::from_str(json)
}

/// What an [`Endpoint`] writes its request into.
#[derive(Debug, Default)]
pub struct Encoder {
    violations: Violations,
    path: Vec<(&'static str, String)>,
    query: Vec<(&'static str, String)>,
    body: Option<Body>,
}

/// A body, and what its `content-type` says.
type Body = (HeaderValue, Bytes);

impl Encoder {
    /// Checks the rules of `request`: where one is broken, nothing is sent.
    pub fn validate(&mut self, request: &impl Validate) {
        request.validate(&mut self.violations);
    }

    /// Sets a parameter of the path. It becomes one segment, whatever its characters.
    pub fn path(&mut self, name: &'static str, value: impl Into<String>) {
        self.path.push((name, value.into()));
    }

    /// Sets a parameter of the query.
    pub fn query(&mut self, name: &'static str, value: impl Into<String>) {
        self.query.push((name, value.into()));
    }

    /// Sets a parameter of the query to a list: the service takes one text, with commas between the values. An empty list
    /// is left out. A value that is empty or has a comma breaks a rule, since the service would read other values.
    pub fn query_list(&mut self, name: &'static str, values: impl IntoIterator<Item = impl AsRef<str>>) {
        let mut list = String::new();
        for (index, value) in values.into_iter().enumerate() {
            let value = value.as_ref();
            let rule = if value.is_empty() {
                Some("must not be empty; leave it out of the list")
            } else if value.contains(',') {
                Some("must have no comma: the service would read two values")
            } else {
                None
            };
            if let Some(rule) = rule {
                let field = format!("{name}[{index}]");
                // The rules of the request may have said it already, and better.
                if !self.violations.as_slice().iter().any(|said| said.field == *field) {
                    self.violations.add(field, rule);
                }
            }
            if index > 0 {
                list.push(',');
            }
            list.push_str(value);
        }
        if !list.is_empty() {
            self.query(name, list);
        }
    }

    /// Sets a parameter of the query to a JSON document.
    pub fn query_json(&mut self, name: &'static str, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(json) => self.query(name, json),
            Err(error) => self
                .violations
                .add(name, format!("cannot be written as JSON: {error}")),
        }
    }

    /// Sets the body to a JSON document.
    pub fn json(&mut self, value: &impl Serialize) {
        match serde_json::to_vec(value) {
            Ok(json) => self.body = Some((HeaderValue::from_static("application/json"), json.into())),
            Err(error) => self
                .violations
                .add("body", format!("cannot be written as JSON: {error}")),
        }
    }

    /// Sets the body to bytes as they are, such as a form with a file, and says what they are: `multipart/form-data;
    /// boundary=..`.
    pub fn body(&mut self, content_type: &str, body: impl Into<Bytes>) {
        match HeaderValue::from_str(content_type) {
            Ok(content_type) => self.body = Some((content_type, body.into())),
            Err(_) => self.violations.add(
                "content-type",
                "cannot be sent in a header; leave control characters out",
            ),
        }
    }

    /// Adds a rule that the request breaks.
    pub fn violation(&mut self, field: &str, message: impl Into<String>) {
        self.violations.add(field, message.into());
    }

    /// The call, or everything that is wrong with it.
    pub(crate) fn finish(mut self, operation: &'static Operation) -> Result<EncodedCall> {
        let path = match path::expand(operation.path, &self.path) {
            Ok(path) => path,
            Err(error) => {
                // The rules of the request have mostly said it already, and better: of `id`, or of `cid.id`.
                let said = |violation: &Violation| violation.field.rsplit('.').next() == error.parameter();
                if !self.violations.as_slice().iter().any(said) {
                    self.violations.add("path", error.to_string());
                }
                String::new()
            }
        };
        if !self.violations.is_empty() {
            return Err(Error::invalid(operation.name, self.violations));
        }
        Ok(EncodedCall {
            operation,
            path,
            query: self.query,
            body: self.body,
        })
    }
}

/// A request that keeps its rules, ready to be sent as often as needed.
#[derive(Debug)]
pub(crate) struct EncodedCall {
    pub(crate) operation: &'static Operation,
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Body>,
}
