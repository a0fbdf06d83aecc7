//! [`Conditions`]: which users are meant, by a filter. What a filter may hold is the service's word.

use serde_json::Value;
use stream_users_model::Filter;

use super::pair::value_of;
use crate::exit;

/// Fields of users that hold texts: a value of theirs is none of JSON.
const TEXTS: [&str; 7] = ["id", "name", "username", "email", "role", "language", "teams"];

/// The short form's comparisons, those of two characters first, and the service's operators.
const COMPARISONS: [(&str, &str); 7] = [
    ("!=", "$ne"),
    (">=", "$gte"),
    ("<=", "$lte"),
    ("~=", "$autocomplete"),
    (">", "$gt"),
    ("<", "$lt"),
    ("=", "$eq"),
];

/// Which users.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Conditions {
    /// Users for whom this holds: `role=admin`, `score>=5`, `name~=ad` (a word begins so), `id!=ada`; several must all
    /// hold. A value is JSON or a text, and custom data are named without `custom.`
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    wheres: Vec<String>,
    /// Find deactivated users, too
    #[arg(long)]
    pub(crate) include_deactivated: bool,
}

impl Conditions {
    /// All of them, and the filter beside them.
    ///
    /// # Errors
    /// Usage, where one of them cannot be read.
    pub(crate) fn and(&self, json: Option<&str>) -> anyhow::Result<Filter> {
        let start = match json {
            Some(json) => filter(json)?,
            None => Filter::all(),
        };
        self.wheres
            .iter()
            .try_fold(start, |all, text| Ok(all & condition(text)?))
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.wheres.is_empty()
    }
}

/// A filter as the service reads it.
///
/// # Errors
/// Usage, where it is no JSON object.
pub(crate) fn filter(json: &str) -> anyhow::Result<Filter> {
    const EXAMPLE: &str = "write it as in '{\"role\":\"admin\"}', in single quotes so that the shell leaves it as it is, or \
                           use --where role=admin";
    match serde_json::from_str(json) {
        Ok(Value::Object(conditions)) => Ok(Filter::raw(conditions)),
        Ok(_) => Err(exit::usage(format!("the filter is not a JSON object; {EXAMPLE}"))),
        Err(error) => Err(exit::usage(format!("the filter is not JSON: {error}; {EXAMPLE}"))),
    }
}

/// A condition in its short form.
fn condition(text: &str) -> anyhow::Result<Filter> {
    let parts = || {
        let at = text.find(['=', '!', '<', '>', '~'])?;
        let (field, rest) = text.split_at(at);
        let (sign, operator) = COMPARISONS.iter().find(|(sign, _)| rest.starts_with(sign))?;
        (!field.is_empty()).then(|| (field, *operator, &rest[sign.len()..]))
    };
    let (field, operator, value) = parts().ok_or_else(|| {
        exit::usage(format!(
            "{text:?} is no condition: write FIELD=VALUE, such as role=admin, or one of != > >= < <= ~= for the ="
        ))
    })?;
    let field = field.strip_prefix("custom.").unwrap_or(field);
    let value = if TEXTS.contains(&field) {
        Value::String(value.to_owned())
    } else {
        value_of(value)
    };
    if value.is_object() {
        return Err(exit::usage(format!(
            "the value of {text:?} is a JSON object; write the whole filter with --filter"
        )));
    }
    Ok(Filter::condition(field, operator, value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Conditions, condition, filter};

    #[test]
    fn short_forms_are_what_the_service_reads() {
        for (text, expected) in [
            ("role=admin", json!({"role": {"$eq": "admin"}})),
            ("id=42", json!({"id": {"$eq": "42"}})),
            ("custom.score>=5", json!({"score": {"$gte": 5}})),
            ("score<5", json!({"score": {"$lt": 5}})),
            ("banned=true", json!({"banned": {"$eq": true}})),
            ("name~=ad", json!({"name": {"$autocomplete": "ad"}})),
            ("id!=ada", json!({"id": {"$ne": "ada"}})),
            ("note=a<b", json!({"note": {"$eq": "a<b"}})),
            (
                "created_at>2026-01-01T00:00:00Z",
                json!({"created_at": {"$gt": "2026-01-01T00:00:00Z"}}),
            ),
        ] {
            let filter = condition(text).unwrap();
            assert_eq!(serde_json::to_value(filter).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused_with_an_example() {
        for text in ["role", "=admin", "!", "a!b"] {
            let error = condition(text).unwrap_err().to_string();
            assert!(error.contains("role=admin"), "{error}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_with_an_example() {
        for text in ["{role:admin}", "[]", "", "\"role\""] {
            let error = filter(text).unwrap_err().to_string();
            assert!(error.contains("'{\"role\":\"admin\"}'"), "{error}");
        }
    }

    #[test]
    fn all_conditions_must_hold() {
        let conditions = Conditions {
            wheres: vec!["role=admin".to_owned(), "banned=true".to_owned()],
            include_deactivated: false,
        };
        let filter = conditions.and(Some("{\"plan\":\"pro\"}")).unwrap();
        assert_eq!(
            serde_json::to_value(filter).unwrap(),
            json!({"$and": [{"plan": "pro"}, {"role": {"$eq": "admin"}}, {"banned": {"$eq": true}}]})
        );
    }
}
