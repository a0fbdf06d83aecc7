//! The fields and operators of filters, and what each writes.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stream_users_model::{Filter, Sort, Timestamp, field};

use super::document::contract;

const FIX: &str = "edit the operators of the field in crates/stream-users-model/src/field.rs, or list the operator in \
                   contract/allow.toml as [[filter]] with a reason";

/// What the contract allows, less what `allow.toml` leaves out.
fn of_the_contract() -> BTreeSet<(String, String)> {
    let fields = &contract().properties("QueryUsersPayload")["filter_conditions"]["x-stream-filter-fields"];
    let mut allowed = BTreeSet::new();
    for (field, described) in fields.as_object().expect("x-stream-filter-fields") {
        for operator in described["operators"]
            .as_array()
            .expect("operators")
            .iter()
            .filter_map(Value::as_str)
        {
            if contract()
                .allowed("filter", &[("field", field), ("operator", operator)])
                .is_none()
            {
                allowed.insert((field.clone(), operator.to_owned()));
            }
        }
    }
    allowed
}

#[test]
fn the_operators_are_exactly_the_contracts() {
    let ours: BTreeSet<_> = field::OPERATORS
        .iter()
        .flat_map(|(field, operators)| {
            operators
                .iter()
                .map(|operator| ((*field).to_owned(), (*operator).to_owned()))
        })
        .collect();
    let contract = of_the_contract();
    let missing: Vec<_> = contract.difference(&ours).collect();
    let invented: Vec<_> = ours.difference(&contract).collect();
    assert!(missing.is_empty(), "the contract has {missing:?}: {FIX}");
    assert!(
        invented.is_empty(),
        "the contract does not have {invented:?}: {FIX}"
    );
    assert_eq!(
        field::OPERATORS
            .iter()
            .map(|(_, operators)| operators.len())
            .sum::<usize>(),
        ours.len()
    );
}

/// Each field with the name that the contract has for it and the key that is written, and for each operator what it is
/// called with and what is written.
macro_rules! rows {
    ($($field:expr, $wire:literal, $key:literal { $($method:ident($argument:expr) $operator:literal $value:tt;)* })*) => {
        vec![$($(($wire, $operator, $field.$method($argument), json!({ $key: { $operator: $value } })),)*)*]
    };
}

#[test]
fn every_operator_writes_what_the_service_reads() {
    let time = Timestamp::from_unix_seconds(1_538_713_200).unwrap();
    let text = "2018-10-05T04:20:00Z";
    let rows: Vec<(&str, &str, Filter, Value)> = rows! {
        field::id(), "id", "id" {
            eq("a") "$eq" "a"; ne("a") "$ne" "a"; gt("a") "$gt" "a"; gte("a") "$gte" "a"; lt("a") "$lt" "a";
            lte("a") "$lte" "a"; is_in(["a", "b"]) "$in" ["a", "b"]; not_in(vec!["a".to_owned()]) "$nin" ["a"];
            exists(true) "$exists" true; autocomplete("a") "$autocomplete" "a";
        }
        field::name(), "name", "name" {
            eq("a") "$eq" "a"; gt("a") "$gt" "a"; gte("a") "$gte" "a"; lt("a") "$lt" "a"; lte("a") "$lte" "a";
            is_in(["a", "b"]) "$in" ["a", "b"]; exists(false) "$exists" false; autocomplete("a") "$autocomplete" "a";
        }
        field::username(), "username", "username" { eq("a") "$eq" "a"; autocomplete("a") "$autocomplete" "a"; }
        field::email(), "email", "email" { eq("a@b.c") "$eq" "a@b.c"; is_in(["a@b.c"]) "$in" ["a@b.c"]; }
        field::role(), "role", "role" {
            eq("a") "$eq" "a"; gt("a") "$gt" "a"; gte("a") "$gte" "a"; lt("a") "$lt" "a"; lte("a") "$lte" "a";
            is_in(["a", "b"]) "$in" ["a", "b"]; exists(true) "$exists" true;
        }
        field::language(), "language", "language" { eq("en") "$eq" "en"; }
        field::teams(), "teams", "teams" { eq("a") "$eq" "a"; is_in(["a", "b"]) "$in" ["a", "b"]; contains("a") "$contains" "a"; }
        field::banned(), "banned", "banned" { eq(true) "$eq" true; ne(true) "$ne" true; }
        field::shadow_banned(), "shadow_banned", "shadow_banned" { eq(false) "$eq" false; ne(true) "$ne" true; }
        field::bypass_moderation(), "bypass_moderation", "bypass_moderation" { eq(true) "$eq" true; ne(false) "$ne" false; }
        field::created_at(), "created_at", "created_at" {
            eq(time) "$eq" text; gt(time) "$gt" text; gte(time) "$gte" text; lt(time) "$lt" text;
            lte(time) "$lte" text; is_in([time]) "$in" [text]; exists(true) "$exists" true;
        }
        field::updated_at(), "updated_at", "updated_at" {
            eq(time) "$eq" text; gt(time) "$gt" text; gte(time) "$gte" text; lt(time) "$lt" text;
            lte(time) "$lte" text; is_in([time]) "$in" [text]; exists(true) "$exists" true;
        }
        field::last_active(), "last_active", "last_active" {
            eq(time) "$eq" text; gt(time) "$gt" text; gte(time) "$gte" text; lt(time) "$lt" text;
            lte(time) "$lte" text; is_in([time, time]) "$in" [text, text]; exists(false) "$exists" false;
        }
        field::custom("plan"), "custom", "plan" {
            eq("pro") "$eq" "pro"; gt(1) "$gt" 1; gte(1.5) "$gte" 1.5; lt(-1) "$lt" (-1); lte(2) "$lte" 2;
            is_in([1, 2]) "$in" [1, 2]; exists(true) "$exists" true; contains(json!({"a": 1})) "$contains" {"a": 1};
        }
    };
    let mut seen = BTreeSet::new();
    for (field, operator, filter, expected) in rows {
        assert_eq!(
            serde_json::to_value(&filter).unwrap(),
            expected,
            "{field} {operator}"
        );
        assert!(
            seen.insert((field.to_owned(), operator.to_owned())),
            "{field} {operator} stands twice"
        );
    }
    assert_eq!(
        seen,
        of_the_contract(),
        "a row is missing in tests/it/contract/filters.rs"
    );
}

#[test]
fn no_team_is_its_own_condition() {
    assert_eq!(
        serde_json::to_value(field::teams().is_empty()).unwrap(),
        json!({"teams": {"$eq": null}})
    );
}

#[test]
fn every_field_makes_orders() {
    macro_rules! orders {
        ($($field:ident)*) => {
            [$((stringify!($field), field::$field().asc(), field::$field().desc())),*]
        };
    }
    let orders = orders! {
        id name username email role language teams banned shadow_banned bypass_moderation created_at updated_at last_active
    };
    assert_eq!(orders.len() + 1, field::OPERATORS.len());
    for (name, ascending, descending) in orders {
        assert_eq!(ascending, Sort::asc(name));
        assert_eq!(
            serde_json::to_value(descending).unwrap(),
            json!({"field": name, "direction": -1})
        );
    }
    let by_score = serde_json::to_value(field::custom("score").asc().as_number()).unwrap();
    assert_eq!(
        by_score,
        json!({"field": "score", "direction": 1, "type": "number"})
    );
    assert_eq!(
        serde_json::to_value(Sort::desc("x").as_boolean()).unwrap()["type"],
        "boolean"
    );
}
