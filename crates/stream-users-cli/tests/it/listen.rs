//! `listen`, told by an emulator and by anybody.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

use crate::local::Local;
use crate::{command, stderr};

/// A command that listens.
struct Listening {
    child: Child,
    /// Until nobody reads them.
    lines: Option<Lines<BufReader<ChildStdout>>>,
    /// What its first line says.
    first: Value,
}

impl Listening {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut listening = Self {
            child,
            lines: Some(lines),
            first: Value::Null,
        };
        listening.first = listening.next();
        listening
    }

    fn line(&mut self) -> String {
        let Some(line) = self.lines.as_mut().unwrap().next() else {
            panic!("it ended: {}", self.errors());
        };
        line.unwrap()
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    fn errors(&mut self) -> String {
        std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap()
    }

    fn url(&self) -> &str {
        self.first["listening"].as_str().unwrap()
    }

    /// Sends it a webhook by hand; the status of its answer.
    fn post(&self, headers: &str, body: &str) -> u16 {
        let address = self.url().trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST /any HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Waits for a good end; what it said on standard error.
    fn end(mut self) -> String {
        let errors = self.errors();
        assert!(self.child.wait().unwrap().success(), "{errors}");
        errors
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn signature(body: &str, secret: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let bytes = mac.finalize().into_bytes();
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("X-Signature: {}\r\n", digits.concat())
}

fn elsewhere(arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command
        .env("STREAM_API_KEY", "key")
        .env("STREAM_API_SECRET", "secret");
    command
}

fn hooks(local: &Local) -> Vec<String> {
    let hooks = local.hooks();
    let urls = hooks
        .iter()
        .map(|hook| hook["webhook_url"].as_str().unwrap().to_owned());
    urls.collect()
}

#[test]
fn an_emulator_tells_it_what_happens_until_it_ends() {
    let local = Local::start();
    local.hook("http://127.0.0.1:9/");
    let mut listening = Listening::start(&mut local.command(&["listen", "--events", "2"]));
    assert_eq!(listening.first["hooked"], true);
    assert_eq!(hooks(&local), ["http://127.0.0.1:9/", listening.url()]);
    local.upsert(&json!({"id": "ada", "name": "Ada", "custom": {"plan": "pro"}}));
    let line = listening.next();
    assert_eq!(
        (
            &line["event"]["type"],
            &line["event"]["user"]["custom"]["plan"],
            &line["attempt"]
        ),
        (&json!("user.updated"), &json!("pro"), &json!(1))
    );
    assert_eq!(line["webhook_id"].as_str().map(str::len), Some(36));
    local.tell("ada", "bought", &json!({"item": "sword"}));
    let line = listening.next();
    assert_eq!(
        (&line["event"]["type"], &line["event"]["item"]),
        (&json!("bought"), &json!("sword"))
    );
    assert_eq!(listening.end(), "");
    assert_eq!(hooks(&local), ["http://127.0.0.1:9/"], "others' hooks are left");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_and_leaves_nothing_behind() {
    let local = Local::start();
    for name in ["INT", "TERM"] {
        let mut listening = Listening::start(&mut local.command(&["listen"]));
        assert_eq!(hooks(&local), [listening.url()]);
        local.upsert(&json!({"id": "ada", "name": name}));
        assert_eq!(listening.next()["event"]["user"]["name"], name);
        let id = listening.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(listening.end(), "");
        assert!(hooks(&local).is_empty());
    }
}

/// They come and go at once, and each changes the one list that there is.
#[test]
fn several_are_told_at_once() {
    let local = Local::start();
    let mut all: Vec<Listening> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| Listening::start(&mut local.command(&["listen", "--events", "1"]))))
            .collect();
        started.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(hooks(&local).len(), all.len());
    local.upsert(&json!({"id": "ada"}));
    for listening in &mut all {
        assert_eq!(listening.next()["event"]["user"]["id"], "ada");
    }
    for listening in all {
        assert_eq!(listening.end(), "");
    }
    assert!(hooks(&local).is_empty());
}

#[test]
fn anybody_may_send_what_is_signed_and_it_is_printed_once() {
    let mut listening = Listening::start(&mut elsewhere(&["listen", "--events", "2"]));
    assert_eq!(listening.first["hooked"], false, "the service is not changed");
    let reason = listening.first["reason"].as_str().unwrap();
    assert!(reason.contains("not this machine"), "{reason}");
    let body = r#"{"type":"user.deleted","created_at":1,"user":{"id":"ada","created_at":1,"updated_at":1}}"#;
    assert_eq!(listening.post("", body), 401);
    assert_eq!(listening.post(&signature(body, "other"), body), 401);
    assert_eq!(listening.post(&signature("{}", "secret"), "{}"), 400);
    let signed = signature(body, "secret") + "X-Webhook-Id: w-1\r\nX-Webhook-Attempt: 2\r\n";
    for _ in 0..3 {
        assert_eq!(listening.post(&signed, body), 200);
    }
    let line = listening.next();
    assert_eq!(
        (&line["event"]["user"]["id"], &line["webhook_id"]),
        (&json!("ada"), &json!("w-1"))
    );
    assert_eq!(line["attempt"], 2);
    let other = r#"{"type":"bought"}"#;
    assert_eq!(listening.post(&signature(other, "secret"), other), 200);
    assert_eq!(listening.next()["event"], json!({"type": "bought"}));
    let errors = listening.end();
    assert_eq!(errors.matches("a webhook is refused").count(), 3, "{errors}");
    assert!(
        errors.contains("signature mismatch") && errors.contains("invalid JSON"),
        "{errors}"
    );
    assert!(!errors.contains("secret\n"), "{errors}");
}

/// Numbers that no `f64` holds, half a surrogate pair, and more levels than a parser goes down.
#[test]
fn any_event_is_printed_as_it_came() {
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let bodies = [
        r#"{"type":"bought","n":1e999}"#.to_owned(),
        r#"{"type":"bought","text":"\ud800"}"#.to_owned(),
        format!(r#"{{"type":"bought","deep":{deep}}}"#),
        r#"{"type":"bought","n":12345678901234567890123456789.10}"#.to_owned(),
    ];
    let mut listening = Listening::start(&mut elsewhere(&["listen", "--events", "4"]));
    for body in &bodies {
        assert_eq!(listening.post(&signature(body, "secret"), body), 200);
        let line = listening.line();
        assert!(line.contains(body.as_str()), "{line}");
    }
    assert_eq!(listening.end(), "");
}

#[test]
fn a_hook_that_was_there_before_is_left_there() {
    let local = Local::start();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (address, url) = (free.to_string(), format!("http://{free}/"));
    local.hook(&url);
    let mut listening =
        Listening::start(&mut local.command(&["listen", "--events", "1", "--address", &address]));
    assert_eq!(
        (listening.url(), &listening.first["hooked"]),
        (url.as_str(), &json!(true))
    );
    local.upsert(&json!({"id": "ada"}));
    listening.next();
    assert_eq!(listening.end(), "");
    assert_eq!(hooks(&local), [url]);
}

/// A tunnel to the service is on this machine, too, and so is many a thing else.
#[test]
fn what_is_no_emulator_is_not_changed() {
    let tunnel = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", tunnel.local_addr().unwrap());
    for (status, body) in [
        ("404 Not Found", r#"{"code":16,"message":"x"}"#),
        ("200 OK", "<html>"),
    ] {
        let mut listening = elsewhere(&["listen", "--for", "0"]);
        listening.env("STREAM_BASE_URL", &base_url);
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| answer(&tunnel, status, body));
            let listening = Listening::start(&mut listening);
            assert_eq!(listening.first["hooked"], false);
            assert_eq!(listening.end(), "");
            let asked = asked.join().unwrap();
            assert!(asked.starts_with("GET /_emulator/"), "{asked}");
        });
    }
}

/// Answers one request; its first line.
fn answer(listener: &TcpListener, status: &str, body: &str) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let asked = BufReader::new(&stream).lines().next().unwrap().unwrap();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .unwrap();
    asked
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_while_nothing_answers() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut listening = elsewhere(&["listen"]);
    let base_url = format!("http://{}", silent.local_addr().unwrap());
    let mut child = listening.env("STREAM_BASE_URL", base_url).spawn().unwrap();
    let asking = silent.accept().unwrap();
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-s", "TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert!(child.wait().unwrap().success());
    drop(asking);
}

