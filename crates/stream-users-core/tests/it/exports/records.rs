//! The records of a file, whatever its parts.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use proptest::prelude::*;
use serde_json::json;
use stream_users_core::{CallOptions, ErrorKind, ExportCursor, UsersApi, UsersApiExt};
use stream_users_model::{Custom, ExportRecord, RawJson};
use stream_users_testing::Answer;

use super::{MARKER, file, kinds, lines, message, range, store, user};
use crate::stage::{KEY, SECRET, Stage};

#[tokio::test]
async fn records_are_typed_and_what_is_not_known_is_kept() {
    let unknown = r#"{"type":"poll","id":7,"data":[1]}"#;
    let flat =
        r#"{"type":"user","data":{"id":"ada","plan":"pro","language":"en","created_at":1,"updated_at":1}}"#;
    let nested = r#"{"type":"user","data":{"id":"bob","custom":{"plan":"free"},"plan":"no","created_at":1,"updated_at":1}}"#;
    let reaction = r#"{"type":"reaction","data":{"id":"r-1"}}"#;
    let text = format!("{flat}\n{}\n\n{reaction}\r\n{unknown}\n{nested}", message("m-1"));
    let stage = store(text);
    let users = stage.users::<Custom>();
    let records: Vec<ExportRecord> = users.download(&file()).map(Result::unwrap).collect().await;
    let plan = |record: &ExportRecord| {
        record
            .user()
            .unwrap()
            .custom
            .get::<String>("plan")
            .unwrap()
            .unwrap()
    };
    assert_eq!(
        (records.len(), plan(&records[0]), plan(&records[4])),
        (5, "pro".to_owned(), "free".to_owned())
    );
    assert_eq!(records[0].user().unwrap().language, "en");
    assert!(
        records[0]
            .user()
            .unwrap()
            .custom
            .get::<String>("language")
            .unwrap()
            .is_none()
    );
    let texts = |raw: &RawJson| raw.as_json().to_owned();
    match &records[1..4] {
        [
            ExportRecord::Message(message),
            ExportRecord::Reaction(reaction),
            ExportRecord::Other { kind, line, .. },
        ] => {
            assert_eq!(message.decode::<serde_json::Value>().unwrap()["text"], "grüße");
            assert_eq!(texts(reaction), r#"{"id":"r-1"}"#);
            assert_eq!((kind.as_str(), texts(line)), ("poll", unknown.to_owned()));
        }
        other => panic!("{other:?}"),
    }
    for record in &records {
        let written = serde_json::to_string(record).unwrap();
        assert_eq!(&serde_json::from_str::<ExportRecord>(&written).unwrap(), record);
    }
}

#[tokio::test]
async fn a_file_is_asked_for_in_parts_and_no_secret_goes_along() {
    let content = lines(&[user("ada"), message("m-1"), user("bob")]);
    let stage = store(content.clone());
    let options = CallOptions::new().header("x-stream-ext".parse().unwrap(), "mine".parse().unwrap());
    let users = stage.users::<Custom>().with_options(options);
    let found = kinds(users.download(&file()).part_size(50)).await;
    assert_eq!(found, ["ada", "\"m-1\"", "bob"]);
    let requests = stage.requests();
    assert_eq!(requests.len(), content.len().div_ceil(50));
    for (index, request) in requests.iter().enumerate() {
        let uri = request.as_http().uri().to_string();
        assert_eq!((request.method(), uri), ("GET", file().url));
        assert_eq!(range(request), index * 50..index * 50 + 50);
        let mut names: Vec<_> = request
            .as_http()
            .headers()
            .keys()
            .map(http::HeaderName::as_str)
            .collect();
        names.sort_unstable();
        let expected: &[&str] = if index == 0 {
            &["accept-encoding", "range"]
        } else {
            &["accept-encoding", "if-match", "range"]
        };
        assert_eq!(names, expected);
        assert_eq!(request.header("accept-encoding"), Some("identity"));
        let whole = format!("{:?}", request.as_http());
        assert!(!whole.contains(KEY) && !whole.contains(SECRET), "{whole}");
    }
}

#[tokio::test]
async fn no_part_is_asked_for_before_it_is_wanted() {
    let stage = store(lines(&[user("ada"), user("bob"), user("eve")]));
    let users = stage.users::<Custom>();
    let mut download = users.download(&file()).part_size(user("ada").len() as u64 + 1);
    assert_eq!(stage.sent(), 0);
    download.next().await.unwrap().unwrap();
    assert_eq!(stage.sent(), 1);
}

#[tokio::test]
async fn a_download_goes_on_from_its_cursor_in_text() {
    let content = lines(&[
        user("ada"),
        message("m-1"),
        user("bob"),
        message("m-2"),
        user("eve"),
    ]);
    let all = ["ada", "\"m-1\"", "bob", "\"m-2\"", "eve"];
    for read in 0..=all.len() {
        let stage = store(content.clone());
        let users = stage.users::<Custom>();
        let mut download = users.download(&file()).part_size(64);
        for _ in 0..read {
            download.next().await.unwrap().unwrap();
        }
        let saved = download.cursor().to_string();
        assert!(!saved.contains(MARKER));
        drop(download);
        let cursor: ExportCursor = saved.parse().unwrap();
        assert_eq!(cursor.to_string(), saved);
        let before = stage.sent();
        let rest = kinds(users.download(&file()).part_size(64).resume(cursor.clone())).await;
        assert_eq!(rest, all[read..], "after {read}");
        if read == all.len() {
            assert_eq!(stage.sent(), before, "at the end nothing is asked for");
        } else {
            let first = &stage.requests()[before];
            assert_eq!(range(first).start as u64, cursor.offset());
        }
    }
}

#[test]
fn a_text_that_is_no_cursor_is_refused() {
    for text in [
        "",
        "1",
        "1.2",
        "1.2.3",
        "2.0..",
        "1.-1..",
        "1.+1..",
        "1.x..",
        "1.5.4.",
        "1.0...",
        "1.0.1.%ff",
        "1.99999999999999999999..",
    ] {
        let error = text.parse::<ExportCursor>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{text}");
    }
    let begin: ExportCursor = "1.0..".parse().unwrap();
    assert_eq!((begin.offset(), begin.total()), (0, None));
}

proptest! {
    #[test]
    fn a_cursor_is_the_same_after_its_text(offset in 0..u64::MAX, more in proptest::option::of(0..100_u64), tag in "[ -~]{1,40}") {
        // Made by a download whose file store says these.
        let total = more.map(|more| offset.saturating_add(more).to_string()).unwrap_or_default();
        let tag = tag.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
        let cursor: ExportCursor = format!("1.{offset}.{total}.{tag}").parse().unwrap();
        prop_assert_eq!(cursor.to_string().parse::<ExportCursor>().unwrap(), cursor);
    }

    /// However the file is cut into parts, and whatever its lines are, the records are those of the file.
    #[test]
    fn parts_of_any_size_give_the_same_records(
        texts in proptest::collection::vec("[a-zäöü€😀 ]{0,30}", 0..12),
        part_size in 1..80_u64,
        end in prop::bool::ANY,
        blank in prop::bool::ANY,
    ) {
        let joint = if blank { "\r\n\n" } else { "\n" };
        let mut content: String = texts
            .iter()
            .map(|text| json!({"type": "note", "text": text}).to_string() + joint)
            .collect();
        if !end {
            content.truncate(content.trim_end().len());
        }
        let stage = store(content);
        let users = stage.users::<Custom>();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found: Vec<String> = runtime.block_on(
            users
                .download(&file())
                .part_size(part_size)
                .map(|record| match record.unwrap() {
                    ExportRecord::Other { line, .. } => line.decode::<serde_json::Value>().unwrap()["text"].as_str().unwrap().to_owned(),
                    other => panic!("{other:?}"),
                })
                .collect(),
        );
        prop_assert_eq!(found, texts);
    }
}

#[tokio::test]
async fn a_record_that_is_too_long_ends_it_and_a_higher_limit_goes_on() {
    let long = message(&"m".repeat(500));
    let content = lines(&[user("ada"), long.clone(), user("bob")]);
    for part_size in [10, 100, 10_000] {
        let stage = store(content.clone());
        let users = stage.users::<Custom>();
        let mut download = users
            .download(&file())
            .part_size(part_size)
            .max_record_size(long.len() - 1);
        download.next().await.unwrap().unwrap();
        let error = download.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        let place = format!("byte {}", user("ada").len() + 1);
        assert!(
            error.to_string().contains(&place) && error.to_string().contains("max_record_size"),
            "{error}"
        );
        assert!(download.next().await.is_none());
        let rest = users
            .download(&file())
            .max_record_size(long.len())
            .resume(download.cursor());
        assert_eq!(kinds(rest).await.len(), 2);
    }
    // A file without a single line's end is not held either.
    let stage = store(vec![b'x'; 100_000]);
    let users = stage.users::<Custom>();
    let error = users
        .download(&file())
        .part_size(1000)
        .max_record_size(5_000)
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert!(error.to_string().contains("5000 bytes"), "{error}");
    assert_eq!(stage.sent(), 6);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_an_error_in_its_place() {
    #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
    struct Profile {
        plan: String,
    }
    let with_plan = |id: &str, plan: serde_json::Value| {
        json!({"type": "user", "data": {"id": id, "custom": {"plan": plan}, "created_at": 1, "updated_at": 1}}).to_string()
    };
    let mut content = lines(&[
        with_plan("ada", json!("pro")),
        with_plan("bob", json!(["marker"])),
        "[]".to_owned(),
        "{".to_owned(),
        r#"{"type":"message"}"#.to_owned(),
    ])
    .into_bytes();
    content.extend_from_slice(b"\xff\xfe\n");
    content.extend_from_slice(with_plan("eve", json!("pro")).as_bytes());
    let stage = store(content);
    let users = stage.users::<Profile>();
    let records: Vec<_> = users.download(&file()).collect().await;
    assert_eq!(records.len(), 7);
    assert_eq!(records[6].as_ref().unwrap().user().unwrap().custom.plan, "pro");
    for record in &records[1..6] {
        let error = record.as_ref().unwrap_err();
        assert!(
            error.is_decode() && error.to_string().contains("record at byte"),
            "{error}"
        );
    }
    let error = records[1].as_ref().unwrap_err().to_string();
    assert!(error.contains("\"bob\"") && !error.contains("marker"), "{error}");
}

/// An API without a single operation.
#[derive(Debug)]
struct Nothing;
impl UsersApi for Nothing {}

#[tokio::test]
async fn an_error_does_not_grow_with_the_file() {
    let line = json!({"type": "user", "data": {"id": "x".repeat(1_000_000), "created_at": 1}}).to_string();
    let stage = store(line);
    let error = stage
        .users::<Custom>()
        .download(&file())
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert!(error.is_decode() && error.to_string().len() < 1_000, "{error}");
}

#[tokio::test]
async fn other_implementations_read_parts_too() {
    let stage = store(lines(&[user("ada")]));
    let users: Arc<dyn UsersApi> = Arc::new(stage.users::<Custom>());
    let boxed: Box<dyn UsersApi> = Box::new(Arc::clone(&users));
    assert_eq!(kinds(users.download(&file())).await, ["ada"]);
    assert_eq!(kinds(boxed.download(&file())).await, ["ada"]);

    let error = UsersApiExt::<Custom>::download(&Nothing, &file())
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Unimplemented, Some("read_export"))
    );
}

