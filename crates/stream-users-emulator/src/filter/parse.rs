//! Reads a filter from JSON and checks it: fields, operators and types of values.

use serde_json::{Map, Value};

use super::fields::{CUSTOM, FIELDS, Kind, NOT_FILTERABLE, Operator};
use crate::clock::Nanos;
use crate::read::{kind_of, parse_time};
use crate::refusal::Refusal;
use crate::store::users::words;

/// How deep `$and`, `$or` and `$nor` may be nested.
const DEEPEST: usize = 20;

/// A filter that was checked.
#[derive(Debug, PartialEq)]
pub(crate) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Nor(Vec<Filter>),
    Test {
        field: Target,
        operator: Operator,
        operand: Operand,
    },
}

/// What a test looks at.
#[derive(Debug, PartialEq)]
pub(crate) enum Target {
    BuiltIn(Kind),
    /// A custom field: the keys that lead to it.
    Custom(Vec<String>),
}

/// What a test compares with.
#[derive(Debug, PartialEq)]
pub(crate) enum Operand {
    Null,
    Boolean(bool),
    Text(String),
    Number(serde_json::Number),
    Date(Nanos),
    List(Vec<Operand>),
    /// The words of `$autocomplete`.
    Words(String),
}

/// Reads a filter. An empty one lets everybody through.
pub(crate) fn parse(conditions: &Map<String, Value>) -> Result<Filter, Refusal> {
    group(conditions, 0)
}

fn group(conditions: &Map<String, Value>, depth: usize) -> Result<Filter, Refusal> {
    if depth > DEEPEST {
        return Err(Refusal::input("filter is nested too deeply"));
    }
    let mut all = Vec::with_capacity(conditions.len());
    for (key, value) in conditions {
        match key.as_str() {
            "$and" => all.push(Filter::And(branches(key, value, depth)?)),
            "$or" => all.push(Filter::Or(branches(key, value, depth)?)),
            "$nor" => all.push(Filter::Nor(branches(key, value, depth)?)),
            other if other.starts_with('$') => {
                return Err(Refusal::input(format!("unrecognized operator \"{other}\"")));
            }
            field => tests(field, value, &mut all)?,
        }
    }
    Ok(Filter::And(all))
}

fn branches(key: &str, value: &Value, depth: usize) -> Result<Vec<Filter>, Refusal> {
    let list = value.as_array().filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| Refusal::input(format!("{key} must be a list of filters")))?;
    list.iter()
        .map(|item| match item {
            Value::Object(conditions) => group(conditions, depth + 1),
            _ => Err(Refusal::input(format!("{key} must be a list of filters"))),
        })
        .collect()
}

fn tests(name: &str, value: &Value, all: &mut Vec<Filter>) -> Result<(), Refusal> {
    let Value::Object(operators) = value else {
        all.push(test(name, Operator::Equal, "$eq", value)?);
        return Ok(());
    };
    if operators.is_empty() {
        target(name)?;
    }
    for (text, value) in operators {
        if text == "$q" {
            return Err(Refusal::input(format!(
                "search is not enabled for field users.{name}"
            )));
        }
        let operator = Operator::parse(text).ok_or_else(|| {
            Refusal::input(format!("operator \"{text}\" is not allowed for field \"{name}\""))
        })?;
        all.push(test(name, operator, text, value)?);
    }
    Ok(())
}

fn target(name: &str) -> Result<(Target, &'static [Operator]), Refusal> {
    if let Some(field) = FIELDS.iter().find(|field| field.name == name) {
        return Ok((Target::BuiltIn(field.kind), field.operators));
    }
    let keys: Vec<String> = name.split('.').map(str::to_owned).collect();
    if NOT_FILTERABLE.contains(&name) || keys.iter().any(|key| key.is_empty() || key.contains('\0')) {
        return Err(Refusal::input(format!("unrecognized field \"{name}\"")));
    }
    Ok((Target::Custom(keys), CUSTOM))
}

