//! Data in a directory: what is there after a restart, and whose it is meanwhile.

use std::error::Error;
use std::path::PathBuf;

use rusqlite::Connection;
use serde_json::{Value, json};
use stream_users_emulator::Emulator;

use crate::socket::{request, send_raw, upsert};
use crate::stream::{Stream, TASK};

/// A directory that is removed when the test ends.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("stream-users-emulator-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&path).ok();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// An emulator with its data in the directory.
fn open(directory: &Directory) -> Stream {
    Stream::with(Emulator::builder().data_dir(&directory.0))
}

/// The emulator's database, as somebody else opens it.
fn database(directory: &Directory) -> Connection {
    Connection::open(directory.0.join("stream-users.sqlite3")).unwrap()
}

#[test]
fn data_survives_a_restart() {
    let directory = Directory::new("restart");
    let first = open(&directory);
    first.upsert([json!({ "id": "ada", "custom": { "k": [1, 2.0] } })]);
    let task = first
        .post("/api/v2/users/delete", json!({ "user_ids": ["ada"] }))
        .ok(201);
    drop(first);
    let second = open(&directory);
    assert!(second.find(&json!({})).is_empty());
    second.0.advance_clock(TASK);
    let path = format!("/api/v2/tasks/{}", task["task_id"].as_str().unwrap());
    assert_eq!(second.get(&path).ok(200)["status"], "completed");
    second
        .post("/api/v2/users/restore", json!({ "user_ids": ["ada"] }))
        .ok(201);
    assert_eq!(second.user("ada")["custom"], json!({ "k": [1, 2.0] }));
}

#[test]
fn a_directory_belongs_to_one_emulator_at_a_time() {
    let directory = Directory::new("shared");
    let first = open(&directory);
    let error = Emulator::builder().data_dir(&directory.0).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the data directory {} is in use by another emulator",
            directory.0.display()
        )
    );
    drop(first);
    open(&directory);
}

#[test]
fn errors_name_what_they_are_about_and_why() {
    let directory = Directory::new("broken");
    std::fs::create_dir_all(&directory.0).unwrap();
    let file = directory.0.join("stream-users.sqlite3");
    std::fs::write(&file, "x".repeat(4_096)).unwrap();
    let error = Emulator::builder().data_dir(&directory.0).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot open the database {}", file.display())
    );
    assert!(error.source().unwrap().to_string().contains("not a database"));
    let error = Emulator::builder().data_dir(&file).build().unwrap_err();
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
    assert!(error.source().is_some());
}

/// The steps of the tables, in their order; they are what earlier versions of the emulator have done to a database.
fn steps() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/schema");
    let mut files: Vec<(u32, PathBuf)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            (name.split_once('_').unwrap().0.parse().unwrap(), path)
        })
        .collect();
    files.sort();
    files
        .iter()
        .map(|(_, path)| std::fs::read_to_string(path).unwrap())
        .collect()
}

#[test]
fn data_of_every_earlier_version_is_kept() {
    let steps = steps();
    for version in 1..=steps.len() {
        let directory = Directory::new(&format!("version-{version}"));
        std::fs::create_dir_all(&directory.0).unwrap();
        let database = database(&directory);
        for (index, step) in steps[..version].iter().enumerate() {
            database.execute_batch(step).unwrap();
            if index == 0 {
                database
                    .execute_batch(
                        "INSERT INTO users (id, name, role, created_at, updated_at, teams, custom, name_words)
                        VALUES ('ada', 'Ada', 'user', 1, 2, '[\"red\"]', '{\"k\":[1,2.0]}', ' ada')",
                    )
                    .unwrap();
            }
        }
        database
            .pragma_update(None, "user_version", version.to_string())
            .unwrap();
        drop(database);
        let stream = open(&directory);
        assert_eq!(stream.find(&json!({ "name": { "$autocomplete": "a" } })), ["ada"]);
        assert_eq!(stream.find(&json!({ "teams": "red" })), ["ada"]);
        let user = stream.user("ada");
        assert_eq!(user["custom"], json!({ "k": [1, 2.0] }), "from version {version}");
        assert_eq!((&user["created_at"], &user["updated_at"]), (&json!(1), &json!(2)));
        stream.upsert([json!({ "id": "ada", "name": "Ada L" }), json!({ "id": "bob" })]);
        assert_eq!(stream.find(&json!({})), ["bob", "ada"]);
    }
}

