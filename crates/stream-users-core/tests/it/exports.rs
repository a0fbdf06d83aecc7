//! Downloading an export's file, from a file store by script.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use proptest::prelude::*;
use serde_json::json;
use stream_users_core::retry::NoRetry;
use stream_users_core::{
    CallOptions, Client, Download, ErrorKind, ExportCursor, ReadExport, TransportErrorKind, Users, UsersApi,
    UsersApiExt,
};
use stream_users_model::{Custom, ExportRecord, ExportedFile, RawJson};
use stream_users_testing::{Answer, RecordedRequest, ScriptedTransport};

use crate::stage::{KEY, SECRET, Stage, seconds};

/// Whoever sees this in an error, in `Debug` or in a log has seen the secret.
const MARKER: &str = "marker-of-the-signature";

fn file() -> ExportedFile {
    ExportedFile::new(format!(
        "https://files.test/exports/users/t-1.jsonl?signature={MARKER}"
    ))
}

fn user(id: &str) -> String {
    json!({"type": "user", "data": {"id": id, "created_at": 1, "updated_at": 1}}).to_string()
}

fn message(id: &str) -> String {
    json!({"type": "message", "data": {"id": id, "text": "grüße"}}).to_string()
}

fn lines(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |text, line| text + line + "\n")
}

/// The range that a request asks for.
fn range(request: &RecordedRequest) -> Range<usize> {
    let range = request.header("range").unwrap().strip_prefix("bytes=").unwrap();
    let (first, last) = range.split_once('-').unwrap();
    first.parse().unwrap()..last.parse::<usize>().unwrap() + 1
}

/// What a file store answers that knows ranges and tags.
fn part(request: &RecordedRequest, content: &[u8], tag: &str) -> Answer {
    if request.header("if-match").is_some_and(|asked| asked != tag) {
        return Answer::new(412, "");
    }
    let range = range(request);
    let length = content.len();
    if range.start >= length {
        return Answer::new(416, "").header("content-range", &format!("bytes */{length}"));
    }
    let range = range.start..range.end.min(length);
    Answer::new(206, content[range.clone()].to_vec())
        .header(
            "content-range",
            &format!("bytes {}-{}/{length}", range.start, range.end - 1),
        )
        .header("etag", tag)
}

fn store(content: impl Into<Vec<u8>>) -> Stage {
    let content = content.into();
    Stage::answering(move |request| part(request, &content, "\"v1\""))
}

async fn kinds(download: Download<'_, Custom>) -> Vec<String> {
    download
        .map(|record| match record.unwrap() {
            ExportRecord::User(user) => user.id.to_string(),
            ExportRecord::Message(raw) | ExportRecord::Reaction(raw) => {
                raw.decode::<serde_json::Value>().unwrap()["id"].to_string()
            }
            other => other.kind().to_owned(),
        })
        .collect()
        .await
}

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
            .map(|name| name.as_str())
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
        let tag: String = tag.bytes().map(|byte| format!("%{byte:02X}")).collect();
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
async fn an_empty_file_has_no_records() {
    for stage in [store(""), Stage::answering(|_| Answer::new(200, ""))] {
        let users = stage.users::<Custom>();
        assert!(users.download(&file()).next().await.is_none());
        assert_eq!(stage.sent(), 1);
    }
}

#[tokio::test]
async fn a_file_store_without_ranges_sends_all_of_it() {
    let content = lines(&[user("ada"), user("bob"), user("eve")]);
    let sent = content.clone();
    let stage = Stage::answering(move |_| Answer::new(200, sent.clone()));
    let users = stage.users::<Custom>();
    assert_eq!(
        kinds(users.download(&file()).part_size(9)).await,
        ["ada", "bob", "eve"]
    );
    assert_eq!(stage.sent(), 1);

    let mut download = users.download(&file());
    download.next().await.unwrap().unwrap();
    let rest = users.download(&file()).resume(download.cursor());
    assert_eq!(kinds(rest).await, ["bob", "eve"]);

    // Shorter than what was read already.
    let cursor = format!("1.{}..", content.len() + 1).parse().unwrap();
    let error = users
        .download(&file())
        .resume(cursor)
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert!(error.to_string().contains("has changed"), "{error}");
}

#[tokio::test]
async fn a_length_that_is_not_said_is_found() {
    let content = lines(&[user("ada"), user("bob")]);
    let stage = Stage::answering(move |request| {
        let range = range(request);
        if range.start >= content.len() {
            return Answer::new(416, "");
        }
        let range = range.start..range.end.min(content.len());
        Answer::new(206, content[range.clone()].to_owned()).header(
            "content-range",
            &format!("bytes {}-{}/*", range.start, range.end - 1),
        )
    });
    let users = stage.users::<Custom>();
    assert_eq!(kinds(users.download(&file()).part_size(40)).await, ["ada", "bob"]);
}

