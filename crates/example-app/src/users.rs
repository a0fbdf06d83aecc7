//! The users of this application: what can be done with them, and what can go wrong. Nothing here knows of HTTP.
//!
//! [`Directory`] holds `Arc<dyn UsersApi<Profile>>`. In production that is the client's handle, in tests a mock.

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use stream_users::prelude::*;
use stream_users::{Cursor, DeletedUsers, ErrorCode, RawJson, TaskId, TaskStatus};

#[cfg(test)]
mod tests;

/// What this application keeps about a user besides what every user of Stream has.
///
/// Every field has a default, so that users whom others made fit as well: guests, for one, have no custom data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// What the user pays for.
    #[serde(default)]
    pub plan: Plan,
}

/// What a user pays for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Plan {
    /// Nothing.
    #[default]
    Free,
    /// The works.
    Pro,
}

/// A user as this application knows them.
pub type Member = User<Profile>;

/// What can go wrong with users.
///
/// It keeps apart what has a meaning of its own here; everything else is Stream's error, as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The id belongs to somebody, or did: an id is never given twice.
    #[error("the id is taken; choose another")]
    IdTaken,
    /// The user is deactivated already, or is not, where that was to change.
    #[error("the user is that already")]
    NothingToChange,
    /// The user is deactivated and may do nothing.
    #[error("the user is deactivated")]
    Deactivated,
    /// The page token is none of these pages.
    #[error("the page token is none of this list; leave it out to start at the beginning")]
    BadPageToken,
    /// What Stream, or the way to it, says.
    #[error(transparent)]
    Stream(#[from] Error),
}

/// One page of users.
#[derive(Debug)]
#[non_exhaustive]
pub struct Page {
    /// The users, in the order of their ids.
    pub users: Vec<Member>,
    /// Where to go on; `None` behind the last user.
    pub next: Option<Cursor>,
}

/// How far a deletion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Deletion {
    /// Stream is at work.
    Running,
    /// The user is gone.
    Done,
    /// The user could not be deleted.
    Failed,
}

/// All users of the application.
#[derive(Clone, Debug)]
pub struct Directory {
    users: Arc<dyn UsersApi<Profile>>,
}

impl Directory {
    /// The users behind `users`.
    #[must_use]
    pub fn new(users: Arc<dyn UsersApi<Profile>>) -> Self {
        Self { users }
    }

    /// Creates a user whose id nobody has.
    ///
    /// To create is to replace on Stream, so that we look first. Two who want the same id at the same moment could both
    /// get it: where that matters, make ids up (a UUID), or keep them in a database with a unique key.
    ///
    /// # Errors
    /// [`Failure::IdTaken`].
    pub async fn sign_up(&self, user: UserRequest<Profile>) -> Result<Member, Failure> {
        // Finds deactivated users as well.
        if self.users.get_user(&user.id).await?.is_some() {
            return Err(Failure::IdTaken);
        }
        match self.users.upsert_user(user).await {
            // That one was deleted, which a query does not show.
            Err(error) if error.is_not_found() => Err(Failure::IdTaken),
            created => Ok(created?),
        }
    }

    /// One user, also a deactivated one.
    ///
    /// # Errors
    /// [`Failure::NotFound`].
    pub async fn get(&self, id: &UserId) -> Result<Member, Failure> {
        self.users.get_user(id).await?.ok_or(Failure::NotFound("user"))
    }

    /// One user who may act.
    ///
    /// # Errors
    /// [`Failure::NotFound`], [`Failure::Deactivated`].
    pub async fn get_active(&self, id: &UserId) -> Result<Member, Failure> {
        let user = self.get(id).await?;
        if user.is_active() {
            Ok(user)
        } else {
            Err(Failure::Deactivated)
        }
    }

    /// The active users behind `after`, at most `limit` of them; the first ones where it is `None`.
    ///
    /// # Errors
    /// [`Failure::BadPageToken`].
    pub async fn list(&self, limit: u32, after: Option<&str>) -> Result<Page, Failure> {
        let mut pages = self.users.pages(QueryUsers::new(Filter::all()).limit(limit));
        if let Some(after) = after {
            let cursor = after.parse().map_err(|_| Failure::BadPageToken)?;
            pages = pages.resume(&cursor).map_err(|_| Failure::BadPageToken)?;
        }
        let users = pages.try_next().await?.unwrap_or_default();
        // Only a page without anybody is the end.
        let next = (!users.is_empty()).then(|| pages.cursor());
        Ok(Page { users, next })
    }

    /// Changes what the patch names, and leaves the rest.
    ///
    /// # Errors
    /// [`Failure::NotFound`].
    pub async fn change(&self, patch: UserPatch) -> Result<Member, Failure> {
        if patch.is_empty() {
            return self.get(&patch.id).await;
        }
        self.users.update_user_partial(patch).await.map_err(no_such_user)
    }

    /// Locks a user out and hides them from lists; the data stay.
    ///
    /// # Errors
    /// [`Failure::NotFound`], [`Failure::NothingToChange`].
    pub async fn deactivate(&self, id: &UserId) -> Result<Member, Failure> {
        self.users.deactivate(id).await.map_err(nothing_to_change)
    }

    /// Lets a user back in.
    ///
    /// # Errors
    /// [`Failure::NotFound`], [`Failure::NothingToChange`].
    pub async fn reactivate(&self, id: &UserId) -> Result<Member, Failure> {
        self.users.reactivate(id).await.map_err(nothing_to_change)
    }

    /// Has a user deleted for good, with messages and conversations. Nobody finds them from now on; the rest takes Stream
    /// a while, and [`deletion`](Self::deletion) says when it is done.
    ///
    /// # Errors
    /// [`Failure::NotFound`].
    pub async fn delete(&self, id: &UserId) -> Result<TaskId, Failure> {
        // The task would say it too, but only to those who ask for it.
        self.get(id).await?;
        let started = self.users.delete_users(DeleteUsers::hard([id])).await?;
        Ok(started.body.task_id)
    }

    /// How far a deletion is.
    ///
    /// # Errors
    /// [`Failure::NotFound`].
    pub async fn deletion(&self, task: TaskId) -> Result<Deletion, Failure> {
        let task = match self.users.get_task(GetTask::new(task)).await {
            Err(error) if error.is_not_found() => return Err(Failure::NotFound("deletion")),
            task => task?.body,
        };
        if !task.status.is_terminal() {
            return Ok(Deletion::Running);
        }
        // A task can complete although its user was not deleted.
        let users = task.result.as_ref().map(RawJson::decode::<DeletedUsers>);
        Ok(match users {
            Some(Ok(users))
                if task.status == TaskStatus::Completed && users.iter().all(|(_, user)| user.is_ok()) =>
            {
                Deletion::Done
            }
            _ => Deletion::Failed,
        })
    }
}

fn no_such_user(error: Error) -> Failure {
    if error.is_not_found() {
        Failure::NotFound("user")
    } else {
        Failure::Stream(error)
    }
}

/// Deactivating and reactivating refuse with this code where there is nothing to do.
fn nothing_to_change(error: Error) -> Failure {
    if error.code() == Some(ErrorCode::INPUT) {
        Failure::NothingToChange
    } else {
        no_such_user(error)
    }
}
