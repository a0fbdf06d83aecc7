//! How SQLite goes about the usual queries: by which index, and whether what it finds has to be sorted. This cannot be
//! seen from outside, other than by waiting.

use rusqlite::params_from_iter;
use serde_json::{Value, json};

use super::{Search, parse, parse_sort};
use crate::read::Problems;
use crate::store::Store;

fn search(filter: &Value, sort: &Value) -> Search {
    let mut problems = Problems::default();
    let sort = parse_sort(
        sort.as_array().map(Vec::as_slice).unwrap_or_default(),
        &mut problems,
    );
    assert!(problems.list().is_empty());
    let Some(Ok(filter)) = filter.as_object().map(parse) else {
        unreachable!("{filter}")
    };
    Search {
        filter,
        sort,
        limit: 30,
        offset: 0,
        include_deactivated: false,
        ids: Vec::new(),
        viewer: None,
    }
}

/// The plan of the query, without the part that unpacks the list of an `$in`.
fn plan(search: &Search) -> rusqlite::Result<Vec<String>> {
    let Ok(store) = Store::open(None) else {
        unreachable!()
    };
    let sql = search.sql();
    let explain = format!("EXPLAIN QUERY PLAN {}", sql.text);
    let plan: Vec<String> = store.transact(|tx| {
        tx.prepare(&explain)?
            .query_map(params_from_iter(&sql.values), |row| row.get(3))?
            .collect::<rusqlite::Result<_>>()
    })?;
    let of_users = |step: &String| !step.starts_with("LIST SUBQUERY") & !step.starts_with("SCAN json_each");
    Ok(plan.into_iter().filter(of_users).collect())
}

#[track_caller]
fn reads(filter: &Value, sort: &Value, expected: &[&str]) {
    let found = plan(&search(filter, sort)).unwrap_or_default();
    assert_eq!(found, expected, "{filter} {sort}");
}

const SORTED: &str = "USE TEMP B-TREE FOR ORDER BY";

fn by(field: &str, direction: i64) -> Value {
    json!([{ "field": field, "direction": direction }])
}

/// SQLite goes to the table for a column that is computed, though the index has it.
fn covering(field: &str) -> &'static str {
    match field {
        "username" | "email" => "",
        _ => "COVERING ",
    }
}

#[test]
fn orders_come_from_an_index() {
    for direction in [1, -1] {
        for (field, index) in [
            ("created_at", "users_by_age"),
            ("updated_at", "users_by_update"),
            ("last_active", "users_by_activity"),
            ("name", "users_by_name"),
            ("role", "users_by_role"),
            ("username", "users_by_username"),
            ("email", "users_by_email"),
        ] {
            let covering = format!("SCAN u USING {}INDEX {index}", covering(field));
            reads(&json!({}), &by(field, direction), &[&covering]);
        }
        reads(
            &json!({}),
            &by("id", direction),
            &["SCAN u USING INDEX sqlite_autoindex_users_1"],
        );
    }
    reads(
        &json!({}),
        &json!([]),
        &["SCAN u USING COVERING INDEX users_by_age"],
    );
}

#[test]
fn values_are_looked_up_and_need_no_sorting() {
    let day = "2026-01-01T00:00:00Z";
    for (field, index, value) in [
        ("created_at", "users_by_age", day),
        ("updated_at", "users_by_update", day),
        ("last_active", "users_by_activity", day),
        ("name", "users_by_name", "x"),
        ("role", "users_by_role", "x"),
        ("username", "users_by_username", "x"),
        ("email", "users_by_email", "x"),
    ] {
        let search = format!("SEARCH u USING {}INDEX {index} ({field}=?)", covering(field));
        reads(&json!({ field: value }), &json!([]), &[&search]);
    }
    for (field, index) in [("name", "users_by_name"), ("last_active", "users_by_activity")] {
        let search = format!("SEARCH u USING COVERING INDEX {index} ({field}=?)");
        reads(&json!({ field: null }), &json!([]), &[&search]);
        reads(&json!({ field: { "$exists": false } }), &json!([]), &[&search]);
    }
    let by_id = "SEARCH u USING INDEX sqlite_autoindex_users_1 (id=?)";
    reads(&json!({ "id": "x" }), &json!([]), &[by_id]);
}

