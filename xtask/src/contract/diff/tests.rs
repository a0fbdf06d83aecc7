use serde_json::{Value, json};

use super::super::{ALLOW, Document, SLICE};
use super::{Found, compare};
use crate::contract::allow::Allow;
use crate::repo::Repo;

fn slice() -> Value {
    serde_json::from_str(&Repo::here().unwrap().read(SLICE).unwrap()).unwrap()
}

fn allow() -> Allow {
    Allow::parse(&Repo::here().unwrap().read(ALLOW).unwrap()).unwrap()
}

/// What the comparison finds after a change of the contract's own document.
fn after(change: impl FnOnce(&mut Value)) -> Found {
    let ours = slice();
    let mut theirs = ours.clone();
    change(&mut theirs);
    compare(
        &Document::new(ours).unwrap(),
        &Document::new(theirs).unwrap(),
        &allow(),
    )
}

#[track_caller]
fn expect(change: impl FnOnce(&mut Value), lines: &[&str]) {
    assert_eq!(after(change).differences, lines);
}

/// The part of a document at a pointer; `~` stands for the schemas.
fn at<'v>(document: &'v mut Value, pointer: &str) -> &'v mut Value {
    let pointer = pointer.replacen('~', "/components/schemas", 1);
    document
        .pointer_mut(&pointer)
        .unwrap_or_else(|| panic!("the contract has no {pointer}"))
}

fn remove(document: &mut Value, pointer: &str, key: &str) {
    at(document, pointer)
        .as_object_mut()
        .unwrap()
        .remove(key)
        .unwrap_or_else(|| panic!("no {key}"));
}

fn list<'v>(document: &'v mut Value, pointer: &str) -> &'v mut Vec<Value> {
    at(document, pointer).as_array_mut().unwrap()
}

const USERS: &str = "/paths/~1api~1v2~1users";

/// `at` reads `~` as the schemas, so a pointer into the paths has its `~1` made a slash by hand.
fn operation<'v>(document: &'v mut Value, path: &str, method: &str) -> &'v mut Value {
    &mut document["paths"][path][method]
}

#[test]
fn the_contract_does_not_differ_from_itself() {
    let found = after(|_| {});
    assert_eq!(found.differences, Vec::<String>::new());
    assert_eq!(found.foreign, Vec::<String>::new());
    assert!(slice().pointer(USERS).is_some());
}

#[test]
fn words_and_order_are_no_differences() {
    expect(
        |document| {
            let user = at(document, "~/UserResponse");
            user["description"] = "A user.".into();
            user["title"] = "User".into();
            user["properties"]["id"]["example"] = "ada".into();
            user["properties"]["id"]["x-tier"] = "free".into();
            user["required"].as_array_mut().unwrap().reverse();
            list(
                document,
                "~/QueryUsersPayload/properties/filter_conditions/x-stream-filter-fields/id/operators",
            )
            .reverse();
            let upsert = operation(document, "/api/v2/users", "post");
            upsert["tags"] = json!(["other"]);
            upsert["summary"] = "Upsert".into();
            upsert["deprecated"] = false.into();
            upsert["responses"]["201"]["description"] = "Successful".into();
            operation(document, "/api/v2/rate_limits", "get")["parameters"]
                .as_array_mut()
                .unwrap()
                .reverse();
        },
        &[],
    );
}

/// Puts what the service's own document holds beyond the contract on every schema.
fn with_notes(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    for (key, value) in object.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(with_notes),
            ("items" | "additionalProperties", inner) => with_notes(inner),
            ("oneOf" | "allOf" | "anyOf", Value::Array(choices)) => choices.iter_mut().for_each(with_notes),
            ("x-stream-map", map) => {
                map["title"] = "Users".into();
                map["description"] = "Users by their ids".into();
            }
            _ => {}
        }
    }
    object.insert("x-stream-index".into(), "001".into());
    object.insert("title".into(), "Words".into());
    object.insert("description".into(), "More words.".into());
    object.insert("examples".into(), json!(["ada"]));
}

