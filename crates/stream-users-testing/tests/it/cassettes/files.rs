//! The files of exports: redacted in their length, so that parts, offsets and cursors are as they were.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::json;
use stream_users_core::{ExportCursor, Transport, Users, UsersApi, UsersApiExt};
use stream_users_model::{Custom, ExportRecord, ExportUsers, ExportedFile, RawJson, operation};
use stream_users_testing::cassette::{RecordingTransport, Redaction, ReplayTransport};
use stream_users_testing::{Answer, RecordedRequest, Rule, ScriptedTransport, fixtures};

use super::{json, users};

const SECRET_URL: &str = "https://files.test/t-1.jsonl?signature=s1gnature-marker";

fn content() -> Bytes {
    let message = json!({"id": "m-1", "text": "grüße-marker 😀", "type": "regular", "pinned": false});
    fixtures::export_file(
        fixtures::users(20, |number| {
            Custom::from_iter([
                ("email", json!(format!("{number}-marker@example.com"))),
                ("on", json!(false)),
                ("age", json!(42)),
            ])
        })
        .into_iter()
        .flat_map(|user| {
            let message = RawJson::from_serialize(&message).unwrap();
            [ExportRecord::User(Box::new(user)), ExportRecord::Message(message)]
        }),
    )
}

/// A service whose export lies in a file store.
fn service(store: impl Fn(&RecordedRequest) -> Answer + Send + Sync + 'static) -> ScriptedTransport {
    let file = ExportedFile::new(SECRET_URL);
    ScriptedTransport::rules([
        Rule::on(&operation::EXPORT_USERS)
            .answer(Answer::json(201, json!({"task_id": "t-1"})))
            .repeat(),
        Rule::on(&operation::GET_TASK)
            .answer(Answer::ok(&fixtures::completed_task("t-1", &file)))
            .repeat(),
        Rule::any().answer_with(store).repeat(),
    ])
}

fn store(content: Bytes) -> impl Fn(&RecordedRequest) -> Answer {
    move |request| fixtures::export_answer(&content, request)
}

async fn file(users: &Users) -> ExportedFile {
    let started = users
        .export_users(ExportUsers::new(["user-0001"]))
        .await
        .unwrap()
        .body;
    users.task(&started).wait().await.unwrap()
}

/// What a file store answers.
type Store = Box<dyn Fn(&RecordedRequest) -> Answer + Send + Sync>;

/// What a record comes to, without what is redacted.
fn told(record: &ExportRecord) -> String {
    match record {
        ExportRecord::User(user) => format!(
            "{} {} {:?} {}",
            user.id,
            user.role,
            user.created_at,
            user.name.is_some()
        ),
        ExportRecord::Message(raw) => raw.decode::<serde_json::Value>().unwrap()["id"].to_string(),
        other => other.kind().to_owned(),
    }
}

#[tokio::test]
async fn parts_of_any_size_play_as_they_were() {
    for part_size in [5, 64, 333, 1 << 20] {
        let recording = RecordingTransport::new(service(store(content())));
        let run = |api: Users| async move {
            let file = file(&api).await;
            let records: Vec<_> = api
                .download(&file)
                .part_size(part_size)
                .try_collect()
                .await
                .unwrap();
            records.iter().map(told).collect::<Vec<_>>()
        };
        let expected = run(users(recording.clone())).await;
        assert_eq!(expected.len(), 40);
        let cassette = recording.cassette();
        assert!(cassette.unrecorded().is_empty());
        let text = cassette.to_json().unwrap();
        assert!(
            !text.contains("marker") && text.contains("https://redacted.invalid/file-1"),
            "{text}"
        );
        let replay = ReplayTransport::strict(cassette);
        assert_eq!(run(users(replay.clone())).await, expected);
        replay.assert_finished();
    }
}

#[tokio::test]
async fn a_download_that_was_given_up_and_one_that_went_on_play_up_to_there() {
    let recording = RecordingTransport::new(service(store(content())));
    let run = |api: Users| async move {
        let file = file(&api).await;
        let mut first = api.download(&file).part_size(500);
        let begun = first.next().await.unwrap().unwrap();
        let saved = first.cursor().to_string();
        drop(first);
        let cursor: ExportCursor = saved.parse().unwrap();
        let mut rest = api.download(&file).part_size(200).resume(cursor.clone());
        (
            told(&begun),
            told(&rest.next().await.unwrap().unwrap()),
            cursor.offset(),
        )
    };
    let expected = run(users(recording.clone())).await;
    let cassette = recording.cassette();
    assert!(cassette.unrecorded().is_empty() && !cassette.to_json().unwrap().contains("marker"));
    let replay = ReplayTransport::strict(cassette.clone());
    assert_eq!(run(users(replay.clone())).await, expected);
    replay.assert_finished();

    // What was not recorded is not made up.
    let api: Users = users(ReplayTransport::strict(cassette));
    let file = file(&api).await;
    let found: Vec<_> = api.download(&file).part_size(500).collect().await;
    let (last, read) = found.split_last().unwrap();
    assert!(read.iter().all(Result::is_ok));
    let error = last.as_ref().unwrap_err().to_string();
    assert!(error.contains("the cassette has no answer"), "{error}");
}

