//! Custom data of users: [`Custom`] keeps it raw, a struct of one's own gives it types, [`Lenient`] does both.
//! Rules about single keys do not belong here: those are the service's word.

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{RawJson, StrMap};

/// What can stand for the custom data of a user: [`Custom`], [`Lenient`], or a struct of one's own.
///
/// It is implemented for every type that fits. The type must be written as a JSON object, which is checked when a
/// request is encoded, and must own its data. Where the service sends no custom data, `{}` is decoded.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use stream_users_model::User;
///
/// #[derive(Debug, Clone, Serialize, Deserialize)]
/// struct Profile {
///     plan: String,
///     #[serde(default)]
///     tags: Vec<String>,
/// }
///
/// let user: User<Profile> = serde_json::from_str(
///     r#"{"id":"ada","custom":{"plan":"pro"},"created_at":1538713200000000000,"updated_at":1538713200000000000}"#,
/// )?;
/// assert_eq!(user.custom.plan, "pro");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait CustomData: Serialize + DeserializeOwned + Clone + fmt::Debug + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + Clone + fmt::Debug + Send + Sync + 'static> CustomData for T {}

/// Custom data kept as it came: a JSON object that costs nothing to carry and round-trips byte for byte.
///
/// Decoding it never fails, whatever the service sent: one odd user does not lose a page.
///
/// ```
/// use stream_users_model::Custom;
///
/// let custom: Custom = serde_json::from_str(r#"{"plan":"pro","seats":3}"#)?;
/// assert_eq!(custom.get::<u32>("seats")?, Some(3));
/// assert_eq!(custom.get::<String>("missing")?, None);
///
/// let made = Custom::from_iter([("plan", "pro")]);
/// assert_eq!(made.as_json(), r#"{"plan":"pro"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Custom(Option<RawJson>);

/// Custom data that does not fit: not an object, or not what a type expects.
#[derive(Debug)]
pub struct CustomError(Problem);

#[derive(Debug)]
enum Problem {
    NotAnObject,
    Json(serde_json::Error),
}

impl fmt::Display for CustomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Problem::NotAnObject => f.write_str("custom data must be a JSON object"),
            Problem::Json(error) => write!(f, "custom data does not fit: {error}"),
        }
    }
}

impl std::error::Error for CustomError {}

impl From<serde_json::Error> for CustomError {
    fn from(error: serde_json::Error) -> Self {
        Self(Problem::Json(error))
    }
}

impl Custom {
    /// Custom data without a key.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// The custom data that `value`, a struct or a map, is written as.
    ///
    /// # Errors
    /// Where `value` is not written as a JSON object.
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, CustomError> {
        let custom = Self::from_raw(RawJson::from_serialize(value)?);
        if custom.is_object() {
            Ok(custom)
        } else {
            Err(CustomError(Problem::NotAnObject))
        }
    }

    /// These data with `key` set to `value`. The values of other keys stay as they are, byte for byte; data that are no
    /// object are replaced by one.
    #[must_use]
    pub fn with(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        let entry = Self::from_iter([(key, value)]);
        if self.is_empty() || !self.is_object() {
            return entry;
        }
        if let (Ok(mut entries), Ok(entry)) = (
            self.decode::<StrMap<RawJson>>(),
            entry.decode::<StrMap<RawJson>>(),
        ) {
            for (key, value) in entry {
                entries.insert(key, value);
            }
            return Self::from_serialize(&entries).unwrap_or(self);
        }
        // A key that is half a surrogate pair cannot be read, so the entry is put behind those that are there.
        let spliced = match (
            self.as_json().trim_end().strip_suffix('}'),
            entry.as_json().strip_prefix('{'),
        ) {
            (Some(entries), Some(entry)) => serde_json::from_str(&format!("{entries},{entry}")).ok(),
            _ => None,
        };
        spliced.unwrap_or(self)
    }

