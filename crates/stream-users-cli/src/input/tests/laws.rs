use proptest::collection::vec;
use proptest::prelude::*;

use super::{good, rows};

/// Any text, with what CSV has to quote in it often.
fn cell() -> impl Strategy<Value = String> {
    vec(
        prop_oneof![
            Just('"'),
            Just(','),
            Just('\n'),
            Just('\r'),
            Just('é'),
            Just('x'),
            any::<char>()
        ],
        0..12,
    )
    .prop_map(|letters| letters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What is written as RFC 4180 says comes back as it was, with the line on which its row begins.
    #[test]
    fn csv_gives_back_what_was_written(names in vec(cell(), 1..6)) {
        let mut text = "id,name\r\n".to_owned();
        let mut expected = Vec::new();
        let mut line = 2;
        for (index, name) in names.iter().enumerate() {
            text.extend([format!("u{index},\"{}\"\r\n", name.replace('"', "\"\""))]);
            let name_json = serde_json::to_string(name).unwrap();
            expected.push(if name.is_empty() {
                good(line, &format!(r#"{{"id":"u{index}"}}"#))
            } else {
                good(line, &format!(r#"{{"id":"u{index}","name":{name_json}}}"#))
            });
            line += 1 + name.matches('\n').count() as u64;
        }
        prop_assert_eq!(rows("u.csv", text, &[]), expected);
    }

    /// No bytes make a reader panic or go on for ever, and the numbers of rows rise.
    #[test]
    fn any_bytes_end(bytes in vec(prop_oneof![any::<u8>(), prop::sample::select(&b"{}[]\",:\n\\ ida"[..])], 0..200)) {
        for name in ["u.ndjson", "u.json", "u.csv", "u"] {
            let (rows, _) = super::rows_of(super::input(name, &bytes, &[]));
            prop_assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        let mut with_header = b"id,name\n".to_vec();
        with_header.extend(&bytes);
        let (rows, _) = super::rows_of(super::input("u.csv", &with_header, &[]));
        prop_assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
