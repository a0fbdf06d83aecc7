//! Exports of the emulator, downloaded and erased: through the service itself and through a socket.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, TryStreamExt};
use serde_json::{Value, json};
use stream_users::prelude::*;
use stream_users::{
    EraseUsers, ErasureOutcome, ErasureReport, ExportCursor, ExportRecord, ExportedFile, ServiceTransport,
    TransportError, blocking,
};
use stream_users_emulator::{Emulator, EmulatorService, Fault};

/// `count` users with a message each, and reactions of the first one to all of them.
fn seed(count: usize) -> Value {
    let id = |n: usize| format!("user-{n:03}");
    let all: Vec<String> = (0..count).map(id).collect();
    json!({
        "users": all.iter().map(|id| json!({"id": id, "custom": {"plan": id}})).collect::<Vec<_>>(),
        "channels": [{"cid": "messaging:all", "members": all}],
        "messages": all.iter().map(|id| json!({
            "id": format!("m-{id}"), "cid": "messaging:all", "user_id": id, "text": format!("the words of {id}: grüße 😀"),
        })).collect::<Vec<_>>(),
        "reactions": all.iter().map(|id| json!({
            "message_id": format!("m-{id}"), "user_id": "user-000", "type": "like",
        })).collect::<Vec<_>>(),
    })
}

fn ids(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("user-{n:03}")).collect()
}

fn service(count: usize) -> EmulatorService {
    Emulator::builder()
        .task_latency(Duration::ZERO)
        .seed(seed(count))
        .build()
        .unwrap()
}

fn over(stream: &EmulatorService) -> Users {
    through(stream, ServiceTransport::new(stream.clone()))
}

fn through(stream: &EmulatorService, transport: impl Transport) -> Users {
    let client = Client::builder(stream.api_key()).server(stream.api_secret());
    client.transport(transport).build().unwrap().users()
}

async fn export(users: &impl UsersApi, ids: &[String]) -> ExportedFile {
    let started = users.export_users(ExportUsers::new(ids)).await.unwrap().body;
    users.task(&started).wait().await.unwrap()
}

/// Downloads in tiny parts, and half-way from a text as another process would.
async fn download_in_two_halves(users: &impl UsersApi, ids: &[String]) {
    let file = export(users, ids).await;
    let mut first = users.download(&file).part_size(100);
    let mut records = Vec::new();
    for _ in 0..ids.len() {
        records.push(first.try_next().await.unwrap().unwrap());
    }
    let saved = first.cursor().to_string();
    drop(first);
    let cursor: ExportCursor = saved.parse().unwrap();
    assert!(cursor.offset() > 0 && cursor.total().unwrap() > cursor.offset());
    let rest = users.download(&file).part_size(333).resume(cursor);
    records.extend(rest.try_collect::<Vec<_>>().await.unwrap());

    let whole: Vec<_> = users.download(&file).try_collect().await.unwrap();
    assert_eq!(records, whole);
    let found: Vec<_> = records.iter().filter_map(ExportRecord::user).collect();
    assert!(
        found
            .iter()
            .map(|user| user.id.as_str())
            .eq(ids.iter().map(String::as_str))
    );
    for user in found {
        assert_eq!(
            user.custom.get::<String>("plan").unwrap().as_deref(),
            Some(user.id.as_str())
        );
    }
    let messages = records.iter().filter_map(|record| match record {
        ExportRecord::Message(message) => Some(
            message.decode::<Value>().unwrap()["text"]
                .as_str()
                .unwrap()
                .to_owned(),
        ),
        _ => None,
    });
    let expected = ids.iter().map(|id| format!("the words of {id}: grüße 😀"));
    assert!(messages.eq(expected));
}

#[tokio::test]
async fn sixty_users_are_exported_and_downloaded_in_parts() {
    let stream = service(60);
    let users = over(&stream);
    let all = ids(0..60);
    for batch in all.chunks(25) {
        download_in_two_halves(&users, batch).await;
    }
}

#[tokio::test]
async fn over_a_socket_too() {
    let builder = Emulator::builder().task_latency(Duration::ZERO).seed(seed(25));
    let stream = builder.start().await.unwrap();
    let client = Client::builder(stream.api_key())
        .server(stream.api_secret())
        .base_url(stream.base_url())
        .transport(ReqwestTransport::builder().no_proxy().build().unwrap())
        .build()
        .unwrap();
    let users: Users = client.users();
    download_in_two_halves(&users, &ids(0..25)).await;
    let report = users.erase_users(EraseUsers::new(ids(0..25))).await.unwrap();
    assert!(report.is_complete(), "{report:?}");
    stream.shutdown().await;
}

#[tokio::test]
async fn without_async_too() {
    let stream = service(3);
    let users = blocking::Users::new(over(&stream)).unwrap();
    let started = users.export_users(ExportUsers::new(ids(0..3))).unwrap().body;
    let task = users.task(&started);
    let states: Vec<_> = task.progress().map(|task| task.unwrap().status).collect();
    assert!(states.last().unwrap().is_terminal());
    let file = task.wait().unwrap();
    let mut download = users.download(&file).part_size(50).max_record_size(1 << 20);
    let first = download.next().unwrap().unwrap();
    assert_eq!(first.user().unwrap().id, "user-000");
    let cursor = download.cursor();
    drop(download);
    let mut rest = users.download(&file).resume(cursor);
    assert_eq!(rest.by_ref().map(Result::unwrap).count(), 8);
    assert!(rest.next().is_none());
    assert_eq!(Some(rest.cursor().offset()), rest.cursor().total());
    let report = users
        .erase_users(EraseUsers::new(["user-000", "nobody"]))
        .unwrap();
    assert!(report.is_complete());
}

