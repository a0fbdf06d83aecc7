//! What an operation of the service is, apart from its types: [`Operation`], and a constant for each one.
//! The constants are generated; how a request is encoded does not belong here.

use crate::Violations;

pub use crate::generated::operations::*;

/// One operation of the service.
///
/// An author of another SDK makes one with [`Operation::new`] and the setters, all `const`:
///
/// ```
/// use stream_users_model::operation::{Caller, Method, Operation};
///
/// const GET_CHANNEL: Operation =
///     Operation::new("get_channel", "GetOrCreateChannel", Method::Post, "/api/v2/chat/channels/{type}/{id}/query")
///         .with_body()
///         .idempotent()
///         .caller(Caller::User);
/// assert_eq!(GET_CHANNEL.name, "get_channel");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The name of the operation in this project: the method, the command, the page.
    pub name: &'static str,
    /// The service's `operationId`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path, with parameters in braces: `/api/v2/users/{user_id}/deactivate`.
    pub path: &'static str,
    /// The names of the query parameters.
    pub query: &'static [&'static str],
    /// The query parameter whose value is one JSON document, if there is one.
    pub json_query: Option<&'static str>,
    /// Whether the operation takes a JSON body.
    pub body: bool,
    /// The fields of the body, or of the query's JSON document, and whether each must be given.
    pub fields: &'static [(&'static str, bool)],
    /// Whether the operation may be sent again after it may have been applied.
    pub idempotency: Idempotency,
    /// Whether it changes nothing: an error then does not say that the request may have been applied.
    pub read_only: bool,
    /// Who may call it.
    pub caller: Caller,
    /// The field that holds a batch, and how many entries it takes.
    pub batch: Option<Batch>,
    /// The kind of task that it starts.
    pub task: Option<&'static str>,
    /// Whether the answer holds a secret, such as a token: its body is then kept in no error.
    pub secret_answer: bool,
    /// What it does, in a line.
    pub summary: &'static str,
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method as it stands in a request.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Whether a request may be sent again when it is not known if it was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Idempotency {
    /// Sending it twice leaves users as sending it once does.
    Idempotent,
    /// Sending it twice may fail or have another effect.
    NotIdempotent,
}

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Caller {
    /// Only a server, with the API secret.
    Server,
    /// A server, or a user with a token.
    User,
    /// Also a client without a token.
    Anyone,
}

/// The limit of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Batch {
    /// The field that holds the entries.
    pub field: &'static str,
    /// How many entries one call takes.
    pub max: usize,
}

impl Operation {
    /// An operation without body, query, batch or task, that only a server may call. With the method `GET` it is read-only and
    /// idempotent, with any other neither.
    #[must_use]
    pub const fn new(name: &'static str, id: &'static str, method: Method, path: &'static str) -> Self {
        Self {
            name,
            id,
            method,
            path,
            query: &[],
            json_query: None,
            body: false,
            fields: &[],
            idempotency: if matches!(method, Method::Get) {
                Idempotency::Idempotent
            } else {
                Idempotency::NotIdempotent
            },
            read_only: matches!(method, Method::Get),
            caller: Caller::Server,
            batch: None,
            task: None,
            secret_answer: false,
            summary: "",
        }
    }

    /// Names the query parameters.
    #[must_use]
    pub const fn with_query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    /// Names the query parameter whose value is one JSON document.
    #[must_use]
    pub const fn with_json_query(mut self, name: &'static str) -> Self {
        self.json_query = Some(name);
        self
    }

    /// Says that the operation takes a JSON body.
    #[must_use]
    pub const fn with_body(mut self) -> Self {
        self.body = true;
        self
    }

    /// Names the fields of the body, or of the query's JSON document, and whether each must be given. Logs of bodies show
    /// the names of these fields; others they leave out.
    #[must_use]
    pub const fn with_fields(mut self, fields: &'static [(&'static str, bool)]) -> Self {
        self.fields = fields;
        self
    }

    /// Says that the operation may be sent again.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotency = Idempotency::Idempotent;
        self
    }

    /// Says that the operation changes nothing, and so may be sent again: for queries that are sent with `POST`.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self.idempotent()
    }

    /// Says who may call it.
    #[must_use]
    pub const fn caller(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }

    /// Says which field holds a batch and how many entries it takes.
    #[must_use]
    pub const fn batch(mut self, field: &'static str, max: usize) -> Self {
        self.batch = Some(Batch { field, max });
        self
    }

    /// Names the kind of task that it starts.
    #[must_use]
    pub const fn task(mut self, kind: &'static str) -> Self {
        self.task = Some(kind);
        self
    }

    /// Says that the answer holds a secret.
    #[must_use]
    pub const fn secret_answer(mut self) -> Self {
        self.secret_answer = true;
        self
    }

    /// Says what it does.
    #[must_use]
    pub const fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Adds a violation where a batch of `len` entries is empty or larger than one call takes.
    pub fn check_batch(&self, violations: &mut Violations, len: usize) {
        let Some(batch) = self.batch else { return };
        if len == 0 {
            violations.add(batch.field, "must have at least 1 entry");
        } else if len > batch.max {
            violations.add(
                batch.field,
                format!(
                    "must have at most {} entries in one call; it has {len}: split the batch",
                    batch.max
                ),
            );
        }
    }
}

/// The operation of a `name`, either this project's (`upsert_users`) or the service's (`UpdateUsers`).
#[must_use]
pub fn find(name: &str) -> Option<&'static Operation> {
    ALL.iter()
        .find(|operation| operation.name == name || operation.id == name)
}
