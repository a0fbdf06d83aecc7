//! `allow.toml`: what the contract has and we leave out or read differently, and why.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::Deserialize;

/// The kinds of entries that the file may hold, each a list of tables of that name.
const KINDS: &[&str] = &["raw", "bound", "property", "required", "enum", "filter"];

/// One entry. Which of the places it names depends on its kind; all that it names must exist.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// A schema of the contract.
    pub(crate) schema: Option<String>,
    /// A property of the schema.
    pub(crate) property: Option<String>,
    /// A keyword of the property that bounds its values: `minimum`, `maxItems`, and so on.
    pub(crate) bound: Option<String>,
    /// The bound that holds in truth, or the enum's value.
    pub(crate) value: Option<toml::Value>,
    /// A field of the filters.
    pub(crate) field: Option<String>,
    /// An operator of the filter field.
    pub(crate) operator: Option<String>,
    /// Why.
    #[serde(default)]
    pub(crate) reason: String,
}

/// The whole file, by kind.
#[derive(Debug, Default)]
pub(crate) struct Allow {
    entries: BTreeMap<String, Vec<Entry>>,
}

impl Allow {
    /// Reads the file.
    ///
    /// # Errors
    /// Where it is not TOML or holds a kind or a key that does not exist.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let entries: BTreeMap<String, Vec<Entry>> = toml::from_str(text)?;
        if let Some(kind) = entries.keys().find(|kind| !KINDS.contains(&kind.as_str())) {
            bail!(
                "`[[{kind}]]` is no kind of entry; use one of {}",
                KINDS.join(", ")
            );
        }
        Ok(Self { entries })
    }

    /// All entries with their kinds.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries
            .iter()
            .flat_map(|(kind, entries)| entries.iter().map(move |entry| (kind.as_str(), entry)))
    }

    /// Whether a schema is kept as raw JSON, so that what is in it does not concern us.
    pub(crate) fn is_raw(&self, schema: &str) -> bool {
        self.of("raw")
            .any(|entry| entry.schema.as_deref() == Some(schema))
    }

    /// The value that we take in place of a bound that the document states wrongly; `place` is `Schema.property`.
    pub(crate) fn bound(&self, place: &str, bound: &str) -> Option<f64> {
        let entry = self.of("bound").find(|entry| {
            entry.bound.as_deref() == Some(bound)
                && place.split_once('.') == entry.schema.as_deref().zip(entry.property.as_deref())
        })?;
        entry.value.as_ref().and_then(number)
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = &Entry> {
        self.entries.get(kind).into_iter().flatten()
    }
}

/// A TOML number, whole or not.
#[allow(
    clippy::cast_precision_loss,
    reason = "JSON's numbers are compared as floating point too"
)]
pub(crate) fn number(value: &toml::Value) -> Option<f64> {
    value
        .as_float()
        .or_else(|| value.as_integer().map(|whole| whole as f64))
}

#[cfg(test)]
mod tests {
    use super::Allow;

    #[test]
    fn raw_schemas_and_bounds_are_found() {
        let allow = Allow::parse(
            "[[raw]]\nschema = 'Message'\nreason = 'chat'\n\n[[bound]]\nschema = 'Place'\nproperty = 'latitude'\n\
             bound = 'minimum'\nvalue = -90\nreason = 'wrapped'\n",
        )
        .unwrap();
        assert!(allow.is_raw("Message"));
        assert!(!allow.is_raw("Place"));
        assert_eq!(allow.bound("Place.latitude", "minimum"), Some(-90.0));
        assert_eq!(allow.bound("Place.latitude", "maximum"), None);
    }

    #[test]
    fn a_misspelt_kind_or_key_is_refused() {
        let error = Allow::parse("[[raws]]\nschema = 'Message'\n").unwrap_err();
        assert!(
            error.to_string().contains("`[[raws]]` is no kind of entry"),
            "{error}"
        );
        assert!(Allow::parse("[[raw]]\nscheme = 'Message'\n").is_err());
    }
}
