//! The handlers: a request is read, the domain is called, an answer is written.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use stream_users::prelude::*;
use stream_users::token::UserToken;
use stream_users::{Str, TaskId};

use super::problem::Problem;
use crate::app::App;
use crate::tokens::TOKEN_LIFETIME;
use crate::users::{Deletion, Member, Plan, Profile};

type Answer<T> = Result<T, Problem>;

/// A part of the path, or why it is none.
type InPath<T> = Result<Path<T>, PathRejection>;

/// A user as callers see them: what this application promises, whatever Stream adds one day.
#[derive(Serialize)]
struct Shown {
    id: UserId,
    name: Option<Str>,
    plan: Plan,
    active: bool,
    created_at: Timestamp,
}

impl From<Member> for Shown {
    fn from(user: Member) -> Self {
        Self {
            active: user.is_active(),
            id: user.id,
            name: user.name,
            plan: user.custom.plan,
            created_at: user.created_at,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignUp {
    id: UserId,
    name: Str,
    #[serde(default)]
    plan: Plan,
}

pub(super) async fn sign_up(
    State(app): State<App>,
    body: Result<Json<SignUp>, JsonRejection>,
) -> Answer<impl IntoResponse> {
    let Json(SignUp { id, name, plan }) = body?;
    let user = UserRequest::new(id).name(name).custom(Profile { plan });
    let user = app.users.sign_up(user).await?;
    Ok((StatusCode::CREATED, Json(Shown::from(user))))
}

pub(super) async fn get(State(app): State<App>, id: InPath<UserId>) -> Answer<impl IntoResponse> {
    let Path(id) = id?;
    Ok(Json(Shown::from(app.users.get(&id).await?)))
}

#[derive(Deserialize)]
pub(super) struct ListQuery {
    limit: Option<u32>,
    page: Option<String>,
}

#[derive(Serialize)]
struct Listed {
    users: Vec<Shown>,
    /// The `page` to ask for next; `null` at the end.
    next: Option<String>,
}

pub(super) async fn list(
    State(app): State<App>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Answer<impl IntoResponse> {
    let Query(query) = query?;
    let limit = query.limit.unwrap_or(50).clamp(1, QueryUsers::MAX_LIMIT);
    let page = app.users.list(limit, query.page.as_deref()).await?;
    Ok(Json(Listed {
        users: page.users.into_iter().map(Shown::from).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    name: Option<Str>,
    plan: Option<Plan>,
}

pub(super) async fn change(
    State(app): State<App>,
    id: InPath<UserId>,
    body: Result<Json<Change>, JsonRejection>,
) -> Answer<impl IntoResponse> {
    let (Path(id), Json(Change { name, plan })) = (id?, body?);
    let mut patch = UserPatch::new(id);
    if let Some(name) = name {
        patch = patch.name(name);
    }
    if let Some(plan) = plan {
        patch = patch.custom(Profile { plan });
    }
    Ok(Json(Shown::from(app.users.change(patch).await?)))
}

pub(super) async fn deactivate(State(app): State<App>, id: InPath<UserId>) -> Answer<impl IntoResponse> {
    let Path(id) = id?;
    Ok(Json(Shown::from(app.users.deactivate(&id).await?)))
}

pub(super) async fn reactivate(State(app): State<App>, id: InPath<UserId>) -> Answer<impl IntoResponse> {
    let Path(id) = id?;
    Ok(Json(Shown::from(app.users.reactivate(&id).await?)))
}

#[derive(Serialize)]
struct Started {
    /// Where to ask how far the deletion is.
    status_url: String,
}

pub(super) async fn delete(State(app): State<App>, id: InPath<UserId>) -> Answer<impl IntoResponse> {
    let Path(id) = id?;
    let task = app.users.delete(&id).await?;
    let status_url = format!("/deletions/{task}");
    Ok((StatusCode::ACCEPTED, Json(Started { status_url })))
}

#[derive(Serialize)]
struct DeletionState {
    status: Deletion,
}

pub(super) async fn deletion(State(app): State<App>, task: InPath<TaskId>) -> Answer<impl IntoResponse> {
    let Path(task) = task?;
    let status = app.users.deletion(task).await?;
    Ok(Json(DeletionState { status }))
}

#[derive(Serialize)]
struct Issued {
    token: String,
    /// In seconds.
    expires_in: u64,
}

pub(super) async fn issue_token(State(app): State<App>, id: InPath<UserId>) -> Answer<impl IntoResponse> {
    let Path(id) = id?;
    let user = app.users.get_active(&id).await?;
    let token = app
        .tokens
        .issue(&UserToken::new(user.id).expires_in(TOKEN_LIFETIME))?;
    let issued = Issued {
        // The one place where a token is shown: to the device that it is for.
        token: token.expose().to_owned(),
        expires_in: TOKEN_LIFETIME.as_secs(),
    };
    Ok((
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Json(issued),
    ))
}
