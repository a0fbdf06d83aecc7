//! Reads the query string.

use percent_encoding::percent_decode_str;

use super::Problems;

/// The parameters of a query string, decoded, in the order in which they stand.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(raw: &str) -> Self {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self(pairs.collect())
    }

    /// The first value under this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first value under this name, unless it is empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Whether the value under this name says yes. SDKs write `true`, `True` or `1`.
    pub(crate) fn flag(&self, name: &str, problems: &mut Problems) -> bool {
        match self.text(name).unwrap_or_default().to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => true,
            "" | "false" | "f" | "0" => false,
            _ => {
                problems.add(
                    name,
                    format!("field `{name}` contains type string. expecting boolean"),
                );
                false
            }
        }
    }
}

/// Form encoding: `+` is a space.
fn decode(text: &str) -> String {
    percent_decode(&text.replace('+', " "))
}

/// Percent-encoding alone: `+` is a plus.
pub(crate) fn percent_decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
