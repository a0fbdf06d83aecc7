//! The emulator as a process of its own that can be killed, and what a backend does with it.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};
use stream_users_emulator::Emulator;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::within;

const VARIABLE: &str = "STREAM_USERS_LIVE_SERVE";
/// `{"server":true}`, signed with the emulator's default secret.
const TOKEN: &str =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzZXJ2ZXIiOnRydWV9.GpyzJ9Uu4na_X_pUwD_FzxizE6BzDR3ls2FfkTgy36s";

/// A running emulator with its data in a directory that is removed at the end.
pub(crate) struct Server {
    child: Child,
    directory: PathBuf,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) async fn start(name: &str) -> Self {
        let name = format!("stream-users-live-{name}-{}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::remove_dir_all(&directory).ok();
        let (child, address) = spawn(&directory, "127.0.0.1:0").await;
        Self {
            child,
            directory,
            address,
        }
    }

    /// SIGKILL, and another process on the same address and data.
    pub(crate) async fn kill_and_restart(&mut self) {
        self.kill().await;
        self.restart().await;
    }

    pub(crate) async fn kill(&mut self) {
        within("killing", self.child.kill()).await.unwrap();
    }

    pub(crate) async fn restart(&mut self) {
        let address = self.address.to_string();
        let (child, again) = spawn(&self.directory, &address).await;
        assert_eq!(again, self.address);
        self.child = child;
    }

    /// Sends a custom event to the user.
    pub(crate) async fn tell(&self, user: &str, number: usize) {
        let path = format!("/api/v2/chat/users/{user}/event");
        self.post(
            &path,
            &json!({ "event": { "type": "marker", "custom": { "number": number } } }),
        )
        .await;
    }

    /// Makes the next attempt to connect fail within the connection.
    pub(crate) async fn refuse_next(&self, status: u16, code: i32, message: &str) {
        let error = json!({ "status": status, "code": code, "message": message });
        let fault = json!({ "operation": "connect", "error": error });
        self.post("/_emulator/faults", &fault).await;
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        self.send("POST", path, &body.to_string()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.send("GET", path, "").await
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> Value {
        let request = format!(
            "{method} {path}?api_key=emulator-key HTTP/1.1\r\nhost: {}\r\nauthorization: {TOKEN}\r\n\
             stream-auth-type: jwt\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.address,
            body.len(),
        );
        let mut answer = String::new();
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await?;
            stream.write_all(request.as_bytes()).await?;
            stream.read_to_string(&mut answer).await
        };
        within("a request", exchange).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let is_success = head.split(' ').nth(1).unwrap().starts_with('2');
        assert!(is_success, "{method} {path}: {head} {body}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process is killed with its handle; its files may outlive it for a moment and are removed all the same.
        self.child.start_kill().ok();
        std::fs::remove_dir_all(&self.directory).ok();
    }
}

/// Starts this very program again, to do nothing but the test below.
async fn spawn(directory: &std::path::Path, address: &str) -> (Child, SocketAddr) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["cuts::server::serves_where_asked_to", "--exact", "--nocapture"])
        .env(VARIABLE, format!("{address} {}", directory.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let listening = async {
        loop {
            let line = lines
                .next_line()
                .await
                .unwrap()
                .expect("the emulator did not start");
            // libtest may have begun the line.
            if let Some((_, address)) = line.split_once("listening on ") {
                return address.parse().unwrap();
            }
        }
    };
    let address = within("the emulator's start", listening).await;
    (child, address)
}

/// Does nothing, unless the program was started to be the emulator.
#[test]
fn serves_where_asked_to() {
    let Ok(asked) = std::env::var(VARIABLE) else {
        return;
    };
    let (address, directory) = asked.split_once(' ').unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let builder = Emulator::builder()
        .listen(address.parse::<SocketAddr>().unwrap())
        .data_dir(directory);
    let emulator = runtime.block_on(builder.start()).unwrap();
    println!("listening on {}", emulator.address());
    std::io::stdout().flush().unwrap();
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
    runtime.block_on(emulator.shutdown());
}
