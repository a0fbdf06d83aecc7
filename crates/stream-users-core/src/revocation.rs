//! Revoking tokens: the app's, and those of many users. Verifying a token against a revocation belongs to
//! [`token`](crate::token).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use stream_users_model::operation::{Method, UPDATE_USERS_PARTIAL};
use stream_users_model::{
    CustomData, Operation, Timestamp, UpdateUsersPartial, UserId, UserPatch, Validate, Violations,
};

use crate::api::UsersApi;
use crate::client::{CallOptions, Client};
use crate::endpoint::{Encoder, Endpoint};
use crate::error::{Error, Result};

impl Client {
    /// Has the service refuse the tokens of all users that were issued before `time`, and those that do not say when
    /// they were issued. It replaces the time that was set before.
    ///
    /// Tokens of backends are not affected. See [`UserToken`](crate::token::UserToken#clocks) for those that are signed
    /// within five seconds.
    ///
    /// # Errors
    /// `Auth` where the client has no API secret; else those of [`execute`](Self::execute).
    pub fn revoke_app_tokens(&self, time: Timestamp) -> impl Future<Output = Result<()>> + Send + use<> {
        self.set_app_revocation(Some(time))
    }

    /// Takes back what [`revoke_app_tokens`](Self::revoke_app_tokens) did: the service accepts all tokens again, but for
    /// those that have expired or were revoked for one user.
    ///
    /// # Errors
    /// Those of [`revoke_app_tokens`](Self::revoke_app_tokens).
    pub fn unrevoke_app_tokens(&self) -> impl Future<Output = Result<()>> + Send + use<> {
        self.set_app_revocation(None)
    }

    fn set_app_revocation(&self, time: Option<Timestamp>) -> impl Future<Output = Result<()>> + Send + use<> {
        let request = UpdateApp {
            revoke_tokens_issued_before: time,
        };
        let call = self.execute(&request, &CallOptions::new());
        async move { call.await.map(drop) }
    }
}

/// The settings of the app, as far as they are about users' tokens. `null` says that there is no such time.
#[derive(Serialize)]
struct UpdateApp {
    revoke_tokens_issued_before: Option<Timestamp>,
}

/// Nothing of the answer is needed.
#[derive(Deserialize)]
struct AppUpdated {}

impl Endpoint for UpdateApp {
    type Response = AppUpdated;

    fn operation(&self) -> &'static Operation {
        const UPDATE_APP: Operation = Operation::new("update_app", "UpdateApp", Method::Patch, "/api/v2/app")
            .with_body()
            .idempotent();
        &UPDATE_APP
    }

    fn encode(&self, request: &mut Encoder) {
        request.json(self);
    }
}

/// A change of many users that was made for some of them only: it is sent in several requests, and one failed.
///
/// `?` makes an [`Error`] of it, that of the request that failed.
///
/// ```
/// use stream_users_core::{PartlyApplied, UsersApi, UsersApiExt};
/// use stream_users_core::model::{Timestamp, UserId};
///
/// async fn sign_out(users: &dyn UsersApi, ids: Vec<UserId>, now: Timestamp) -> Result<(), PartlyApplied> {
///     let Err(partly) = users.revoke_users_tokens(ids, now).await else {
///         return Ok(());
///     };
///     // Setting the same time twice does no harm.
///     users.revoke_users_tokens(partly.failed.iter().chain(&partly.not_tried), now).await
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[error(
    "{} users were changed; a request for {} failed, and {} were not tried",
    self.applied.len(),
    self.failed.len(),
    self.not_tried.len()
)]
#[non_exhaustive]
pub struct PartlyApplied {
    /// The users whose change the service has acknowledged.
    pub applied: Vec<UserId>,
    /// The users of the request that failed. None of them was changed, unless
    /// [`may_have_been_applied`](Error::may_have_been_applied) says of the error that all may have been.
    pub failed: Vec<UserId>,
    /// The users whom no request was sent for.
    pub not_tried: Vec<UserId>,
    /// Why the request failed.
    #[source]
    pub error: Error,
}

impl PartlyApplied {
    /// A change of which nothing was sent; for mocks and wrappers, which set the other fields.
    #[must_use]
    pub fn new(not_tried: impl IntoIterator<Item = UserId>, error: Error) -> Self {
        Self {
            applied: Vec::new(),
            failed: Vec::new(),
            not_tried: not_tried.into_iter().collect(),
            error,
        }
    }
}

impl From<PartlyApplied> for Error {
    fn from(partly: PartlyApplied) -> Self {
        partly.error
    }
}

/// Sets the time before which tokens are revoked for each user once, in as few requests as there can be, one after the
/// other. What cannot be sent is found before anything is.
pub(crate) async fn set_users_revocation<C: CustomData>(
    users: &(impl UsersApi<C> + ?Sized),
    ids: Vec<UserId>,
    time: Option<Timestamp>,
) -> Result<(), PartlyApplied> {
    let most = UPDATE_USERS_PARTIAL.batch.map_or(1, |batch| batch.max);
    let request = |ids: &[UserId]| {
        UpdateUsersPartial::new(
            ids.iter()
                .map(|id| UserPatch::new(id).revoke_tokens_issued_before(time)),
        )
    };
    // One by one, so that each is named by its place among all.
    let mut violations = Violations::new();
    for (index, id) in ids.iter().enumerate() {
        let mut broken = Violations::new();
        request(std::slice::from_ref(id)).validate(&mut broken);
        for violation in broken {
            violations.add(format_args!("ids[{index}]"), violation.message);
        }
    }
    let mut seen = HashSet::new();
    let ids: Vec<UserId> = ids.into_iter().filter(|id| seen.insert(id.clone())).collect();
    if !violations.is_empty() {
        let error = Error::invalid(UPDATE_USERS_PARTIAL.name, violations);
        return Err(PartlyApplied::new(ids, error));
    }
    let mut sent = 0;
    for chunk in ids.chunks(most) {
        let outcome = users.update_users_partial(request(chunk)).await;
        if let Some(error) = outcome.err().filter(|error| !was_done(error)) {
            let (applied, rest) = ids.split_at(sent);
            let (failed, not_tried) = rest.split_at(chunk.len());
            return Err(PartlyApplied {
                applied: applied.to_vec(),
                failed: failed.to_vec(),
                not_tried: not_tried.to_vec(),
                error,
            });
        }
        sent += chunk.len();
    }
    Ok(())
}

/// Whether the service has done what was asked, and only its answer could not be read. Nothing of it is needed: that
/// somebody's custom data do not fit must not keep others' tokens from being revoked.
fn was_done(error: &Error) -> bool {
    error.is_decode() && error.status().is_some_and(|status| (200..300).contains(&status))
}