#[tokio::test]
async fn a_file_that_changes_is_refused() {
    let content = lines(&[user("ada"), user("bob"), user("eve")]);
    let size = user("ada").len() as u64 + 1;
    let other = content.replace("bob", "bobby");
    type Change = Box<dyn Fn(&RecordedRequest) -> Answer + Send + Sync>;
    let (same, longer) = (content.clone(), other.clone());
    let changes: [(&str, Change); 4] = [
        (
            "If-Match is heeded",
            Box::new(move |request| part(request, other.as_bytes(), "\"v2\"")),
        ),
        ("If-Match is not heeded", {
            let same = same.clone();
            Box::new(move |request| {
                let range = range(request);
                Answer::new(206, same[range.clone()].to_owned())
                    .header(
                        "content-range",
                        &format!("bytes {}-{}/{}", range.start, range.end - 1, same.len()),
                    )
                    .header("etag", "\"v2\"")
            })
        }),
        ("only the length tells", {
            Box::new(move |request| {
                let range = range(request);
                Answer::new(206, longer[range.clone()].to_owned()).header(
                    "content-range",
                    &format!("bytes {}-{}/{}", range.start, range.end - 1, longer.len()),
                )
            })
        }),
        (
            "it is shorter",
            Box::new(|_| Answer::new(416, "").header("content-range", "bytes */3")),
        ),
    ];
    for (what, change) in changes {
        let content = content.clone();
        let stage = Stage::answering(move |request| match range(request).start {
            0 => part(request, content.as_bytes(), "\"v1\""),
            _ => change(request),
        });
        let users = stage.users::<Custom>();
        let mut download = users.download(&file()).part_size(size);
        download.next().await.unwrap().unwrap();
        let error = download.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{what}");
        assert!(error.to_string().contains("has changed since"), "{what}: {error}");
        assert!(!error.is_retryable() && !error.may_have_been_applied());
        assert!(download.next().await.is_none());
    }
}

#[tokio::test]
async fn a_weak_tag_or_a_date_tells_a_change_as_well() {
    for (name, first, second) in [
        ("etag", "W/\"1\"", "W/\"2\""),
        (
            "last-modified",
            "Mon, 01 Jan 2024 00:00:00 GMT",
            "Mon, 01 Jan 2024 00:00:01 GMT",
        ),
    ] {
        let content = lines(&[user("ada"), user("bob")]);
        let stage = Stage::answering(move |request| {
            assert_eq!(request.header("if-match"), None, "it could not be met");
            let range = range(request);
            let range = range.start..range.end.min(content.len());
            let says = if range.start == 0 { first } else { second };
            Answer::new(206, content[range.clone()].to_owned())
                .header(
                    "content-range",
                    &format!("bytes {}-{}/{}", range.start, range.end - 1, content.len()),
                )
                .header(name, says)
        });
        let users = stage.users::<Custom>();
        let mut download = users.download(&file()).part_size(user("ada").len() as u64 + 1);
        download.next().await.unwrap().unwrap();
        assert!(
            download
                .next()
                .await
                .unwrap()
                .unwrap_err()
                .to_string()
                .contains("has changed")
        );
    }
}

#[tokio::test]
async fn answers_that_do_not_fit_the_question_are_errors() {
    let ranged = |range: &str, body: &'static str| Answer::new(206, body).header("content-range", range);
    for answer in [
        Answer::new(206, "abc"),
        ranged("bytes 1-3/9", "abc"),
        ranged("bytes 0-3/9", "abc"),
        ranged("bytes 0-1/9", "abc"),
        ranged("bytes 2-0/9", "abc"),
        ranged("bytes 0-2/2", "abc"),
        ranged("bytes */9", "abc"),
        ranged("0-2/9", "abc"),
        ranged("bytes 0-99999999999999999999/9", "abc"),
        ranged("bytes 0-18446744073709551615/*", "abc"),
        ranged("bytes 0-2/9", "abc").header("content-encoding", "gzip"),
    ] {
        let what = format!("{answer:?}");
        let stage = Stage::new([answer]);
        let users = stage.users::<Custom>();
        let error = users.download(&file()).next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{what}");
    }
}

#[tokio::test]
async fn an_expired_url_says_what_to_do_and_shows_nothing() {
    for status in [401, 403, 404, 410] {
        let body = format!("<Error><Code>AccessDenied</Code><StringToSign>{MARKER}</StringToSign></Error>");
        let stage = Stage::new([Answer::new(status, body)]);
        let users = stage.users::<Custom>();
        let mut download = users.download(&file());
        let error = download.next().await.unwrap().unwrap_err();
        assert_eq!(
            (error.kind(), error.status(), error.body()),
            (ErrorKind::Api, Some(status), None)
        );
        assert!(error.to_string().contains("ask for a new export"), "{error}");
        assert!(error.operation() == Some("read_export") && !error.is_retryable());
        let shown = format!(
            "{error} {error:?} {download:?} {:?}",
            ReadExport::new(file(), 0, 1)
        );
        assert!(
            !shown.contains(MARKER) && !shown.contains("files.test"),
            "{shown}"
        );
        assert!(download.next().await.is_none());
    }
    let stage = Stage::new([Answer::new(302, "").header("location", "https://elsewhere.test/")]);
    let users = stage.users::<Custom>();
    let error = users.download(&file()).next().await.unwrap().unwrap_err();
    assert_eq!((error.status(), stage.sent()), (Some(302), 1));
    assert!(error.to_string().contains("redirect"), "{error}");
}

