//! Rules about what users have to do with each other and with the app: blocks, guests, locations, quotas.

use stream_users_core::{UsersApi, UsersApiExt};
use stream_users_model::{
    BlockUsers, CreateGuest, Custom, GetBlockedUsers, GetRateLimits, GetUserLiveLocations, UserId,
    UserRequest,
};

use crate::conformance::users_api::case::{Case, Checked, same, that};

async fn blocked_by(case: &Case, id: &UserId) -> Checked<Vec<UserId>> {
    let list = case.api.get_blocked_users(GetBlockedUsers::new().user_id(id));
    let blocks = case.ok("get_blocked_users", list).await?.body.blocks;
    Ok(blocks.into_iter().map(|block| block.blocked_user_id).collect())
}

pub(in crate::conformance::users_api) async fn blocks_come_and_go(case: &Case) -> Checked {
    let (ada, bob) = (case.id("ada"), case.id("bob"));
    case.create([&ada, &bob]).await?;
    let block = case.api.block_users(BlockUsers::new(&bob).user_id(&ada));
    let answer = case.ok("block_users", block).await?.body;
    same(
        "who has blocked whom in the answer",
        &(&answer.blocked_by_user_id, &answer.blocked_user_id),
        &(&ada, &bob),
    )?;
    same(
        "whom Ada has blocked",
        &blocked_by(case, &ada).await?,
        &std::slice::from_ref(&bob),
    )?;
    same("whom Bob has blocked", &blocked_by(case, &bob).await?.len(), &0)?;
    same(
        "`blocked_user_ids` of Ada",
        &case.found(&ada).await?.blocked_user_ids,
        &std::slice::from_ref(&bob),
    )?;
    case.ok("unblock_users", case.api.unblock_user(&ada, &bob))
        .await?;
    same(
        "whom Ada has blocked after it",
        &blocked_by(case, &ada).await?.len(),
        &0,
    )
}

pub(in crate::conformance::users_api) async fn upserts_keep_blocks(case: &Case) -> Checked {
    let (ada, bob) = (case.id("ada"), case.id("bob"));
    case.create([&ada, &bob]).await?;
    case.ok("block_users", case.api.block_user(&ada, &bob)).await?;
    case.create([&ada]).await?;
    same("whom Ada has blocked", &blocked_by(case, &ada).await?, &[bob])
}

pub(in crate::conformance::users_api) async fn guests_get_a_token(case: &Case) -> Checked {
    let asked = case.id("visitor");
    let custom = Custom::from_iter([("plan", "trial")]);
    let request = CreateGuest::new(UserRequest::new(&asked).name("Visitor").custom(custom.clone()));
    let guest = case
        .ok("create_guest", case.api.create_guest(request))
        .await?
        .body;
    that(guest.user.id.as_str().contains(asked.as_str()), || {
        (
            format!("the id {:?}", guest.user.id),
            "an id that contains the one that was asked for",
        )
    })?;
    that(!guest.access_token.expose().is_empty(), || {
        ("an empty token", "a token to act with")
    })?;
    let user = case.found(&guest.user.id).await?;
    same("the role", &user.role.as_str(), &"guest")?;
    same("the name", &user.name.as_deref(), &Some("Visitor"))?;
    same("custom data", &user.custom, &custom)
}

pub(in crate::conformance::users_api) async fn nobody_shares_a_location_unasked(case: &Case) -> Checked {
    let id = case.id("ada");
    case.create([&id]).await?;
    let list = case
        .api
        .get_user_live_locations(GetUserLiveLocations::new().user_id(&id));
    let locations = case
        .ok("get_user_live_locations", list)
        .await?
        .body
        .active_live_locations;
    same("how many live locations a new user shares", &locations.len(), &0)
}

pub(in crate::conformance::users_api) async fn quotas_are_told_as_asked(case: &Case) -> Checked {
    let request = GetRateLimits::new().server_side().endpoints(["QueryUsers"]);
    let limits = case
        .ok("get_rate_limits", case.api.get_rate_limits(request))
        .await?
        .body;
    that(limits.android.is_none() && limits.web.is_none(), || {
        (
            "quotas of platforms that were not asked for",
            "those of `server_side` alone",
        )
    })?;
    let told = limits.server_side.unwrap_or_default();
    let names: Vec<_> = told.iter().map(|(name, _)| name).collect();
    same("the operations whose quota is told", &names, &["QueryUsers"])?;
    let sane = told
        .get("QueryUsers")
        .is_some_and(|quota| (0..=quota.limit).contains(&quota.remaining));
    that(sane, || {
        (format!("{told:?}"), "as many calls left as the limit, or fewer")
    })
}
