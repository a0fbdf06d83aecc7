//! Connections over real sockets: who connects as what, who is told, and who is counted.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use stream_users_core::token::UserToken;
use stream_users_core::{ClientBuilder, UsersApi, UsersApiExt};
use stream_users_live::{Events, Live, LiveEvent, Protocol};
use stream_users_model::event::Event;
use stream_users_model::{QueryUsers, User, UserPatch, UserRequest, field};

use super::stage::Stage;

/// How long something that must come may take.
const SOON: Duration = Duration::from_secs(20);

async fn connect(builder: ClientBuilder, protocol: Protocol) -> anyhow::Result<(Live, Events)> {
    let client = builder.build()?;
    Ok(Live::builder(&client).protocol(protocol).connect().await?)
}

async fn connect_ada(stage: &Stage, protocol: Protocol) -> anyhow::Result<(Live, Events)> {
    let token = stage.server().create_token(&UserToken::new("ada"))?;
    connect(stage.builder().user_token(token), protocol).await
}

/// The next event of this type.
async fn next(events: &mut Events, kind: &str) -> anyhow::Result<Event> {
    let wait = async {
        while let Some(item) = events.next().await {
            match item {
                LiveEvent::Event(event) if event.kind() == kind => return Ok(event),
                LiveEvent::Gap(gap) => bail!("the connection broke: {gap:?}"),
                _ => {}
            }
        }
        bail!("the connection was closed")
    };
    tokio::time::timeout(SOON, wait)
        .await
        .with_context(|| format!("no {kind} came"))?
}

async fn next_presence(events: &mut Events) -> anyhow::Result<User> {
    let event = next(events, "user.presence.changed").await?;
    let user = event.user().context("the event names no user")?;
    ensure!(user.id == "ada", "the event is about {}", user.id);
    Ok(user.clone())
}

pub(super) async fn connect_guest(stage: &Stage) -> anyhow::Result<String> {
    let guest = stage.builder().guest(UserRequest::new("kiosk").name("Kiosk"));
    let (live, _events) = connect(guest, Protocol::V2).await?;
    let me = live.me();
    ensure!(
        me.role == "guest" && me.name.as_deref() == Some("Kiosk"),
        "the guest is not who it said: {me:?}"
    );
    let seen = stage
        .users()
        .get_user(me.id.clone())
        .await?
        .context("the server does not find the guest")?;
    ensure!(seen.online, "the server sees the guest offline");
    live.close().await;
    Ok(format!("{} is online", me.id))
}

pub(super) async fn connect_anonymously(stage: &Stage) -> anyhow::Result<String> {
    for protocol in [Protocol::V2, Protocol::V1] {
        let (live, _events) = connect(stage.builder().anonymous(), protocol).await?;
        let me = live.me();
        ensure!(
            me.role == "anonymous" && me.id.as_str().starts_with("!anon"),
            "who is anonymous is {me:?}"
        );
        ensure!(
            stage.users().get_user(me.id.clone()).await?.is_none(),
            "who is anonymous is stored"
        );
        live.close().await;
    }
    Ok("over either protocol, as nobody who is stored".to_owned())
}

pub(super) async fn follow_presence(stage: &Stage) -> anyhow::Result<String> {
    let (watcher, mut events) = connect(stage.builder().anonymous(), Protocol::V2).await?;
    let query = QueryUsers::new(field::id().eq("ada")).presence(true);
    let found = watcher.users().query_users(query).await?.body.users;
    ensure!(
        found.first().is_some_and(|ada| !ada.online),
        "ada is online before she connects: {found:?}"
    );

    let (ada, _) = connect_ada(stage, Protocol::V1).await?;
    let came = next_presence(&mut events).await?;
    ensure!(
        came.online && came.last_active.is_some(),
        "ada came, but looks offline: {came:?}"
    );
    stage
        .users()
        .update_user_partial(UserPatch::new("ada").set("invisible", true))
        .await?;
    ensure!(
        !next_presence(&mut events).await?.online,
        "ada is invisible, but looks online"
    );
    stage
        .users()
        .update_user_partial(UserPatch::new("ada").set("invisible", false))
        .await?;
    ensure!(
        next_presence(&mut events).await?.online,
        "ada is visible again, but looks offline"
    );
    ada.close().await;
    let gone = next_presence(&mut events).await?;
    ensure!(!gone.online, "ada went, but looks online: {gone:?}");
    watcher.close().await;
    Ok("ada came, hid, showed herself and went, and somebody anonymous saw it".to_owned())
}

pub(super) async fn hear(stage: &Stage) -> anyhow::Result<String> {
    let (live, mut events) = connect_ada(stage, Protocol::V2).await?;
    stage
        .users()
        .update_user_partial(UserPatch::new("ada").set("color", "green"))
        .await?;
    let updated = next(&mut events, "user.updated").await?;
    let user = updated.user().context("the event names no user")?;
    ensure!(
        user.custom.get::<String>("color")?.as_deref() == Some("green"),
        "the event tells other custom data: {user:?}"
    );
    live.close().await;
    Ok("ada hears what a server changes".to_owned())
}

pub(super) async fn count(stage: &Stage) -> anyhow::Result<String> {
    let before = stage.usage()?;
    let (anonymous, _) = connect(stage.builder().anonymous(), Protocol::V2).await?;
    anonymous.close().await;
    let now = stage.usage()?;
    ensure!(now == before, "somebody anonymous was counted: {now:?}");

    let guest = stage.builder().guest(UserRequest::new("passer-by"));
    let (guest, _) = connect(guest, Protocol::V2).await?;
    guest.close().await;
    for _ in 0..2 {
        stage.users().upsert_user(UserRequest::new("carla")).await?;
        let token = stage.server().create_token(&UserToken::new("carla"))?;
        let (carla, _) = connect(stage.builder().user_token(token), Protocol::V2).await?;
        carla.close().await;
    }
    let now = stage.usage()?;
    ensure!(
        now.guests == before.guests + 1 && now.users == before.users + 1,
        "counted {now:?} after {before:?}, a guest and a user"
    );
    Ok(format!(
        "{} active users and guests in {}; nobody anonymous",
        now.monthly_active_users(),
        now.month
    ))
}
