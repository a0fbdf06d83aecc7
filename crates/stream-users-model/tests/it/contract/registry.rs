//! Which type stands for which schema. A schema that is new in the contract gets a line here.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stream_users_model::{
    ApiError, BlockUsers, BlockedUsers, ChannelMute, CreateGuest, CreatedGuest, DeactivateUser,
    DeactivateUsers, DeactivatedUser, DeleteUsers, DeletedUsers, Device, EndpointLimit, Event, ExportUsers,
    ExportedFile, ExportedUser, LiveLocation, LiveLocations, PrivacySettings, PushNotificationSettings,
    QueriedUsers, QueryUsers, RateLimits, ReactivateUser, ReactivateUsers, ReactivatedUser, RestoreUsers,
    RestoredUsers, Setting, Sort, StartedTask, Task, TaskError, TaskUsers, UnblockUsers, UnblockedUsers,
    UpdateLiveLocation, UpdateUsersPartial, UpsertUsers, UpsertedUsers, User, UserBlock, UserBlocks,
    UserMute, UserPatch, UserRequest, Validate, Violations,
};

/// A schema and the type that stands for it.
pub(crate) struct Shape {
    pub(crate) schema: &'static str,
    pub(crate) type_name: &'static str,
    /// The files of the type, below `src/`.
    pub(crate) files: &'static [&'static str],
    /// Decodes JSON text and encodes it again.
    pub(crate) round_trip: fn(&str) -> Result<Value, String>,
    /// The same from a `serde_json::Value`.
    pub(crate) value_round_trip: fn(&Value) -> Result<Value, String>,
    /// Decodes a request and names the fields that break a rule.
    pub(crate) violated: Option<Violated>,
}

/// Decodes a request and names the fields that break a rule.
pub(crate) type Violated = fn(&Value) -> Result<Vec<String>, String>;

impl Shape {
    /// What to edit, for a failure's message.
    pub(crate) fn edit(&self) -> String {
        let files: Vec<_> = self
            .files
            .iter()
            .map(|file| format!("crates/stream-users-model/src/{file}"))
            .collect();
        files.join(" and ")
    }

    /// The type without its parameters.
    pub(crate) fn base(&self) -> &str {
        self.type_name.split(['<', ' ']).next().unwrap_or_default()
    }
}

/// The type of a schema.
pub(crate) fn find(schema: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.schema == schema)
}

fn round_trip<T: Serialize + DeserializeOwned>(json: &str) -> Result<Value, String> {
    let decoded: T = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let encoded = serde_json::to_string(&decoded).map_err(|error| error.to_string())?;
    serde_json::from_str(&encoded).map_err(|error| error.to_string())
}

fn value_round_trip<T: Serialize + DeserializeOwned>(json: &Value) -> Result<Value, String> {
    let decoded: T = serde_json::from_value(json.clone()).map_err(|error| error.to_string())?;
    serde_json::to_value(&decoded).map_err(|error| error.to_string())
}

fn violated<T: DeserializeOwned + Validate>(json: &Value) -> Result<Vec<String>, String> {
    let decoded: T = serde_json::from_value(json.clone()).map_err(|error| error.to_string())?;
    let mut violations = Violations::new();
    decoded.validate(&mut violations);
    Ok(violations
        .into_iter()
        .map(|violation| violation.field.to_string())
        .collect())
}

/// An event whose type is known and that fits, since what does not is kept as it came.
#[derive(Serialize)]
#[serde(transparent)]
struct Known(Event);

impl<'de> Deserialize<'de> for Known {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Event::deserialize(deserializer)? {
            Event::Other(other) => Err(serde::de::Error::custom(
                other.problem().unwrap_or("the type is not known"),
            )),
            event => Ok(Self(event)),
        }
    }
}

macro_rules! schema {
    ($schema:literal => $type:ty, $($file:literal)+) => { schema!(@ $schema, $type, [$($file),+], None) };
    (@ $schema:literal, $type:ty, $files:expr, $violated:expr) => {
        Shape {
            schema: $schema,
            type_name: stringify!($type),
            files: &$files,
            round_trip: round_trip::<$type>,
            value_round_trip: value_round_trip::<$type>,
            violated: $violated,
        }
    };
}

/// The body of an operation, which says what breaks its rules.
macro_rules! request {
    ($schema:literal => $type:ty, $($file:literal)+) => {
        schema!(@ $schema, $type, [$($file),+], Some(violated::<$type>))
    };
}

