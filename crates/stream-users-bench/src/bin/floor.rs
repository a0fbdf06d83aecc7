//! The floor: the same bytes over hyper, in one direction as they were made beforehand, in the other not looked at. No
//! client can cost less.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use stream_users_bench::by_hand::{self, UpsertUsers};
use stream_users_bench::measure::{Arguments, Report};
use stream_users_bench::people::{self, FULL};
use stream_users_bench::{API_KEY, TASK_ID, TOKEN, USER_ID};

const CLIENT: &str = "floor";

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<ExitCode, Failure> {
    let arguments = Arguments::of_the_process()?;
    let (method, path, body) = match &*arguments.case {
        "upsert100" | "upsert100_typed" | "upsert100_ack" => {
            (Method::POST, "/api/v2/users".to_owned(), upsert()?)
        }
        "query100" | "query100_typed" => (Method::GET, "/api/v2/users".to_owned(), String::new()),
        "get_task" => (Method::GET, format!("/api/v2/tasks/{TASK_ID}"), String::new()),
        "deactivate_one" => {
            let body = r#"{"mark_messages_deleted":true}"#;
            (
                Method::POST,
                format!("/api/v2/users/{USER_ID}/deactivate"),
                body.to_owned(),
            )
        }
        _ => return Ok(arguments.unsupported(CLIENT).print()),
    };
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}?api_key={API_KEY}", arguments.base_url))
        .header("authorization", TOKEN)
        .header("stream-auth-type", "jwt")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))?;
    let report = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(measure(&arguments, request));
    Ok(report.print())
}

async fn measure(arguments: &Arguments, request: Request<Full<Bytes>>) -> Report {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let request = Arc::new(request);
    arguments
        .measure(CLIENT, move || {
            let (client, request) = (client.clone(), Arc::clone(&request));
            async move {
                let answer = client.request(Request::clone(&request)).await?;
                let length = answer.into_body().collect().await?.to_bytes().len();
                Ok::<usize, Failure>(length)
            }
        })
        .await
}

fn upsert() -> Result<String, serde_json::Error> {
    let users = (0..FULL).map(|number| (people::id(number), by_hand::user(number, people::profile(number))));
    serde_json::to_string(&UpsertUsers {
        users: users.collect(),
    })
}
