use serde_json::{Value, json};

use crate::stream::Stream;

/// Users that differ in every field that can be filtered on. The youngest is `dan`.
fn stream() -> Stream {
    let stream = Stream::with(stream_users_emulator::Emulator::builder().role("speaker"));
    let seed = json!({ "users": [
        { "id": "ada", "name": "Roxy", "role": "admin", "language": "en", "teams": ["red", "blue"],
          "banned": true, "created_at": "2026-01-01T00:00:00Z", "last_active": "2026-02-01T00:00:00Z",
          "custom": { "username": "curiosity_rover", "email": "ada@example.com", "race": "Hobbit", "age": 50,
            "member": true, "tags": ["a", 1, true], "deep": { "er": "x" }, "odd \"key\"": "q", "null": null } },
        { "id": "bob", "name": "Curiosity Rover", "role": "speaker", "language": "nl", "teams": ["red"],
          "shadow_banned": true, "bypass_moderation": true, "created_at": "2026-01-02T00:00:00Z",
          "custom": { "username": "rover_curiosity", "email": "bob@example.com", "race": "Elf", "age": 36.5,
            "member": false, "tags": ["b"] } },
        { "id": "cleo", "created_at": "2026-01-03T00:00:00Z", "custom": { "age": "50", "race": "50" } },
        { "id": "1a2b-3c4d", "name": "Dan", "created_at": "2026-01-04T00:00:00Z", "custom": {} },
    ] });
    stream.0.seed(&seed).unwrap();
    stream
}

#[track_caller]
fn finds(stream: &Stream, filter: Value, mut expected: Vec<&str>) {
    let mut found = stream.find(&filter);
    found.sort();
    expected.sort_unstable();
    assert_eq!(found, expected, "{filter}");
}

const ALL: [&str; 4] = ["ada", "bob", "cleo", "1a2b-3c4d"];

#[test]
fn ids() {
    let stream = stream();
    finds(&stream, json!({ "id": "ada" }), vec!["ada"]);
    finds(&stream, json!({ "id": { "$eq": "ADA" } }), vec![]);
    finds(
        &stream,
        json!({ "id": { "$ne": "ada" } }),
        vec!["bob", "cleo", "1a2b-3c4d"],
    );
    finds(&stream, json!({ "id": { "$gt": "ada" } }), vec!["bob", "cleo"]);
    finds(
        &stream,
        json!({ "id": { "$gte": "ada", "$lt": "cleo" } }),
        vec!["ada", "bob"],
    );
    finds(
        &stream,
        json!({ "id": { "$lte": "ada" } }),
        vec!["ada", "1a2b-3c4d"],
    );
    finds(
        &stream,
        json!({ "id": { "$in": ["ada", "nobody"] } }),
        vec!["ada"],
    );
    finds(&stream, json!({ "id": { "$in": [] } }), vec![]);
    finds(
        &stream,
        json!({ "id": { "$nin": ["ada", "bob"] } }),
        vec!["cleo", "1a2b-3c4d"],
    );
    finds(&stream, json!({ "id": { "$exists": true } }), ALL.to_vec());
    finds(&stream, json!({ "id": { "$exists": false } }), vec![]);
    finds(
        &stream,
        json!({ "id": { "$autocomplete": "1a2b-3" } }),
        vec!["1a2b-3c4d"],
    );
    finds(&stream, json!({ "id": "x' OR '1'='1" }), vec![]);
}

#[test]
fn names() {
    let stream = stream();
    finds(&stream, json!({ "name": "Roxy" }), vec!["ada"]);
    finds(&stream, json!({ "name": null }), vec!["cleo"]);
    finds(&stream, json!({ "name": { "$exists": false } }), vec!["cleo"]);
    finds(&stream, json!({ "name": { "$gt": "Dan" } }), vec!["ada"]);
    finds(
        &stream,
        json!({ "name": { "$in": ["Dan", "Roxy", null] } }),
        vec!["ada", "1a2b-3c4d", "cleo"],
    );
    finds(
        &stream,
        json!({ "name": { "$autocomplete": "ro" } }),
        vec!["ada", "bob"],
    );
    finds(
        &stream,
        json!({ "name": { "$autocomplete": "CURIOSITY ro" } }),
        vec!["bob"],
    );
    finds(&stream, json!({ "name": { "$autocomplete": "over" } }), vec![]);
    finds(
        &stream,
        json!({ "username": { "$autocomplete": "rove" } }),
        vec!["ada", "bob"],
    );
    finds(&stream, json!({ "username": "rover_curiosity" }), vec!["bob"]);
    finds(
        &stream,
        json!({ "email": { "$in": ["ada@example.com"] } }),
        vec!["ada"],
    );
}

