//! What a client may do, by role and by the app's settings.

use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::stream::{Answer, Stream, encode, ids};

fn upsert_as(stream: &Stream, caller: &str, user: Value) -> Answer {
    let id = user["id"].as_str().unwrap().to_owned();
    stream.call_as(caller, "POST", "/api/v2/users", json!({ "users": { id: user } }))
}

fn patch_as(stream: &Stream, caller: &str, user: Value) -> Answer {
    stream.call_as(caller, "PATCH", "/api/v2/users", json!({ "users": [user] }))
}

fn query_as(stream: &Stream, caller: &str, filter: &Value) -> Answer {
    let payload = json!({ "filter_conditions": filter }).to_string();
    stream.call_as(
        caller,
        "GET",
        &format!("/api/v2/users?payload={}", encode(&payload)),
        Value::Null,
    )
}

#[track_caller]
fn refused(answer: Answer, operation: &str, inner: &str) {
    answer.fails(403, 17, &format!("{operation} failed with error: \"{inner}\""));
}

#[track_caller]
fn not_allowed(answer: Answer, operation: &str, role: &str, action: &str) {
    let inner = format!("User with role '{role}' is not allowed to perform action {action}");
    refused(answer, operation, &inner);
}

#[test]
fn users_of_each_role_write_themselves_and_nobody_else() {
    let stream = Stream::with(Emulator::builder().role("speaker"));
    for role in ["user", "admin", "moderator", "guest", "speaker"] {
        stream.upsert([json!({ "id": "ada", "role": role }), json!({ "id": "bob" })]);
        upsert_as(&stream, "ada", json!({ "id": "ada", "name": role })).ok(201);
        patch_as(&stream, "ada", json!({ "id": "ada", "set": { "color": role } })).ok(200);
        not_allowed(
            upsert_as(&stream, "ada", json!({ "id": "bob" })),
            "UpdateUsers",
            role,
            "UpdateUser",
        );
        not_allowed(
            patch_as(&stream, "ada", json!({ "id": "bob", "set": { "color": "red" } })),
            "UpdateUsersPartial",
            role,
            "UpdateUser",
        );
    }
}

/// A client is not told what became of others.
#[test]
fn nobody_writes_others_whether_or_not_they_are_there() {
    let stream = Stream::new();
    stream.upsert([
        json!({ "id": "ada" }),
        json!({ "id": "off" }),
        json!({ "id": "gone" }),
    ]);
    stream.post("/api/v2/users/off/deactivate", json!({})).ok(201);
    stream
        .post("/api/v2/users/delete", json!({ "user_ids": ["gone"] }))
        .ok(201);
    for id in ["off", "gone", "nobody"] {
        let answer = upsert_as(&stream, "ada", json!({ "id": id }));
        not_allowed(answer, "UpdateUsers", "user", "UpdateUser");
        let answer = patch_as(&stream, "ada", json!({ "id": id, "set": { "color": "red" } }));
        not_allowed(answer, "UpdateUsersPartial", "user", "UpdateUser");
    }
    // Of a batch nothing is written.
    let both = json!({ "users": { "ada": { "id": "ada", "name": "Ada" }, "bob": { "id": "bob" } } });
    let answer = stream.call_as("ada", "POST", "/api/v2/users", both);
    not_allowed(answer, "UpdateUsers", "user", "UpdateUser");
    assert_eq!(stream.user("ada").get("name"), None);
}

#[test]
fn nobody_changes_its_own_role() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada" })]);
    not_allowed(
        upsert_as(&stream, "ada", json!({ "id": "ada", "role": "admin" })),
        "UpdateUsers",
        "user",
        "UpdateUserRole",
    );
    for change in [
        json!({ "id": "ada", "set": { "role": "admin" } }),
        json!({ "id": "ada", "unset": ["role"] }),
    ] {
        not_allowed(
            patch_as(&stream, "ada", change),
            "UpdateUsersPartial",
            "user",
            "UpdateUserRole",
        );
    }
    // The role that it has may be sent along.
    upsert_as(&stream, "ada", json!({ "id": "ada", "role": "user" })).ok(201);
    assert_eq!(stream.user("ada")["role"], "user");
}

