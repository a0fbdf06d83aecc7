//! What a user query finds, said as plainly as can be: look at each user, keep those who match, sort, cut.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// The built-in fields that can be filtered on, with the type of each and its operators.
const FIELDS: [(&str, &str, &str); 13] = [
    (
        "id",
        "string",
        "$eq $ne $gt $gte $lt $lte $in $nin $exists $autocomplete",
    ),
    (
        "name",
        "string",
        "$eq $gt $gte $lt $lte $in $exists $autocomplete",
    ),
    ("username", "string", "$eq $autocomplete"),
    ("email", "string", "$eq $in"),
    ("role", "string", "$eq $gt $gte $lt $lte $in $exists"),
    ("language", "string", "$eq"),
    ("teams", "teams", "$eq $in $contains"),
    ("banned", "boolean", "$eq $ne"),
    ("shadow_banned", "boolean", "$eq $ne"),
    ("bypass_moderation", "boolean", "$eq $ne"),
    ("created_at", "date", "$eq $gt $gte $lt $lte $in $exists"),
    ("updated_at", "date", "$eq $gt $gte $lt $lte $in $exists"),
    ("last_active", "date", "$eq $gt $gte $lt $lte $in $exists"),
];
const CUSTOM: &str = "$eq $gt $gte $lt $lte $in $exists $contains";
const NOT_FILTERABLE: [&str; 3] = ["online", "deactivated_at", "deleted_at"];

/// The ids of the users whom the query finds; nothing if it is refused. Deleted users are not among `users`.
pub(super) fn query(users: &[&Value], query: &Value) -> Option<Vec<String>> {
    let limit = page(query, "limit", 100)?;
    let offset = page(query, "offset", 1_000)?;
    let sort = query["sort"].as_array().map(Vec::as_slice).unwrap_or_default();
    let known = |order: &Value| {
        matches!(order["direction"].as_i64().unwrap_or(1), -1..=1)
            && matches!(order["type"].as_str(), None | Some("" | "number" | "boolean"))
    };
    if sort.len() > 5 || !sort.iter().all(known) {
        return None;
    }
    let filter = query["filter_conditions"].as_object()?;
    // Whether a filter is refused does not depend on anybody.
    matches(&Value::Null, filter)?;
    let mut found: Vec<&Value> = users
        .iter()
        .copied()
        .filter(|user| matches(user, filter) == Some(true))
        .filter(|user| query["include_deactivated_users"] == true || user["deactivated_at"].is_null())
        .filter(|user| within(user, query))
        .collect();
    found.sort_by(|a, b| order(a, b, sort, query));
    let limit = if limit == 0 { 30 } else { limit };
    let ids = found.iter().map(|user| user["id"].as_str().unwrap().to_owned());
    Some(ids.skip(offset).take(limit).collect())
}

fn page(query: &Value, name: &str, most: usize) -> Option<usize> {
    match &query[name] {
        Value::Null => Some(0),
        number => usize::try_from(number.as_i64()?)
            .ok()
            .filter(|number| *number <= most),
    }
}

const CURSORS: [&str; 4] = ["id_gt", "id_gte", "id_lt", "id_lte"];

fn within(user: &Value, query: &Value) -> bool {
    CURSORS.iter().all(|cursor| match query[cursor].as_str() {
        None | Some("") => true,
        Some(bound) => ordered(
            &cursor.replace("id_", "$"),
            user["id"].as_str().unwrap().cmp(bound),
        ),
    })
}

fn order(a: &Value, b: &Value, sort: &[Value], query: &Value) -> Ordering {
    let ids = || a["id"].as_str().cmp(&b["id"].as_str());
    if sort.is_empty()
        && CURSORS
            .iter()
            .any(|cursor| query[cursor].as_str().is_some_and(|id| !id.is_empty()))
    {
        return ids().reverse();
    }
    let mut descends = true;
    for key in sort {
        descends = key["direction"] == -1;
        let kind = key["type"].as_str().unwrap_or_default();
        let of = |user: &Value| sort_key(user, key["field"].as_str().unwrap(), kind);
        let found = compare_keys(&of(a), &of(b));
        if found != Ordering::Equal {
            return if descends { found.reverse() } else { found };
        }
    }
    let found = time(&a["created_at"]).cmp(&time(&b["created_at"])).then_with(ids);
    if descends { found.reverse() } else { found }
}

