//! Custom data and whole models with any JSON in them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use stream_users_model::{Custom, Lenient, QueriedUsers, RawJson, User, UserRequest};

use super::{any_json, any_object, cases};
use crate::contract::document::contract;
use crate::contract::instance::{Extent, Times, instance};
use crate::contract::registry::SHAPES;

/// JSON text of a value, with white space or without.
fn text_of(value: &impl serde::Serialize, pretty: bool) -> String {
    if pretty {
        serde_json::to_string_pretty(value).unwrap()
    } else {
        serde_json::to_string(value).unwrap()
    }
}

/// A full user with these values for what can be sent.
fn any_user() -> impl Strategy<Value = Value> {
    let text = || proptest::option::of(".{0,30}");
    let teams = proptest::collection::vec(".{0,9}", 0..4);
    (
        text(),
        text(),
        ".{0,9}",
        ".{0,3}",
        any::<bool>(),
        teams,
        any_object(),
        any::<bool>(),
    )
        .prop_map(
            |(name, image, role, language, invisible, teams, custom, privacy)| {
                let mut user = instance("FullUserResponse", Extent::Maximal, Times::Nanoseconds);
                let fields = json!({
                    "name": name, "image": image, "role": role, "language": language, "invisible": invisible,
                    "teams": teams, "custom": custom,
                });
                user.as_object_mut()
                    .unwrap()
                    .extend(fields.as_object().unwrap().clone());
                if !privacy {
                    user["privacy_settings"] = Value::Null;
                }
                user
            },
        )
}

/// Puts `value` in the place of some value inside `json`.
fn replace(json: &mut Value, path: &[Index], value: Value) {
    let (Some(index), rest) = (path.first(), path.get(1..).unwrap_or_default()) else {
        *json = value;
        return;
    };
    match json {
        Value::Array(values) if !values.is_empty() => {
            let index = index.index(values.len());
            replace(&mut values[index], rest, value);
        }
        Value::Object(entries) if !entries.is_empty() => {
            let place = index.index(entries.len());
            replace(entries.values_mut().nth(place).unwrap(), rest, value);
        }
        _ => *json = value,
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn custom_data_round_trip_byte_for_byte(object in any_object(), pretty in any::<bool>()) {
        let text = text_of(&object, pretty);
        let custom: Custom = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(custom.as_json(), &text);
        prop_assert_eq!(&serde_json::to_string(&custom).unwrap(), &text);
        prop_assert_eq!(&custom.to_map().unwrap(), &object);
        prop_assert_eq!(custom.is_empty(), object.is_empty());
        prop_assert_eq!(&Custom::from(object.clone()), &custom);
        prop_assert_eq!(&Custom::from_serialize(&object).unwrap(), &custom);
        let user = format!(r#"{{"custom":{text},"id":"a","created_at":1,"updated_at":1}}"#);
        let user: User = serde_json::from_str(&user).unwrap();
        prop_assert_eq!(user.custom.as_json(), &text);
        let written = serde_json::to_string(&user).unwrap();
        let expected = format!(r#""custom":{text}"#);
        prop_assert!(written.contains(&expected), "{}", written);
        prop_assert!(serde_json::to_string(&UserRequest::from(user)).unwrap().contains(&text));
    }

    #[test]
    fn custom_data_are_read_and_set_by_key(object in any_object(), key in ".{0,6}", value in any_json()) {
        let custom = Custom::from(object.clone());
        for (key, value) in &object {
            prop_assert_eq!(&custom.get::<Value>(key).unwrap().unwrap(), value);
        }
        prop_assert_eq!(custom.get::<Value>(&key).unwrap(), object.get(&key).cloned());
        let mut expected = object;
        expected.insert(key.clone(), value.clone());
        prop_assert_eq!(custom.with(key, value).to_map().unwrap(), expected);
    }

    #[test]
    fn custom_data_are_objects_only(value in any_json()) {
        prop_assert_eq!(Custom::from_serialize(&value).is_ok(), value.is_object());
        let decoded: Custom = serde_json::from_value(value.clone()).unwrap();
        prop_assert_eq!(decoded.is_object(), value.is_object() || value.is_null());
        let lenient: Lenient<u8> = serde_json::from_value(value.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&lenient).unwrap(), value);
    }

    #[test]
    fn raw_json_is_kept_byte_for_byte(value in any_json(), pretty in any::<bool>()) {
        let text = text_of(&value, pretty);
        let raw: RawJson = serde_json::from_str(&text).unwrap();
        prop_assert_eq!((raw.as_json(), &raw.decode::<Value>().unwrap()), (text.as_str(), &value));
        prop_assert_eq!(raw, RawJson::from_serialize(&value).unwrap());
    }

    #[test]
    fn a_request_made_from_a_user_keeps_what_can_be_sent(sent in any_user()) {
        let user: User = serde_json::from_value(sent.clone()).unwrap();
        let request = serde_json::to_value(UserRequest::from(&user)).unwrap();
        for (field, value) in request.as_object().unwrap() {
            prop_assert!(contract().properties("UserRequest").contains_key(field), "{} is reserved", field);
            prop_assert_eq!(value, &sent[field], "{}", field);
        }
        for field in contract().properties("UserRequest").keys() {
            let nothing_to_send = sent[field].is_null() || sent[field] == "";
            prop_assert!(request.get(field).is_some() || nothing_to_send, "{} is lost", field);
        }
        prop_assert_eq!(UserRequest::from(user), serde_json::from_value(request).unwrap());
    }

    #[test]
    fn a_lenient_page_takes_any_custom_data(customs in proptest::collection::vec(any_json(), 0..6)) {
        let users: Vec<_> = customs
            .iter()
            .map(|custom| json!({"id": "a", "custom": custom, "created_at": 1, "updated_at": 1}))
            .collect();
        let page = json!({"users": users}).to_string();
        let page: QueriedUsers<Lenient<BTreeMap<String, Value>>> = serde_json::from_str(&page).unwrap();
        prop_assert_eq!(page.users.len(), customs.len());
        for (user, custom) in page.users.iter().zip(&customs) {
            prop_assert_eq!(user.custom.get().is_some(), custom.is_object() || custom.is_null());
        }
    }
}

// Each case of these is tried with every shape.
proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn no_json_makes_a_model_panic(
        value in any_json(),
        path in proptest::collection::vec(any::<Index>(), 0..5),
        minimal in any::<bool>(),
    ) {
        for shape in SHAPES {
            let _ = (shape.round_trip)(&value.to_string());
            let extent = if minimal { Extent::Minimal } else { Extent::Maximal };
            let mut answer = instance(shape.schema, extent, Times::Nanoseconds);
            replace(&mut answer, &path, value.clone());
            let text = (shape.round_trip)(&answer.to_string());
            prop_assert_eq!(&text, &(shape.value_round_trip)(&answer).map_err(|_| text.clone().unwrap_err()));
            // What was written is read again, and is the same then.
            if let Ok(written) = text {
                prop_assert_eq!((shape.round_trip)(&written.to_string()), Ok(written));
            }
            if let Some(violated) = shape.violated {
                let _ = violated(&answer);
            }
        }
    }

    #[test]
    fn no_text_makes_a_model_panic(text in ".{0,60}", json in "[\\[\\]{}:,\"\\\\a-z0-9eE+. -]{0,60}") {
        for shape in SHAPES {
            let _ = (shape.round_trip)(&text);
            let _ = (shape.round_trip)(&json);
        }
    }
}
