//! [`OtherEvent`], an event that is kept as it came.

use serde::de::DeserializeOwned;

use super::fields::Fields;
use super::request_info::RequestInfo;
use crate::{CustomData, CustomError, RawJson, Str, Timestamp, User};

/// An event that is kept whole: one that the app has made up, one of a type that this version does not know, or one of
/// a known type that does not fit.
///
/// ```
/// use stream_users_model::event::Event;
///
/// #[derive(serde::Deserialize)]
/// struct Bought {
///     item: String,
/// }
///
/// let event: Event = Event::from_json(r#"{"type":"bought","created_at":1538713200000000000,"custom":{"item":"sword"}}"#)?;
/// let Event::Other(other) = event else { return Err("another event".into()) };
/// assert_eq!((other.kind.as_str(), other.problem()), ("bought", None));
/// assert_eq!(other.custom::<Bought>()?.item, "sword");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OtherEvent {
    /// The type. Those of the service have a dot, those of an app cannot have one.
    pub kind: Str,
    /// When it happened, where it says so.
    pub created_at: Option<Timestamp>,
    /// Who caused it, where a webhook says so.
    pub request_info: Option<RequestInfo>,
    /// The whole event as it came.
    pub json: RawJson,
    problem: Option<Box<str>>,
}

impl OtherEvent {
    /// The event of which `fields` are left.
    pub(super) fn new(kind: Str, json: RawJson, mut fields: Fields<'_>, problem: Option<String>) -> Self {
        Self {
            kind,
            created_at: fields.where_fits("created_at"),
            request_info: fields.where_fits("request_info"),
            json,
            problem: problem.map(Into::into),
        }
    }

    /// Why the event is not of its own variant, although its type is known; `None` where it is not.
    ///
    /// The text names what does not fit, and **may show the value**, which may be somebody's data: it is for whoever may
    /// see the event itself, and not for a log that must not hold them. `Debug` output has it, too.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The custom data as `T`: what stands in `custom`, or, in the older form, beside the fields that every event has.
    ///
    /// # Errors
    /// Where they do not fit `T`.
    pub fn custom<T: DeserializeOwned>(&self) -> Result<T, CustomError> {
        let (_, fields) = Fields::of_event(self.json.as_json())?;
        fields.custom_of_any()?.decode()
    }

    /// The user to whom or of whom it was sent, in either form of the service; `None` where there is none.
    ///
    /// # Errors
    /// Where there is one that does not fit, such as one whose custom data are no `C`.
    pub fn user<C: CustomData>(&self) -> Result<Option<User<C>>, serde_json::Error> {
        Fields::of_event(self.json.as_json())?.1.optional_user("user")
    }
}