#[test]
fn teams_are_changed_by_servers() {
    let stream = Stream::new();
    stream.upsert([json!({ "id": "ada", "teams": ["red", "blue"] })]);
    let text = "user teams can only be updated server-side";
    for teams in [json!(["green"]), json!(["red"]), json!(["red", "blue", "green"])] {
        refused(
            upsert_as(&stream, "ada", json!({ "id": "ada", "teams": teams })),
            "UpdateUsers",
            text,
        );
    }
    refused(
        upsert_as(
            &stream,
            "ada",
            json!({ "id": "ada", "teams_role": { "red": "admin" } }),
        ),
        "UpdateUsers",
        text,
    );
    refused(
        patch_as(
            &stream,
            "ada",
            json!({ "id": "ada", "set": { "teams": ["red"] } }),
        ),
        "UpdateUsersPartial",
        text,
    );
    // The teams that it has, in any order, and none at all say nothing.
    for teams in [json!(["blue", "red"]), json!([]), Value::Null] {
        upsert_as(&stream, "ada", json!({ "id": "ada", "teams": teams })).ok(201);
        let mut teams = stream.user("ada")["teams"].as_array().unwrap().clone();
        teams.sort_by_key(ToString::to_string);
        assert_eq!(teams, ["blue", "red"]);
    }
}

#[test]
fn grants_say_what_a_role_may() {
    let stream = Stream::new();
    stream.upsert([
        json!({ "id": "ada" }),
        json!({ "id": "bob" }),
        json!({ "id": "mod", "role": "moderator" }),
    ]);
    let grant = |grants: Value| stream.call("PATCH", "/app", json!({ "grants": grants })).ok(200);
    grant(
        json!({ "moderator": ["update-user", "update-user-role", "update-user-teams"], "user": ["search-user"] }),
    );
    upsert_as(
        &stream,
        "mod",
        json!({ "id": "bob", "role": "admin", "teams": ["red"] }),
    )
    .ok(201);
    patch_as(
        &stream,
        "mod",
        json!({ "id": "mod", "set": { "revoke_tokens_issued_before": null } }),
    )
    .ok(200);
    assert_eq!(stream.user("bob")["teams"], json!(["red"]));
    not_allowed(
        upsert_as(&stream, "ada", json!({ "id": "ada" })),
        "UpdateUsers",
        "user",
        "UpdateUser",
    );
    not_allowed(
        query_as(&stream, "mod", &json!({})),
        "QueryUsers",
        "moderator",
        "SearchUser",
    );
    query_as(&stream, "ada", &json!({})).ok(200);
    // With the first version of permissions teams are for servers, whatever is granted.
    stream
        .call("PATCH", "/app", json!({ "permission_version": "v1" }))
        .ok(200);
    refused(
        upsert_as(&stream, "mod", json!({ "id": "bob", "teams": ["blue"] })),
        "UpdateUsers",
        "user teams can only be updated server-side",
    );
}

#[test]
fn without_permission_checks_clients_may_do_what_servers_may_to_users() {
    let stream = Stream::with(
        Emulator::builder()
            .app_setting("disable_permissions_checks", true)
            .app_setting("multi_tenant_enabled", true)
            .app_setting("permission_version", "v1")
            .app_setting("user_search_disallowed_roles", vec!["user"]),
    );
    stream.upsert([json!({ "id": "ada" })]);
    upsert_as(
        &stream,
        "ada",
        json!({ "id": "bob", "role": "admin", "teams": ["red"] }),
    )
    .ok(201);
    patch_as(
        &stream,
        "ada",
        json!({ "id": "bob", "set": { "role": "moderator", "teams": [] } }),
    )
    .ok(200);
    assert_eq!(ids(&query_as(&stream, "ada", &json!({})).ok(200)).len(), 2);
    // Undefined roles stay undefined, and what is for servers stays so.
    assert_eq!(
        upsert_as(&stream, "ada", json!({ "id": "bob", "role": "king" })).status,
        400
    );
    for (method, path) in [
        ("POST", "/api/v2/users/bob/deactivate"),
        ("PATCH", "/api/v2/app"),
        ("POST", "/api/v2/users/delete"),
    ] {
        assert_eq!(stream.call_as("ada", method, path, Value::Null).status, 403);
    }
}

#[test]
fn roles_may_be_kept_from_searching() {
    let stream = Stream::with(Emulator::builder().app_setting("user_search_disallowed_roles", vec!["guest"]));
    stream.upsert([json!({ "id": "ada" }), json!({ "id": "gus", "role": "guest" })]);
    not_allowed(
        query_as(&stream, "gus", &json!({})),
        "QueryUsers",
        "guest",
        "SearchUser",
    );
    query_as(&stream, "ada", &json!({})).ok(200);
    assert_eq!(stream.find(&json!({})).len(), 2);
}

