//! Rules about going from page to page: the library's pages, over the implementation's queries.

use futures_util::TryStreamExt as _;
use stream_users_core::{Cursor, UsersApiExt};
use stream_users_model::{QueryUsers, User, UserId, UserRequest, field};

use crate::conformance::Broken;
use crate::conformance::users_api::case::{Case, Checked, Stop, same};

/// Users of whom every second one has a name, and two have the same.
async fn crowd(case: &Case) -> Checked<Vec<UserId>> {
    let ids: Vec<_> = (0..9).map(|number| case.id(number)).collect();
    let user = |(number, id)| match number % 4 {
        0 | 3 => UserRequest::new(id).name("Same"),
        1 => UserRequest::new(id).name(format!("Name {number}")),
        _ => UserRequest::new(id),
    };
    case.upsert(ids.iter().enumerate().map(user)).await?;
    Ok(ids)
}

fn everybody(ids: &[UserId]) -> QueryUsers {
    QueryUsers::new(field::id().is_in(ids.iter().cloned())).limit(2)
}

fn ids_of(users: &[User]) -> Vec<UserId> {
    users.iter().map(|user| user.id.clone()).collect()
}

pub(in crate::conformance::users_api) async fn pages_reach_everybody_once(case: &Case) -> Checked {
    let ids = crowd(case).await?;
    for (order, query) in [
        ("id", everybody(&ids)),
        ("id, largest first", everybody(&ids).sort(field::id().desc())),
        (
            "time of creation",
            everybody(&ids).sort(field::created_at().desc()),
        ),
        ("name", everybody(&ids).sort(field::name().asc())),
    ] {
        let users: Vec<_> = case
            .ok("query_users", case.api.items(query).try_collect())
            .await?;
        let mut found = ids_of(&users);
        if order == "id" {
            same("the users of pages by id, in order", &found, &ids)?;
        }
        found.sort();
        same(&format!("the users of all pages by {order}"), &found, &ids)?;
    }
    Ok(())
}

pub(in crate::conformance::users_api) async fn pages_resume_from_a_cursor(case: &Case) -> Checked {
    let ids = crowd(case).await?;
    // In the middle of a page, and between two.
    for taken in [3, 4] {
        let mut items = case.api.items(everybody(&ids));
        let mut before = Vec::new();
        for _ in 0..taken {
            before.extend(case.ok("query_users", items.try_next()).await?);
        }
        let saved = items.cursor().to_string();
        // Whoever saved the cursor went on for a while.
        let rest: Vec<_> = case.ok("query_users", items.try_collect()).await?;

        let cursor: Cursor = saved.parse().map_err(|error| unreadable(&error))?;
        let resumed = case.api.items(everybody(&ids)).resume(&cursor);
        let resumed = resumed.map_err(|error| unreadable(&error))?;
        let again: Vec<_> = case.ok("query_users", resumed.try_collect()).await?;
        same("the users behind the cursor", &ids_of(&again), &ids_of(&rest))?;
        before.extend(again);
        same("the users before and behind the cursor", &ids_of(&before), &ids)?;
    }
    Ok(())
}

fn unreadable(error: &stream_users_core::Error) -> Stop {
    Stop::Broken(Broken::new(error.to_string(), "a cursor that can be resumed"))
}
