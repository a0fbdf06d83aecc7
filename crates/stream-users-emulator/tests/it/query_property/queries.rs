//! Random queries.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::values::{IDS, NOWHERE, PATHS, TEAMS, TEXTS, any_value, role, scalar, teams, text, time};

/// What is usual, and now and then what is odd if odd things may happen at all.
fn usually<T: std::fmt::Debug>(
    odd: bool,
    usual: impl Strategy<Value = T> + 'static,
    unusual: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    if odd {
        prop_oneof![9 => usual, 1 => unusual].boxed()
    } else {
        usual.boxed()
    }
}

const OPERATORS: [&str; 12] = [
    "$eq",
    "$ne",
    "$gt",
    "$gte",
    "$lt",
    "$lte",
    "$in",
    "$nin",
    "$exists",
    "$contains",
    "$autocomplete",
    "$nope",
];

/// A field, the operators that it takes and the values that it has.
#[derive(Debug, Clone)]
struct Field {
    name: &'static str,
    operators: &'static str,
    values: BoxedStrategy<Value>,
}

fn field(odd: bool) -> BoxedStrategy<Field> {
    const COMPARED: &str = "$eq $gt $gte $lt $lte $in $exists";
    let texts = || text().prop_map(Value::from).boxed();
    let flags = || any::<bool>().prop_map(Value::from).boxed();
    let times = || usually(odd, time(), Just(json!("yesterday")));
    let ids = prop_oneof![8 => select(IDS.to_vec()).prop_map(Value::from), 1 => texts()].boxed();
    let team = usually(odd, select(TEAMS.to_vec()).prop_map(Value::from), Just(json!("")));
    let languages = select(vec![json!("en"), json!("nl"), json!("")]).boxed();
    let fields = [
        (
            "id",
            "$eq $ne $gt $gte $lt $lte $in $nin $exists $autocomplete",
            ids,
        ),
        (
            "name",
            "$eq $gt $gte $lt $lte $in $exists $autocomplete $autocomplete",
            texts(),
        ),
        ("username", "$eq $autocomplete", texts()),
        ("email", "$eq $in", texts()),
        ("role", COMPARED, role().boxed()),
        ("language", "$eq", languages),
        ("teams", "$eq $in $contains", team),
        ("banned", "$eq $ne", flags()),
        ("shadow_banned", "$eq $ne", flags()),
        ("bypass_moderation", "$eq $ne", flags()),
        ("created_at", COMPARED, times()),
        ("updated_at", COMPARED, times()),
        ("last_active", COMPARED, times()),
    ];
    let fields = fields.map(|(name, operators, values)| Field {
        name,
        operators,
        values,
    });
    let own = move |name| Field {
        name,
        operators: "$eq $gt $gte $lt $lte $in $exists $contains",
        values: scalar().prop_filter("a value", |value| !value.is_null()).boxed(),
    };
    let own = select(PATHS.to_vec()).prop_map(own);
    let unknown = select(NOWHERE.to_vec()).prop_map(|name| Field {
        name,
        operators: "$eq",
        values: Just(json!(true)).boxed(),
    });
    usually(odd, prop_oneof![3 => select(fields.to_vec()), 2 => own], unknown)
}

/// An operator and what it compares with.
fn condition(field: &Field, odd: bool) -> BoxedStrategy<(String, Value)> {
    let own: Vec<String> = field.operators.split(' ').map(str::to_owned).collect();
    let operator = usually(odd, select(own), select(OPERATORS.map(str::to_owned).to_vec()));
    let Field { name, values, .. } = field.clone();
    let operand = move |operator: String| {
        let values = values.clone();
        let or_null = || prop_oneof![9 => values.clone(), 1 => Just(Value::Null)].boxed();
        let operand = match operator.as_str() {
            "$in" | "$nin" => vec(or_null(), 0..4).prop_map(Value::from).boxed(),
            "$exists" => any::<bool>().prop_map(Value::from).boxed(),
            "$eq" if name == "teams" => prop_oneof![or_null(), teams()].boxed(),
            "$eq" | "$ne" => or_null(),
            "$autocomplete" => usually(odd, word(name), values),
            _ => values,
        };
        // What does not go with the operator, or with the field.
        usually(odd, operand, any_value()).prop_map(move |operand| (operator.clone(), operand))
    };
    operator.prop_flat_map(operand).boxed()
}