/// Users of three kinds in an app with teams.
fn tenants(permission_version: &str) -> Stream {
    let stream = Stream::with(
        Emulator::builder()
            .app_setting("multi_tenant_enabled", true)
            .app_setting("permission_version", permission_version),
    );
    stream.upsert([
        json!({ "id": "red1", "teams": ["red"] }),
        json!({ "id": "red2", "teams": ["red", "blue"] }),
        json!({ "id": "blue1", "teams": ["blue"] }),
        json!({ "id": "none1" }),
    ]);
    stream
}

#[track_caller]
fn finds(stream: &Stream, caller: &str, filter: &Value, expected: &[&str]) {
    let mut found = ids(&query_as(stream, caller, filter).ok(200));
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn queries_are_limited_to_the_teams_of_the_caller() {
    let stream = tenants("v2");
    finds(&stream, "red1", &json!({}), &["red1", "red2"]);
    finds(&stream, "red2", &json!({}), &["blue1", "red1", "red2"]);
    finds(&stream, "none1", &json!({}), &["none1"]);
    finds(
        &stream,
        "red1",
        &json!({ "$or": [{ "id": "blue1" }, { "id": "red2" }] }),
        &["red2"],
    );
    // A filter that names teams is taken as it is.
    let all = ["blue1", "none1", "red1", "red2"];
    finds(&stream, "red1", &json!({ "teams": {} }), &all);
    finds(&stream, "red1", &json!({ "teams": "blue" }), &["blue1", "red2"]);
    finds(
        &stream,
        "red1",
        &json!({ "$and": [{ "id": { "$ne": "x" } }, { "teams": null }] }),
        &["none1"],
    );
    let mut found = stream.find(&json!({}));
    found.sort();
    assert_eq!(found, all, "a server sees everybody");
}

#[test]
fn queries_have_to_name_teams_with_the_first_permissions() {
    let stream = tenants("v1");
    let missing = "you must include a team filter to use this endpoint client-side";
    for filter in [
        json!({}),
        json!({ "id": { "$in": ["asd"] } }),
        json!({ "$or": [{ "teams": { "$contains": "red" } }, { "id": "blue1" }] }),
        json!({ "$nor": [{ "teams": { "$contains": "red" } }] }),
    ] {
        refused(query_as(&stream, "red1", &filter), "QueryUsers", missing);
    }
    let other = "you must filter on teams that are from the same user";
    for filter in [
        json!({ "teams": { "$contains": "blue" } }),
        json!({ "teams": { "$in": ["red", "blue"] } }),
        json!({ "teams": null }),
        json!({ "teams": {} }),
    ] {
        refused(query_as(&stream, "red1", &filter), "QueryUsers", other);
    }
    let within = json!({ "$and": [{ "id": { "$in": ["blue1"] } }, { "teams": { "$contains": "red" } }] });
    finds(&stream, "red1", &within, &[]);
    finds(
        &stream,
        "red1",
        &json!({ "teams": { "$in": ["red"] } }),
        &["red1", "red2"],
    );
    finds(&stream, "none1", &json!({ "teams": null }), &["none1"]);
    assert_eq!(stream.find(&json!({})).len(), 4);
}

#[test]
fn there_are_no_guests_in_an_app_with_teams() {
    let stream = tenants("v2");
    refused(
        stream.post("/api/v2/guest", json!({ "user": { "id": "gus" } })),
        "CreateGuest",
        "guest users cannot be created in a multi-tenant app",
    );
}

#[test]
fn whoever_may_not_act_any_more_is_told_so_first() {
    let stream = Stream::new();
    stream.upsert([
        json!({ "id": "off" }),
        json!({ "id": "gone" }),
        json!({ "id": "pruned" }),
        json!({ "id": "hard" }),
    ]);
    stream.post("/api/v2/users/off/deactivate", json!({})).ok(201);
    for (id, body) in [
        ("gone", json!({ "user": "soft" })),
        ("pruned", json!({ "user": "pruning" })),
        (
            "hard",
            json!({ "user": "hard", "messages": "hard", "conversations": "hard" }),
        ),
    ] {
        let mut body = body;
        body["user_ids"] = json!([id]);
        stream.finish(stream.post("/api/v2/users/delete", body));
    }
    for (id, state) in [
        ("off", "deactivated"),
        ("gone", "deleted"),
        ("pruned", "deleted"),
        ("hard", "deleted"),
    ] {
        let text = format!("the user {id} was {state}");
        query_as(&stream, id, &json!({})).fails(
            404,
            16,
            &format!("QueryUsers failed with error: \"{text}\""),
        );
        // Also where a client may not call at all.
        stream
            .call_as(id, "POST", "/api/v2/users/delete", Value::Null)
            .fails(404, 16, &format!("DeleteUsers failed with error: \"{text}\""));
    }
}
