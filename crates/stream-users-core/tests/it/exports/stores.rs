//! What file stores answer, and what is asked of them.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use stream_users_core::retry::NoRetry;
use stream_users_core::{
    CallOptions, Client, ErrorKind, ReadExport, TransportErrorKind, Users, UsersApi, UsersApiExt,
};
use stream_users_model::{Custom, ExportedFile};
use stream_users_testing::{Answer, RecordedRequest, ScriptedTransport};

use super::{MARKER, file, kinds, lines, part, range, store, user};
use crate::spans::Trace;
use crate::stage::{KEY, SECRET, Stage, seconds};

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

type Change = Box<dyn Fn(&RecordedRequest) -> Answer + Send + Sync>;

#[tokio::test]
async fn a_file_that_changes_is_refused() {
    let content = lines(&[user("ada"), user("bob"), user("eve")]);
    let size = user("ada").len() as u64 + 1;
    let other = content.replace("bob", "bobby");
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
async fn a_place_at_the_end_of_all_numbers_is_an_error_like_any_other() {
    let stage = Stage::answering(|request| {
        let range = request.header("range").unwrap().strip_prefix("bytes=").unwrap();
        Answer::new(206, "x").header("content-range", &format!("bytes {range}/*"))
    });
    let users = stage.users::<Custom>();
    let cursor = format!("1.{}..", u64::MAX).parse().unwrap();
    let error = users
        .download(&file())
        .resume(cursor)
        .max_record_size(9)
        .next()
        .await;
    assert_eq!(error.unwrap().unwrap_err().kind(), ErrorKind::Decode);
    assert!(stage.sent() < 20);
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
    let service = Client::DEFAULT_BASE_URL;
    for url in [
        "https://files.test/f",
        "http://localhost:3000/f",
        "http://127.0.0.1/f",
        "http://127.8.8.8:1/f",
        "http://[::1]:80/f",
    ] {
        assert_eq!(read(url, service).await, (Ok(()), 1), "{url}");
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
        assert_eq!(read(url, service).await, (Err(ErrorKind::Invalid), 0), "{url}");
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
async fn what_is_traced_says_how_it_went_and_not_where() {
    let trace = Trace::start();
    let stage = Stage::new([Answer::new(503, MARKER), Answer::new(403, MARKER)]);
    let users = stage.users::<Custom>();
    users.download(&file()).next().await.unwrap().unwrap_err();
    let text = trace.text();
    assert!(
        text.contains("read_export")
            && text.contains("attempts=2")
            && text.contains("http.response.status_code=403"),
        "{text}"
    );
    for secret in [MARKER, KEY, SECRET] {
        assert!(!text.contains(secret), "{text}");
    }
}