#[test]
fn lists_of_values_are_looked_up() {
    let day = "2026-01-01T00:00:00Z";
    reads(
        &json!({ "id": { "$in": ["x", "y"] } }),
        &json!([]),
        &["SEARCH u USING INDEX sqlite_autoindex_users_1 (id=?)", SORTED],
    );
    for (field, index, value) in [
        ("updated_at", "users_by_update", day),
        ("last_active", "users_by_activity", day),
        ("name", "users_by_name", "x"),
        ("role", "users_by_role", "x"),
        ("email", "users_by_email", "x"),
    ] {
        let search = format!("SEARCH u USING {}INDEX {index} ({field}=?)", covering(field));
        reads(
            &json!({ field: { "$in": [value] } }),
            &json!([]),
            &[&search, SORTED],
        );
    }
}

#[test]
fn ranges_are_read_from_their_index() {
    let day = "2026-01-01T00:00:00Z";
    for operator in ["$gt", "$gte", "$lt", "$lte"] {
        let sign = if operator.starts_with("$g") { '>' } else { '<' };
        for direction in [1, -1] {
            let search = format!("SEARCH u USING INDEX sqlite_autoindex_users_1 (id{sign}?)");
            reads(
                &json!({ "id": { operator: "x" } }),
                &by("id", direction),
                &[&search],
            );
        }
        let search = format!("SEARCH u USING COVERING INDEX users_by_age (created_at{sign}?)");
        reads(
            &json!({ "created_at": { operator: day } }),
            &json!([]),
            &[&search],
        );
        for (field, index, value) in [
            ("updated_at", "users_by_update", day),
            ("last_active", "users_by_activity", day),
            ("name", "users_by_name", "x"),
            ("role", "users_by_role", "x"),
        ] {
            let search = format!("SEARCH u USING COVERING INDEX {index} ({field}{sign}?)");
            let filter = json!({ field: { operator: value } });
            for direction in [1, -1] {
                reads(&filter, &by(field, direction), &[&search]);
            }
            reads(&filter, &json!([]), &[&search, SORTED]);
        }
    }
    reads(
        &json!({ "$and": [{ "last_active": { "$exists": true } }, { "banned": false }] }),
        &json!([]),
        &["SEARCH u USING INDEX users_by_activity (last_active>?)", SORTED],
    );
    reads(
        &json!({ "role": "admin", "updated_at": { "$gt": day } }),
        &json!([]),
        &["SEARCH u USING INDEX users_by_role (role=?)"],
    );
}

#[test]
fn older_conditions_on_ids_are_read_from_the_index_of_ids() {
    let search = Search {
        ids: vec![(">", "x".to_owned())],
        ..search(&json!({}), &json!([]))
    };
    assert_eq!(
        plan(&search).unwrap_or_default(),
        ["SEARCH u USING INDEX sqlite_autoindex_users_1 (id>?)"]
    );
}

/// What is hidden from clients of those who are invisible does not make their queries slow.
#[test]
fn clients_find_who_was_active_by_the_same_index() {
    for (test, expected) in [
        (json!({ "$gte": "2026-01-01T00:00:00Z" }), "(last_active>?)"),
        (json!({ "$exists": true }), "(last_active>?)"),
        (json!("2026-01-01T00:00:00Z"), "(last_active=?)"),
    ] {
        let search = Search {
            viewer: Some("ada".to_owned()),
            ..search(&json!({ "last_active": test }), &json!([]))
        };
        let found = plan(&search).unwrap_or_default();
        let by_index = format!("SEARCH u USING INDEX users_by_activity {expected}");
        assert_eq!(found.first(), Some(&by_index), "{test}: {found:?}");
    }
}