#[test]
fn it_ends_after_its_time_and_when_nobody_reads() {
    let listening = Listening::start(&mut elsewhere(&["listen", "--for", "0"]));
    assert_eq!(listening.end(), "");
    let local = Local::start();
    let mut listening = Listening::start(&mut local.command(&["listen"]));
    listening.lines = None;
    local.upsert(&json!({"id": "ada"}));
    assert_eq!(listening.end(), "");
    assert!(hooks(&local).is_empty());
}

#[test]
fn it_says_what_is_missing() {
    for (mut command, word) in [
        (command(&["listen"]), "STREAM_API_KEY"),
        (elsewhere(&["listen", "--events", "0"]), "--events"),
        (elsewhere(&["listen", "--address", "nowhere"]), "--address"),
        (
            elsewhere(&["listen", "--address", "192.0.2.1:1"]),
            "cannot listen on 192.0.2.1:1",
        ),
    ] {
        let output = command.output().unwrap();
        assert!(!output.status.success());
        assert!(stderr(&output).contains(word), "{}", stderr(&output));
    }
    let mut nobody = elsewhere(&["listen"]);
    let output = nobody
        .env("STREAM_BASE_URL", "http://127.0.0.1:9")
        .output()
        .unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(
        stderr(&output).contains("nothing answers at 127.0.0.1:9"),
        "{}",
        stderr(&output)
    );
}
