//! What a client without a token may do, and what not.

use anyhow::ensure;
use bytes::Bytes;
use stream_users_core::{ErrorKind, UsersApi, UsersApiExt};
use stream_users_model::{ApiError, DeactivateUser, ErrorCode, UserRequest};

use super::stage::Stage;

pub(super) async fn create_guest(stage: &Stage) -> anyhow::Result<String> {
    let guest = stage
        .anonymous_users()
        .guest(UserRequest::new("visitor").name("Visitor"))
        .await?;
    ensure!(
        guest.user.role == "guest",
        "the guest's role is {:?}",
        guest.user.role
    );
    ensure!(
        guest.user.id.as_str().contains("visitor"),
        "the guest's id is {:?}",
        guest.user.id
    );
    ensure!(
        guest.access_token.expose().split('.').count() == 3,
        "the guest's token is no JWT"
    );
    let seen = stage.users().get_user(guest.user.id.clone()).await?;
    ensure!(
        seen.is_some_and(|user| user.name.as_deref() == Some("Visitor")),
        "the server does not find the guest"
    );
    Ok(format!("{} with a token of its own", guest.user.id))
}

pub(super) async fn refused_locally(stage: &Stage) -> anyhow::Result<String> {
    let Err(error) = stage
        .anonymous_users()
        .deactivate_user(DeactivateUser::new("ada"))
        .await
    else {
        anyhow::bail!("an anonymous client deactivated a user");
    };
    ensure!(
        error.kind() == ErrorKind::Auth,
        "refused for another reason: {error}"
    );
    ensure!(error.meta().is_none(), "the request was sent: {error}");
    Ok(error.to_string())
}

pub(super) async fn refused_by_the_server(stage: &Stage) -> anyhow::Result<String> {
    let request = http::Request::post(stage.url("/api/v2/users/ada/deactivate"))
        .header("stream-auth-type", "anonymous")
        .header("content-type", "application/json")
        .body(Bytes::from_static(b"{}"))?;
    let answer = stage.send_raw(request).await?;
    ensure!(answer.status() == 403, "the server answered {}", answer.status());
    let refusal: ApiError = serde_json::from_slice(answer.body())?;
    ensure!(
        refusal.code == ErrorCode::NOT_ALLOWED && refusal.status == 403,
        "refused for another reason: {refusal}"
    );
    ensure!(stage.finds("ada").await?, "the user is deactivated all the same");
    Ok(refusal.to_string())
}
