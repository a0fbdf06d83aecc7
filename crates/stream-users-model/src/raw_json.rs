//! [`RawJson`], a JSON value kept as it came. Rules about what the value means do not belong here.

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value kept as text, byte for byte, and decoded when it is asked for.
///
/// It is read from JSON only, and not within a type that serde buffers: an enum that is tagged inside or untagged, or a
/// struct with `flatten`. The same is true of what holds one: [`Custom`](crate::Custom), and so
/// [`User`](crate::User) and [`UserRequest`](crate::UserRequest) with custom data of that type.
///
/// Two are equal when they mean the same: white space and the order of keys do not count.
///
/// ```
/// use stream_users_model::RawJson;
///
/// let message: RawJson = serde_json::from_str(r#"{"id":"m-1","text":"hello"}"#)?;
/// assert_eq!(message.decode::<serde_json::Value>()?["text"], "hello");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// The value of `value` as JSON.
    ///
    /// # Errors
    /// Where `value` cannot be written as JSON, such as a map whose keys are not strings.
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// The JSON text.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.0.get()
    }

    /// Decodes the value.
    ///
    /// # Errors
    /// Where the JSON does not fit `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_json())
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
            || match (
                self.decode::<serde_json::Value>(),
                other.decode::<serde_json::Value>(),
            ) {
                (Ok(one), Ok(other)) => one == other,
                _ => false,
            }
    }
}

/// Its size alone: the value may hold a token or somebody's data. [`as_json`](RawJson::as_json) shows it.
impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.as_json().len())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}