#[tokio::test]
async fn a_url_that_has_expired_is_told_from_other_failures() {
    let stream = service(1);
    let users = over(&stream);
    let file = export(&users, &ids(0..1)).await;
    // The emulator keeps the files of the newest 100 exports.
    for _ in 0..100 {
        export(&users, &ids(0..1)).await;
    }
    let error = users.download(&file).next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Api, Some(403)));
    assert!(error.to_string().contains("ask for a new export"), "{error}");
}

fn outcome(report: &ErasureReport, id: &str) -> (ErasureOutcome, String) {
    let user = report.users.iter().find(|user| user.user_id == id).unwrap();
    (user.outcome, user.reason.clone().unwrap_or_default())
}

#[tokio::test]
async fn nothing_is_left_of_erased_users_and_everything_of_others() {
    let stream = service(60);
    let users = over(&stream);
    users.deactivate("user-007").await.unwrap();
    let mut asked = ids(0..58);
    asked.push("nobody".to_owned());
    let report = users.erase_users(EraseUsers::new(asked)).await.unwrap();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(outcome(&report, "nobody").0, ErasureOutcome::NotFound);
    assert_eq!(outcome(&report, "user-007").0, ErasureOutcome::Erased);
    assert_eq!((report.exports.len(), report.deletions.len()), (3, 1));
    assert_eq!(
        report.exports.iter().map(|export| export.records).sum::<u64>(),
        58 + 58 + 60
    );

    let left: BTreeSet<UserId> = users
        .all_users()
        .items()
        .map_ok(|user| user.id)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(left.len(), 2);
    let state = stream.state().unwrap().to_string();
    assert!(!state.contains("the words of user-000") && state.contains("the words of user-059"));

    // The files are there for whoever has the report.
    let file = report.exports[2].file().unwrap();
    let records: Vec<_> = users.download(file).try_collect().await.unwrap();
    assert_eq!(records.len() as u64, report.exports[2].records);

    let again = users.erase_users(EraseUsers::new(ids(0..58))).await.unwrap();
    assert!(
        again
            .users
            .iter()
            .all(|user| user.outcome == ErasureOutcome::NotFound)
    );
    assert!(again.exports.is_empty() && again.deletions.is_empty());
}

#[tokio::test]
async fn tasks_that_fail_stand_in_the_report() {
    let stream = service(4);
    let users = over(&stream);
    // The export of both fails, and then that of the first alone.
    stream
        .fault(
            "export_users",
            Fault::failed_task("InternalError", "the worker is gone").times(2),
        )
        .unwrap();
    let report = users.erase_users(EraseUsers::new(ids(0..2))).await.unwrap();
    let (failed, reason) = outcome(&report, "user-000");
    assert_eq!(failed, ErasureOutcome::Failed);
    assert!(reason.contains("InternalError: the worker is gone"), "{reason}");
    assert_eq!(outcome(&report, "user-001").0, ErasureOutcome::Erased);
    assert!(users.get_user("user-000").await.unwrap().is_some());

    stream
        .fault(
            "delete_users",
            Fault::failed_task("InternalError", "the worker is gone"),
        )
        .unwrap();
    let report = users.erase_users(EraseUsers::new(ids(2..4))).await.unwrap();
    for id in ids(2..4) {
        let (unsure, reason) = outcome(&report, &id);
        assert_eq!(unsure, ErasureOutcome::Unconfirmed);
        assert!(reason.contains("the worker is gone"), "{reason}");
    }
    assert!(!report.is_complete());
    assert!(
        stream
            .state()
            .unwrap()
            .to_string()
            .contains("the words of user-002"),
        "the task did nothing"
    );
}

/// A connection that is gone for good after some requests, the last of which is done without an answer.
#[derive(Debug)]
struct Dying<T> {
    inner: T,
    left: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Dying<T> {
    async fn send(
        &self,
        request: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<bytes::Bytes>, TransportError> {
        let answer = self.inner.send(request).await;
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            std::future::pending::<()>().await;
        }
        answer
    }
}

#[tokio::test]
async fn an_erasure_that_is_killed_anywhere_is_done_by_the_next_run() {
    let asked = ids(0..30);
    let mut kills = 0;
    for after in 1.. {
        let stream = service(31);
        let left = Arc::new(AtomicUsize::new(after));
        let dying = Dying {
            inner: ServiceTransport::new(stream.clone()),
            left,
        };
        let users = through(&stream, dying);
        // Everything is answered at once, so that it stands still only where it is killed.
        if users
            .erase_users(EraseUsers::new(asked.clone()))
            .now_or_never()
            .is_some()
        {
            break;
        }
        kills += 1;
        let report = over(&stream)
            .erase_users(EraseUsers::new(asked.clone()))
            .await
            .unwrap();
        assert!(report.is_complete(), "killed at request {after}: {report:?}");
        let left: Vec<_> = over(&stream)
            .all_users()
            .items()
            .map_ok(|user| user.id)
            .try_collect()
            .await
            .unwrap();
        assert_eq!(left, ["user-030"], "killed at request {after}");
    }
    assert_eq!(
        kills, 10,
        "one query, two exports of three requests, the deletion's two, one query"
    );
}