#[test]
fn the_services_notes_to_its_own_tools_are_no_differences() {
    let noted = |document: &mut Value| {
        for schema in at(document, "~").as_object_mut().unwrap().values_mut() {
            with_notes(schema);
        }
        let upsert = operation(document, "/api/v2/users", "post");
        upsert["x-stream-docs-page-id"] = "users".into();
        upsert["externalDocs"] = json!({"url": "https://example.org"});
    };
    assert!(slice().to_string().contains("x-stream-map"));
    expect(noted, &[]);
    let mut ours = slice();
    ours["components"]["schemas"]["UserRequest"]["oneOf"] = json!([{"type": "string"}]);
    ours["components"]["schemas"]["UserRequest"]["properties"]["any"] =
        json!({"type": "object", "additionalProperties": true});
    let mut theirs = ours.clone();
    theirs["components"]["schemas"]["UserRequest"]["properties"]["any"]["additionalProperties"] = json!({});
    noted(&mut theirs);
    assert_eq!(
        compare(
            &Document::new(ours).unwrap(),
            &Document::new(theirs).unwrap(),
            &allow()
        )
        .differences,
        Vec::<String>::new()
    );
}

#[test]
fn the_services_keys_that_are_interface_are_compared() {
    let mut changed = String::new();
    let found = after(|document| {
        let schemas = at(document, "~").as_object_mut().unwrap();
        for (name, schema) in schemas {
            let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
            for (property, stated) in properties.into_iter().flatten() {
                if changed.is_empty() && stated.get("x-stream-map").is_some() {
                    stated["x-stream-map"]["key"] = "other".into();
                    changed = format!("{name}.{property}: x-stream-map changed from ");
                }
            }
        }
    });
    assert_eq!(found.differences.len(), 1, "{:?}", found.differences);
    assert!(
        found.differences[0].starts_with(&changed),
        "{:?}",
        found.differences
    );
}

#[test]
fn a_property_that_is_called_like_a_word_is_a_property() {
    let words = ["description", "example", "summary", "tags", "title", "x-tier"];
    let mut lines: Vec<String> = words
        .iter()
        .map(|word| format!("UserRequest.{word}: property added (string)"))
        .collect();
    lines.push("QueryUsersPayload.filter_conditions: filter field `title` added".to_owned());
    lines.push("GetRateLimits: query parameter `description` added".to_owned());
    let found = after(|document| {
        for word in words {
            at(document, "~/UserRequest/properties")[word] = json!({"type": "string"});
        }
        let fields = "~/QueryUsersPayload/properties/filter_conditions/x-stream-filter-fields";
        at(document, fields)["title"] = json!({"type": "string", "operators": ["$eq"]});
        let limits = operation(document, "/api/v2/rate_limits", "get");
        limits["parameters"]
            .as_array_mut()
            .unwrap()
            .push(json!({"in": "query", "name": "description", "schema": {"type": "string"}}));
    });
    let (mut found, mut lines) = (found.differences, lines);
    found.sort();
    lines.sort();
    assert_eq!(found, lines);
    // Also where a schema is compared as a whole.
    let mut ours = slice();
    ours["components"]["schemas"]["UserRequest"]["oneOf"] =
        json!([{"properties": {"title": {"type": "string"}}}]);
    let mut theirs = ours.clone();
    theirs["components"]["schemas"]["UserRequest"]["oneOf"][0]["properties"] = json!({});
    let found = compare(
        &Document::new(ours).unwrap(),
        &Document::new(theirs).unwrap(),
        &allow(),
    );
    assert_eq!(found.differences.len(), 2, "{:?}", found.differences);
}

#[test]
fn properties() {
    expect(
        |document| {
            at(document, "~/UserRequest/properties")["pronouns"] = json!({"type": "string"});
            remove(document, "~/UserRequest/properties", "image");
        },
        &[
            "UserRequest.image: property removed",
            "UserRequest.pronouns: property added (string)",
        ],
    );
}

