//! Over HTTP: the thread's runtime opens connections and waits.

use std::time::Duration;

use stream_users_blocking::Users;
use stream_users_core::model::{Custom, DeleteUsers, UserPatch, UserRequest};
use stream_users_core::{Client, ErrorKind, PollPolicy};
use stream_users_emulator::{DEFAULT_API_KEY, DEFAULT_API_SECRET, Emulator};
use stream_users_http::ReqwestTransport;

#[test]
fn the_life_of_a_user() {
    // The emulator works on its own threads while this one blocks.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let emulator = runtime.block_on(Emulator::start()).unwrap();
    let client = Client::builder(DEFAULT_API_KEY)
        .server(DEFAULT_API_SECRET)
        .base_url(emulator.base_url())
        .transport(ReqwestTransport::builder().no_proxy().build().unwrap())
        .build()
        .unwrap();
    let users = Users::<Custom>::new(client.users()).unwrap();

    for id in ["ada", "grace", "joan"] {
        users.upsert_user(UserRequest::new(id)).unwrap();
    }
    let ada = users
        .update_user_partial(UserPatch::new("ada").set("plan", "pro"))
        .unwrap();
    assert_eq!(ada.custom.get::<String>("plan").unwrap().as_deref(), Some("pro"));
    users.deactivate("joan").unwrap();
    let again = users.deactivate("joan").unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Api);
    let ids: Vec<_> = users
        .all_users()
        .items()
        .map(|user| user.unwrap().id.to_string())
        .collect();
    assert_eq!(ids, ["ada", "grace"]);

    let many = (0..250).map(|number| match number {
        7 => UserRequest::new("user-7").role("no-such-role"),
        _ => UserRequest::new(format!("user-{number}")),
    });
    let mut run = users.bulk().upsert_users(many);
    let failed: Vec<_> = run.by_ref().filter(|row| row.outcome.is_err()).collect();
    assert_eq!((failed.len(), failed[0].number), (1, 8));
    assert_eq!(run.progress().done, 249);
    assert!(run.end().unwrap().is_complete());
    assert!(run.next().is_none());
    let run = users
        .bulk()
        .upsert_users((0..250).map(|number| UserRequest::new(format!("user-{number}"))));
    run.stopper().stop();
    assert_eq!(run.count(), 0);

    let started = users.delete_users(DeleteUsers::new(["grace"])).unwrap().body;
    let policy = PollPolicy::new().interval(Duration::from_millis(1), Duration::from_millis(50));
    let deleted = users.task(&started).with_policy(policy).wait().unwrap();
    assert!(deleted.get("grace").unwrap().is_ok());
    assert_eq!(users.get_user("grace").unwrap(), None);
    drop(users);
    runtime.block_on(emulator.shutdown());
}
