//! [`Work`]: how a batch of an operation is sent, and what its answer says of each user. One type an operation; when it is
//! sent, and what becomes of failures, belongs to `attempt`.

use std::collections::HashMap;
use std::marker::PhantomData;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stream_users_model::{
    CustomData, DeactivateUsers, DeleteUsers, DeletedUsers, ExportUsers, ExportedFile, Operation,
    ReactivateUsers, RestoreUsers, StartedTask, Str, TaskId, TaskUsers, UpdateUsersPartial, UpsertUsers,
    User, UserId, UserPatch, UserRequest, Validate, Violation, Violations, operation,
};

use super::outcome::ItemError;
use super::row::BulkItem;
use crate::api::UsersApi;
use crate::api_ext::UsersApiExt as _;
use crate::error::Result;
use crate::response::Response;
use crate::task::{PollPolicy, TaskHandle};

/// What became of each user of a batch, in the order of the batch.
pub(super) type Answers<D> = Vec<Result<D, ItemError>>;

/// What an answer to a batch says.
pub(super) enum Sent<D> {
    Done(Answers<D>),
    /// A task works on it.
    Started(TaskId),
}

/// An operation on many users.
pub(super) trait Work: Send + Sync {
    /// What a row holds.
    type Item: BulkItem;
    /// What the service answers for one.
    type Done: Send;

    fn operation(&self) -> &'static Operation;

    /// Its options as JSON, without the users.
    fn options(&self) -> Str {
        Str::default()
    }

    /// The rules that an item breaks, which the service would refuse the whole batch for.
    fn check(&self, item: &Self::Item) -> Violations;

    fn send(&self, items: Vec<Self::Item>) -> BoxFuture<'_, Result<Response<Sent<Self::Done>>>>;

    /// Waits for a task that was started for these items. Tells of each answer that the service is `there`, and ends with the
    /// first question that fails: how long to bear that is decided by whoever asks.
    fn follow<'a>(
        &'a self,
        _: TaskId,
        _: Vec<Self::Item>,
        _there: &'a There<'a>,
    ) -> BoxFuture<'a, Result<Answers<Self::Done>>> {
        // No operation without a task says that one was started.
        Box::pin(async { Ok(Vec::new()) })
    }

    /// The answer for an item where a refusal says that it is as asked for already.
    fn done_already<'a>(&'a self, _: &'a Self::Item, _: &'a ItemError) -> BoxFuture<'a, Option<Self::Done>> {
        Box::pin(async { None })
    }
}

/// Hears that the service has answered.
pub(super) type There<'a> = dyn Fn() + Send + Sync + 'a;

/// The rules that an item breaks.
fn violations_of(item: &impl Validate) -> Violations {
    let mut violations = Violations::new();
    item.validate(&mut violations);
    violations
}

/// The rules that a request for one id breaks, without the id's place in the request.
fn violations_of_id(request: &impl Validate) -> Violations {
    let mut alone = Violations::new();
    for Violation { field, message, .. } in violations_of(request) {
        let of_id = field.starts_with("user_ids[");
        alone.add(if of_id { Str::from_static("id") } else { field }, message);
    }
    alone
}

/// `upsert_users`.
pub(super) struct Upsert<C, A> {
    pub(super) api: A,
    pub(super) custom: PhantomData<fn() -> C>,
}

impl<C: CustomData, A: UsersApi<C>> Work for Upsert<C, A> {
    type Item = UserRequest<C>;
    type Done = User<C>;

    fn operation(&self) -> &'static Operation {
        &operation::UPSERT_USERS
    }

    fn check(&self, item: &UserRequest<C>) -> Violations {
        violations_of(item)
    }

    fn send(&self, items: Vec<UserRequest<C>>) -> BoxFuture<'_, Result<Response<Sent<User<C>>>>> {
        Box::pin(async move {
            let ids = ids(&items);
            let answer = self.api.upsert_users(UpsertUsers::new(items)).await?;
            Ok(answer.map(|body| Sent::Done(in_order(&ids, body.users))))
        })
    }
}

/// `update_users_partial`.
pub(super) struct Patch<C, A> {
    pub(super) api: A,
    pub(super) custom: PhantomData<fn() -> C>,
}