#[test]
fn types_formats_and_references() {
    expect(
        |document| {
            let properties = at(document, "~/QueryUsersPayload/properties");
            properties["limit"]["type"] = "string".into();
            properties["offset"]["format"] = "int64".into();
            properties["user"]["$ref"] = "#/components/schemas/UserResponse".into();
            properties["user_id"] = json!({"$ref": "#/components/schemas/UserRequest"});
            properties["sort"]["items"] = json!({"type": "object"});
            properties["presence"]["nullable"] = true.into();
        },
        &[
            "QueryUsersPayload.limit: type changed from \"integer\" to \"string\"",
            "QueryUsersPayload.offset: format changed from \"int32\" to \"int64\"",
            "QueryUsersPayload.presence: nullable added (true)",
            "QueryUsersPayload.sort items: a schema of its own instead of SortParamRequest",
            "QueryUsersPayload.user: refers to UserResponse instead of UserRequest",
            "QueryUsersPayload.user_id: refers to UserRequest instead of a schema of its own",
        ],
    );
}

#[test]
fn required_flags() {
    expect(
        |document| {
            list(document, "~/BlockUsersRequest/required").clear();
            list(document, "~/QueryUsersPayload/required").push("limit".into());
        },
        &[
            "QueryUsersPayload.limit is now required",
            "BlockUsersRequest.blocked_user_id is no longer required",
        ],
    );
}

#[test]
fn enum_values() {
    let (name, property) = first_enum();
    let pointer = format!("~/{name}/properties/{property}/enum");
    let mut dropped = String::new();
    let found = after(|document| {
        let values = list(document, &pointer);
        dropped = values.remove(0).to_string();
        values.push("brand_new".into());
    });
    assert_eq!(
        found.differences,
        [
            format!("{name}.{property}: enum value {dropped} removed"),
            format!("{name}.{property}: enum value \"brand_new\" added")
        ]
    );
}

fn first_enum() -> (String, String) {
    let slice = slice();
    let schemas = slice["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        for (property, stated) in schema["properties"].as_object().into_iter().flatten() {
            if stated.get("enum").is_some() {
                return (name.clone(), property.clone());
            }
        }
    }
    panic!("the contract has no enum");
}

#[test]
fn bounds() {
    expect(
        |document| {
            let properties = at(document, "~/QueryUsersPayload/properties");
            properties["limit"]["maximum"] = 30.into();
            properties["offset"]["minimum"] = 1.into();
            properties["sort"].as_object_mut().unwrap().remove("maxItems");
            properties["sort"]["minItems"] = 1.into();
            properties["user_id"]["maxLength"] = 255.into();
            properties["user_id"]["minLength"] = 1.into();
            properties["user_id"]["pattern"] = "^[a-z]$".into();
        },
        &[
            "QueryUsersPayload.limit: maximum changed from 100 to 30",
            "QueryUsersPayload.offset: minimum changed from 0 to 1",
            "QueryUsersPayload.sort: maxItems removed (was 5)",
            "QueryUsersPayload.sort: minItems added (1)",
            "QueryUsersPayload.user_id: maxLength added (255)",
            "QueryUsersPayload.user_id: minLength added (1)",
            "QueryUsersPayload.user_id: pattern added (\"^[a-z]$\")",
        ],
    );
}

#[test]
fn a_bound_written_as_another_kind_of_number_is_the_same() {
    expect(
        |document| at(document, "~/QueryUsersPayload/properties")["limit"]["maximum"] = json!(100.0),
        &[],
    );
}

#[test]
fn a_bound_that_the_document_mends_says_that_the_entry_can_go() {
    expect(
        |document| {
            at(document, "~/UpdateLiveLocationRequest/properties")["latitude"]["minimum"] = (-90).into();
        },
        &[
            "UpdateLiveLocationRequest.latitude: minimum changed from 1.8446744073709552e+19 to -90, \
           as allow.toml has it: its entry is no longer needed",
        ],
    );
}

#[test]
fn additional_properties() {
    expect(
        |document| {
            at(document, "~/UpdateUsersRequest/properties")["users"]["additionalProperties"] =
                json!({"type": "string"});
            at(document, "~/UserRequest/properties")["custom"]["additionalProperties"] = true.into();
            at(document, "~/BlockUsersRequest")["additionalProperties"] = false.into();
        },
        &[
            "UpdateUsersRequest.users additionalProperties: a schema of its own instead of UserRequest",
            "BlockUsersRequest additionalProperties added (anything)",
        ],
    );
}

