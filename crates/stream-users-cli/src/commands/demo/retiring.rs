//! Deactivating, reactivating and exporting users; quotas.

use anyhow::{Context, ensure};
use bytes::Bytes;
use serde_json::Value;
use stream_users_core::{UsersApi, UsersApiExt};
use stream_users_model::{
    DeactivateUser, DeactivateUsers, ExportUsers, GetRateLimits, QueryUsers, ReactivateUser, ReactivateUsers,
    field,
};

use super::stage::Stage;

pub(super) async fn deactivate(stage: &Stage) -> anyhow::Result<String> {
    let user = stage
        .users()
        .deactivate_user(DeactivateUser::new("bob"))
        .await?
        .body
        .user;
    ensure!(
        user.is_some_and(|bob| bob.deactivated_at.is_some()),
        "the answer does not say that bob is deactivated"
    );
    ensure!(!stage.finds("bob").await?, "a deactivated user is not hidden");
    let query = QueryUsers::new(field::id().eq("bob")).include_deactivated_users(true);
    let found = stage.users().query_users(query).await?.body.users;
    ensure!(
        found.len() == 1 && !found[0].is_active(),
        "a deactivated user is not found when asked for"
    );
    Ok("bob is hidden, and found when asked for".to_owned())
}

pub(super) async fn reactivate(stage: &Stage) -> anyhow::Result<String> {
    let request = ReactivateUser::new("bob").name("Bob is back");
    let bob = stage
        .users()
        .reactivate_user(request)
        .await?
        .body
        .user
        .context("the answer does not hold bob")?;
    ensure!(
        bob.is_active() && bob.name.as_deref() == Some("Bob is back"),
        "bob is not back: {bob:?}"
    );
    ensure!(stage.finds("bob").await?, "a reactivated user is hidden");
    Ok("bob is back, with a new name".to_owned())
}

pub(super) async fn deactivate_in_bulk(stage: &Stage) -> anyhow::Result<String> {
    let users = stage.users();
    let started = users
        .deactivate_users(DeactivateUsers::new(["ada", "bob"]))
        .await?
        .body;
    let result = users.task(&started).wait().await?;
    ensure!(
        result.users.len() == 2,
        "the task tells of {} users",
        result.users.len()
    );
    ensure!(
        result.users.iter().all(|user| user.deactivated_at.is_some()),
        "a user is not deactivated"
    );
    ensure!(
        !stage.finds("ada").await? && !stage.finds("bob").await?,
        "a deactivated user is not hidden"
    );
    Ok(format!("the task {} completed", started.task_id))
}

pub(super) async fn reactivate_in_bulk(stage: &Stage) -> anyhow::Result<String> {
    let users = stage.users();
    let started = users
        .reactivate_users(ReactivateUsers::new(["ada", "bob"]))
        .await?
        .body;
    users.task(&started).wait().await?;
    ensure!(
        stage.finds("ada").await? && stage.finds("bob").await?,
        "a reactivated user is hidden"
    );
    Ok(format!("the task {} completed", started.task_id))
}

pub(super) async fn export(stage: &Stage) -> anyhow::Result<String> {
    let users = stage.users();
    let started = users.export_users(ExportUsers::new(["ada", "bob"])).await?.body;
    let file = users.task(&started).wait().await?;
    ensure!(
        file.url.contains("/exports/users/"),
        "the file is not where exports are"
    );
    let answer = stage
        .send_raw(http::Request::get(&file.url).body(Bytes::new())?)
        .await?;
    ensure!(
        answer.status() == 200,
        "fetching the file answered {}",
        answer.status()
    );
    let text = std::str::from_utf8(answer.body())?;
    let lines = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<Vec<Value>, _>>()?;
    ensure!(
        lines.iter().any(|line| holds_user(line, "ada")),
        "ada is not in the file"
    );
    Ok(format!("a file of {} lines, ada in it", lines.len()))
}

/// Whether an object of this id is anywhere in the document.
fn holds_user(document: &Value, id: &str) -> bool {
    match document {
        Value::Object(map) => {
            map.get("id").and_then(Value::as_str) == Some(id)
                || map.values().any(|value| holds_user(value, id))
        }
        Value::Array(values) => values.iter().any(|value| holds_user(value, id)),
        _ => false,
    }
}

pub(super) async fn rate_limits(stage: &Stage) -> anyhow::Result<String> {
    let request = GetRateLimits::new()
        .server_side()
        .endpoints(["UpdateUsers", "GetTask"]);
    let answer = stage.users().get_rate_limits(request).await?;
    let limits = answer
        .body
        .server_side
        .context("the answer has no quotas for servers")?;
    ensure!(
        answer.body.android.is_none(),
        "the answer has quotas for a platform that was not asked for"
    );
    let upsert = limits
        .get("UpdateUsers")
        .context("the answer has no quota for UpdateUsers")?;
    ensure!(
        upsert.limit >= upsert.remaining && upsert.remaining >= 0,
        "the quota is {upsert:?}"
    );
    let reset = upsert.reset_at().context("the quota's reset is no time")?;
    let stated = answer
        .meta
        .rate_limit
        .context("the answer's headers state no quota")?;
    Ok(format!(
        "UpdateUsers has {} of {} left until {reset}; reading this left {}",
        upsert.remaining, upsert.limit, stated.remaining
    ))
}