#[tokio::test]
async fn a_part_whose_begin_is_missing_is_said_instead_of_kept() {
    let recording = RecordingTransport::new(service(store(content())));
    let read = |transport: ReplayTransport| async move {
        let api: Users = users(transport);
        api.read_export(stream_users_core::ReadExport::new(
            ExportedFile::new(SECRET_URL),
            30,
            400,
        ))
        .await
    };
    let api: Users = users(recording.clone());
    let request = stream_users_core::ReadExport::new(ExportedFile::new(SECRET_URL), 30, 400);
    api.read_export(request).await.unwrap();
    let cassette = recording.cassette();
    assert!(!cassette.to_json().unwrap().contains("marker"));
    let reason = "the record at byte 30 of the file began in a part that was not recorded";
    assert!(
        cassette.unrecorded()[0].ends_with(reason),
        "{:?}",
        cassette.unrecorded()
    );
    let error = read(ReplayTransport::strict(cassette)).await.unwrap_err();
    assert!(
        error.to_string().contains(reason) && !error.is_retryable(),
        "{error}"
    );
}

#[tokio::test]
async fn what_goes_wrong_with_a_file_goes_wrong_again() {
    let line = "{\"type\":\"user\",\"data\":{\"id\":\"a\",\"created_at\":1,\"updated_at\":1}}\n";
    let odd = Bytes::from(format!(
        "{line}marker {{\n\n{line}{{\"type\":\"user\",\"data\":{{\"name\":\"n-marker\"}}}}\n"
    ));
    let changing = std::sync::atomic::AtomicUsize::new(0);
    let stores: Vec<Store> = vec![
        Box::new(store(odd)),
        Box::new(|_| Answer::new(403, "<Error>s1gnature-marker</Error>")),
        Box::new(|_| Answer::new(200, "packed-marker").header("content-encoding", "gzip")),
        Box::new(|_| Answer::new(206, "no-range-marker")),
        Box::new(|_| Answer::new(206, "other-range-marker").header("content-range", "bytes 5-6/100")),
        Box::new(move |request| {
            let number = changing.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            fixtures::export_answer(&content(), request).header("etag", &format!("\"marker-{number}\""))
        }),
        Box::new(move |_| Answer::new(200, line).header("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT")),
    ];
    for (index, store) in stores.into_iter().enumerate() {
        let recording = RecordingTransport::new(service(move |request| {
            let answer = store(request);
            if index == 5 {
                answer
            } else {
                answer.header("x-amz-request-id", "marker")
            }
        }));
        let run = |api: Users| async move {
            let file = file(&api).await;
            let records: Vec<_> = api.download(&file).part_size(90).collect().await;
            let facts = records.iter().map(|record| match record {
                Ok(record) => told(record),
                Err(error) => format!(
                    "{:?} {:?} {}",
                    error.kind(),
                    error.status(),
                    error.may_have_been_applied()
                ),
            });
            facts.collect::<Vec<_>>()
        };
        let expected = run(users(recording.clone())).await;
        let cassette = recording.cassette();
        assert!(!cassette.to_json().unwrap().contains("marker"), "{index}");
        let replay = ReplayTransport::strict(cassette);
        assert_eq!(run(users(replay.clone())).await, expected, "{index}");
        replay.assert_finished();
    }
}

#[tokio::test]
async fn the_files_of_two_exports_stay_apart() {
    let script = ScriptedTransport::rules([
        Rule::on(&operation::GET_TASK)
            .answer_with(|request| {
                let id = request.segments().pop().unwrap();
                let file = ExportedFile::new(format!("https://files.test/{id}-marker"));
                Answer::ok(&fixtures::completed_task(id, &file))
            })
            .repeat(),
        Rule::any()
            .answer_with(|request| {
                let id = if request.path().contains("t-1") {
                    "one"
                } else {
                    "two"
                };
                let user = fixtures::user(id, Custom::new());
                let file = fixtures::export_file([ExportRecord::User(Box::new(user))]);
                fixtures::export_answer(&file, request)
            })
            .repeat(),
    ]);
    let recording = RecordingTransport::new(script);
    let run = |api: Users, order: [usize; 2]| async move {
        let mut files = Vec::new();
        for id in ["t-1", "t-2"] {
            files.push(api.task_by_id::<ExportedFile>(id).wait().await.unwrap());
        }
        let mut ids = Vec::new();
        for index in order {
            let records: Vec<_> = api.download(&files[index]).try_collect().await.unwrap();
            ids.push(records[0].user().unwrap().id.to_string());
        }
        ids
    };
    assert_eq!(run(users(recording.clone()), [0, 1]).await, ["one", "two"]);
    let replay = ReplayTransport::strict(recording.cassette());
    assert_eq!(run(users(replay), [1, 0]).await, ["two", "one"]);
}