#[test]
fn filter_fields_and_operators() {
    expect(
        |document| {
            let fields = at(
                document,
                "~/QueryUsersPayload/properties/filter_conditions/x-stream-filter-fields",
            );
            fields["age"] = json!({"type": "number", "operators": ["$eq"]});
            fields.as_object_mut().unwrap().remove("username");
            fields["language"]["operators"] = json!(["$in"]);
            fields["email"]["type"] = "object".into();
        },
        &[
            "QueryUsersPayload.filter_conditions: filter field `age` added",
            "QueryUsersPayload.filter_conditions: filter field `email`: type changed from \"string\" to \"object\"",
            "QueryUsersPayload.filter_conditions: filter field `language`: operator $eq removed",
            "QueryUsersPayload.filter_conditions: filter field `language`: operator $in added",
            "QueryUsersPayload.filter_conditions: filter field `username` removed",
        ],
    );
}

#[test]
fn parameters() {
    expect(
        |document| {
            let parameters = &mut operation(document, "/api/v2/rate_limits", "get")["parameters"];
            let parameters = parameters.as_array_mut().unwrap();
            parameters.retain(|parameter| parameter["name"] != "unity");
            parameters.push(
                json!({"in": "query", "name": "page", "required": true, "schema": {"type": "integer"}}),
            );
            for parameter in parameters {
                if parameter["name"] == "web" {
                    parameter["required"] = true.into();
                    parameter["schema"]["type"] = "string".into();
                }
            }
        },
        &[
            "GetRateLimits: query parameter `unity` removed",
            "GetRateLimits: query parameter `web`: type changed from \"boolean\" to \"string\"",
            "GetRateLimits: query parameter `web`: required added (true)",
            "GetRateLimits: query parameter `page` added, required",
        ],
    );
}

#[test]
fn events_are_compared_although_no_operation_answers_with_them() {
    expect(
        |document| remove(document, "~/UserBannedEvent/properties", "shadow"),
        &["UserBannedEvent.shadow: property removed"],
    );
    let gone = after(|document| remove(document, "~", "UserBannedEvent")).differences;
    assert!(gone.len() == 1 && gone[0].contains("UserBannedEvent"), "{gone:?}");
}

#[test]
fn parameters_that_move_to_the_path_or_behind_a_reference_are_the_same() {
    expect(
        |document| {
            let parameter = operation(document, "/api/v2/tasks/{id}", "get")["parameters"].take();
            document["components"]["parameters"]["Id"] = parameter[0].clone();
            let item = &mut document["paths"]["/api/v2/tasks/{id}"];
            item["get"].as_object_mut().unwrap().remove("parameters");
            item["parameters"] = json!([{"$ref": "#/components/parameters/Id"}]);
        },
        &[],
    );
}

#[test]
fn responses_and_bodies() {
    expect(
        |document| {
            let upsert = operation(document, "/api/v2/users", "post");
            let response = upsert["responses"]
                .as_object_mut()
                .unwrap()
                .remove("201")
                .unwrap();
            upsert["responses"]["200"] = response;
            upsert["requestBody"]["required"] = false.into();
            let update = operation(document, "/api/v2/users", "patch");
            update.as_object_mut().unwrap().remove("requestBody");
            let task = operation(document, "/api/v2/tasks/{id}", "get");
            task["requestBody"] = json!({"content": {}});
            task["responses"]["200"]["content"]["application/json"]["schema"]["$ref"] =
                "#/components/schemas/Response".into();
            let restore = operation(document, "/api/v2/users/restore", "post");
            let content = restore["requestBody"]["content"].as_object_mut().unwrap();
            let media = content.remove("application/json").unwrap();
            content.insert("text/plain".into(), media);
        },
        &[
            "GetTask: request body added",
            "GetTask: response 200: refers to Response instead of GetTaskResponse",
            "UpdateUsers: request body: required removed (was true)",
            "UpdateUsers: response 200 added",
            "UpdateUsers: response 201 removed",
            "UpdateUsersPartial: request body removed",
            "RestoreUsers: request body: content type application/json removed",
            "RestoreUsers: request body: content type text/plain added",
        ],
    );
}