/// A beginning of a text with something to look for in it.
fn word(name: &str) -> BoxedStrategy<Value> {
    let texts: Vec<&str> = if name == "id" {
        IDS.to_vec()
    } else {
        TEXTS.to_vec()
    };
    let texts = texts
        .into_iter()
        .filter(|text| text.contains(char::is_alphanumeric));
    (select(texts.collect::<Vec<_>>()), 1..12_usize)
        .prop_map(|(text, length)| {
            let start: String = text.chars().take(length).collect();
            Value::from(if start.contains(char::is_alphanumeric) {
                start
            } else {
                text.to_owned()
            })
        })
        .boxed()
}

/// One field and what is asked of it.
fn test(odd: bool) -> BoxedStrategy<Map<String, Value>> {
    let asked = move |field: Field| {
        let conditions = prop_oneof![1 => Just(0..=0), 12 => Just(1..=1), 3 => Just(2..=2)];
        let bare = prop_oneof![9 => field.values.clone(), 1 => Just(Value::Null)];
        let condition = condition(&field, odd);
        let conditions = conditions.prop_flat_map(move |count| {
            vec(condition.clone(), count).prop_map(|list| Value::Object(list.into_iter().collect()))
        });
        prop_oneof![1 => bare, 3 => conditions]
            .prop_map(move |value| Map::from_iter([(field.name.to_owned(), value)]))
    };
    field(odd).prop_flat_map(asked).boxed()
}

fn filter(odd: bool) -> BoxedStrategy<Map<String, Value>> {
    let leaf = prop_oneof![12 => test(odd), 1 => Just(Map::new())];
    let nested = leaf.prop_recursive(3, 8, 3, move |inner| {
        let word = usually(odd, select(vec!["$and", "$or", "$nor"]), Just("$not"));
        let branches = usually(odd, vec(inner.clone(), 1..4), Just(Vec::new()));
        let group = (word, branches).prop_map(|(word, list)| {
            let list = list.into_iter().map(Value::Object).collect();
            Map::from_iter([(word.to_owned(), list)])
        });
        let both = vec(inner, 2).prop_map(|list| list.into_iter().flatten().collect());
        prop_oneof![3 => group, 1 => both]
    });
    prop_oneof![5 => nested, 1 => Just(Map::new())].boxed()
}

fn sort(odd: bool) -> BoxedStrategy<Value> {
    let fields = "id name role language banned shadow_banned online last_active created_at updated_at deactivated_at \
        image username email last_active2";
    let field = prop_oneof![
        select(fields.split(' ').collect::<Vec<_>>()),
        select(PATHS.to_vec())
    ];
    let direction = usually(
        odd,
        select(vec![json!(1), json!(-1), json!(0), Value::Null]),
        Just(json!(2)),
    );
    let kinds = vec![
        Value::Null,
        json!(""),
        json!(""),
        json!("number"),
        json!("boolean"),
    ];
    let kind = usually(odd, select(kinds), Just(json!("date")));
    let key = (field, direction, kind)
        .prop_map(|(field, direction, kind)| json!({ "field": field, "direction": direction, "type": kind }));
    let keys = usually(odd, vec(key.clone(), 0..=5), vec(key.clone(), 6));
    prop_oneof![1 => Just(Value::Null), 3 => vec(key, 1).prop_map(Value::from), 2 => keys.prop_map(Value::from)].boxed()
}

pub(super) fn query() -> impl Strategy<Value = Value> {
    prop_oneof![3 => query_with(false), 1 => query_with(true)]
}

fn query_with(odd: bool) -> impl Strategy<Value = Value> {
    let number = |most: i64| {
        let usual = prop_oneof![12 => Just(Value::Null), 6 => (0..9_i64).prop_map(Value::from), 1 => Just(json!(most))];
        usually(
            odd,
            usual,
            select(vec![json!(most + 1), json!(-1), json!("1"), json!(1.5)]),
        )
    };
    let ids = select(IDS.to_vec()).prop_map(Value::from);
    let cursor = prop_oneof![40 => Just(Value::Null), 1 => Just(json!("")), 2 => ids].boxed();
    let cursors = [cursor.clone(), cursor.clone(), cursor.clone(), cursor];
    let shown = select(vec![Value::Null, json!(false), json!(true)]);
    (filter(odd), sort(odd), number(100), number(1_000), shown, cursors).prop_map(
        |(filter, sort, limit, offset, shown, [gt, gte, lt, lte])| {
            json!({
                "filter_conditions": filter, "sort": sort, "limit": limit, "offset": offset,
                "include_deactivated_users": shown, "presence": null,
                "id_gt": gt, "id_gte": gte, "id_lt": lt, "id_lte": lte,
            })
        },
    )
}
