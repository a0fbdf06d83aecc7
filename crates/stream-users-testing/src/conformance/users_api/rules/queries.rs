//! Rules about finding users. Going from page to page belongs to `pages`.

use serde_json::json;
use stream_users_core::{UsersApi, UsersApiExt};
use stream_users_model::{Custom, Filter, QueryUsers, Sort, User, UserId, UserRequest, field};

use crate::conformance::users_api::case::{Case, Checked, same, that};

/// The names, behind their case's prefix, of the users that a query finds.
async fn names(case: &Case, query: QueryUsers) -> Checked<Vec<String>> {
    let found = case.ok("query_users", case.api.query_users(query)).await?;
    let prefix = case.id("");
    let name = |user: &User| user.id.as_str().replace(prefix.as_str(), "");
    Ok(found.body.users.iter().map(name).collect())
}

fn one_of(ids: &[UserId]) -> Filter {
    field::id().is_in(ids.iter().cloned())
}

pub(in crate::conformance::users_api) async fn queries_filter(case: &Case) -> Checked {
    let ids = case.ids(&["a", "b", "c"]);
    let user = |id: &UserId, plan: &str, seats: u32| {
        let custom = json!({"plan": plan, "seats": seats, "tags": [plan]});
        UserRequest::new(id).custom(custom.as_object().cloned().unwrap_or_default().into())
    };
    case.upsert([
        user(&ids[0], "pro", 1).name("Ada Lovelace"),
        user(&ids[1], "pro", 20).name("Bob"),
        user(&ids[2], "free", 300),
    ])
    .await?;
    let plan = |plan: &str| field::custom("plan").eq(plan);
    for (what, filter, expected) in [
        ("id $eq", field::id().eq(ids[1].clone()), "b"),
        ("id $in", one_of(&ids[..2]), "a b"),
        ("id $gt", field::id().gt(ids[0].clone()), "b c"),
        ("id $lte", field::id().lte(ids[1].clone()), "a b"),
        ("name $eq", field::name().eq("Bob"), "b"),
        ("name $exists", field::name().exists(true), "a b"),
        ("name $autocomplete", field::name().autocomplete("love"), "a"),
        ("role $eq", field::role().eq("user"), "a b c"),
        ("banned $eq", field::banned().eq(true), ""),
        ("custom $eq", plan("pro"), "a b"),
        ("custom $in", field::custom("plan").is_in(["free", "none"]), "c"),
        ("custom $gt", field::custom("seats").gt(3), "b c"),
        ("custom $contains", field::custom("tags").contains("free"), "c"),
        ("custom $exists", field::custom("nothing").exists(true), ""),
        ("$and", plan("pro") & field::custom("seats").lt(3), "a"),
        ("$or", plan("free") | field::name().eq("Bob"), "b c"),
        ("$nor", !plan("pro"), "c"),
    ] {
        let query = QueryUsers::new(one_of(&ids) & filter).sort(field::id().asc());
        let found = names(case, query).await?.join(" ");
        same(&format!("who is found by {what}"), &found.as_str(), &expected)?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn queries_sort(case: &Case) -> Checked {
    let ids = case.ids(&["a", "b", "c"]);
    let user = |id: &UserId, name: &str, score: u32| {
        let custom = Custom::from_iter([("score", score)]);
        UserRequest::new(id).name(name).custom(custom)
    };
    case.upsert([
        user(&ids[0], "Zoe", 9),
        user(&ids[1], "Ada", 10),
        user(&ids[2], "Max", 1),
    ])
    .await?;
    for (what, sort, expected) in [
        ("id, smallest first", field::id().asc(), "a b c"),
        ("id, largest first", field::id().desc(), "c b a"),
        ("name, smallest first", field::name().asc(), "b c a"),
        ("name, largest first", field::name().desc(), "a c b"),
        ("a number in custom data", Sort::asc("score"), "c a b"),
    ] {
        let query = QueryUsers::new(one_of(&ids)).sort(sort);
        let found = names(case, query).await?.join(" ");
        same(&format!("the order by {what}"), &found.as_str(), &expected)?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn queries_begin_with_the_newest(case: &Case) -> Checked {
    // Each is created after, and has a larger id than, the one before: whichever decides, the order is the same.
    let ids = case.ids(&["a", "b", "c"]);
    for id in &ids {
        case.create([id]).await?;
    }
    let found = names(case, QueryUsers::new(one_of(&ids))).await?.join(" ");
    same("the order where none is asked for", &found.as_str(), &"c b a")
}

pub(in crate::conformance::users_api) async fn queries_limit_and_skip(case: &Case) -> Checked {
    let ids = case.ids(&["a", "b", "c", "d"]);
    case.create(&ids).await?;
    let by_id = || QueryUsers::new(one_of(&ids)).sort(field::id().asc());
    for (what, query, expected) in [
        ("a limit of 2", by_id().limit(2), "a b"),
        ("an offset of 1", by_id().offset(1), "b c d"),
        (
            "a limit of 2 and an offset of 1",
            by_id().limit(2).offset(1),
            "b c",
        ),
        ("an offset behind all", by_id().offset(9), ""),
    ] {
        let found = names(case, query).await?.join(" ");
        same(&format!("who is found with {what}"), &found.as_str(), &expected)?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn queries_return_thirty_unless_told(case: &Case) -> Checked {
    let ids: Vec<_> = (0..35).map(|number| case.id(number)).collect();
    case.create(&ids).await?;
    let found = names(case, QueryUsers::new(one_of(&ids))).await?;
    same(
        "how many of 35 users come where no limit is given",
        &found.len(),
        &30,
    )
}

pub(in crate::conformance::users_api) async fn queries_hide_who_is_deactivated(case: &Case) -> Checked {
    let ids = case.ids(&["active", "gone"]);
    case.create(&ids).await?;
    case.ok("deactivate_user", case.api.deactivate(&ids[1])).await?;
    let query = || QueryUsers::new(one_of(&ids)).sort(field::id().asc());
    same(
        "who is found",
        &names(case, query()).await?.join(" ").as_str(),
        &"active",
    )?;
    let all = case
        .ok(
            "query_users",
            case.api.query_users(query().include_deactivated_users(true)),
        )
        .await?
        .body
        .users;
    same(
        "how many are found with `include_deactivated_users`",
        &all.len(),
        &2,
    )?;
    let marked: Vec<_> = all.iter().map(|user| user.deactivated_at.is_some()).collect();
    that(marked == [false, true], || {
        (
            format!("`deactivated_at` is set: {marked:?}"),
            "it is set for who is deactivated, and for nobody else",
        )
    })
}