/// A file of 50 MiB, made as it is asked for.
#[tokio::test]
async fn a_large_file_is_held_in_parts() {
    const PART: u64 = 1024 * 1024;
    let record = message(&"m".repeat(4000)) + "\n";
    let length = 50 * 1024 * 1024 / record.len() * record.len();
    let largest = Arc::new(Mutex::new(0));
    let stage = Stage::answering({
        let (record, largest) = (record.clone(), Arc::clone(&largest));
        move |request| {
            let range = range(request);
            let range = range.start..range.end.min(length);
            let body: Vec<u8> = record
                .bytes()
                .cycle()
                .skip(range.start % record.len())
                .take(range.len())
                .collect();
            let mut largest = largest.lock().unwrap();
            *largest = usize::max(*largest, body.len());
            Answer::new(206, body).header(
                "content-range",
                &format!("bytes {}-{}/{length}", range.start, range.end - 1),
            )
        }
    });
    let users = stage.users::<Custom>();
    let mut download = users.download(&file()).part_size(PART);
    let mut found = 0;
    while let Some(message) = download.next().await {
        assert_eq!(message.unwrap().kind(), "message");
        found += 1;
    }
    assert_eq!(found, length / record.len());
    assert_eq!(*largest.lock().unwrap() as u64, PART);
    assert_eq!(stage.sent() as u64, (length as u64).div_ceil(PART));
}
