//! [`Redaction`]: what the caller has to say about what is kept. What is kept by itself stands in `tables`.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

type ValueHook = dyn Fn(&str, &Value) -> Option<Value> + Send + Sync;
type IdHook = dyn Fn(&str) -> String + Send + Sync;

/// What a [`Cassette`](super::Cassette) keeps besides what is structural; by default, nothing.
///
/// ```
/// use stream_users_testing::cassette::Redaction;
///
/// let redaction = Redaction::new()
///     .keep_custom(["plan", "seats"])
///     .ids_with(|id| format!("{}@test", id.len()));
/// ```
#[derive(Clone, Default)]
#[must_use = "a redaction does nothing until a recording has it"]
pub struct Redaction {
    kept: Vec<String>,
    values: Option<Arc<ValueHook>>,
    ids: Option<Arc<IdHook>>,
    /// The cassette was recorded with functions, and came from a file.
    lacks_hooks: bool,
}

impl Redaction {
    /// Redacts all that is not structural.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps these fields of custom data as they are, with all that is in them: those that the program decides by, or
    /// that decode into no redacted value, such as an enum. They must be nobody's secret.
    ///
    /// They are named in the cassette, so that a replay knows them.
    pub fn keep_custom(mut self, fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.kept.extend(fields.into_iter().map(Into::into));
        self
    }

    /// Writes what `hook` makes of an id in its place: for ids that are personal, such as names of accounts.
    ///
    /// The ids of users, teams, tasks, channels and messages are given to it, in paths, queries, bodies and files. It must
    /// return the same for the same id, something else for another, and a result of its own as it is; in the file of an
    /// export, nothing longer. A replay needs it, too: [`ReplayTransport::redaction`](super::ReplayTransport::redaction).
    /// The program that is replayed asks for the ids as they are on the cassette, since the answers have these.
    pub fn ids_with(mut self, hook: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.ids = Some(Arc::new(hook));
        self
    }

    /// Lets `hook` decide about single values: it is given the place of each string, number and boolean of a body or a
    /// query, such as `users.ada.custom.plan`, and the value, and returns what is recorded instead, or `None` to leave it
    /// to the rules.
    ///
    /// With it, values of endpoints that are not this project's are kept, or more is redacted than by default. What it
    /// returns is recorded as it is. A replay needs it, too:
    /// [`ReplayTransport::redaction`](super::ReplayTransport::redaction).
    pub fn redact_with(
        mut self,
        hook: impl Fn(&str, &Value) -> Option<Value> + Send + Sync + 'static,
    ) -> Self {
        self.values = Some(Arc::new(hook));
        self
    }

    pub(super) fn from_file(kept: Vec<String>, lacks_hooks: bool) -> Self {
        Self {
            kept,
            lacks_hooks,
            ..Self::default()
        }
    }

    pub(super) fn kept(&self) -> &[String] {
        &self.kept
    }

    pub(super) fn has_hooks(&self) -> bool {
        self.values.is_some() || self.ids.is_some() || self.lacks_hooks
    }

    pub(super) fn lacks_hooks(&self) -> bool {
        self.lacks_hooks
    }

    /// Whether a field of custom data, or a place in it with dots, is kept.
    pub(super) fn keeps(&self, place: &str) -> bool {
        let place = place.strip_prefix("custom.").unwrap_or(place);
        let field = place.split('.').next().unwrap_or(place);
        self.kept.iter().any(|kept| kept == field || kept == place)
    }

    pub(super) fn id(&self, id: &str) -> String {
        self.ids.as_ref().map_or_else(|| id.to_owned(), |hook| hook(id))
    }

    pub(super) fn value_hook(&self) -> Option<&ValueHook> {
        self.values.as_deref()
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction")
            .field("kept", &self.kept)
            .field("has_hooks", &self.has_hooks())
            .finish_non_exhaustive()
    }
}
