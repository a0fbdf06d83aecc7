//! `DELETE /users/{user_id}`: deletes one user at once, with everything that was asked for. Older clients alone call it.

use rusqlite::Transaction;
use stream_users_model::Operation;
use stream_users_model::operation::Method;

use super::Route;
use crate::call::{Answer, Call, body};
use crate::events::{Event, emit};
use crate::jobs;
use crate::read::Problems;
use crate::refusal::Refusal;
use crate::store::deletion::{self, Deletion};
use crate::store::users;
use crate::surface::user;

const OPERATION: Operation = Operation::new("delete_user", "DeleteUser", Method::Delete, "/users/{user_id}")
    .with_query(&[
        "delete_conversation_channels",
        "hard_delete",
        "mark_messages_deleted",
    ]);

pub(super) const ROUTE: Route = Route {
    operation: &OPERATION,
    handler: delete_user,
};

fn delete_user(call: &Call<'_>, tx: &Transaction<'_>) -> Answer {
    let mut problems = Problems::default();
    let mut flag = |name| call.query.flag(name, &mut problems);
    let hard = flag("hard_delete");
    let (messages, conversations) = (
        flag("mark_messages_deleted"),
        flag("delete_conversation_channels"),
    );
    problems.check()?;
    users::existing(tx, &call.id)?;
    let mode = |hardest: &str| if hard { hardest } else { "soft" }.to_owned();
    let how = Deletion {
        user: mode("hard"),
        // Even a hard deletion leaves the messages where they were, without what they said.
        messages: messages.then(|| mode("pruning")),
        conversations: conversations.then(|| mode("hard")),
        ..Deletion::default()
    };
    deletion::mark(tx, &call.id, &how.user, call.now)?;
    // A hard deletion leaves nothing to show.
    let row = users::find(tx, &call.id)?.ok_or_else(|| Refusal::unknown_user(&call.id))?;
    let deleted = user(tx, &row, call.viewer())?;
    let event = Event::UserDeleted {
        user: &row,
        how: &how,
    };
    emit(tx, &event, call.now)?;
    let ids = [call.id.clone()];
    jobs::tell_channels(tx, &ids, &how, call.now)?;
    let keeps = !call.app.settings.soft_delete_ends_memberships;
    deletion::finish(tx, &ids, &how, keeps, call.now)?;
    Ok(body([("user", deleted)]))
}