    /// The value of `key`, decoded as `T`; `None` where the key is missing. A `null` is decoded like any value.
    ///
    /// # Errors
    /// Where the value does not fit `T`.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, CustomError> {
        struct KeyVisitor<'k>(&'k str);

        impl<'de> Visitor<'de> for KeyVisitor<'_> {
            type Value = Option<&'de serde_json::value::RawValue>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = None;
                while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                    if key == self.0 {
                        found = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(found)
            }
        }

        let mut deserializer = serde_json::Deserializer::from_str(self.as_json());
        match deserializer.deserialize_map(KeyVisitor(key))? {
            Some(raw) => Ok(Some(serde_json::from_str(raw.get())?)),
            None => Ok(None),
        }
    }

    /// Decodes the whole as `T`.
    ///
    /// # Errors
    /// Where it does not fit `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, CustomError> {
        Ok(serde_json::from_str(self.as_json())?)
    }

    /// All keys and values.
    ///
    /// # Errors
    /// Where there is valid JSON that [`Value`] cannot hold: a number beyond `f64`, half a surrogate pair, or more than
    /// 127 levels.
    pub fn to_map(&self) -> Result<Map<String, Value>, CustomError> {
        self.decode()
    }

    /// The JSON text.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.0.as_ref().map_or("{}", RawJson::as_json)
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|raw| {
            raw.as_json()
                .strip_prefix('{')
                .is_some_and(|rest| rest.trim_start().starts_with('}'))
        })
    }

    /// Whether the data are a JSON object, as they should be. What else a service sent is kept, and refused when it is
    /// sent back.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.as_json().starts_with('{')
    }

    fn from_raw(raw: RawJson) -> Self {
        Self(Some(raw).filter(|raw| raw.as_json() != "{}"))
    }
}

impl PartialEq for Custom {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
            || match (self.to_map(), other.to_map()) {
                (Ok(one), Ok(other)) => one == other,
                _ => false,
            }
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_json())
    }
}

impl From<Map<String, Value>> for Custom {
    fn from(map: Map<String, Value>) -> Self {
        // A map of JSON values is always written as a JSON object.
        Self::from_serialize(&map).unwrap_or_default()
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Custom {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self::from(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect::<Map<_, _>>(),
        )
    }
}

impl Serialize for Custom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(raw) => raw.serialize(serializer),
            None => Map::new().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Custom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<RawJson>::deserialize(deserializer)?.map_or(Self::new(), Self::from_raw))
    }
}

/// Custom data that is `P` where it fits, and otherwise kept raw with the reason: one odd user does not lose a page.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use stream_users_model::Lenient;
///
/// #[derive(Debug, Clone, Serialize, Deserialize)]
/// struct Profile {
///     plan: String,
/// }
///
/// let fits: Lenient<Profile> = serde_json::from_str(r#"{"plan":"pro"}"#)?;
/// assert_eq!(fits.get().map(|profile| profile.plan.as_str()), Some("pro"));
///
/// let guest: Lenient<Profile> = serde_json::from_str("{}")?;
/// assert!(guest.reason().is_some_and(|reason| reason.contains("plan")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Lenient<P> {
    /// The data fit.
    Fits(P),
    /// The data did not fit.
    #[non_exhaustive]
    Raw {
        /// What the service sent.
        json: RawJson,
        /// Why it does not fit `P`.
        reason: String,
    },
}

impl<P> Lenient<P> {
    /// The data, where they fit.
    pub fn get(&self) -> Option<&P> {
        match self {
            Self::Fits(data) => Some(data),
            Self::Raw { .. } => None,
        }
    }

    /// The data, where they fit, by value.
    pub fn into_inner(self) -> Option<P> {
        match self {
            Self::Fits(data) => Some(data),
            Self::Raw { .. } => None,
        }
    }

    /// Why the data did not fit; `None` where they did.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Fits(_) => None,
            Self::Raw { reason, .. } => Some(reason),
        }
    }
}

impl<P> From<P> for Lenient<P> {
    fn from(data: P) -> Self {
        Self::Fits(data)
    }
}

impl<P: Serialize> Serialize for Lenient<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fits(data) => data.serialize(serializer),
            Self::Raw { json, .. } => json.serialize(serializer),
        }
    }
}

impl<'de, P: DeserializeOwned> Deserialize<'de> for Lenient<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = RawJson::deserialize(deserializer)?;
        Ok(match json.decode() {
            Ok(data) => Self::Fits(data),
            Err(error) => Self::Raw {
                json,
                reason: error.to_string(),
            },
        })
    }
}
