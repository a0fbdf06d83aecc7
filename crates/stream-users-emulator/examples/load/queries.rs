//! The usual queries, and how long each takes to be answered.

use std::time::Instant;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::client::Client;
use crate::users;

/// The payload of a query among so many users; the last number is another at each call.
type Query = fn(usize, usize) -> Value;

fn sorted(filter: Value, field: &str, direction: i64, limit: usize) -> Value {
    json!({ "filter_conditions": filter, "sort": [{ "field": field, "direction": direction }], "limit": limit })
}

fn plain(filter: Value) -> Value {
    json!({ "filter_conditions": filter })
}

fn id(all: usize, n: usize) -> String {
    users::id(users::mix(n) % all)
}

fn name(all: usize, n: usize) -> Value {
    users::user(users::mix(n) % all, 0)["name"].clone()
}

const QUERIES: [(&str, Query); 24] = [
    ("id $eq", |all, n| plain(json!({ "id": id(all, n) }))),
    ("id $in, 30 ids", |all, n| {
        let ids: Vec<String> = (0..30).map(|k| id(all, n * 30 + k)).collect();
        plain(json!({ "id": { "$in": ids } }))
    }),
    ("id $gt, sort by id, 100", |all, n| {
        sorted(json!({ "id": { "$gt": id(all, n) } }), "id", 1, 100)
    }),
    ("id $autocomplete", |all, n| {
        plain(json!({ "id": { "$autocomplete": &id(all, n)[..15] } }))
    }),
    ("no filter", |_, _| plain(json!({}))),
    (
        "no filter, limit 100, offset 1000",
        |_, _| json!({ "filter_conditions": {}, "limit": 100, "offset": 1000 }),
    ),
    ("name $eq", |all, n| plain(json!({ "name": name(all, n) }))),
    ("name $gte, sort by name", |all, n| {
        sorted(json!({ "name": { "$gte": name(all, n) } }), "name", 1, 30)
    }),
    ("sort by name, backwards", |_, _| {
        sorted(json!({}), "name", -1, 30)
    }),
    ("name $autocomplete, many", |_, _| {
        plain(json!({ "name": { "$autocomplete": "ada" } }))
    }),
    ("name $autocomplete, few", |all, n| {
        plain(json!({ "name": { "$autocomplete": (users::mix(n) % all).to_string() } }))
    }),
    ("role $eq, many", |_, _| plain(json!({ "role": "user" }))),
    ("role $eq, few", |_, _| plain(json!({ "role": "admin" }))),
    ("created_at $lt", |_, _| {
        plain(json!({ "created_at": { "$lt": "2040-01-01T00:00:00Z" } }))
    }),
    ("updated_at $gt, sort by updated_at", |_, _| {
        sorted(
            json!({ "updated_at": { "$gt": "2020-01-01T00:00:00Z" } }),
            "updated_at",
            1,
            100,
        )
    }),
    ("updated_at $gt, all", |_, _| {
        plain(json!({ "updated_at": { "$gt": "2020-01-01T00:00:00Z" } }))
    }),
    ("last_active $exists", |_, _| {
        plain(json!({ "last_active": { "$exists": true } }))
    }),
    ("teams $contains, few", |_, n| {
        plain(json!({ "teams": { "$contains": format!("team-{}", n % 1_000) } }))
    }),
    ("teams $in, many", |_, _| {
        plain(json!({ "teams": { "$in": ["office-1", "office-2"] } }))
    }),
    ("banned", |_, _| plain(json!({ "banned": true }))),
    ("custom $eq, many", |_, _| plain(json!({ "member": true }))),
    ("custom $eq, few", |_, n| {
        plain(json!({ "address.city": format!("city-{}", n % 5_000) }))
    }),
    ("custom $eq, none", |_, _| plain(json!({ "age": 1000 }))),
    ("sort by a custom field", |_, _| {
        sorted(json!({}), "score", -1, 30)
    }),
];

pub(crate) fn measure(client: &mut Client, all: usize, repeat: usize) -> anyhow::Result<()> {
    println!(
        "{:36} {:>9} {:>9} {:>6}",
        format!("query, {all} users"),
        "p50 ms",
        "p99 ms",
        "found"
    );
    for (name, query) in QUERIES {
        let mut took = Vec::with_capacity(repeat);
        let mut found = 0;
        let began = Instant::now();
        for n in 0..repeat {
            // What takes long is not asked so often.
            if n >= 10 && began.elapsed().as_secs() >= 5 {
                break;
            }
            let payload = query(all, n).to_string();
            let path = format!(
                "/api/v2/users?payload={}",
                utf8_percent_encode(&payload, NON_ALPHANUMERIC)
            );
            let sent = Instant::now();
            let (status, body) = client.send("GET", &path, "")?;
            took.push(sent.elapsed());
            anyhow::ensure!(status == 200, "{name}: {}", String::from_utf8_lossy(&body));
            let answer: Value = serde_json::from_slice(&body)?;
            found = answer["users"].as_array().map_or(0, Vec::len);
        }
        took.sort_unstable();
        let at = |part: usize| {
            took.get((took.len() - 1) * part / 100)
                .map_or(0.0, |took| took.as_secs_f64() * 1e3)
        };
        println!("{name:36} {:>9.2} {:>9.2} {found:>6}", at(50), at(99));
    }
    Ok(())
}

/// Pages through all users by id, and says how long the pages took.
pub(crate) fn page(client: &mut Client, all: usize) -> anyhow::Result<()> {
    let (mut took, mut found, began) = (Vec::new(), 0, Instant::now());
    let mut last = String::new();
    loop {
        let payload = sorted(json!({ "id": { "$gt": last } }), "id", 1, 100).to_string();
        let path = format!(
            "/api/v2/users?payload={}",
            utf8_percent_encode(&payload, NON_ALPHANUMERIC)
        );
        let sent = Instant::now();
        let (status, body) = client.send("GET", &path, "")?;
        took.push(sent.elapsed());
        anyhow::ensure!(status == 200, "{}", String::from_utf8_lossy(&body));
        let answer: Value = serde_json::from_slice(&body)?;
        let users = answer["users"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        let Some(id) = users.last().and_then(|user| user["id"].as_str()) else {
            break;
        };
        id.clone_into(&mut last);
        found += users.len();
    }
    anyhow::ensure!(found == all, "{found} users were found by paging, of {all}");
    let took_all = began.elapsed();
    took.sort_unstable();
    let at = |part: usize| {
        took.get((took.len() - 1) * part / 1_000)
            .map_or(0.0, |took| took.as_secs_f64() * 1e3)
    };
    println!(
        "paging by id through {all} users: {} pages in {took_all:.1?}, p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, slowest {:.2} ms",
        took.len(),
        at(500),
        at(990),
        at(999),
        at(1_000),
    );
    Ok(())
}
