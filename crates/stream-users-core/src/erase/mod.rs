//! `erase_users`: erasing users for good, with the proof. It is made of operations alone; how a file is read belongs to
//! `export`, how a task is followed to `task`.

mod export;
mod report;
mod request;

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::sync::Arc;

use stream_users_model::{CustomData, DeletedUsers, Operation, UserId, operation};

use self::export::NoExport;
pub use self::report::{ErasedUser, ErasureDeletion, ErasureExport, ErasureOutcome, ErasureReport};
pub use self::request::EraseUsers;
use crate::api::UsersApi;
use crate::api_ext::UsersApiExt;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};

const ERASE_USERS: &str = "erase_users";

/// How many users one call of the operation takes.
fn most(operation: &Operation) -> usize {
    operation.batch.map_or(1, |batch| batch.max)
}

pub(crate) async fn run<C: CustomData, A: UsersApi<C> + ?Sized>(
    api: &A,
    request: EraseUsers,
) -> Result<ErasureReport> {
    let violations = request.violations();
    if !violations.is_empty() {
        return Err(Error::invalid(ERASE_USERS, violations));
    }
    let clock = api.clock()?;
    let mut seen = BTreeSet::new();
    let ids: Vec<UserId> = request
        .user_ids
        .iter()
        .filter(|id| seen.insert((*id).clone()))
        .cloned()
        .collect();
    let now = clock.now();
    let mut work = Work {
        api,
        clock,
        request,
        outcomes: BTreeMap::new(),
        report: ErasureReport {
            started_at: now,
            finished_at: now,
            users: Vec::new(),
            exports: Vec::new(),
            deletions: Vec::new(),
            stopped: None,
        },
        custom: PhantomData,
    };
    for group in ids.chunks(most(&operation::DELETE_USERS)) {
        let known = match api.get_users(group.iter().cloned()).await {
            Ok(known) => known,
            Err(error) if work.outcomes.is_empty() => return Err(error),
            Err(error) => {
                work.report.stopped = Some(error.to_string());
                break;
            }
        };
        let known: BTreeSet<UserId> = known.into_iter().map(|user| user.id).collect();
        let (known, others): (Vec<_>, Vec<_>) = group.iter().cloned().partition(|id| known.contains(id));
        work.note(&others, ErasureOutcome::NotFound, None);
        if let Err(Stop(reason)) = work.erase(&known).await {
            work.report.stopped = Some(reason);
            break;
        }
    }
    Ok(work.finish(ids))
}

/// An erasure at work.
struct Work<'a, C, A: ?Sized> {
    api: &'a A,
    clock: Arc<dyn Clock>,
    request: EraseUsers,
    outcomes: BTreeMap<UserId, (ErasureOutcome, Option<String>)>,
    report: ErasureReport,
    custom: PhantomData<fn() -> C>,
}

/// Nothing more can be done, and why.
struct Stop(String);

/// How the deletion of users came to its end, as far as that was seen.
enum End<'a> {
    Completed(&'a DeletedUsers),
    /// The task failed: it does nothing more.
    Failed,
    /// It may still be at work, or nobody knows whether it was begun.
    Unseen,
}

