//! A helper for `#[serde(...)]` attributes.

use serde::{Deserialize, Deserializer};

/// `null` is read as the empty value; with `#[serde(default)]`, so is a missing field.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}
