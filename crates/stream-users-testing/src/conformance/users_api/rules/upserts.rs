//! Rules about creating and replacing users.

use stream_users_core::{UsersApi, UsersApiExt};
use stream_users_model::{Custom, UpsertUsers, User, UserId, UserRequest};

use crate::conformance::users_api::case::{Case, Checked, Stop, same, that};

fn whole(id: &UserId) -> UserRequest {
    UserRequest::new(id)
        .name("Ada Lovelace")
        .image("https://example.com/ada.png")
        .language("en")
        .invisible(true)
        .custom(Custom::from_iter([("plan", "pro")]))
}

/// What was sent stands in the user.
fn holds(user: &User, id: &UserId) -> Checked {
    same("the id", &user.id, id)?;
    same("the name", &user.name.as_deref(), &Some("Ada Lovelace"))?;
    same(
        "the image",
        &user.image.as_deref(),
        &Some("https://example.com/ada.png"),
    )?;
    same("the language", &user.language.as_str(), &"en")?;
    same("whether the user is invisible", &user.invisible, &true)?;
    same("the role", &user.role.as_str(), &"user")?;
    same("custom data", &user.custom, &Custom::from_iter([("plan", "pro")]))
}

pub(in crate::conformance::users_api) async fn upserted_users_are_found(case: &Case) -> Checked {
    let id = case.id("ada");
    case.upsert([whole(&id)]).await?;
    let user = case.found(&id).await?;
    holds(&user, &id)?;
    that(user.is_active() && user.created_at.unix_seconds() > 0, || {
        (
            format!("{user:?}"),
            "an active user with the time of its creation",
        )
    })
}

pub(in crate::conformance::users_api) async fn upserts_answer_with_the_users(case: &Case) -> Checked {
    let (ada, bob) = (case.id("ada"), case.id("bob"));
    let request = UpsertUsers::new([whole(&ada), UserRequest::new(&bob)]);
    let answer = case
        .ok("upsert_users", case.api.upsert_users(request))
        .await?
        .body
        .users;
    same("how many users the answer holds", &answer.len(), &2)?;
    for id in [&ada, &bob] {
        that(answer.get(id).is_some(), || {
            (format!("no {id:?} in the answer"), "each user by its id")
        })?;
    }
    answer.get(&ada).map_or(Ok(()), |user| holds(user, &ada))
}

pub(in crate::conformance::users_api) async fn upserts_replace(case: &Case) -> Checked {
    let id = case.id("ada");
    let before = case.upsert([whole(&id)]).await?;
    let custom = Custom::from_iter([("colour", "blue")]);
    case.upsert([UserRequest::new(&id).custom(custom.clone())])
        .await?;
    let user = case.found(&id).await?;
    let name = user.name.as_deref().filter(|name| !name.is_empty());
    let image = user.image.as_deref().filter(|image| !image.is_empty());
    same("the name, which was not sent again", &name, &None::<&str>)?;
    same("the image, which was not sent again", &image, &None::<&str>)?;
    same("custom data", &user.custom, &custom)?;
    let created = before.first().map(|user| user.created_at);
    same("when the user was created", &Some(user.created_at), &created)
}

pub(in crate::conformance::users_api) async fn upserts_are_all_or_nothing(case: &Case) -> Checked {
    let (new, gone) = (case.id("new"), case.id("gone"));
    case.create([&gone]).await?;
    case.ok("deactivate_user", case.api.deactivate(&gone)).await?;
    let batch = UpsertUsers::new([&new, &gone].map(UserRequest::new));
    case.not_found(
        "upsert_users",
        case.api.upsert_users(batch),
        "a batch with a deactivated user",
    )
    .await?;
    let created = case.find(&new).await?;
    that(created.is_none(), || {
        (
            format!("{new:?} was created by a batch that was refused"),
            "nothing of the batch is applied",
        )
    })
}

pub(in crate::conformance::users_api) async fn ids_come_back_as_they_are(case: &Case) -> Checked {
    let long = case.id("");
    let long = UserId::from(format!(
        "{long}{}",
        "x".repeat(UserId::MAX_LEN - long.as_str().len())
    ));
    let ids = [
        case.id("Ada"),
        case.id("ada"),
        case.id("a@b_c-d"),
        case.id("007"),
        long,
    ];
    case.create(&ids).await?;
    for id in &ids {
        let user = case.found(id).await?;
        same("the id", &user.id, id)?;
        same(
            "the name of the user with this id",
            &user.name.as_deref(),
            &Some(id.as_str()),
        )?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn odd_ids_are_refused_or_kept(case: &Case) -> Checked {
    for odd in ["a/b", "a b", "é", "%2F", "a+b", "a?b", "a#b"] {
        let id = case.id(odd);
        let request = UpsertUsers::new([UserRequest::new(&id)]);
        match case.api.upsert_users(request).await {
            _ if case.leaves_out("upsert_users") => return Err(Stop::LeftOut("upsert_users")),
            Ok(answer) => {
                let ids: Vec<_> = answer.body.users.iter().map(|user| user.id.clone()).collect();
                same("the ids in the answer", &ids, &std::slice::from_ref(&id))?;
                same("the id that is found", &case.found(&id).await?.id, &id)?;
                // The operations that have the id in their path.
                let gone = case.ok("deactivate_user", case.api.deactivate(&id)).await?;
                same("the id of the deactivated user", &gone.id, &id)?;
            }
            Err(error) => that(error.api().is_some() || error.is_invalid(), || {
                (
                    format!("`upsert_users` of {id:?} failed: {error}"),
                    "a refusal of the service, or the user as it was sent",
                )
            })?,
        }
    }
    Ok(())
}
