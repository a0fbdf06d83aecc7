//! A decorator that does not keep one rule: the one that an environment variable names.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};
use stream_users::prelude::*;
use stream_users::*;

/// The variable that names the fault; without it there is none.
pub(super) const FAULT: &str = "USERS_API_CONFORMANCE_FAULT";

#[derive(Debug)]
pub(super) struct Faulty {
    inner: Users,
    fault: String,
    asked: Mutex<HashSet<String>>,
    queries: AtomicUsize,
    in_flight: AtomicUsize,
    busy: AtomicBool,
}

impl Faulty {
    pub(super) fn from_env(inner: Users) -> Self {
        Self {
            inner,
            fault: std::env::var(FAULT).unwrap_or_default(),
            asked: Mutex::default(),
            queries: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            busy: AtomicBool::new(false),
        }
    }

    /// Whether the rule of this name is not kept.
    fn breaks(&self, rule: &str) -> bool {
        self.fault == rule
    }

    async fn get(&self, id: &UserId) -> Result<User> {
        let found = self.inner.get_user(id).await?;
        found.ok_or_else(|| Error::builder(ErrorKind::Decode).build())
    }

    /// An upsert of each user by itself.
    async fn one_by_one(&self, users: Vec<UserRequest>) -> Result<Response<UpsertedUsers>> {
        let mut upserted = Vec::new();
        for user in users {
            upserted.push(self.inner.upsert_user(user).await?);
        }
        Ok(Response::new(UpsertedUsers::new(upserted)))
    }

    async fn upsert(&self, mut request: UpsertUsers) -> Result<Response<UpsertedUsers>> {
        for user in &mut request.users {
            if self.breaks("ids_come_back_as_they_are") {
                user.id = user.id.as_str().to_lowercase().into();
            }
            if self.breaks("odd_ids_are_refused_or_kept") {
                user.id = user.id.as_str().replace(['/', ' ', '%'], "-").into();
            }
            if self.breaks("no_custom_data_are_empty") && user.custom.is_none() {
                user.custom = Some(Custom::from_iter([("plan", "free")]));
            }
            if self.breaks("custom_data_come_back") {
                let custom = user.custom.take().unwrap_or_default().to_map().unwrap();
                let kept: Map<_, _> = custom.into_iter().filter(|(_, value)| !value.is_null()).collect();
                user.custom = Some(kept.into());
            }
            if self.breaks("upserts_replace") {
                if let Some(before) = self.inner.get_user(&user.id).await? {
                    user.name = user.name.take().or(before.name);
                }
            }
        }
        if self.breaks("batches_that_are_too_large_are_refused_whole") {
            request.users.truncate(100);
        }
        if self.breaks("upserts_are_all_or_nothing") {
            return self.one_by_one(request.users).await;
        }
        let answer = match self.inner.upsert_users(request.clone()).await {
            Err(error) if error.is_not_found() => {
                let ids: Vec<_> = request.users.iter().map(|user| &user.id).collect();
                if self.breaks("deactivated_users_cannot_be_upserted") {
                    self.inner.reactivate(ids[0]).await?;
                } else if self.breaks("ids_of_the_deleted_stay_taken") {
                    self.inner.restore_users(RestoreUsers::new(ids)).await?;
                } else {
                    return Err(error);
                }
                self.inner.upsert_users(request).await?
            }
            answer => answer?,
        };
        let mut users: Vec<_> = answer.body.users.into_iter().collect();
        if self.breaks("upserts_answer_with_the_users") {
            users.pop();
        }
        if self.breaks("upserts_keep_blocks") {
            for user in &users {
                for blocked in &user.blocked_user_ids {
                    self.inner.unblock_user(&user.id, blocked).await?;
                }
            }
        }
        Ok(Response::new(UpsertedUsers::new(users)))
    }

    async fn patch(&self, mut request: UpdateUsersPartial) -> Result<Response<UpsertedUsers>> {
        for patch in &mut request.users {
            let set = std::mem::take(&mut patch.set);
            if self.breaks("patches_keep_the_rest") {
                return self
                    .one_by_one(vec![UserRequest::new(&patch.id).custom(set.into())])
                    .await;
            }
            if self.breaks("patches_merge_privacy_settings") {
                let settings = serde_json::from_value(set["privacy_settings"].clone()).unwrap();
                let user = UserRequest::from(self.get(&patch.id).await?);
                return self.one_by_one(vec![user.privacy_settings(settings)]).await;
            }
            for (key, value) in set {
                match (key.split_once('.'), value) {
                    (Some((key, inside)), value) if self.breaks("patches_reach_inside") => {
                        let object = Value::Object(Map::from_iter([(inside.to_owned(), value)]));
                        patch.set.insert(key.to_owned(), object);
                        patch.unset.clear();
                    }
                    (_, Value::Object(object)) if self.breaks("patches_replace_objects") => {
                        patch.set.extend(
                            object
                                .into_iter()
                                .map(|(inside, value)| (format!("{key}.{inside}"), value)),
                        );
                    }
                    (_, value) => {
                        patch.set.insert(key, value);
                    }
                }
            }
            if self.breaks("patches_unset") {
                patch.unset.clear();
            }
        }
        if self.breaks("patches_are_all_or_nothing") {
            let mut patched = Vec::new();
            for patch in request.users {
                patched.push(self.inner.update_user_partial(patch).await?);
            }
            return Ok(Response::new(UpsertedUsers::new(patched)));
        }
        self.inner.update_users_partial(request).await
    }