#[test]
fn roles_languages_flags_and_teams() {
    let stream = stream();
    finds(
        &stream,
        json!({ "role": { "$in": ["admin", "speaker"] } }),
        vec!["ada", "bob"],
    );
    finds(
        &stream,
        json!({ "role": { "$gte": "speaker" } }),
        vec!["bob", "cleo", "1a2b-3c4d"],
    );
    finds(&stream, json!({ "language": "nl" }), vec!["bob"]);
    finds(&stream, json!({ "banned": true }), vec!["ada"]);
    finds(
        &stream,
        json!({ "banned": { "$ne": true } }),
        vec!["bob", "cleo", "1a2b-3c4d"],
    );
    finds(&stream, json!({ "shadow_banned": true }), vec!["bob"]);
    finds(
        &stream,
        json!({ "bypass_moderation": { "$eq": false } }),
        vec!["ada", "cleo", "1a2b-3c4d"],
    );
    finds(&stream, json!({ "teams": "red" }), vec!["ada", "bob"]);
    finds(&stream, json!({ "teams": { "$contains": "blue" } }), vec!["ada"]);
    finds(
        &stream,
        json!({ "teams": { "$in": ["blue", "green"] } }),
        vec!["ada"],
    );
    finds(
        &stream,
        json!({ "teams": { "$in": ["blue", null] } }),
        vec!["ada", "cleo", "1a2b-3c4d"],
    );
    finds(&stream, json!({ "teams": ["red"] }), vec!["bob"]);
    finds(&stream, json!({ "teams": ["red", "blue", "red"] }), vec!["ada"]);
    finds(&stream, json!({ "teams": null }), vec!["cleo", "1a2b-3c4d"]);
    finds(
        &stream,
        json!({ "teams": { "$eq": null } }),
        vec!["cleo", "1a2b-3c4d"],
    );
    finds(&stream, json!({ "teams": {} }), ALL.to_vec());
}

#[test]
fn dates() {
    let stream = stream();
    finds(
        &stream,
        json!({ "created_at": "2026-01-02T00:00:00Z" }),
        vec!["bob"],
    );
    finds(
        &stream,
        json!({ "created_at": { "$gt": "2026-01-02T01:00:00+01:00" } }),
        vec!["cleo", "1a2b-3c4d"],
    );
    finds(
        &stream,
        json!({ "created_at": { "$lte": 1_767_312_000_000_000_000_i64 } }),
        vec!["ada", "bob"],
    );
    finds(
        &stream,
        json!({ "updated_at": { "$in": ["2026-01-03T00:00:00Z"] } }),
        vec!["cleo"],
    );
    finds(
        &stream,
        json!({ "last_active": { "$exists": false } }),
        vec!["bob", "cleo", "1a2b-3c4d"],
    );
    finds(
        &stream,
        json!({ "last_active": { "$gte": "2026-01-31T00:00:00Z" } }),
        vec!["ada"],
    );
}

#[test]
fn custom_fields() {
    let stream = stream();
    finds(&stream, json!({ "race": { "$eq": "Hobbit" } }), vec!["ada"]);
    finds(&stream, json!({ "age": 50 }), vec!["ada"]);
    finds(&stream, json!({ "age": "50" }), vec!["cleo"]);
    finds(&stream, json!({ "age": { "$gt": 36 } }), vec!["ada", "bob"]);
    finds(&stream, json!({ "age": { "$lt": 50.0 } }), vec!["bob"]);
    finds(
        &stream,
        json!({ "age": { "$in": [50, 36.5, "x"] } }),
        vec!["ada", "bob"],
    );
    finds(&stream, json!({ "member": true }), vec!["ada"]);
    finds(&stream, json!({ "member": 1 }), vec![]);
    finds(
        &stream,
        json!({ "race": { "$exists": true } }),
        vec!["ada", "bob", "cleo"],
    );
    finds(&stream, json!({ "race": null }), vec!["1a2b-3c4d"]);
    // As applications ask for those who have a value.
    finds(
        &stream,
        json!({ "race": { "$ne": null } }),
        vec!["ada", "bob", "cleo"],
    );
    finds(&stream, json!({ "null": { "$ne": null } }), vec![]);
    finds(&stream, json!({ "null": { "$exists": true } }), vec!["ada"]);
    finds(&stream, json!({ "tags": { "$contains": "a" } }), vec!["ada"]);
    finds(&stream, json!({ "tags": { "$contains": 1 } }), vec!["ada"]);
    finds(&stream, json!({ "tags": { "$contains": true } }), vec!["ada"]);
    finds(&stream, json!({ "race": { "$contains": "Elf" } }), vec![]);
    finds(&stream, json!({ "deep.er": "x" }), vec!["ada"]);
    finds(&stream, json!({ "odd \"key\"": "q" }), vec!["ada"]);
    finds(&stream, json!({ "x') OR 1=1 --": { "$exists": true } }), vec![]);
}

