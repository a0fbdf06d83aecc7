//! Small helpers for `#[serde(...)]` attributes of more than one model. Helpers for one model live beside it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::RawJson;

/// `null` is read as the empty value; with `#[serde(default)]`, so is a missing field.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// What does not fit is read as the empty value: for fields that must not spoil those beside them.
pub(crate) fn or_default_where_odd<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    let raw = Option::<RawJson>::deserialize(deserializer)?;
    Ok(raw.and_then(|raw| raw.decode().ok()).unwrap_or_default())
}