/// What a user is sorted by. Nothing comes first, then numbers and booleans, then texts.
fn sort_key(user: &Value, field: &str, kind: &str) -> Value {
    match field {
        "username" | "email" => Some(&user["custom"][field])
            .filter(|value| value.is_string())
            .cloned()
            .unwrap_or_default(),
        "created_at" | "updated_at" | "last_active" | "deactivated_at" => time(&user[field]).into(),
        "banned" | "shadow_banned" | "online" => (user[field] == true).into(),
        "language" => user[field].as_str().unwrap_or_default().into(),
        "id" | "name" | "role" | "image" => user[field].clone(),
        _ => {
            let value = at(&user["custom"], field).cloned().unwrap_or_default();
            let counts = match kind {
                "number" => value.is_number(),
                "boolean" => value.is_boolean(),
                _ => value.is_number() || value.is_boolean() || value.is_string(),
            };
            if counts { value } else { Value::Null }
        }
    }
}

fn compare_keys(a: &Value, b: &Value) -> Ordering {
    let number = |value: &Value| match value {
        Value::Bool(flag) => Value::from(i64::from(*flag)),
        other => other.clone(),
    };
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::String(_) => 2,
        _ => 1,
    };
    rank(a).cmp(&rank(b)).then_with(|| match (number(a), number(b)) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(&a, &b),
        _ => a.as_str().cmp(&b.as_str()),
    })
}

/// Numbers by what they are worth, however they are written.
fn compare_numbers(a: &serde_json::Number, b: &serde_json::Number) -> Ordering {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(a), None) => compare_mixed(a, b.as_f64().unwrap()),
        (None, Some(b)) => compare_mixed(b, a.as_f64().unwrap()).reverse(),
        (None, None) => a.as_f64().partial_cmp(&b.as_f64()).unwrap(),
    }
}

fn compare_mixed(integer: i64, float: f64) -> Ordering {
    // As a whole number that is not greater, a float of this size is exact.
    #[expect(clippy::cast_possible_truncation, reason = "it fits after the clamp")]
    let whole = float.floor().clamp(-1e20, 1e20) as i128;
    i128::from(integer).cmp(&whole).then(if float > float.floor() {
        Ordering::Less
    } else {
        Ordering::Equal
    })
}

fn ordered(operator: &str, found: Ordering) -> bool {
    match operator {
        "$gt" => found.is_gt(),
        "$gte" => found.is_ge(),
        "$lt" => found.is_lt(),
        "$lte" => found.is_le(),
        _ => found.is_eq(),
    }
}

/// Whether the user matches; nothing if the filter is refused, whoever it is.
fn matches(user: &Value, filter: &Map<String, Value>) -> Option<bool> {
    let mut all = true;
    for (key, value) in filter {
        let one = match key.as_str() {
            "$and" => branches(user, value)?.iter().all(|matches| *matches),
            "$or" => branches(user, value)?.iter().any(|matches| *matches),
            "$nor" => !branches(user, value)?.iter().any(|matches| *matches),
            key if key.starts_with('$') => return None,
            field => matches_field(user, field, value)?,
        };
        all &= one;
    }
    Some(all)
}

fn branches(user: &Value, value: &Value) -> Option<Vec<bool>> {
    let list = value.as_array().filter(|list| !list.is_empty())?;
    list.iter()
        .map(|filter| matches(user, filter.as_object()?))
        .collect()
}

fn matches_field(user: &Value, field: &str, value: &Value) -> Option<bool> {
    let (kind, operators) = match FIELDS.iter().find(|(name, ..)| *name == field) {
        Some((_, kind, operators)) => (*kind, *operators),
        None if NOT_FILTERABLE.contains(&field) || field.split('.').any(str::is_empty) => return None,
        None => ("custom", CUSTOM),
    };
    let Value::Object(conditions) = value else {
        return test(user, field, kind, "$eq", value);
    };
    let mut all = true;
    for (operator, operand) in conditions {
        let has_value = kind == "custom" && operator == "$ne" && operand.is_null();
        if !operators.split(' ').any(|known| known == operator) && !has_value {
            return None;
        }
        all &= test(user, field, kind, operator, operand)?;
    }
    Some(all)
}

