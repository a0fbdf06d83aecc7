//! [`Cursor`]: a place in the pages of a listing, as a text. What a place is, is the listing's own matter.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value, json};
use stream_users_model::{Operation, Str};

use crate::error::{Error, ErrorKind, Result};

/// What a text of this version begins with.
const VERSION: &str = "v1.";

/// A place in the pages of a query: behind what was handed out.
///
/// [`Pages::cursor`](crate::Pages::cursor) and [`Items::cursor`](crate::Items::cursor) say it, and
/// [`Pages::resume`](crate::Pages::resume) goes on there. To save it, write it as a text (`to_string`, or with serde);
/// to use it again, parse the text. The text is of letters, digits, `-`, `_` and one `.`, and later versions of this
/// crate read it.
///
/// It knows which query it is of, and resumes no other. One of users holds the last user's id and, in an order by another
/// field, that field, such as the name, readable to whoever decodes it: keep it as you keep the users. `Debug` shows
/// nothing of it. Who can change a text can start pages elsewhere; what the query finds stays the same.
///
/// ```
/// use stream_users_core::{Cursor, ErrorKind};
///
/// let error = "not a cursor".parse::<Cursor>().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Invalid);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cursor(Content);

#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    query: Fingerprint,
    /// The place, as the listing writes it.
    at: Value,
    /// How many items behind the place were handed out.
    #[serde(default, skip_serializing_if = "is_zero")]
    known: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Cursor {
    /// The longest text that is read, in bytes; what [`Display`](fmt::Display) writes is shorter unless the name that it
    /// holds has tens of thousands of characters.
    pub const MAX_LEN: usize = 64 * 1024;

    pub(super) fn new(query: Fingerprint, place: &impl Serialize, known: u32) -> Self {
        // A place that cannot be written resumes nowhere: no listing reads `null` but one whose place it is.
        let at = serde_json::to_value(place).unwrap_or_default();
        Self(Content { query, at, known })
    }

    /// The place, in the pages of the query with this fingerprint, and how many items behind it were handed out; or what is
    /// wrong.
    pub(super) fn place_in<P: DeserializeOwned>(
        &self,
        query: &Fingerprint,
    ) -> Result<(P, u32), &'static str> {
        if self.0.query != *query {
            return Err(
                "the cursor is one of another query: resume it with all that decides what comes in which order as it \
                 was, such as filter, order and offset",
            );
        }
        let place = P::deserialize(&self.0.at).map_err(|_| NO_CURSOR)?;
        Ok((place, self.0.known))
    }
}

const NO_CURSOR: &str = "the text is no cursor: give one that the pages or items of a query have said";

/// The error for a text that no pages have said.
fn of_no_query() -> Error {
    Error::builder(ErrorKind::Invalid).message(NO_CURSOR).build()
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = serde_json::to_vec(&self.0).map_err(|_| fmt::Error)?;
        f.write_str(VERSION)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(content))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    /// Reads the text of a cursor.
    ///
    /// # Errors
    /// `Invalid` where it is none, or longer than [`MAX_LEN`](Self::MAX_LEN).
    fn from_str(text: &str) -> Result<Self> {
        if text.len() > Self::MAX_LEN {
            return Err(of_no_query());
        }
        let content = text.strip_prefix(VERSION).ok_or_else(of_no_query)?;
        let content = URL_SAFE_NO_PAD.decode(content).map_err(|_| of_no_query())?;
        let content = serde_json::from_slice(&content).map_err(|_| of_no_query())?;
        Ok(Self(content))
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").finish_non_exhaustive()
    }
}

/// What tells one query from another: all of it that decides who comes in which order.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Fingerprint(Str);

impl Fingerprint {
    pub(super) fn of(operation: &Operation, query: &Value) -> Self {
        let mut parts = json!({ "operation": operation.name, "query": query });
        // Where a feature of serde_json keeps the order of keys, two processes can differ in it.
        parts.sort_all_objects();
        let digest = hmac_sha256::Hash::hash(parts.to_string().as_bytes());
        Self(URL_SAFE_NO_PAD.encode(&digest[..16]).into())
    }
}