#[test]
fn logic() {
    let stream = stream();
    finds(&stream, json!({ "role": "admin", "language": "nl" }), vec![]);
    finds(
        &stream,
        json!({ "$and": [{ "teams": "red" }, { "language": "nl" }] }),
        vec!["bob"],
    );
    finds(
        &stream,
        json!({ "$or": [{ "id": "ada" }, { "race": "Elf" }] }),
        vec!["ada", "bob"],
    );
    finds(
        &stream,
        json!({ "$nor": [{ "id": "ada" }, { "race": "Elf" }] }),
        vec!["cleo", "1a2b-3c4d"],
    );
    finds(
        &stream,
        json!({ "teams": "red", "$or": [{ "$and": [{ "id": "ada" }, { "banned": false }] }, { "age": 36.5 }] }),
        vec!["bob"],
    );
}

#[test]
fn long_filters() {
    let stream = stream();
    let ids: Vec<String> = (0..2_000)
        .map(|n| format!("u{n}"))
        .chain(["ada".to_owned()])
        .collect();
    finds(&stream, json!({ "id": { "$in": ids } }), vec!["ada"]);
    finds(&stream, json!({ "race": { "$in": ids } }), vec![]);
    let branches: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    finds(&stream, json!({ "$or": branches }), vec!["ada"]);
    finds(
        &stream,
        json!({ "$nor": branches }),
        vec!["bob", "cleo", "1a2b-3c4d"],
    );
    let mut nested = json!({ "id": "ada" });
    for _ in 0..20 {
        nested = json!({ "$and": [nested] });
    }
    finds(&stream, nested.clone(), vec!["ada"]);
    let deeper = json!({ "filter_conditions": { "$or": [nested] } });
    stream.query(&deeper).fails(
        400,
        4,
        "QueryUsers failed with error: \"filter is nested too deeply\"",
    );
}

#[test]
fn refuses() {
    let stream = stream();
    let refused = |filter: Value, inner: &str| {
        let message = format!("QueryUsers failed with error: \"{inner}\"");
        stream
            .query(&json!({ "filter_conditions": filter }))
            .fails(400, 4, &message);
    };
    refused(
        json!({ "name": { "$ne": "x" } }),
        "operator \"$ne\" is not allowed for field \"name\"",
    );
    refused(
        json!({ "language": { "$in": ["en"] } }),
        "operator \"$in\" is not allowed for field \"language\"",
    );
    refused(
        json!({ "banned": { "$exists": true } }),
        "operator \"$exists\" is not allowed for field \"banned\"",
    );
    refused(
        json!({ "race": { "$ne": "x" } }),
        "operator \"$ne\" is not allowed for field \"race\"",
    );
    refused(
        json!({ "name": { "$nope": 1 } }),
        "operator \"$nope\" is not allowed for field \"name\"",
    );
    refused(
        json!({ "name": { "nope": 1 } }),
        "operator \"nope\" is not allowed for field \"name\"",
    );
    refused(json!({ "online": true }), "unrecognized field \"online\"");
    refused(
        json!({ "deactivated_at": { "$exists": true } }),
        "unrecognized field \"deactivated_at\"",
    );
    refused(
        json!({ "id": 1 }),
        "field `id` contains type number. expecting string",
    );
    refused(
        json!({ "banned": "yes" }),
        "field `banned` contains type string. expecting boolean",
    );
    refused(
        json!({ "created_at": "yesterday" }),
        "field `created_at` contains type string. expecting date",
    );
    refused(
        json!({ "id": { "$in": "ada" } }),
        "field `id` contains type string. expecting array",
    );
    refused(
        json!({ "id": ["ada"] }),
        "cannot match array value on field `id`.",
    );
    refused(
        json!({ "race": ["Elf"] }),
        "cannot match array value on field `race`.",
    );
    refused(
        json!({ "id": { "$exists": 1 } }),
        "$exists operator only support boolean values",
    );
    refused(
        json!({ "name": { "$q": "x" } }),
        "search is not enabled for field users.name",
    );
    refused(json!({ "teams": "" }), "field `teams` must not be empty");
    refused(json!({ "$or": {} }), "$or must be a list of filters");
    refused(json!({ "$and": [] }), "$and must be a list of filters");
    refused(json!({ "$not": [] }), "unrecognized operator \"$not\"");
    for text in ["", "  ", "&!"] {
        refused(
            json!({ "name": { "$autocomplete": text } }),
            "$autocomplete field is empty or contains invalid characters. Please provide a valid string to \
             autocomplete",
        );
    }
}
