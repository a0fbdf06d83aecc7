//! [`Pair`]: `name=value` on the command line.

use std::str::FromStr;

use serde_json::Value;

/// A name and a value. The value is JSON where it is JSON, else it is a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) value: Value,
    /// The value as it was written.
    text: String,
}

impl Pair {
    /// The value as a text, also where it looks like a number: for fields of which it is known that they hold texts.
    pub(crate) fn into_text(self) -> String {
        match self.value {
            Value::String(text) => text,
            _ => self.text,
        }
    }
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, value)) = text.split_once('=') else {
            return Err("it has no `=`; write NAME=VALUE, such as plan=pro".to_owned());
        };
        if name.is_empty() {
            return Err("there is no name before the `=`; write NAME=VALUE, such as plan=pro".to_owned());
        }
        Ok(Self {
            name: name.to_owned(),
            value: value_of(value),
            text: value.to_owned(),
        })
    }
}

/// JSON where it is JSON, else a text: `pro` and `"pro"` are the same text, `3` is a number, `"3"` a text.
pub(super) fn value_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Pair;

    #[test]
    fn a_value_is_json_or_else_a_text() {
        for (text, value) in [
            ("plan=pro", json!("pro")),
            ("plan=\"pro\"", json!("pro")),
            ("seats=3", json!(3)),
            ("seats=\"3\"", json!("3")),
            ("code=007", json!("007")),
            ("on=true", json!(true)),
            ("tags=[\"a\"]", json!(["a"])),
            ("note=", json!("")),
            ("note=a=b", json!("a=b")),
            ("gone=null", json!(null)),
        ] {
            assert_eq!(text.parse::<Pair>().unwrap().value, value, "{text}");
        }
        assert!("plan".parse::<Pair>().unwrap_err().contains("NAME=VALUE"));
        assert!("=pro".parse::<Pair>().unwrap_err().contains("NAME=VALUE"));
    }

    #[test]
    fn a_text_is_as_it_was_written() {
        assert_eq!("id=1.0".parse::<Pair>().unwrap().into_text(), "1.0");
        assert_eq!("id=\"1\"".parse::<Pair>().unwrap().into_text(), "1");
        assert_eq!("id=ada".parse::<Pair>().unwrap().into_text(), "ada");
    }
}
