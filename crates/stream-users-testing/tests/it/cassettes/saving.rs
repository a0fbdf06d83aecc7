//! The file: written whole or not at all, read with errors that say what to do.

use std::path::PathBuf;

use serde_json::{Value, json};
use stream_users_model::operation;
use stream_users_testing::Answer;
use stream_users_testing::cassette::Cassette;

use super::{exchange, request};

/// A folder of a test's own that goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("stream-users-testing-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn entries(&self) -> usize {
        std::fs::read_dir(&self.0).unwrap().count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn cassette() -> Cassette {
    let send = request(&operation::GET_TASK, "/api/v2/tasks/t-1", "");
    exchange(send, Answer::json(200, json!({"task_id": "t-1"}))).await
}

#[tokio::test]
async fn a_file_holds_the_cassette_and_replaces_another() {
    let folder = Folder::new("saving");
    let file = folder.0.join("run.json");
    std::fs::write(&file, "an older one").unwrap();
    let cassette = cassette().await;
    cassette.save(&file).unwrap();
    assert_eq!(folder.entries(), 1, "nothing is left beside it");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, cassette.to_json().unwrap());
    assert!(text.starts_with("{\n  \"cassette\": 1,"), "{text}");
    assert_eq!(Cassette::load(&file).unwrap().to_json().unwrap(), text);
}

#[tokio::test]
async fn a_file_that_cannot_be_written_leaves_what_was_there() {
    let folder = Folder::new("unwritable");
    let file = folder.0.join("run.json");
    std::fs::create_dir(&file).unwrap();
    std::fs::write(file.join("inside"), "").unwrap();
    let error = cassette().await.save(&file).unwrap_err();
    assert!(
        error.to_string().ends_with("run.json: could not be written"),
        "{error}"
    );
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(folder.entries(), 1, "nothing is left beside it");
    let error = cassette()
        .await
        .save(folder.0.join("no/such/folder.json"))
        .unwrap_err();
    assert!(error.to_string().contains("could not be written"), "{error}");
    assert!(cassette().await.save("/").is_err());
    let error = Cassette::load(folder.0.join("nothing.json")).unwrap_err();
    assert!(
        error.to_string().ends_with("nothing.json: could not be read"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_no_cassette_of_this_version_is_refused_with_the_reason() {
    let good: Value = serde_json::from_str(&cassette().await.to_json().unwrap()).unwrap();
    let with = |pointer: &str, value: Value| {
        let mut document = good.clone();
        *document.pointer_mut(pointer).unwrap() = value;
        document.to_string()
    };
    let http = |http: Value| with("/interactions/0/answer", json!({"http": http}));
    let deep = format!(
        r#"{{"cassette":1,"interactions":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    for (text, reason) in [
        (String::new(), "it cannot be read"),
        ("[]".to_owned(), "it cannot be read"),
        ("{}".to_owned(), "its version, is missing"),
        (
            with("/cassette", json!(2)),
            "it is of version 2, and this crate reads version 1",
        ),
        (with("/cassette", json!(-1)), "it cannot be read"),
        (with("/cassette", json!("1")), "it cannot be read"),
        (with("/interactions", json!(7)), "it cannot be read"),
        (deep, "it cannot be read"),
        (
            json!({"cassette": 1, "interactions": [], "tape": 1}).to_string(),
            "unknown field `tape`",
        ),
        (
            with("/interactions/0/answer", json!({"error": "sunspots"})),
            "\"sunspots\" is no kind of transport error",
        ),
        (
            with("/interactions/0/answer", json!("never")),
            "unknown variant `never`",
        ),
        (http(json!({"status": 7})), "interactions[0]: 7 is no http status"),
        (http(json!({"status": 70_000})), "it cannot be read"),
        (
            http(json!({"status": 200, "version": "SPDY"})),
            "\"SPDY\" is no version of HTTP",
        ),
        (
            http(json!({"status": 200, "headers": [["two words", "x"]]})),
            "the header \"two words\" cannot stand",
        ),
        (
            http(json!({"status": 200, "headers": [["x", "two\nlines"]]})),
            "the header \"x\" cannot stand",
        ),
        (
            http(json!({"status": 200, "body": {"length": 1_u64 << 60}})),
            "the body has 1152921504606846976 bytes; at most 67108864 are taken",
        ),
        (
            http(json!({"status": 200, "body": {"length": -1}})),
            "it cannot be read",
        ),
    ] {
        let error = Cassette::from_json(&text).unwrap_err();
        assert!(error.to_string().contains(reason), "{reason}: {error}");
        assert!(error.to_string().len() < 500);
    }
}

#[test]
fn a_file_that_tells_of_long_bodies_is_read_without_making_them() {
    let long = json!({
        "request": {"method": "GET", "path": "/"},
        "answer": {"http": {"status": 200, "body": {"length": 64 << 20}}}
    });
    // Together 3 TiB, which takes a machine half an hour.
    let text = json!({"cassette": 1, "interactions": vec![long; 50_000]}).to_string();
    assert_eq!(Cassette::from_json(&text).unwrap().len(), 50_000);
}