fn test(user: &Value, field: &str, kind: &str, operator: &str, operand: &Value) -> Option<bool> {
    if kind == "teams" {
        return test_teams(&user["teams"], operator, operand);
    }
    let found = field_value(user, field, kind);
    let value = found.unwrap_or(&Value::Null);
    match operator {
        "$exists" => {
            let there = if kind == "custom" {
                found.is_some()
            } else {
                !value.is_null()
            };
            Some(operand.as_bool()? == there)
        }
        "$autocomplete" => autocomplete(value.as_str().unwrap_or_default(), operand.as_str()?),
        "$in" | "$nin" => {
            let list = operand.as_array()?;
            let equal: Option<Vec<bool>> = list
                .iter()
                .map(|item| compare(value, "$eq", kind, item))
                .collect();
            Some(equal?.contains(&true) == (operator == "$in"))
        }
        "$ne" => compare(value, "$eq", kind, operand).map(|equal| !equal),
        "$contains" => {
            let scalar = operand.is_string() || operand.is_number() || operand.is_boolean();
            let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
            scalar.then(|| {
                list.iter()
                    .any(|item| compare(item, "$eq", kind, operand) == Some(true))
            })
        }
        _ => compare(value, operator, kind, operand),
    }
}

/// Where the value of a field stands in the user.
fn field_value<'a>(user: &'a Value, field: &str, kind: &str) -> Option<&'a Value> {
    const NO: &Value = &Value::Bool(false);
    const EMPTY: &Value = &Value::String(String::new());
    match (kind, field) {
        ("custom", _) => at(&user["custom"], field),
        (_, "username" | "email") => user["custom"].get(field).filter(|value| value.is_string()),
        ("boolean", _) => Some(user.get(field).filter(|value| value.is_boolean()).unwrap_or(NO)),
        (_, "language") => Some(user.get(field).filter(|value| value.is_string()).unwrap_or(EMPTY)),
        _ => user.get(field),
    }
}

fn at<'a>(custom: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(custom, |value, key| value.as_object()?.get(key))
}

/// One value against one operand; nothing if the operand is of a type that the field has no values of.
fn compare(value: &Value, operator: &str, kind: &str, operand: &Value) -> Option<bool> {
    if operand.is_null() {
        // Nothing is greater or less than nothing.
        return (operator == "$eq").then_some(value.is_null());
    }
    let found = match (kind, operand) {
        ("date", _) => {
            let bound = time(operand)?;
            time(value).map(|time| time.cmp(&bound))
        }
        ("string" | "custom", Value::String(bound)) => value.as_str().map(|text| text.cmp(bound)),
        ("boolean" | "custom", Value::Bool(bound)) => value.as_bool().map(|flag| flag.cmp(bound)),
        ("custom", Value::Number(bound)) => value.as_number().map(|number| compare_numbers(number, bound)),
        _ => return None,
    };
    Some(found.is_some_and(|found| ordered(operator, found)))
}

fn test_teams(teams: &Value, operator: &str, operand: &Value) -> Option<bool> {
    let teams = teams.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_team = |value: &Value| value.as_str().is_some_and(|team| !team.is_empty());
    match (operator, operand) {
        ("$eq", Value::Null) => Some(teams.is_empty()),
        ("$eq", Value::Array(list)) => list.iter().all(is_team).then(|| {
            list.iter().all(|team| teams.contains(team)) && teams.iter().all(|team| list.contains(team))
        }),
        ("$in", Value::Array(list)) => list.iter().all(|item| item.is_null() || is_team(item)).then(|| {
            list.iter().any(|item| {
                if item.is_null() {
                    teams.is_empty()
                } else {
                    teams.contains(item)
                }
            })
        }),
        ("$eq" | "$contains", team) => is_team(team).then(|| teams.contains(team)),
        _ => None,
    }
}

fn words(text: &str) -> Vec<String> {
    let word = |word: &str| Some(word.to_lowercase()).filter(|word| !word.is_empty());
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter_map(word)
        .collect()
}

/// The words one after the other anywhere in the text, of the last of them the beginning.
fn autocomplete(text: &str, sought: &str) -> Option<bool> {
    let (words, sought) = (words(text), words(sought));
    let (last, whole) = sought.split_last()?;
    Some(
        words
            .windows(sought.len())
            .any(|window| window[..whole.len()] == *whole && window[whole.len()].starts_with(last.as_str())),
    )
}

/// Nanoseconds since the epoch.
fn time(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let time: jiff::Timestamp = text.parse().ok()?;
            i64::try_from(time.as_nanosecond()).ok()
        }
        _ => None,
    }
}