impl<C: CustomData, A: UsersApi<C> + ?Sized> Work<'_, C, A> {
    /// Erases users that are there, no more than one deletion takes.
    async fn erase(&mut self, ids: &[UserId]) -> Result<(), Stop> {
        let ids = if self.request.export {
            self.export_all(ids).await?
        } else {
            ids.to_vec()
        };
        if ids.is_empty() {
            return Ok(());
        }
        self.delete(&ids).await
    }

    /// Exports users, and returns those who are in the files. Where users cannot be exported together, halves of them are
    /// tried, until only those are left who cannot be exported at all.
    async fn export_all(&mut self, ids: &[UserId]) -> Result<Vec<UserId>, Stop> {
        let mut exported = Vec::with_capacity(ids.len());
        let mut batches: Vec<&[UserId]> = ids.chunks(most(&operation::EXPORT_USERS)).rev().collect();
        while let Some(batch) = batches.pop() {
            match self.export(batch).await {
                Ok(export) => {
                    let held: BTreeSet<_> = export.user_ids.iter().collect();
                    let lost: Vec<_> = batch.iter().filter(|id| !held.contains(id)).cloned().collect();
                    let reason = format!("the file of the export {} does not hold the user", export.task_id);
                    self.note(&lost, ErasureOutcome::Failed, Some(&reason));
                    exported.extend(export.user_ids.iter().cloned());
                    self.report.exports.push(export);
                }
                Err(NoExport::Users(_)) if batch.len() > 1 => {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    batches.extend([second, first]);
                }
                Err(NoExport::Users(reason) | NoExport::Export(reason)) => {
                    self.note(batch, ErasureOutcome::Failed, Some(&reason));
                }
                Err(NoExport::Stop(reason)) => return Err(Stop(reason)),
            }
        }
        Ok(exported)
    }

    /// Deletes users, waits for the end and looks whether they are gone.
    async fn delete(&mut self, ids: &[UserId]) -> Result<(), Stop> {
        let started_at = self.clock.now();
        let started = match self.api.delete_users(self.request.deletion(ids)).await {
            Ok(started) => started.body,
            Err(error) => {
                let reason = error.to_string();
                if error.may_have_been_applied() {
                    self.verify(ids, &End::Unseen, &reason).await?;
                } else {
                    self.note(ids, ErasureOutcome::Failed, Some(&reason));
                }
                return if stops(&error) { Err(Stop(reason)) } else { Ok(()) };
            }
        };
        let mut deletion = ErasureDeletion {
            user_ids: ids.to_vec(),
            task_id: started.task_id.clone(),
            started_at,
            deleted_at: None,
            verified_at: None,
        };
        let ended = self
            .api
            .task(&started)
            .with_policy(self.request.policy)
            .wait()
            .await;
        if ended.is_ok() {
            deletion.deleted_at = Some(self.clock.now());
        }
        let index = self.report.deletions.len();
        self.report.deletions.push(deletion);
        let (end, reason) = match &ended {
            Ok(users) => (
                End::Completed(users),
                "the task does not say what became of the user".to_owned(),
            ),
            Err(error) if error.task().is_some_and(|task| task.status.is_terminal()) => {
                (End::Failed, error.to_string())
            }
            Err(error) => (End::Unseen, error.to_string()),
        };
        self.verify(ids, &end, &reason).await?;
        self.report.deletions[index].verified_at = Some(self.clock.now());
        match ended {
            Err(error) if stops(&error) => Err(Stop(reason)),
            _ => Ok(()),
        }
    }

    /// Notes what became of users whose deletion was begun: by the task's word, where there is one, and by a query.
    /// `reason` is why that is missing.
    async fn verify(&mut self, ids: &[UserId], end: &End<'_>, reason: &str) -> Result<(), Stop> {
        let left = self.api.get_users(ids.iter().cloned()).await;
        let left = left.map(|users| users.into_iter().map(|user| user.id).collect::<BTreeSet<_>>());
        for id in ids {
            let said = match end {
                End::Completed(users) => users.get(id),
                End::Failed | End::Unseen => None,
            };
            let is_left = left.as_ref().ok().map(|left| left.contains(id));
            let (outcome, reason) = match (said, is_left) {
                (Some(said), Some(false)) if said.is_ok() => (ErasureOutcome::Erased, None),
                // The service marks users as deleted before the task runs, so that one who was not deleted may be found
                // no longer all the same.
                (Some(said), _) if !said.is_ok() => {
                    let outcome = match is_left {
                        Some(true) => ErasureOutcome::Failed,
                        _ => ErasureOutcome::Unconfirmed,
                    };
                    let reason = said.error.as_deref().unwrap_or(&said.status);
                    (outcome, Some(reason.to_owned()))
                }
                (Some(_), Some(true)) => {
                    let reason = "the task says that the user was deleted, and a query still finds it";
                    (ErasureOutcome::Failed, Some(reason.to_owned()))
                }
                // While it may still be at work, that a user is there says nothing.
                (None, Some(true)) if !matches!(end, End::Unseen) => {
                    (ErasureOutcome::Failed, Some(reason.to_owned()))
                }
                (None, _) => (ErasureOutcome::Unconfirmed, Some(reason.to_owned())),
                (Some(_), _) => {
                    let reason = "the user was deleted, and could not be looked for afterwards";
                    (ErasureOutcome::Unconfirmed, Some(reason.to_owned()))
                }
            };
            self.outcomes.insert(id.clone(), (outcome, reason));
        }
        left.map(drop).map_err(|error| Stop(error.to_string()))
    }

    fn note(&mut self, ids: &[UserId], outcome: ErasureOutcome, reason: Option<&str>) {
        for id in ids {
            self.outcomes
                .insert(id.clone(), (outcome, reason.map(str::to_owned)));
        }
    }

    fn finish(mut self, ids: Vec<UserId>) -> ErasureReport {
        self.report.finished_at = self.clock.now();
        let users = ids.into_iter().map(|user_id| {
            let noted = self.outcomes.remove(&user_id);
            let (outcome, reason) = noted.unwrap_or((ErasureOutcome::NotTried, None));
            ErasedUser {
                user_id,
                outcome,
                reason,
            }
        });
        self.report.users = users.collect();
        self.report
    }
}

/// Whether the same would happen to whatever comes next.
fn stops(error: &Error) -> bool {
    let is_ours = matches!(error.kind(), ErrorKind::Config | ErrorKind::Unimplemented);
    error.is_retryable() || error.is_auth() || is_ours
}