#[test]
fn other_facts_about_an_operation() {
    expect(
        |document| {
            remove_key(
                operation(document, "/api/v2/guest", "post"),
                "x-stream-requires-token",
            );
            operation(document, "/api/v2/users", "get")["deprecated"] = true.into();
        },
        &[
            "CreateGuest: x-stream-requires-token removed (was false)",
            "QueryUsers: deprecated added (true)",
        ],
    );
}

fn remove_key(value: &mut Value, key: &str) {
    value.as_object_mut().unwrap().remove(key).unwrap();
}

#[test]
fn an_operation_that_is_gone_or_moved() {
    expect(
        |document| {
            let paths = document["paths"].as_object_mut().unwrap();
            paths.remove("/api/v2/guest").unwrap();
            let export = paths.remove("/api/v2/export/users").unwrap();
            paths.insert("/api/v3/export/users".into(), export);
            let restore = paths["/api/v2/users/restore"].as_object_mut().unwrap();
            let post = restore.remove("post").unwrap();
            restore.insert("put".into(), post);
            paths["/api/v2/users/block"]["post"]["operationId"] = "BlockMany".into();
        },
        &[
            "ExportUsers: moved from POST /api/v2/export/users to POST /api/v3/export/users",
            "CreateGuest: the operation POST /api/v2/guest is gone",
            "BlockUsers: the operation POST /api/v2/users/block is gone; its place now holds BlockMany",
            "RestoreUsers: moved from POST /api/v2/users/restore to PUT /api/v2/users/restore",
        ],
    );
}

#[test]
fn an_operation_that_is_not_ours_is_information() {
    let found = after(|document| {
        document["paths"]["/api/v2/calls"] = json!({"get": {"operationId": "QueryCalls"}, "post": {}});
    });
    assert_eq!(found.differences, Vec::<String>::new());
    assert_eq!(
        found.foreign,
        [
            "GET /api/v2/calls (QueryCalls)",
            "POST /api/v2/calls (no operationId)"
        ]
    );
}

#[test]
fn what_is_kept_raw_may_change() {
    expect(
        |document| {
            let message = at(document, "~/MessageResponse");
            message["properties"] = json!({"text": {"type": "string"}, "again": {"$ref": "#/components/schemas/MessageResponse"}});
        },
        &[],
    );
}

#[test]
fn a_schema_that_is_gone_is_said_where_it_is_needed() {
    expect(
        |document| remove(document, "~", "MessageResponse"),
        &[
            "SharedLocationResponseData.message: `$ref` to #/components/schemas/MessageResponse, \
             which the document does not define",
        ],
    );
}

#[test]
fn schemas_that_refer_to_themselves_come_to_an_end() {
    let mut ours = slice();
    ours["components"]["schemas"]["UserRequest"]["properties"]["friend"] =
        json!({"$ref": "#/components/schemas/UserRequest"});
    let mut theirs = ours.clone();
    theirs["components"]["schemas"]["UserRequest"]["properties"]["id"]["type"] = "integer".into();
    let found = compare(
        &Document::new(ours).unwrap(),
        &Document::new(theirs).unwrap(),
        &allow(),
    );
    assert_eq!(
        found.differences,
        ["UserRequest.id: type changed from \"string\" to \"integer\""]
    );
}

#[test]
fn null_is_said_in_two_ways() {
    expect(
        |document| {
            let properties = at(document, "~/UserRequest/properties");
            properties["id"]["type"] = json!(["string"]);
            properties["name"] = json!({"type": ["string", "null"]});
        },
        &["UserRequest.name: nullable added (true)"],
    );
}

#[test]
fn choices_of_schemas() {
    let mut ours = slice();
    ours["components"]["schemas"]["UserRequest"]["oneOf"] =
        json!([{"$ref": "#/components/schemas/UserResponse"}, {"type": "string"}]);
    let mut theirs = ours.clone();
    theirs["components"]["schemas"]["UserRequest"]["oneOf"] =
        json!([{"type": "integer"}, {"$ref": "#/components/schemas/UserResponse"}]);
    let found = compare(
        &Document::new(ours).unwrap(),
        &Document::new(theirs).unwrap(),
        &allow(),
    );
    assert_eq!(
        found.differences,
        [
            "UserRequest: oneOf {\"type\":\"string\"} removed",
            "UserRequest: oneOf {\"type\":\"integer\"} added",
        ]
    );
}
