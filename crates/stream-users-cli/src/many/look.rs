//! A dry run: the users are looked up, and of each it is said what would be done. Nothing is changed.

use std::collections::HashMap;
use std::pin::pin;

use futures_core::Stream;
use futures_util::TryStreamExt as _;
use stream_users_core::bulk::{BulkItem, InputError, Row};
use stream_users_core::{Users, UsersApiExt as _};
use stream_users_model::{
    Custom, QueryUsers, RestoreUsers, UpdateUsersPartial, UpsertUsers, User, UserId, UserPatch, UserRequest,
    Validate, Violations,
};

use super::became::Told;
use crate::arguments::whom::{explain_input, users};
use crate::exit::Exit;
use crate::globals::Globals;
use crate::output::Output;
use crate::session::Session;

/// Why nothing can be done to somebody who is not there.
pub(crate) const NOBODY: &str = "there is no such user; it was never created, or it was deleted";

/// What can be looked up.
pub(crate) trait Looked: BulkItem {
    /// The rules that it breaks by itself.
    fn problem(&self) -> Option<String>;
}

impl Looked for UserId {
    fn problem(&self) -> Option<String> {
        wrong_with(&RestoreUsers::new([self]))
    }
}

impl Looked for UserRequest<Custom> {
    fn problem(&self) -> Option<String> {
        wrong_with(&UpsertUsers::new([self.clone()]))
    }
}

impl Looked for UserPatch {
    fn problem(&self) -> Option<String> {
        wrong_with(&UpdateUsersPartial::new([self.clone()]))
    }
}

/// The rules that a request of one user breaks.
fn wrong_with(request: &impl Validate) -> Option<String> {
    let mut violations = Violations::new();
    request.validate(&mut violations);
    (!violations.is_empty()).then(|| violations.to_string())
}

/// Says of each user what would be done: `verdict` is given the user as it is now, where there is one, and returns that or
/// why it would fail.
pub(crate) async fn look<T: Looked>(
    globals: &Globals,
    session: &Session,
    rows: impl Stream<Item = Result<Row<T>, InputError>>,
    lines: bool,
    verdict: impl Fn(&T, Option<&User<Custom>>) -> Result<&'static str, String>,
) -> anyhow::Result<Exit> {
    let output = Output::new(globals);
    let api: Users<Custom> = session.users();
    let mut told = Told::new(&output);
    let (mut would, mut is_read) = (0_u64, true);
    let mut chunks = pin!(rows.try_chunks(QueryUsers::MAX_LIMIT as usize));
    let failure = loop {
        let (chunk, failure) = match chunks.try_next().await {
            Ok(Some(chunk)) => (chunk, None),
            Ok(None) => break None,
            // What came before it is still told.
            Err(error) => (error.0, Some(error.1)),
        };
        let asked: Vec<UserId> = chunk
            .iter()
            .filter_map(|row| row.item.as_ref().ok())
            .filter(|item| item.problem().is_none())
            .map(|item| item.id().clone())
            .collect();
        let found = api
            .get_users(asked)
            .await
            .map_err(|error| session.explain(error))?;
        let found: HashMap<&str, &User<Custom>> = found.iter().map(|user| (user.id.as_str(), user)).collect();
        for row in &chunk {
            let line = lines.then_some(row.number);
            let (id, outcome) = match &row.item {
                Err(rejected) => (rejected.id.as_ref(), Err(rejected.reason.clone())),
                Ok(item) => {
                    let outcome = match item.problem() {
                        Some(problem) => Err(problem),
                        None => verdict(item, found.get(item.id().as_str()).copied()),
                    };
                    (Some(item.id()), outcome)
                }
            };
            let id = id.map(UserId::as_str);
            is_read &= match outcome {
                Ok(status) => {
                    would += 1;
                    told.done(id, status, line)?
                }
                Err(reason) => told.failed(id, &reason, line)?,
            };
        }
        if failure.is_some() || !is_read {
            break failure;
        }
    };
    let failed = told.end()?;
    if let Some(error) = failure {
        return Err(explain_input(error));
    }
    let failures = match failed {
        0 => String::new(),
        failed => format!(", and {failed} would fail"),
    };
    let whom = users(would);
    output.note(&format!(
        "a dry run: nothing was changed; it would be done for {whom}{failures}"
    ));
    Ok(if failed == 0 { Exit::Done } else { Exit::SomeFailed })
}
