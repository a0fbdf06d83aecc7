//! The outline of a JSON object: what is read where nearly all of an answer is to be skipped. Reading JSON does not belong
//! here.

use memchr::memchr2;

/// `json` with the objects and lists that it holds emptied. What stands in them is not checked, but for where they end.
pub(crate) fn outline(json: &str) -> String {
    let mut outline = String::new();
    let (mut kept, mut depth) = (0, 0_usize);
    let mut rest = json.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'"' => rest = after_string(rest),
            b'{' | b'[' => {
                depth += 1;
                if depth == 2 {
                    outline.push_str(&json[kept..json.len() - rest.len()]);
                }
            }
            b'}' | b']' => {
                if depth == 2 {
                    kept = json.len() - rest.len() - 1;
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
    if depth < 2 {
        outline.push_str(&json[kept..]);
    }
    outline
}

/// What follows the string in which `rest` begins.
fn after_string(mut rest: &[u8]) -> &[u8] {
    while let Some(at) = memchr2(b'"', b'\\', rest) {
        let ends = rest[at] == b'"';
        rest = &rest[at + 1..];
        if ends {
            return rest;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    &[]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::outline;

    #[test]
    fn what_an_object_holds_is_emptied_and_what_is_beside_it_is_kept() {
        for (json, expected) in [
            (r#"{"a":{"b":[1,{"c":2}]},"d":"e"}"#, r#"{"a":{},"d":"e"}"#),
            (
                r#"{"a":"}\"]","b":[{"c":"}\\"}],"d":1} "#,
                r#"{"a":"}\"]","b":[],"d":1} "#,
            ),
            (r#" {"ä":["ö"],"ü":null}"#, r#" {"ä":[],"ü":null}"#),
            ("{}", "{}"),
            ("<html>", "<html>"),
            ("", ""),
        ] {
            assert_eq!(outline(json), expected);
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            "[\\[\\]{}\"\\\\ ,:aä]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let key = "[\\[\\]{}\"\\\\ aä]{0,4}";
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_text_has_an_outline(text in "[\\[\\]{}\"\\\\ ,:aä]{0,40}") {
            prop_assert!(outline(&text).len() <= text.len());
        }

        #[test]
        fn the_outline_of_an_object_is_the_object_with_what_it_holds_emptied(
            members in prop::collection::btree_map("[{\"\\\\a]{0,3}", value(), 0..5)
        ) {
            let whole = Value::Object(members.clone().into_iter().collect());
            let emptied = members.into_iter().map(|(key, value)| match value {
                Value::Array(_) => (key, json!([])),
                Value::Object(_) => (key, json!({})),
                value => (key, value),
            });
            let read: Value = serde_json::from_str(&outline(&whole.to_string())).unwrap();
            prop_assert_eq!(read, Value::Object(emptied.collect()));
        }
    }

    #[test]
    fn what_does_not_end_or_goes_on_is_no_json_afterwards_either() {
        for json in [
            r#"{"a":{"b":1}"#,
            r#"{"a":{"b":"#,
            r#"{"a":{"b":"c\"#,
            r#"{"a":"b"#,
            r#"{"a":[}}"#,
            r#"{"a":{}}}"#,
            r#"{"a":{}}{"#,
            r#"}{"a":{}}"#,
        ] {
            assert!(serde_json::from_str::<Value>(&outline(json)).is_err(), "{json}");
        }
    }
}
