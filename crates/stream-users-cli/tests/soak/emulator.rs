//! The emulator as a process of its own: started, killed, started again on its folder and port; its faults; what it shows.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use stream_users_core::token::server_token;

use crate::command::{self, KEY, SECRET};
use crate::http1::Message;

pub(crate) struct Emulator {
    child: Child,
    address: SocketAddr,
    data: PathBuf,
}

impl Emulator {
    pub(crate) fn start(data: &Path) -> Self {
        let (child, address) = spawn(data, "127.0.0.1:0");
        Self {
            child,
            address,
            data: data.to_owned(),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The id of the process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Kills it as `kill -9` does, and starts another one on its folder and port.
    pub(crate) fn kill_and_restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let (child, address) = spawn(&self.data, &self.address.to_string());
        assert_eq!(address, self.address);
        self.child = child;
    }

    /// Lets something go wrong, as `/_emulator/faults` takes it.
    pub(crate) fn fault(&self, fault: &Value) {
        self.send("POST", "/_emulator/faults", &fault.to_string());
    }

    pub(crate) fn clear_faults(&self) {
        self.send("DELETE", "/_emulator/faults", "");
    }

    /// What is answered to a call of a server.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        self.send(method, path, &body.to_string())
    }

    /// Puts a user there, as another client does.
    pub(crate) fn upsert(&self, user: &Value) {
        let id = user["id"].as_str().unwrap();
        self.call("POST", "/api/v2/users", &json!({ "users": { id: user } }));
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = BufReader::new(TcpStream::connect(self.address).unwrap());
        let token = server_token(&SECRET.to_owned().into()).unwrap();
        write!(
            stream.get_mut(),
            "{method} {path}?api_key={KEY} HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\nstream-auth-type: jwt\r\n\
             content-length: {}\r\n\r\n{body}",
            self.address,
            token.expose(),
            body.len()
        )
        .unwrap();
        let answer = Message::read(&mut stream).unwrap().unwrap();
        let text = String::from_utf8_lossy(&answer.body);
        assert!(answer.status() < 300, "{method} {path}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn spawn(data: &Path, listen: &str) -> (Child, SocketAddr) {
    let mut child = Command::new(command::PROGRAM)
        .args(["emulator", "--listen", listen, "--data"])
        .arg(data)
        .args(["--api-key", KEY, "--api-secret", SECRET])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line.trim().strip_prefix("listening on http://");
    let address = address.unwrap_or_else(|| panic!("the emulator said {line:?}"));
    (child, address.parse().unwrap())
}