impl<C: CustomData, A: UsersApi<C>> Work for Patch<C, A> {
    type Item = UserPatch;
    type Done = User<C>;

    fn operation(&self) -> &'static Operation {
        &operation::UPDATE_USERS_PARTIAL
    }

    fn check(&self, item: &UserPatch) -> Violations {
        violations_of(item)
    }

    fn send(&self, items: Vec<UserPatch>) -> BoxFuture<'_, Result<Response<Sent<User<C>>>>> {
        Box::pin(async move {
            let ids = ids(&items);
            let answer = self
                .api
                .update_users_partial(UpdateUsersPartial::new(items))
                .await?;
            Ok(answer.map(|body| Sent::Done(in_order(&ids, body.users))))
        })
    }
}

/// `restore_users`, which has no task.
pub(super) struct Restore<C, A> {
    pub(super) api: A,
    pub(super) custom: PhantomData<fn() -> C>,
}

impl<C: CustomData, A: UsersApi<C>> Work for Restore<C, A> {
    type Item = UserId;
    type Done = ();

    fn operation(&self) -> &'static Operation {
        &operation::RESTORE_USERS
    }

    fn check(&self, item: &UserId) -> Violations {
        violations_of_id(&RestoreUsers::new([item]))
    }

    fn send(&self, items: Vec<UserId>) -> BoxFuture<'_, Result<Response<Sent<()>>>> {
        Box::pin(async move {
            let answers = items.iter().map(|_| Ok(())).collect();
            let answer = self.api.restore_users(RestoreUsers::new(items)).await?;
            Ok(answer.map(|_| Sent::Done(answers)))
        })
    }

    fn done_already<'a>(&'a self, _: &'a UserId, refusal: &'a ItemError) -> BoxFuture<'a, Option<()>> {
        // The service has no code of its own for it (behaviour seen in its SDKs' tests).
        let is_done = refusal.to_string().contains("is not deleted");
        Box::pin(async move { is_done.then_some(()) })
    }
}

/// An operation on ids that starts a task.
pub(super) struct ByTask<C, A, R> {
    pub(super) api: A,
    /// The request, without ids.
    pub(super) template: R,
    pub(super) policy: PollPolicy,
    pub(super) custom: PhantomData<fn() -> C>,
}

/// A request that starts a task for users.
pub(super) trait TaskRequest<C: CustomData>: Serialize + Validate + Clone + Send + Sync {
    /// What the task ends with.
    type Ends: DeserializeOwned + Send;
    /// What that says of one user.
    type Done: Send;

    const OPERATION: &'static Operation;

    /// What a refusal says of a user who is as asked for already. The service has no code of its own for it.
    const ALREADY: Option<&'static str> = None;

    fn user_ids(&mut self) -> &mut Vec<UserId>;

    fn start<A: UsersApi<C> + ?Sized>(
        self,
        api: &A,
    ) -> impl Future<Output = Result<Response<StartedTask<Self::Ends>>>> + Send;

    fn answers(ends: Self::Ends, ids: &[UserId]) -> Answers<Self::Done>;

    /// What is answered for a user who is as asked for already.
    fn found(_: User<C>) -> Option<Self::Done> {
        None
    }
}

impl<C: CustomData, A: UsersApi<C>, R: TaskRequest<C>> Work for ByTask<C, A, R> {
    type Item = UserId;
    type Done = R::Done;

