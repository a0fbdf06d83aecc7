//! As it ships: the program over real connections, from its start to its end.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use example_app::app::{self, App};
use example_app::users::{Directory, Profile};
use serde_json::{Value, json};
use stream_users::QueriedUsers;
use stream_users::prelude::*;
use stream_users_emulator::Emulator;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use crate::failures::NoTokens;

fn caller() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A caller, the program with reqwest, and a local Stream: each with a port of its own.
#[cfg(unix)]
#[tokio::test]
async fn the_program_serves_until_it_is_told_to_stop() {
    let stream = Emulator::start().await.unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_example-app"))
        .env("STREAM_API_KEY", stream.api_key())
        .env("STREAM_API_SECRET", stream.api_secret())
        .env("STREAM_BASE_URL", stream.base_url())
        .env("APP_LISTEN", "127.0.0.1:0")
        .env("NO_COLOR", "1")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap().unwrap();
    let (_, address) = first.split_once("listening on ").unwrap();

    let caller = caller();
    let signing_up = json!({"id": "ada", "name": "Ada", "plan": "pro"});
    let created = caller.post(format!("{address}/users")).json(&signing_up);
    assert_eq!(created.send().await.unwrap().status(), 201);
    let found = caller.get(format!("{address}/users/ada")).send().await.unwrap();
    assert_eq!(found.json::<Value>().await.unwrap()["name"], "Ada");
    let nobody = caller.get(format!("{address}/users/bob")).send().await.unwrap();
    assert_eq!(nobody.status(), 404);

    let id = program.id().unwrap().to_string();
    let told = Command::new("kill").arg(id).status().await.unwrap();
    assert!(told.success());
    assert!(program.wait().await.unwrap().success());
    stream.shutdown().await;
}

/// It says when it is asked, and answers when it is told to.
#[derive(Debug, Default)]
struct Waiting {
    asked: Notify,
    go_on: Notify,
}

#[async_trait]
impl UsersApi<Profile> for Waiting {
    async fn query_users(&self, _: QueryUsers) -> stream_users::Result<Response<QueriedUsers<Profile>>> {
        self.asked.notify_one();
        self.go_on.notified().await;
        let ada = User::new("ada", Profile::default(), Timestamp::UNIX_EPOCH);
        Ok(Response::new(QueriedUsers::new([ada])))
    }
}

/// A request that has begun, the application that it is at, and what tells it to stop.
async fn begun(
    users: &Arc<Waiting>,
    grace: Duration,
) -> (
    JoinHandle<reqwest::Result<reqwest::Response>>,
    JoinHandle<std::io::Result<()>>,
    oneshot::Sender<()>,
) {
    let app = App::new(Directory::new(Arc::clone(users) as _), Arc::new(NoTokens));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        let _ = stopped.await;
    };
    let serving = tokio::spawn(app::serve(listener, app, stopped, grace));
    let answer = tokio::spawn(caller().get(format!("http://{address}/users/ada")).send());
    users.asked.notified().await;
    (answer, serving, stop)
}

#[tokio::test]
async fn what_never_ends_is_not_waited_for() {
    let (_answer, serving, stop) = begun(&Arc::default(), Duration::ZERO).await;
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_has_begun_is_finished() {
    let users = Arc::new(Waiting::default());
    let (answer, serving, stop) = begun(&users, Duration::from_mins(1)).await;
    stop.send(()).unwrap();
    users.go_on.notify_one();
    assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    serving.await.unwrap().unwrap();
}