#[test]
fn data_of_a_later_version_is_refused_and_left_alone() {
    let directory = Directory::new("later");
    open(&directory).upsert([json!({ "id": "ada" })]);
    database(&directory)
        .pragma_update(None, "user_version", 1_000)
        .unwrap();
    let error = Emulator::builder().data_dir(&directory.0).build().unwrap_err();
    let file = directory.0.join("stream-users.sqlite3");
    assert_eq!(
        error.to_string(),
        format!(
            "the database {} has format 1000 and this version of the emulator knows formats up to {}: use a later \
             version, or another data directory",
            file.display(),
            steps().len()
        )
    );
    let version: i64 = database(&directory)
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 1_000);
}

#[test]
fn a_database_that_breaks_is_an_error_of_each_request() {
    let directory = Directory::new("corrupt");
    open(&directory).upsert([json!({ "id": "ada" })]);
    let file = directory.0.join("stream-users.sqlite3");
    let page: usize = database(&directory)
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'users_by_age'",
            [],
            |row| row.get::<_, u32>(0),
        )
        .unwrap() as usize;
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[(page - 1) * 4_096..page * 4_096].fill(0xff);
    std::fs::write(&file, bytes).unwrap();
    let stream = open(&directory);
    for _ in 0..2 {
        let answer = stream.query(&json!({ "filter_conditions": {} }));
        assert_eq!((answer.status, &answer.body["code"]), (500, &json!(-1)));
        let message = answer.body["message"].as_str().unwrap();
        assert!(message.contains("malformed"), "{message}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_cannot_be_written_is_an_error() {
    let error = Emulator::builder().data_dir("/proc").build().unwrap_err();
    assert_eq!(error.to_string(), "cannot use the data directory /proc");
    assert!(error.source().is_some());
}

#[test]
fn a_task_that_cannot_be_read_fails() {
    let directory = Directory::new("task");
    for input in ["{", "{}", r#"{"user_ids":5}"#] {
        let first = open(&directory);
        first.upsert([json!({ "id": "ada" })]);
        let started = first
            .post("/api/v2/users/deactivate", json!({ "user_ids": ["ada"] }))
            .ok(201);
        let id = started["task_id"].as_str().unwrap();
        drop(first);
        let changed = database(&directory)
            .execute("UPDATE tasks SET input = ?1 WHERE id = ?2", [input, id])
            .unwrap();
        assert_eq!(changed, 1);
        let second = open(&directory);
        second.0.advance_clock(TASK);
        let task = second.get(&format!("/api/v2/tasks/{id}")).ok(200);
        assert_eq!((&task["status"], task.get("result")), (&json!("failed"), None));
        assert!(
            task["error"]["description"]
                .as_str()
                .unwrap()
                .starts_with("what was asked of the task cannot be read"),
            "{task}"
        );
        drop(second);
        // What a task has left behind is not taken for nothing either.
        database(&directory)
            .execute("UPDATE tasks SET error = '{' WHERE id = ?1", [id])
            .unwrap();
        assert_eq!(open(&directory).get(&format!("/api/v2/tasks/{id}")).status, 500);
    }
}

/// The test's runtime has one thread: were the database waited for on it, nobody else would be answered.
#[tokio::test]
async fn a_request_that_waits_for_the_database_holds_nobody_up() {
    let directory = Directory::new("slow");
    let emulator = Emulator::builder().data_dir(&directory.0).start().await.unwrap();
    let other = database(&directory);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let line = format!("POST /api/v2/users?api_key={}", emulator.api_key());
    let slow = request(&emulator, &line, upsert("ada").to_string().as_bytes());
    let emulator = std::sync::Arc::new(emulator);
    let slow = tokio::spawn({
        let emulator = emulator.clone();
        async move { send_raw(&emulator, slow).await }
    });
    for _ in 0..20 {
        let quick = request(&emulator, "GET /nowhere", b"");
        assert_eq!(send_raw(&emulator, quick).await.0, 404);
    }
    other.execute_batch("COMMIT").unwrap();
    let (status, answer) = slow.await.unwrap();
    assert_eq!(status, 201, "{answer}");
    let state: Value = emulator.state().unwrap();
    assert_eq!(state["users"][0]["id"], "ada");
}
