//! Operations that the command's demo does not show, against the emulator.

use stream_users::prelude::*;
use stream_users::{
    ExportUser, GetUserLiveLocations, PrivacySettings, ServiceTransport, UpdateLiveLocation, blocking,
};
use stream_users_emulator::{Emulator, EmulatorService};

fn users() -> (EmulatorService, Users) {
    let stream = Emulator::builder().build().unwrap();
    let client = Client::builder(stream.api_key()).server(stream.api_secret());
    let users = client
        .transport(ServiceTransport::new(stream.clone()))
        .build()
        .unwrap()
        .users();
    (stream, users)
}

#[tokio::test]
async fn fetch_change_save() {
    let (_stream, users) = users();
    let ada = UserRequest::new("ada")
        .name("Ada")
        .image("https://example.com/a.png")
        .language("en")
        .invisible(true)
        .privacy_settings(PrivacySettings::new().read_receipts(false))
        .custom(Custom::from_iter([("plan", "pro")]));
    users.upsert_user(ada).await.unwrap();
    let before = users.get_user("ada").await.unwrap().unwrap();
    let after = users
        .upsert_user(UserRequest::from(before.clone()).name("Ada King"))
        .await
        .unwrap();
    assert_eq!(after.name.as_deref(), Some("Ada King"));
    assert_eq!(
        (&after.image, &after.language, after.invisible),
        (&before.image, &before.language, before.invisible)
    );
    assert_eq!(
        (&after.custom, after.privacy_settings),
        (&before.custom, before.privacy_settings)
    );
    assert_eq!(after.created_at, before.created_at);
}

#[tokio::test]
async fn blocks_come_and_go() {
    let (_stream, users) = users();
    users
        .upsert_users(UpsertUsers::new(["ada", "bob"].map(UserRequest::new)))
        .await
        .unwrap();
    users.block_user("ada", "bob").await.unwrap();
    assert_eq!(
        users.get_user("ada").await.unwrap().unwrap().blocked_user_ids,
        ["bob".into()] as [UserId; 1]
    );
    users.unblock_user("ada", "bob").await.unwrap();
    assert!(
        users
            .get_user("ada")
            .await
            .unwrap()
            .unwrap()
            .blocked_user_ids
            .is_empty()
    );
}

#[tokio::test]
async fn live_locations_move_and_end() {
    let (stream, users) = users();
    users.upsert_user(UserRequest::new("ada")).await.unwrap();
    stream
        .seed(&serde_json::json!({
            "channels": [{"cid": "messaging:walk", "created_by_id": "ada", "members": ["ada"]}],
            "messages": [{"id": "here", "cid": "messaging:walk", "user_id": "ada"}],
            "live_locations": [{"message_id": "here", "latitude": 52.0, "longitude": 4.0, "end_at": "2199-01-01T00:00:00Z"}],
        }))
        .unwrap();
    let own = GetUserLiveLocations::new().user_id("ada");
    let shared = users
        .get_user_live_locations(own.clone())
        .await
        .unwrap()
        .body
        .active_live_locations;
    assert_eq!(
        (shared.len(), shared[0].channel_cid.as_str()),
        (1, "messaging:walk")
    );

    let moved = UpdateLiveLocation::new("here")
        .user_id("ada")
        .position(-1.5, 179.5);
    let moved = users.update_live_location(moved).await.unwrap().body;
    assert!(moved.latitude < -1.0 && moved.longitude > 179.0);
    let ended = UpdateLiveLocation::new("here")
        .user_id("ada")
        .end_at(Timestamp::UNIX_EPOCH);
    users.update_live_location(ended).await.unwrap();
    assert!(
        users
            .get_user_live_locations(own)
            .await
            .unwrap()
            .body
            .active_live_locations
            .is_empty()
    );
}

#[tokio::test]
async fn one_user_is_exported_with_messages() {
    let (stream, users) = users();
    users.upsert_user(UserRequest::new("ada")).await.unwrap();
    stream
        .seed(&serde_json::json!({
            "channels": [{"cid": "messaging:diary", "created_by_id": "ada", "members": ["ada"]}],
            "messages": [{"id": "entry", "cid": "messaging:diary", "user_id": "ada", "text": "dear diary"}],
        }))
        .unwrap();
    let export = users.export_user(ExportUser::new("ada")).await.unwrap();
    assert_eq!(export.body.messages.len(), 1);
    assert_eq!(
        export.body.messages[0].decode::<serde_json::Value>().unwrap()["text"],
        "dear diary"
    );
    assert!(export.meta.server_duration.is_some() && export.meta.rate_limit.is_some());
}

#[tokio::test]
async fn no_type_of_the_local_stream_or_over_it_shows_the_secret() {
    const MARKER: &str = "marker-of-the-secret-of-32-characters";

    let builder = Emulator::builder().api_secret(MARKER);
    let mut shown = vec![
        format!("{builder:?}"),
        format!("{:?}", Emulator::builder().api_secret("")),
    ];
    let stream = builder.start().await.unwrap();
    shown.push(format!("{stream:?} {:?}", stream.service()));
    let client = Client::builder(stream.api_key())
        .server(stream.api_secret())
        .base_url(stream.base_url())
        .transport(ReqwestTransport::builder().no_proxy().build().unwrap())
        .build()
        .unwrap();
    let users: Users = client.users();
    users.upsert_user(UserRequest::new("ada")).await.unwrap();
    let refused = users.export_user(ExportUser::new("nobody")).await.unwrap_err();
    let blocking = blocking::Users::new(users.clone()).unwrap();
    shown.push(format!(
        "{users:?} {refused} {refused:?} {blocking:?} {:?}",
        blocking.all_users()
    ));
    shown.push(format!("{:?} {}", stream.requests(), stream.state().unwrap()));
    for text in shown {
        assert!(!text.contains(MARKER), "{text}");
    }
    stream.shutdown().await;
}
