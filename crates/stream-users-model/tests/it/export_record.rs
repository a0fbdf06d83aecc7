//! The lines of an export's file.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stream_users_model::ExportRecord;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Profile {
    plan: String,
}

fn read(line: &Value) -> serde_json::Result<ExportRecord<Profile>> {
    serde_json::from_str(&line.to_string())
}

fn plan(line: &Value) -> String {
    read(line).unwrap().user().unwrap().custom.plan.clone()
}

#[test]
fn custom_data_is_found_in_both_forms_of_a_user() {
    let nested =
        json!({"id": "ada", "custom": {"plan": "pro"}, "plan": "no", "created_at": 1, "updated_at": 1});
    let flat = json!({"id": "ada", "plan": "pro", "name": "Ada", "created_at": "2026-01-02T03:04:05Z", "updated_at": 1});
    for data in [nested, flat] {
        assert_eq!(plan(&json!({"type": "user", "data": data})), "pro");
    }
}

#[test]
fn a_user_is_read_whatever_the_order_of_the_fields() {
    let line = r#"{"more":1,"data":{"updated_at":1,"plan":"pro","created_at":1,"id":"a\u0064a"},"type":"u\u0073er"}"#;
    let record: ExportRecord<Profile> = serde_json::from_str(line).unwrap();
    assert_eq!(record.user().unwrap().id, "ada");
}

#[test]
fn fields_of_a_user_are_no_custom_data() {
    let line = json!({"type": "user", "data": {"id": "ada", "language": "en", "mutes": [], "shade": 1, "created_at": 1, "updated_at": 1}});
    let record: ExportRecord = serde_json::from_str(&line.to_string()).unwrap();
    let custom = record.user().unwrap().custom.as_json();
    assert_eq!(custom, r#"{"shade":1}"#);
}

#[test]
fn every_record_is_the_same_after_writing() {
    for line in [
        json!({"type": "user", "data": {"id": "ada", "plan": "pro", "created_at": 1, "updated_at": 1}}),
        json!({"type": "message", "data": {"id": "m-1", "deep": [{"text": null}]}}),
        json!({"type": "reaction", "data": {"type": "like"}}),
        json!({"type": "poll", "data": 1, "more": [2]}),
        json!({"type": ""}),
    ] {
        let record = read(&line).unwrap();
        assert_eq!(record.kind(), line["type"].as_str().unwrap());
        let written = serde_json::to_value(&record).unwrap();
        assert_eq!(read(&written).unwrap(), record);
        if record.user().is_none() {
            assert_eq!(written, line, "as it came");
        }
    }
}

#[test]
fn what_is_no_record_is_an_error() {
    for line in [
        json!({}),
        json!({"data": {}}),
        json!({"type": 1}),
        json!({"type": "user"}),
        json!({"type": "user", "data": null}),
        json!({"type": "user", "data": []}),
        json!({"type": "user", "data": {"plan": "pro", "created_at": 1, "updated_at": 1}}),
        json!({"type": "user", "data": {"id": "ada", "created_at": 1, "updated_at": 1}}),
        json!({"type": "message"}),
        json!(["user", {}]),
        json!("user"),
    ] {
        assert!(read(&line).is_err(), "{line}");
    }
}
