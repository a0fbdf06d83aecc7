//! What a route is given, and what it gives back.

use serde_json::{Map, Value};
use stream_users_model::Operation;

use crate::app::App;
use crate::app_settings::AppSettings;
use crate::auth::Caller;
use crate::clock::Nanos;
use crate::faults::TaskError;
use crate::read::Query;
use crate::refusal::Refusal;
use crate::surface::{Surface, Viewer};

/// One request whose sender is known and may call the operation.
pub(crate) struct Call<'a> {
    pub(crate) app: &'a App,
    pub(crate) operation: &'static Operation,
    /// Where the operation was called; the answer has its form.
    pub(crate) surface: Surface,
    pub(crate) caller: Caller,
    /// The token that says so; empty if there is none.
    pub(crate) token: &'a str,
    /// What the app's settings say.
    pub(crate) app_settings: &'a AppSettings,
    /// The decoded variable segment of the path; empty for paths without one.
    pub(crate) id: String,
    pub(crate) query: &'a Query,
    /// The body, empty if the operation takes none.
    pub(crate) body: Map<String, Value>,
    pub(crate) now: Nanos,
    /// The error with which a task that the operation starts is to fail.
    pub(crate) task_fault: Option<&'a TaskError>,
    /// Scheme and authority under which the emulator was reached.
    pub(crate) origin: String,
}

/// What a route answers: the body, still without its duration.
pub(crate) type Answer = Result<Map<String, Value>, Refusal>;

impl Call<'_> {
    /// Who looks at what is answered.
    pub(crate) fn viewer(&self) -> Viewer<'_> {
        let user = match &self.caller {
            Caller::Server => None,
            Caller::User(id) => Some(id.as_str()),
            Caller::Anonymous => Some(""),
        };
        Viewer {
            user,
            surface: self.surface,
        }
    }

    /// Whether unknown fields are refused.
    pub(crate) fn strict(&self) -> bool {
        self.app.settings.refuse_unknown_fields
    }
}

/// A body out of pairs.
pub(crate) fn body<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}