fn test(name: &str, operator: Operator, text: &str, value: &Value) -> Result<Filter, Refusal> {
    let (field, allowed) = target(name)?;
    // Applications ask for those who have a custom field in this way, though the service's table has no $ne for it.
    let has_value = operator == Operator::Ne && value.is_null() && matches!(field, Target::Custom(_));
    if !allowed.contains(&operator) && !has_value {
        return Err(Refusal::input(format!(
            "operator \"{text}\" is not allowed for field \"{name}\""
        )));
    }
    let operand = match operator {
        Operator::Exists => match value {
            Value::Bool(exists) => Operand::Boolean(*exists),
            _ => return Err(Refusal::input("$exists operator only support boolean values")),
        },
        Operator::Autocomplete => autocomplete(name, value)?,
        Operator::In | Operator::Nin => {
            let list = value.as_array().ok_or_else(|| wrong_type(name, value, "array"))?;
            Operand::List(
                list.iter()
                    .map(|item| scalar(name, &field, item))
                    .collect::<Result<_, _>>()?,
            )
        }
        // A list of teams stands for exactly these teams.
        Operator::Equal if field == Target::BuiltIn(Kind::Teams) && value.is_array() => {
            let mut teams = Vec::new();
            for item in value.as_array().into_iter().flatten() {
                let team = scalar(name, &field, item)?;
                if team == Operand::Null {
                    return Err(wrong_type(name, item, "string"));
                }
                if !teams.contains(&team) {
                    teams.push(team);
                }
            }
            Operand::List(teams)
        }
        _ => scalar(name, &field, value)?,
    };
    let ordered = matches!(
        operator,
        Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte
    );
    if operand == Operand::Null && (ordered || operator == Operator::Contains) {
        return Err(wrong_type(name, value, "a value"));
    }
    Ok(Filter::Test {
        field,
        operator,
        operand,
    })
}

fn autocomplete(name: &str, value: &Value) -> Result<Operand, Refusal> {
    let text = value.as_str().ok_or_else(|| wrong_type(name, value, "string"))?;
    let words = words(text);
    if words.is_empty() {
        return Err(Refusal::input(
            "$autocomplete field is empty or contains invalid characters. Please provide a valid string to \
             autocomplete",
        ));
    }
    Ok(Operand::Words(words))
}

fn wrong_type(name: &str, value: &Value, expected: &str) -> Refusal {
    Refusal::input(format!(
        "field `{name}` contains type {}. expecting {expected}",
        kind_of(value)
    ))
}

/// One value, of the type that the field has.
fn scalar(name: &str, field: &Target, value: &Value) -> Result<Operand, Refusal> {
    if value.is_array() {
        return Err(Refusal::input(format!(
            "cannot match array value on field `{name}`."
        )));
    }
    if value.is_null() {
        return Ok(Operand::Null);
    }
    match (field, value) {
        (Target::BuiltIn(Kind::Teams), Value::String(text)) if text.is_empty() => {
            Err(Refusal::input(format!("field `{name}` must not be empty")))
        }
        (Target::BuiltIn(Kind::Text(..) | Kind::Teams), Value::String(text)) => {
            Ok(Operand::Text(text.clone()))
        }
        (Target::BuiltIn(Kind::Text(..) | Kind::Teams), _) => Err(wrong_type(name, value, "string")),
        (Target::BuiltIn(Kind::Boolean(_)) | Target::Custom(_), Value::Bool(flag)) => {
            Ok(Operand::Boolean(*flag))
        }
        (Target::BuiltIn(Kind::Boolean(_)), _) => Err(wrong_type(name, value, "boolean")),
        (Target::BuiltIn(Kind::Date(_)), _) => parse_time(value)
            .map(Operand::Date)
            .ok_or_else(|| wrong_type(name, value, "date")),
        (Target::Custom(_), Value::String(text)) => Ok(Operand::Text(text.clone())),
        (Target::Custom(_), Value::Number(number)) => Ok(Operand::Number(number.clone())),
        (Target::Custom(_), _) => Err(wrong_type(name, value, "string, number or boolean")),
    }
}
