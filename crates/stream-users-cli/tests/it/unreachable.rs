//! What is said where nothing answers, or something else does.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::local::Local;
use crate::{command, stderr};

fn told(url: &str, code: i32) -> String {
    let mut command = command(&["api", "get_task", "--json", r#"{"id": "x"}"#]);
    let output = command
        .env("STREAM_API_KEY", "marker-key")
        .env("STREAM_API_SECRET", "marker-secret")
        .env("STREAM_BASE_URL", url)
        .env_remove("HTTPS_PROXY")
        .env_remove("https_proxy")
        .output()
        .unwrap();
    let told = stderr(&output).to_owned();
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(!told.contains("marker-") && !told.contains('?'), "{told}");
    told
}

#[test]
fn a_refused_connection_says_so() {
    let told = told("http://127.0.0.1:9", 5);
    for words in [
        "error: nothing answers at 127.0.0.1:9: the connection was refused",
        "because: get_task: the connection to 127.0.0.1:9 could not be made: Connection refused",
        "what to do: nothing listens on this port",
        "the host comes from STREAM_BASE_URL",
    ] {
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_port_that_does_not_speak_https_says_so() {
    let local = Local::start();
    let told = told(&local.base_url().replace("http:", "https:"), 5);
    assert!(
        told.contains("there is no encrypted connection to 127.0.0.1:"),
        "{told}"
    );
    assert!(told.contains("an emulator speaks http"), "{told}");
}

#[test]
fn a_name_that_is_none_says_so() {
    // By the rules of names there is no such host, wherever it is looked up.
    let told = told("https://nothing.invalid", 5);
    assert!(
        told.contains("nothing.invalid:443: the name cannot be looked up"),
        "{told}"
    );
}

#[test]
fn an_answer_of_something_else_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
            stream
                .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 5\r\nconnection: close\r\n\r\nproxy")
                .unwrap();
        }
    });
    let told = told(&url, 6);
    assert!(told.contains("what answered is not Stream"), "{told}");
}

#[test]
fn wrong_credentials_say_which() {
    let local = Local::start();
    for (name, value, words) in [
        (
            "STREAM_API_SECRET",
            "marker-other",
            "the API secret does not belong to the API key",
        ),
        ("STREAM_API_KEY", "marker-other", "the API key is not known"),
    ] {
        let mut command = local.command(&["api", "get_task", "--json", r#"{"id": "x"}"#]);
        let output = command.env(name, value).output().unwrap();
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(6), "{told}");
        assert!(told.contains(words) && told.contains("what to do:"), "{told}");
        assert!(!told.contains("marker-"), "{told}");
    }
}

#[test]
fn a_guest_who_cannot_be_created_is_told_once() {
    let mut command = command(&["connect", "--guest", "Ada"]);
    let output = command
        .env("STREAM_API_KEY", "k")
        .env("STREAM_BASE_URL", "http://127.0.0.1:9")
        .output()
        .unwrap();
    let told = stderr(&output);
    assert_eq!(told.matches("create_guest").count(), 1, "{told}");
}