#[tokio::test]
async fn only_what_cannot_be_read_on_the_way_is_fetched() {
    let read = |url: &'static str, base: &'static str| async move {
        let stage = Stage::over(
            ScriptedTransport::answering(|_| Answer::new(200, "")),
            |builder| builder.base_url(base),
        );
        let users = stage.users::<Custom>();
        let answer = users
            .read_export(ReadExport::new(ExportedFile::new(url), 0, 9))
            .await;
        (answer.map(drop).map_err(|error| error.kind()), stage.sent())
    };
    const SERVICE: &str = "https://chat.stream-io-api.com";
    for url in [
        "https://files.test/f",
        "http://localhost:3000/f",
        "http://127.0.0.1/f",
        "http://127.8.8.8:1/f",
        "http://[::1]:80/f",
    ] {
        assert_eq!(read(url, SERVICE).await, (Ok(()), 1), "{url}");
    }
    for url in [
        "http://files.test/f",
        "http://127.0.0.1.files.test/f",
        "http://localhost.files.test/f",
        "http://10.0.0.1/f",
        "ftp://files.test/f",
        "file:///etc/passwd",
        "/f",
        "files.test/f",
        "https://",
        "",
        "https://files.test/a b\n",
    ] {
        assert_eq!(read(url, SERVICE).await, (Err(ErrorKind::Invalid), 0), "{url}");
    }
    assert_eq!(
        read("http://127.0.0.1:9/f", "http://127.0.0.1:8").await,
        (Ok(()), 1)
    );
}

#[tokio::test]
async fn failed_parts_are_asked_for_again_by_the_clients_policy() {
    let content = lines(&[user("ada"), user("bob")]);
    let failures = Arc::new(Mutex::new(vec![
        Answer::error(TransportErrorKind::Interrupted),
        Answer::new(503, "").header("retry-after", "4"),
        Answer::error(TransportErrorKind::Connect),
        Answer::new(500, ""),
    ]));
    let stage = Stage::answering({
        let failures = Arc::clone(&failures);
        move |request| {
            let mut failures = failures.lock().unwrap();
            // Two failures before each of the two parts.
            let is_next = request.attempt().unwrap() < 3;
            let failure = if is_next { failures.pop() } else { None };
            failure.unwrap_or_else(|| part(request, content.as_bytes(), "\"v1\""))
        }
    });
    let users = stage.users::<Custom>();
    let found = kinds(users.download(&file()).part_size(60)).await;
    assert_eq!(found, ["ada", "bob"]);
    assert_eq!(stage.waits().iter().sum::<std::time::Duration>(), seconds(4));

    let stage = Stage::answering(|_| Answer::new(503, MARKER));
    let users = stage.users::<Custom>();
    let error = users.download(&file()).next().await.unwrap().unwrap_err();
    assert_eq!((error.status(), error.meta().unwrap().attempts), (Some(503), 3));
    assert!(error.is_retryable() && !error.may_have_been_applied());
    assert!(!format!("{error:?}").contains(MARKER));

    let no = CallOptions::new().retry(NoRetry::new());
    let users: Users = users.with_options(no);
    let before = stage.sent();
    users.download(&file()).next().await.unwrap().unwrap_err();
    assert_eq!(stage.sent(), before + 1, "by the handle's policy");
}

#[tokio::test]
async fn a_part_that_does_not_come_is_given_up_in_time() {
    let stage = Stage::answering(|_| Answer::pending());
    let users = stage
        .users::<Custom>()
        .with_options(CallOptions::new().attempt_timeout(seconds(3)).timeout(seconds(5)));
    let error = users.download(&file()).next().await.unwrap().unwrap_err();
    assert!(error.is_timeout() && !error.may_have_been_applied());
    assert_eq!(stage.waits().iter().sum::<std::time::Duration>(), seconds(5));
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

#[tokio::test]
async fn other_implementations_read_parts_too() {
    let stage = store(lines(&[user("ada")]));
    let users: Arc<dyn UsersApi> = Arc::new(stage.users::<Custom>());
    let boxed: Box<dyn UsersApi> = Box::new(Arc::clone(&users));
    assert_eq!(kinds(users.download(&file())).await, ["ada"]);
    assert_eq!(kinds((&boxed).download(&file())).await, ["ada"]);

    #[derive(Debug)]
    struct Nothing;
    impl UsersApi for Nothing {}
    let error = UsersApiExt::<Custom>::download(&Nothing, &file())
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Unimplemented, Some("read_export"))
    );
    let _: &Client = &stage.client;
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