    fn operation(&self) -> &'static Operation {
        R::OPERATION
    }

    fn options(&self) -> Str {
        // The template has no ids: what is left are the options.
        serde_json::to_string(&self.template).unwrap_or_default().into()
    }

    fn check(&self, item: &UserId) -> Violations {
        let mut request = self.template.clone();
        *request.user_ids() = vec![item.clone()];
        violations_of_id(&request)
    }

    fn send(&self, items: Vec<UserId>) -> BoxFuture<'_, Result<Response<Sent<R::Done>>>> {
        Box::pin(async move {
            let mut request = self.template.clone();
            *request.user_ids() = items;
            let answer = request.start(&self.api).await?;
            Ok(answer.map(|started| Sent::Started(started.task_id)))
        })
    }

    fn follow<'a>(
        &'a self,
        task: TaskId,
        items: Vec<UserId>,
        there: &'a There<'a>,
    ) -> BoxFuture<'a, Result<Answers<R::Done>>> {
        Box::pin(async move {
            let ask = |question| {
                let answer = self.api.get_task(question);
                async move { answer.await.inspect(|_| there()) }.boxed()
            };
            let task = TaskHandle::<R::Ends>::new(task, self.api.clock(), ask);
            let task = task.with_policy(self.policy.max_failures(1));
            Ok(R::answers(task.wait().await?, &items))
        })
    }

    fn done_already<'a>(&'a self, id: &'a UserId, refusal: &'a ItemError) -> BoxFuture<'a, Option<R::Done>> {
        let says_so = R::ALREADY.is_some_and(|text| refusal.to_string().contains(text));
        Box::pin(async move {
            if !says_so {
                return None;
            }
            let found = self.api.get_user(id.clone()).await.ok()??;
            R::found(found)
        })
    }
}

macro_rules! task_request {
    ($request:ty, $operation:ident, $method:ident, $ends:ty, $done:ty, $answers:expr $(, $already:literal)?) => {
        impl<C: CustomData> TaskRequest<C> for $request {
            type Ends = $ends;
            type Done = $done;

            const OPERATION: &'static Operation = &operation::$operation;
            $(const ALREADY: Option<&'static str> = Some($already);)?

            fn user_ids(&mut self) -> &mut Vec<UserId> {
                &mut self.user_ids
            }

            async fn start<A: UsersApi<C> + ?Sized>(
                self,
                api: &A,
            ) -> Result<Response<StartedTask<Self::Ends>>> {
                api.$method(self).await
            }

            fn answers(ends: Self::Ends, ids: &[UserId]) -> Answers<Self::Done> {
                $answers(ends, ids)
            }

            $(
                fn found(user: User<C>) -> Option<User<C>> {
                    let _: &str = $already;
                    Some(user)
                }
            )?
        }
    };
}

task_request!(
    DeactivateUsers,
    DEACTIVATE_USERS,
    deactivate_users,
    TaskUsers<C>,
    User<C>,
    |ends: TaskUsers<C>, ids: &[UserId]| in_order(ids, ends.users),
    "is already deactivated"
);
task_request!(
    ReactivateUsers,
    REACTIVATE_USERS,
    reactivate_users,
    TaskUsers<C>,
    User<C>,
    |ends: TaskUsers<C>, ids: &[UserId]| in_order(ids, ends.users),
    "is not deactivated"
);
task_request!(DeleteUsers, DELETE_USERS, delete_users, DeletedUsers, (), deleted);
task_request!(
    ExportUsers,
    EXPORT_USERS,
    export_users,
    ExportedFile,
    ExportedFile,
    |file: ExportedFile, ids: &[UserId]| ids.iter().map(|_| Ok(file.clone())).collect()
);

#[expect(
    clippy::needless_pass_by_value,
    reason = "as the other tasks' results are taken"
)]
fn deleted(ends: DeletedUsers, ids: &[UserId]) -> Answers<()> {
    ids.iter()
        .map(|id| match ends.get(id) {
            Some(user) if user.is_ok() => Ok(()),
            Some(user) => Err(ItemError::said(user.error.as_deref().unwrap_or(&user.status))),
            None => Err(ItemError::said("the task does not say what became of the user")),
        })
        .collect()
}

fn ids<T: BulkItem>(items: &[T]) -> Vec<UserId> {
    items.iter().map(|item| item.id().clone()).collect()
}

/// The users of an answer, in the order of what was asked for.
fn in_order<C>(ids: &[UserId], users: impl IntoIterator<Item = User<C>>) -> Answers<User<C>> {
    let mut by_id: HashMap<UserId, User<C>> = users.into_iter().map(|user| (user.id.clone(), user)).collect();
    let user = |id| {
        by_id
            .remove(id)
            .ok_or_else(|| ItemError::said("the answer does not hold the user"))
    };
    ids.iter().map(user).collect()
}