pub(crate) const SHAPES: &[Shape] = &[
    schema!("APIError" => ApiError, "api_error.rs"),
    schema!("AsyncExportUsersEvent" => Known, "event/types.rs"),
    request!("BlockUsersRequest" => BlockUsers, "operations/block_users.rs"),
    schema!("BlockUsersResponse" => BlockedUsers, "operations/block_users.rs"),
    schema!("BlockedUserResponse" => UserBlock, "operations/get_blocked_users.rs"),
    schema!("ChannelMute" => ChannelMute, "user/mute.rs"),
    schema!("ConnectedEvent" => Known, "event/types.rs"),
    schema!("ConnectionErrorEvent" => Known, "event/types.rs"),
    request!("CreateGuestRequest" => CreateGuest, "operations/create_guest.rs"),
    schema!("CreateGuestResponse" => CreatedGuest, "operations/create_guest.rs"),
    request!("DeactivateUserRequest" => DeactivateUser, "operations/deactivate_user.rs"),
    schema!("DeactivateUserResponse" => DeactivatedUser, "operations/deactivate_user.rs"),
    request!("DeactivateUsersRequest" => DeactivateUsers, "operations/deactivate_users.rs"),
    schema!("DeactivateUsersResponse" => StartedTask<TaskUsers>, "operations/started_task.rs"),
    request!("DeleteUsersRequest" => DeleteUsers, "operations/delete_users.rs"),
    schema!("DeleteUsersResponse" => StartedTask<DeletedUsers>, "operations/started_task.rs"),
    schema!("DeliveryReceiptsResponse" => Setting, "user/privacy.rs"),
    schema!("DeviceResponse" => Device, "user/device.rs"),
    schema!("ErrorResult" => TaskError, "operations/get_task.rs"),
    schema!("ExportUserResponse" => ExportedUser, "operations/export_user.rs"),
    request!("ExportUsersRequest" => ExportUsers, "operations/export_users.rs"),
    schema!("ExportUsersResponse" => StartedTask<ExportedFile>, "operations/started_task.rs"),
    schema!("FullUserResponse" => User, "user.rs" "user/wire.rs"),
    schema!("GetBlockedUsersResponse" => UserBlocks, "operations/get_blocked_users.rs"),
    schema!("GetRateLimitsResponse" => RateLimits, "operations/get_rate_limits.rs"),
    schema!("GetTaskResponse" => Task, "operations/get_task.rs"),
    schema!("HealthCheckEvent" => Known, "event/types.rs"),
    schema!("LimitInfoResponse" => EndpointLimit, "operations/get_rate_limits.rs"),
    schema!("OwnUserResponse" => User, "user.rs" "user/wire.rs"),
    schema!("PrivacySettingsResponse" => PrivacySettings, "user/privacy.rs"),
    schema!("PushNotificationSettingsResponse" => PushNotificationSettings, "user.rs"),
    request!("QueryUsersPayload" => QueryUsers, "operations/query_users.rs"),
    schema!("QueryUsersResponse" => QueriedUsers, "operations/query_users.rs"),
    request!("ReactivateUserRequest" => ReactivateUser, "operations/reactivate_user.rs"),
    schema!("ReactivateUserResponse" => ReactivatedUser, "operations/reactivate_user.rs"),
    request!("ReactivateUsersRequest" => ReactivateUsers, "operations/reactivate_users.rs"),
    schema!("ReactivateUsersResponse" => StartedTask<TaskUsers>, "operations/started_task.rs"),
    schema!("ReadReceiptsResponse" => Setting, "user/privacy.rs"),
    schema!("Response" => RestoredUsers, "operations/restore_users.rs"),
    request!("RestoreUsersRequest" => RestoreUsers, "operations/restore_users.rs"),
    schema!("SharedLocationResponse" => LiveLocation, "operations/get_user_live_locations.rs"),
    schema!("SharedLocationResponseData" => LiveLocation, "operations/get_user_live_locations.rs"),
    schema!("SharedLocationsResponse" => LiveLocations, "operations/get_user_live_locations.rs"),
    schema!("SortParamRequest" => Sort, "sort.rs"),
    schema!("TypingIndicatorsResponse" => Setting, "user/privacy.rs"),
    request!("UnblockUsersRequest" => UnblockUsers, "operations/unblock_users.rs"),
    schema!("UnblockUsersResponse" => UnblockedUsers, "operations/unblock_users.rs"),
    request!("UpdateLiveLocationRequest" => UpdateLiveLocation, "operations/update_live_location.rs"),
    schema!("UpdateUserPartialRequest" => UserPatch, "user/patch.rs"),
    request!("UpdateUsersPartialRequest" => UpdateUsersPartial, "operations/update_users_partial.rs"),
    request!("UpdateUsersRequest" => UpsertUsers, "operations/upsert_users.rs"),
    schema!("UpdateUsersResponse" => UpsertedUsers, "operations/upsert_users.rs"),
    schema!("UserBannedEvent" => Known, "event/types.rs"),
    schema!("UserDeactivatedEvent" => Known, "event/types.rs"),
    schema!("UserDeletedEvent" => Known, "event/types.rs"),
    schema!("UserFlaggedEvent" => Known, "event/types.rs"),
    schema!("UserMessagesDeletedEvent" => Known, "event/types.rs"),
    schema!("UserMuteResponse" => UserMute, "user/mute.rs"),
    schema!("UserMutedEvent" => Known, "event/types.rs"),
    schema!("UserPresenceChangedEvent" => Known, "event/types.rs"),
    schema!("UserReactivatedEvent" => Known, "event/types.rs"),
    schema!("UserRequest" => UserRequest, "user/request.rs"),
    schema!("UserResponse" => User, "user.rs" "user/wire.rs"),
    schema!("UserResponseCommonFields" => User, "user.rs" "user/wire.rs"),
    schema!("UserResponsePrivacyFields" => User, "user.rs" "user/wire.rs"),
    schema!("UserUnbannedEvent" => Known, "event/types.rs"),
    schema!("UserUnmutedEvent" => Known, "event/types.rs"),
    schema!("UserUnreadReminderEvent" => Known, "event/types.rs"),
    schema!("UserUpdatedEvent" => Known, "event/types.rs"),
];