#[tokio::test]
async fn ids_that_would_be_longer_are_said_and_shorter_ones_fit() {
    for (with, is_kept) in [
        ("u", true),
        ("a-much-longer-name-for-each-user-than-there-was", false),
    ] {
        let redaction = Redaction::new().ids_with(move |id| id.replace("user", with));
        let recording = RecordingTransport::with_redaction(service(store(content())), redaction.clone());
        let api: Users = users(recording.clone());
        let _ = api
            .download(&file(&api).await)
            .try_collect::<Vec<_>>()
            .await
            .unwrap();
        let cassette = recording.cassette();
        assert_eq!(
            cassette.unrecorded().is_empty(),
            is_kept,
            "{:?}",
            cassette.unrecorded()
        );
        if is_kept {
            let api: Users = users(ReplayTransport::strict(cassette).redaction(redaction));
            let started = file(&api).await;
            let records: Vec<_> = api.download(&started).try_collect().await.unwrap();
            assert_eq!(records[0].user().unwrap().id, "u-0001");
        } else {
            assert!(cassette.unrecorded()[0].contains("without becoming longer"));
        }
    }
}

#[tokio::test]
async fn keys_that_are_hidden_do_not_make_a_record_longer() {
    let custom = json!({"": 1, "1": 2, "é": 3, "日本語": 4, "grace@example.com": 5});
    let line = json!({"type": "user", "data": {"id": "a", "role": "user", "custom": custom}});
    let content = Bytes::from(format!("{line}\n"));
    let recording = RecordingTransport::new(service(store(content.clone())));
    let api: Users = users(recording.clone());
    let file = file(&api).await;
    let read = stream_users_core::ReadExport::new(file, 0, 1000);
    assert_eq!(api.read_export(read).await.unwrap().body.bytes, content);
    let cassette = recording.cassette();
    assert_eq!(cassette.unrecorded(), [""; 0]);
    let document = json(&cassette);
    let interactions = document["interactions"].as_array().unwrap();
    let text = interactions.last().unwrap()["answer"]["http"]["body"]["text"]
        .as_str()
        .unwrap();
    assert_eq!(text.len(), content.len());
    let record: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(
        record["data"]["custom"],
        json!({"": 0, "2": 0, "redacted-3": 0, "4": 0, "5": 0})
    );
}

#[tokio::test]
async fn a_part_behind_every_file_is_none() {
    let range = format!("bytes {0}-{0}/*", usize::MAX);
    let answer = Answer::new(206, "{").header("content-range", &range);
    let recording = RecordingTransport::new(ScriptedTransport::new([answer.clone(), answer]));
    for _ in 0..2 {
        let mut sent = http::Request::new(Bytes::new());
        *sent.uri_mut() = SECRET_URL.parse().unwrap();
        recording.send(sent).await.unwrap();
    }
    assert_eq!(recording.cassette().len(), 2);
}

#[tokio::test]
async fn what_only_begins_like_a_redacted_address_or_tag_is_redacted() {
    for url in [
        "https://redacted.invalid/file-1-marker",
        "https://redacted.invalid/marker",
        "https://redacted.invalid/file-marker",
    ] {
        let task = fixtures::completed_task("t-1", &ExportedFile::new(url));
        let tag = |tag| Answer::ok(&task).header("etag", tag);
        let script = ScriptedTransport::new([tag("\"redacted-marker\""), tag("W/\"redacted\"marker")]);
        let recording = RecordingTransport::new(script);
        let api: Users = users(recording.clone());
        for _ in 0..2 {
            api.get_task(stream_users_model::GetTask::new("t-1"))
                .await
                .unwrap();
        }
        let text = recording.cassette().to_json().unwrap();
        assert!(!text.contains("marker") && text.contains("redacted-2"), "{text}");
    }
}

#[tokio::test]
async fn an_address_that_no_answer_named_is_nowhere() {
    let recording = RecordingTransport::new(ScriptedTransport::new([Answer::new(404, "")]));
    let mut sent = http::Request::new(Bytes::new());
    *sent.uri_mut() = SECRET_URL.parse().unwrap();
    recording.send(sent).await.unwrap();
    let document = json(&recording.cassette());
    assert_eq!(
        document["interactions"][0]["request"]["path"],
        "https://redacted.invalid/elsewhere"
    );
}