    async fn query(&self, mut request: QueryUsers) -> Result<Response<QueriedUsers>> {
        let question = serde_json::to_string(&request).unwrap();
        let is_a_later_page = question.contains("$gt");
        if self.breaks("queries_beyond_the_limits_are_refused") {
            request.limit = request.limit.map(|limit| limit.min(100));
        }
        if self.breaks("queries_filter") && question.contains("$nor") {
            let ids: Value = serde_json::to_value(&request.filter).unwrap()["$and"][0].clone();
            request.filter = serde_json::from_value(ids).unwrap();
        }
        if self.breaks("queries_sort") {
            request.sort.clear();
        }
        if self.breaks("queries_begin_with_the_newest") && request.sort.is_empty() {
            request.sort.push(field::id().asc());
        }
        if self.breaks("queries_limit_and_skip") {
            request.offset = None;
        }
        if self.breaks("queries_return_thirty_unless_told") {
            request.limit = request.limit.or(Some(100));
        }
        if self.breaks("queries_hide_who_is_deactivated") {
            request.include_deactivated_users = Some(true);
        }
        let mut answer = self.inner.query_users(request).await?;
        let users = &mut answer.body.users;
        if self.breaks("upserted_users_are_found") {
            for user in users.iter_mut() {
                user.image = None;
            }
        }
        if self.breaks("pages_reach_everybody_once") && is_a_later_page && !users.is_empty() {
            users.remove(0);
        }
        if self.breaks("pages_resume_from_a_cursor")
            && is_a_later_page
            && !self.asked.lock().unwrap().insert(question)
        {
            users.clear();
        }
        if self.breaks("pointers_are_the_same_api") && self.queries.fetch_add(1, Ordering::Relaxed) % 2 == 1 {
            users.clear();
        }
        Ok(answer)
    }
}

/// The error of somebody who is too busy.
fn busy() -> Error {
    Error::builder(ErrorKind::Throttled).message("busy").build()
}

#[async_trait::async_trait]
impl UsersApi for Faulty {
    async fn upsert_users(&self, request: UpsertUsers) -> Result<Response<UpsertedUsers>> {
        if self.breaks("many_calls_at_once") && self.in_flight.fetch_add(1, Ordering::SeqCst) > 0 {
            return Err(busy());
        }
        if self.breaks("a_call_can_be_given_up") && self.busy.swap(true, Ordering::SeqCst) {
            return Err(busy());
        }
        // The emulator without a socket answers at once; here, others get their turn meanwhile.
        tokio::task::yield_now().await;
        let answer = self.upsert(request).await;
        self.in_flight.store(0, Ordering::SeqCst);
        self.busy.store(false, Ordering::SeqCst);
        answer
    }

    async fn update_users_partial(&self, request: UpdateUsersPartial) -> Result<Response<UpsertedUsers>> {
        self.patch(request).await
    }

    async fn query_users(&self, request: QueryUsers) -> Result<Response<QueriedUsers>> {
        self.query(request).await
    }

    async fn deactivate_user(&self, request: DeactivateUser) -> Result<Response<DeactivatedUser>> {
        let id = request.user_id.clone();
        match self.inner.deactivate_user(request).await {
            Err(error) if self.breaks("hostile_ids_are_refused") && error.is_invalid() => {
                Err(Error::builder(ErrorKind::Api)
                    .operation("deactivate_user")
                    .build())
            }
            Err(error)
                if self.breaks("deactivating_twice_is_refused") && error.code() == Some(ErrorCode::INPUT) =>
            {
                Ok(Response::new(DeactivatedUser::new(self.get(&id).await?)))
            }
            answer => answer,
        }
    }

    async fn reactivate_user(&self, mut request: ReactivateUser) -> Result<Response<ReactivatedUser>> {
        let id = request.user_id.clone();
        if self.breaks("deactivated_users_come_back") {
            request.name = None;
        }
        match self.inner.reactivate_user(request).await {
            Err(error)
                if self.breaks("reactivating_the_active_is_refused")
                    && error.code() == Some(ErrorCode::INPUT) =>
            {
                Ok(Response::new(ReactivatedUser::new(self.get(&id).await?)))
            }
            answer => answer,
        }
    }

