//! As it ships: a caller, the application and a local Stream, each on a port of its own, with reqwest between them.

use std::sync::Arc;

use example_app::app::{self, App};
use example_app::users::Directory;
use serde_json::{Value, json};
use stream_users::{Client, ReqwestTransport};
use stream_users_emulator::Emulator;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[tokio::test]
async fn a_user_over_http_until_the_service_is_stopped() {
    let stream = Emulator::start().await.unwrap();
    let client = Client::builder(stream.api_key())
        .server(stream.api_secret())
        .base_url(stream.base_url())
        .transport(ReqwestTransport::builder().no_proxy().build().unwrap())
        .build()
        .unwrap();
    let app = App::new(Directory::new(Arc::new(client.users())), Arc::new(client));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let users = format!("http://{}/users", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(app::serve(listener, app, async {
        let _ = stopped.await;
    }));

    let caller = reqwest::Client::builder().no_proxy().build().unwrap();
    let signing_up = json!({"id": "ada", "name": "Ada", "plan": "pro"});
    let created = caller.post(&users).json(&signing_up).send().await.unwrap();
    assert_eq!(created.status(), 201);
    let found = caller.get(format!("{users}/ada")).send().await.unwrap();
    assert_eq!(found.json::<Value>().await.unwrap()["name"], "Ada");
    let nobody = caller.get(format!("{users}/bob")).send().await.unwrap();
    assert_eq!(nobody.status(), 404);

    // An idle connection would be waited for.
    drop(caller);
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    stream.shutdown().await;
}
