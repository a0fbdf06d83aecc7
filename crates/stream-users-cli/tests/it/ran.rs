//! What a command came to that was run against an emulator.

use std::io::Write as _;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::local::Local;

pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The results, a JSON object a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }

    /// A field of each result.
    pub(crate) fn texts(&self, field: &str) -> Vec<String> {
        self.lines()
            .iter()
            .map(|line| line[field].as_str().unwrap_or("null").to_owned())
            .collect()
    }

    /// Asserts the exit code; what was said otherwise is shown.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that standard error says this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is not in: {}", self.stderr);
        self
    }
}

impl Local {
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// With a text on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let ran = Ran::of(child.wait_with_output().unwrap());
        // A command that does not read it to its end closes the pipe.
        writer.join().unwrap().ok();
        ran
    }

    /// Puts users there.
    pub(crate) fn seed(&self, users: impl IntoIterator<Item = Value>) {
        let users: Vec<Value> = users.into_iter().collect();
        self.emulator().seed(&json!({"users": users})).unwrap();
    }

    /// How many requests of an operation were answered.
    pub(crate) fn requests(&self, operation: &str) -> usize {
        let requests = self.emulator().requests();
        requests
            .iter()
            .filter(|request| request.operation == Some(operation))
            .count()
    }

    /// A field of a user as it is stored; `null` where there is none.
    pub(crate) fn stored(&self, id: &str, field: &str) -> Value {
        let state = self.emulator().state().unwrap();
        let users = state["users"].as_array().unwrap();
        let user = users.iter().find(|user| user["id"] == id);
        user.map_or(Value::Null, |user| user[field].clone())
    }
}

/// Users `user-0000` and so on.
pub(crate) fn numbered(count: usize) -> impl Iterator<Item = Value> {
    (0..count).map(|number| {
        json!({
            "id": format!("user-{number:04}"),
            "name": format!("User {number}"),
            "role": if number % 10 == 0 { "admin" } else { "user" },
            "custom": {"number": number},
        })
    })
}
