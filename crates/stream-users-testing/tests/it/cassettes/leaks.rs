//! Markers at random places of random JSON, in requests, queries, headers, answers and files: none is ever on a cassette.

use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};
use stream_users_core::{Transport, TransportErrorKind};
use stream_users_model::operation;
use stream_users_testing::cassette::{Cassette, RecordingTransport, ReplayTransport};
use stream_users_testing::{Answer, ScriptedTransport};

use super::request;

/// It is no word, no name of a field, no time and no language.
const MARKER: &str = "mark \"er\" ü/@+";
const NUMBER: u64 = 8_675_309_867;
const FLOAT: f64 = 86_753.098_67;

/// Fields that the service knows, but those whose strings are ids, and whose numbers are counts or times.
const FIELDS: &[&str] = &[
    "$and",
    "$autocomplete",
    "$eq",
    "$exists",
    "$in",
    "$nor",
    "access_token",
    "attachments",
    "blocked_user",
    "blocks",
    "channel",
    "channel_mutes",
    "custom",
    "data",
    "description",
    "devices",
    "email",
    "error",
    "exception_fields",
    "filter_conditions",
    "image",
    "language",
    "latitude",
    "message",
    "messages",
    "more_info",
    "mutes",
    "name",
    "nested",
    "other",
    "payload",
    "privacy_settings",
    "push_provider",
    "reactions",
    "result",
    "role",
    "set",
    "sort",
    "target",
    "text",
    "type",
    "unset",
    "url",
    "user",
    "users",
    "username",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => Just(json!(MARKER)),
        1 => Just(json!(NUMBER)),
        1 => Just(Value::Number(Number::from_f64(FLOAT).unwrap())),
        1 => "[a-z]{0,8}".prop_map(move |lead| json!(format!("{lead}{MARKER}"))),
        1 => prop_oneof![Just(json!(null)), Just(json!(true)), Just(json!(""))],
    ]
}

fn tree() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(6, 60, 6, |inner| {
        let field = proptest::sample::select(FIELDS);
        let custom = prop_oneof![
            Just(MARKER.to_owned()),
            "[a-z]{1,6}",
            Just("mark \"er\"@x".to_owned())
        ];
        let custom = proptest::collection::vec((custom, inner.clone()), 0..4);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((field, inner), 0..5).prop_map(|entries| {
                let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), value));
                Value::Object(entries.collect())
            }),
            // Custom data may have any key.
            custom.prop_map(|entries| json!({"custom": entries.into_iter().collect::<Map<_, _>>()})),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    let field = proptest::sample::select(FIELDS).prop_map(str::to_owned);
    proptest::collection::vec((field, tree()), 1..6)
        .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>()))
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

fn assert_clean(cassette: &Cassette) {
    let text = cassette.to_json().unwrap();
    for form in [
        "mark ",
        "mark\\",
        "mark%20",
        "8675309867",
        "86753.09",
        "\u{fc}",
        "%C3%BC",
    ] {
        assert!(!text.contains(form), "{form} in {text}");
    }
    // What was written can be read, and says the same.
    assert_eq!(Cassette::from_json(&text).unwrap().to_json().unwrap(), text);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_marker_leaks(
        which in 0..operation::ALL.len(),
        body in object(),
        query in object(),
        answer in object(),
        status in prop_oneof![Just(200_u16), Just(400), Just(500)],
        header in proptest::sample::select(&["date", "etag", "content-type", "retry-after", "x-ratelimit-reset", "location",
            "last-modified", "content-range", "x-anything", "if-match", "range", "stream-auth-type"][..]),
    ) {
        let known = &operation::ALL[which];
        let path = known.path.replace(['{', '}'], "");
        let encoded = percent_encoding::utf8_percent_encode(&query.to_string(), percent_encoding::NON_ALPHANUMERIC).to_string();
        let text = percent_encoding::utf8_percent_encode(MARKER, percent_encoding::NON_ALPHANUMERIC).to_string();
        let send = || {
            let target = format!("{path}?payload={encoded}&filter={text}&api_key={text}");
            let mut sent = request(known, &target, body.to_string());
            sent.headers_mut().insert(header, "mark er".parse().unwrap());
            sent.headers_mut().insert("authorization", "mark er".parse().unwrap());
            sent
        };
        let answers = [
            Answer::new(status, answer.to_string()).header(header, "mark er"),
            Answer::error(stream_users_core::TransportError::new(TransportErrorKind::Timeout).with_message(MARKER)),
            Answer::new(status, format!("<html>{MARKER}")),
        ];
        let recording = RecordingTransport::new(ScriptedTransport::new(answers));
        for _ in 0..3 {
            let _ = block_on(recording.send(send()));
        }
        let cassette = recording.cassette();
        assert_clean(&cassette);
        let replay = ReplayTransport::strict(cassette);
        for _ in 0..3 {
            let _ = block_on(replay.send(send()));
        }
        replay.assert_finished();
    }

    #[test]
    fn no_marker_leaks_from_a_file(
        lines in proptest::collection::vec((object(), proptest::sample::select(&["user", "message", "reaction", "odd"][..])), 1..5),
        broken in proptest::option::of(0..5_usize),
        size in 1..300_usize,
        parts in proptest::collection::vec(0..40_usize, 1..12),
    ) {
        let mut file = String::new();
        for (index, (data, kind)) in lines.iter().enumerate() {
            let line = json!({"type": kind, "data": data}).to_string();
            let cut = if broken == Some(index) { line.len() / 2 } else { line.len() };
            file.push_str(line.get(..cut).unwrap_or(&line));
            file.push('\n');
        }
        let file = bytes::Bytes::from(file);
        let content = file.clone();
        let script = ScriptedTransport::answering(move |request| {
            stream_users_testing::fixtures::export_answer(&content, request)
        });
        let recording = RecordingTransport::new(script);
        let send = |part: usize| {
            let mut sent = http::Request::new(bytes::Bytes::new());
            *sent.uri_mut() = "https://files.test/mark%20er?signature=mark%20er".parse().unwrap();
            let range = format!("bytes={}-{}", part * size, part * size + size - 1);
            sent.headers_mut().insert("range", range.parse().unwrap());
            sent
        };
        let answers: Vec<_> = parts.iter().map(|part| block_on(recording.send(send(*part))).unwrap()).collect();
        let cassette = recording.cassette();
        assert_clean(&cassette);
        let replay = ReplayTransport::strict(cassette);
        for (part, answer) in parts.iter().zip(answers) {
            // A part that could not be kept is said to be so; every other is as long as it was.
            match block_on(replay.send(send(*part))) {
                Ok(played) => {
                    assert_eq!((played.status(), played.body().len()), (answer.status(), answer.body().len()));
                    assert_eq!(played.headers().get("content-range"), answer.headers().get("content-range"));
                }
                Err(error) => assert!(error.to_string().contains("could not be kept"), "{error}"),
            }
        }
    }
}
