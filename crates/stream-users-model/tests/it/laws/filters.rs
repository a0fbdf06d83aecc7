//! Filters put together mean what `&`, `|` and `!` mean.

use proptest::prelude::*;
use serde_json::{Value, json};
use stream_users_model::{Filter, field};

use super::cases;

/// An expression over eight conditions, each of which holds or not.
#[derive(Debug, Clone)]
enum Expression {
    Leaf(u8),
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    AllOf(Vec<Expression>),
    AnyOf(Vec<Expression>),
    NoneOf(Vec<Expression>),
}

use Expression::{AllOf, And, AnyOf, Leaf, NoneOf, Not, Or};

fn any_expression() -> impl Strategy<Value = Expression> {
    (0_u8..8).prop_map(Leaf).prop_recursive(5, 40, 3, |inner| {
        let list = || proptest::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            inner.clone().prop_map(|one| Not(Box::new(one))),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| And(Box::new(one), Box::new(other))),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| Or(Box::new(one), Box::new(other))),
            list().prop_map(AllOf),
            list().prop_map(AnyOf),
            list().prop_map(NoneOf),
        ]
    })
}

fn holds(expression: &Expression, facts: u8) -> bool {
    match expression {
        Leaf(index) => facts & (1 << index) != 0,
        Not(one) => !holds(one, facts),
        And(one, other) => holds(one, facts) && holds(other, facts),
        Or(one, other) => holds(one, facts) || holds(other, facts),
        AllOf(all) => all.iter().all(|one| holds(one, facts)),
        AnyOf(all) => all.iter().any(|one| holds(one, facts)),
        NoneOf(all) => !all.iter().any(|one| holds(one, facts)),
    }
}

fn filter(expression: &Expression) -> Filter {
    match expression {
        Leaf(index) => field::id().eq(index.to_string()),
        Not(one) => !filter(one),
        And(one, other) => filter(one) & filter(other),
        Or(one, other) => filter(one) | filter(other),
        AllOf(all) => Filter::and(all.iter().map(filter)),
        AnyOf(all) => Filter::or(all.iter().map(filter)),
        NoneOf(all) => Filter::nor(all.iter().map(filter)),
    }
}

/// What the service makes of a filter: all its entries must hold.
fn found(filter: &Value, facts: u8) -> bool {
    filter.as_object().unwrap().iter().all(|(key, value)| {
        let mut parts = value.as_array().into_iter().flatten();
        match key.as_str() {
            "$and" => parts.all(|part| found(part, facts)),
            "$or" => parts.any(|part| found(part, facts)),
            "$nor" => !parts.any(|part| found(part, facts)),
            "id" => facts & (1 << value["$eq"].as_str().unwrap().parse::<u8>().unwrap()) != 0,
            _ => panic!("{key} is no part of these filters"),
        }
    })
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_filter_finds_what_its_expression_says(expression in any_expression(), facts in any::<u8>()) {
        let filter = filter(&expression);
        let json = serde_json::to_value(&filter).unwrap();
        prop_assert_eq!(found(&json, facts), holds(&expression, facts), "{}", json);
        prop_assert_eq!(serde_json::from_value::<Filter>(json).unwrap(), filter);
    }
}

fn leaf(index: u8) -> Filter {
    filter(&Leaf(index))
}

fn written(filter: &Filter) -> Value {
    serde_json::to_value(filter).unwrap()
}

#[test]
fn chains_are_flat() {
    let leaves: Vec<_> = (0..4)
        .map(|index| json!({"id": {"$eq": index.to_string()}}))
        .collect();
    assert_eq!(
        written(&(leaf(0) & leaf(1) & leaf(2) & leaf(3))),
        json!({"$and": leaves})
    );
    assert_eq!(
        written(&(leaf(0) | leaf(1) | leaf(2) | leaf(3))),
        json!({"$or": leaves})
    );
    assert_eq!(
        written(&(leaf(0) & leaf(1) | leaf(2))),
        json!({"$or": [{"$and": leaves[..2]}, leaves[2]]})
    );
    assert_eq!(written(&!leaf(0)), json!({"$nor": [leaves[0]]}));
    assert_eq!(written(&!!leaf(0)), json!({"$nor": [{"$nor": [leaves[0]]}]}));
}

#[test]
fn a_raw_filter_is_not_taken_apart() {
    let raw = json!({"$and": [{"a": 1}], "b": 2});
    let filter = Filter::raw(raw.as_object().unwrap().clone()) & leaf(0);
    assert_eq!(written(&filter), json!({"$and": [raw, {"id": {"$eq": "0"}}]}));
    let scalar = Filter::raw(json!({"$and": 1}).as_object().unwrap().clone()) & leaf(0);
    assert_eq!(
        written(&scalar),
        json!({"$and": [{"$and": 1}, {"id": {"$eq": "0"}}]})
    );
    assert_eq!(written(&Filter::all()), json!({}));
}
