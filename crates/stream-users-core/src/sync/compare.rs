//! What a user on the service lacks to be the one that is wanted. Which users belong together is found in `plan`.

use serde::Serialize;
use serde_json::{Map, Value};
use stream_users_model::{
    Custom, CustomData, PrivacySettings, UpdateUsersPartial, User, UserPatch, UserRequest, Validate,
    Violations,
};

/// What there is to do to a user that is on the service.
#[derive(Debug)]
pub(super) enum Difference<C> {
    /// Nothing.
    None,
    /// Single fields.
    Patch(UserPatch),
    /// A patch cannot say it, so that the user is replaced by what is wanted.
    Replace(UserRequest<C>),
    /// It cannot be said at all, and why.
    Unspeakable(String),
}

/// Compares a user with the one that is wanted. With `merge`, what the wanted one does not name is left alone.
pub(super) fn difference<C: CustomData>(
    there: &User<C>,
    wanted: UserRequest<C>,
    merge: bool,
) -> Difference<C> {
    let patch = if merge {
        match merging(there, &wanted) {
            Ok(patch) => patch,
            Err(reason) => return Difference::Unspeakable(reason),
        }
    } else {
        UserPatch::towards(there, &wanted)
    };
    if patch.is_empty() {
        return Difference::None;
    }
    match (violations(&patch), merge) {
        (None, _) => Difference::Patch(patch),
        (Some(reason), true) => Difference::Unspeakable(reason),
        (Some(_), false) => without_custom(there, wanted),
    }
}

/// The patch that sets what is wanted and leaves the rest: fields, and keys of custom data at the top.
fn merging<C: Serialize + Clone>(there: &User<C>, wanted: &UserRequest<C>) -> Result<UserPatch, String> {
    let mut custom = map(&there.custom)?;
    let before = there.clone().map_custom(|_| Custom::from(custom.clone()));
    if let Some(wanted) = &wanted.custom {
        custom.extend(map(wanted)?);
    }
    let mut whole = UserRequest::new(&wanted.id).custom(Custom::from(custom));
    whole.name = wanted.name.clone().or_else(|| there.name.clone());
    whole.image = wanted.image.clone().or_else(|| there.image.clone());
    whole.role.clone_from(&wanted.role);
    whole.language = wanted.language.clone().or_else(|| Some(there.language.clone()));
    whole.invisible = wanted.invisible.or(Some(there.invisible));
    whole.teams.clone_from(&wanted.teams);
    whole.teams_role.clone_from(&wanted.teams_role);
    whole.privacy_settings = match (there.privacy_settings, wanted.privacy_settings) {
        (Some(there), Some(wanted)) => Some(both(there, wanted)),
        (there, wanted) => wanted.or(there),
    };
    Ok(UserPatch::towards(&before, &whole))
}

fn both(there: PrivacySettings, wanted: PrivacySettings) -> PrivacySettings {
    let mut settings = there;
    settings.typing_indicators = wanted.typing_indicators.or(there.typing_indicators);
    settings.read_receipts = wanted.read_receipts.or(there.read_receipts);
    settings.delivery_receipts = wanted.delivery_receipts.or(there.delivery_receipts);
    settings
}

/// What is done where a patch cannot say what differs. Where that is not in the custom data, another patch can.
fn without_custom<C: CustomData>(there: &User<C>, wanted: UserRequest<C>) -> Difference<C> {
    let written = |custom: Option<&C>| custom.map_or_else(|| Ok("{}".to_owned()), serde_json::to_string);
    let is_same = match (written(Some(&there.custom)), written(wanted.custom.as_ref())) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    if !is_same {
        return Difference::Replace(wanted);
    }
    let before = there.clone().map_custom(|_| Custom::new());
    let mut bare = UserRequest::<Custom>::new(&wanted.id);
    bare.name.clone_from(&wanted.name);
    bare.image.clone_from(&wanted.image);
    bare.role.clone_from(&wanted.role);
    bare.language.clone_from(&wanted.language);
    bare.invisible = wanted.invisible;
    bare.teams.clone_from(&wanted.teams);
    bare.teams_role.clone_from(&wanted.teams_role);
    bare.privacy_settings = wanted.privacy_settings;
    let patch = UserPatch::towards(&before, &bare);
    if patch.is_empty() {
        Difference::None
    } else if violations(&patch).is_none() {
        Difference::Patch(patch)
    } else {
        Difference::Replace(wanted)
    }
}

/// The rules that a patch breaks, so that it cannot be sent.
fn violations(patch: &UserPatch) -> Option<String> {
    let mut violations = Violations::new();
    UpdateUsersPartial::new([patch.clone()]).validate(&mut violations);
    (!violations.is_empty()).then(|| violations.to_string())
}

fn map<T: Serialize>(custom: &T) -> Result<Map<String, Value>, String> {
    match serde_json::to_value(custom) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("custom data must be written as a JSON object".to_owned()),
        Err(error) => Err(format!("custom data cannot be compared: {error}")),
    }
}