    async fn deactivate_users(&self, request: DeactivateUsers) -> Result<Response<StartedTask<TaskUsers>>> {
        if self.breaks("many_are_deactivated_and_reactivated") {
            return self
                .inner
                .reactivate_users(ReactivateUsers::new(request.user_ids))
                .await;
        }
        self.inner.deactivate_users(request).await
    }

    async fn delete_users(&self, mut request: DeleteUsers) -> Result<Response<StartedTask<DeletedUsers>>> {
        if self.breaks("deletion_is_a_task_that_completes") {
            request.user_ids.truncate(1);
        }
        if self.breaks("the_softly_deleted_can_be_restored") {
            request = DeleteUsers::hard(request.user_ids);
        }
        self.inner.delete_users(request).await
    }

    async fn restore_users(&self, request: RestoreUsers) -> Result<Response<RestoredUsers>> {
        match self.inner.restore_users(request).await {
            Err(_) if self.breaks("others_cannot_be_restored") => Ok(Response::new(RestoredUsers::new())),
            answer => answer,
        }
    }

    async fn export_user(&self, request: ExportUser) -> Result<Response<ExportedUser>> {
        let mut answer = self.inner.export_user(request).await?;
        if self.breaks("one_user_is_exported") {
            answer.body.user = answer.body.user.map(|user| user.map_custom(|_| Custom::new()));
        }
        Ok(answer)
    }

    async fn get_task(&self, request: GetTask) -> Result<Response<Task>> {
        let id = request.id.clone();
        match self.inner.get_task(request).await {
            Err(error) if self.breaks("unknown_tasks_are_not_found") && error.is_not_found() => Ok(
                Response::new(Task::new(id, TaskStatus::Waiting, Timestamp::UNIX_EPOCH)),
            ),
            Err(error) if self.breaks("errors_name_the_operation") => {
                Err(Error::builder(error.kind()).message("no such task").build())
            }
            answer => answer,
        }
    }

    async fn create_guest(&self, request: CreateGuest) -> Result<Response<CreatedGuest>> {
        let answer = self.inner.create_guest(request).await?;
        if self.breaks("guests_get_a_token") {
            return Ok(Response::new(CreatedGuest::new(answer.body.user, "")));
        }
        Ok(answer)
    }

    async fn block_users(&self, request: BlockUsers) -> Result<Response<BlockedUsers>> {
        if self.breaks("every_operation_is_there") {
            return Err(Error::unimplemented("block_users"));
        }
        self.inner.block_users(request).await
    }

    async fn unblock_users(&self, request: UnblockUsers) -> Result<Response<UnblockedUsers>> {
        if self.breaks("blocks_come_and_go") {
            return Ok(Response::new(UnblockedUsers::new()));
        }
        self.inner.unblock_users(request).await
    }

    async fn get_blocked_users(&self, request: GetBlockedUsers) -> Result<Response<UserBlocks>> {
        match self.inner.get_blocked_users(request).await {
            Err(error) if self.breaks("unknown_users_are_not_found") && error.is_not_found() => {
                Ok(Response::new(UserBlocks::new([])))
            }
            answer => answer,
        }
    }

    async fn get_user_live_locations(
        &self,
        request: GetUserLiveLocations,
    ) -> Result<Response<LiveLocations>> {
        let answer = self.inner.get_user_live_locations(request).await?;
        if self.breaks("nobody_shares_a_location_unasked") {
            let location = serde_json::json!({
                "channel_cid": "messaging:walk", "message_id": "here", "user_id": "ada", "latitude": 1, "longitude": 1,
                "created_by_device_id": "phone", "created_at": 1, "updated_at": 1,
            });
            let location = serde_json::from_value(location).unwrap();
            return Ok(Response::new(LiveLocations::new([location])));
        }
        Ok(answer)
    }

    async fn get_rate_limits(&self, mut request: GetRateLimits) -> Result<Response<RateLimits>> {
        if self.breaks("quotas_are_told_as_asked") {
            request.endpoints.clear();
        }
        self.inner.get_rate_limits(request).await
    }

    async fn read_export(&self, request: ReadExport) -> Result<Response<ExportPart>> {
        let url = request.file.url.clone();
        match self.inner.read_export(request).await {
            Err(error) if self.breaks("errors_show_no_secret") => {
                let message = format!("cannot fetch {url}");
                Err(Error::builder(error.kind())
                    .operation("read_export")
                    .message(message)
                    .build())
            }
            Ok(answer) if self.breaks("exports_are_downloaded") => {
                let half = answer.body.bytes.len() / 2;
                Ok(answer.map(|part| ExportPart::new(part.bytes.slice(..half), true)))
            }
            answer => answer,
        }
    }

    fn clock(&self) -> Result<Arc<dyn Clock>> {
        if self.breaks("the_clock_runs") {
            return Err(Error::builder(ErrorKind::Config).operation("clock").build());
        }
        UsersApi::clock(&self.inner)
    }

    fn inner(&self) -> Option<&dyn UsersApi> {
        Some(&self.inner)
    }
}
