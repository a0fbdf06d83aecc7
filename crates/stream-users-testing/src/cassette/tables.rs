//! What is known of the service's requests and answers: which of their fields are structural, and may be kept. Whatever
//! does not stand here is redacted.

use stream_users_model::{Operation, operation};

use super::rule::Rule::{
    self, Custom, Each, Fields, Filter, Id, Language, Map, Name, Plain, Set, TaskResult, Time, Users, Word,
};
use super::rule::Table;

/// What may be kept of the body of a request, and of its query.
pub(super) fn of_request(operation: Option<&Operation>) -> Rule {
    Fields(match operation.map(|operation| operation.name) {
        None => &NOTHING,
        Some(name) if name == operation::QUERY_USERS.name => &QUERY_USERS,
        Some(name) if name == operation::UPDATE_USERS_PARTIAL.name => &UPDATE_USERS_PARTIAL,
        Some(name) if name == operation::DELETE_USERS.name => &DELETE_USERS,
        Some(_) => &REQUEST,
    })
}

/// What may be kept of the body of an answer.
pub(super) fn of_answer(operation: Option<&Operation>) -> Rule {
    Fields(if operation.is_some() { &ANSWER } else { &NOTHING })
}

/// What may be kept of a line in the file of an export that is of this type.
pub(super) fn of_record(kind: Option<&str>) -> Rule {
    Fields(match kind {
        Some("user") => &USER_RECORD,
        Some("message") => &MESSAGE_RECORD,
        Some("reaction") => &REACTION_RECORD,
        _ => &OTHER_RECORD,
    })
}

static NOTHING: Table = Table(&[]);

static REQUEST: Table = Table(&[
    ("android", Plain),
    ("blocked_user_id", Id),
    ("created_by_id", Id),
    ("end_at", Time),
    ("endpoints", Word),
    ("ios", Plain),
    ("mark_channels_deleted", Plain),
    ("mark_messages_deleted", Plain),
    ("message_id", Id),
    ("restore_channels", Plain),
    ("restore_messages", Plain),
    ("server_side", Plain),
    ("unity", Plain),
    ("user", Fields(&USER)),
    ("user_id", Id),
    ("user_ids", Id),
    ("users", Users),
    ("web", Plain),
]);

static DELETE_USERS: Table = Table(&[
    ("calls", Word),
    ("conversations", Word),
    ("files", Plain),
    ("messages", Word),
    ("new_call_owner_id", Id),
    ("new_channel_owner_id", Id),
    ("user", Word),
    ("user_ids", Id),
]);

static UPDATE_USERS_PARTIAL: Table = Table(&[("users", Fields(&PATCH))]);

static PATCH: Table = Table(&[("id", Id), ("set", Set), ("unset", Name)]);

/// Both the query and the document in it.
static QUERY_USERS: Table = Table(&[
    ("filter_conditions", Filter),
    ("include_deactivated_users", Plain),
    ("limit", Plain),
    ("offset", Plain),
    ("payload", Fields(&QUERY_USERS)),
    ("presence", Plain),
    ("sort", Fields(&SORT)),
    ("user", Fields(&USER)),
    ("user_id", Id),
]);

static SORT: Table = Table(&[("direction", Plain), ("field", Name), ("type", Word)]);

static ANSWER: Table = Table(&[
    ("StatusCode", Plain),
    ("active_live_locations", Fields(&LOCATION)),
    ("android", Each(&Fields(&LIMIT))),
    ("blocked_by_user_id", Id),
    ("blocked_user_id", Id),
    ("blocks", Fields(&BLOCK)),
    ("channel", Fields(&CHANNEL)),
    ("channel_cid", Id),
    ("code", Plain),
    ("created_at", Time),
    ("details", Plain),
    ("duration", Word),
    ("end_at", Time),
    ("error", Fields(&TASK_ERROR)),
    ("ios", Each(&Fields(&LIMIT))),
    ("membership_deletion_task_id", Id),
    ("message", Fields(&MESSAGE)),
    ("message_id", Id),
    ("messages", Fields(&MESSAGE)),
    ("reactions", Fields(&REACTION)),
    ("result", TaskResult),
    ("server_side", Each(&Fields(&LIMIT))),
    ("status", Word),
    ("task_id", Id),
    ("unity", Each(&Fields(&LIMIT))),
    ("unrecoverable", Plain),
    ("updated_at", Time),
    ("user", Fields(&USER)),
    ("user_id", Id),
    ("users", Users),
    ("web", Each(&Fields(&LIMIT))),
]);

/// A user, as it is sent and as it is answered.
pub(super) static USER: Table = Table(&[
    ("ban_expires", Time),
    ("banned", Plain),
    ("blocked_user_ids", Id),
    ("bypass_moderation", Plain),
    ("channel_mutes", Fields(&MUTE)),
    ("created_at", Time),
    ("custom", Custom),
    ("deactivated_at", Time),
    ("deleted_at", Time),
    ("devices", Fields(&DEVICE)),
    ("id", Id),
    ("invisible", Plain),
    ("language", Language),
    ("last_active", Time),
    ("latest_hidden_channels", Id),
    ("mutes", Fields(&MUTE)),
    ("online", Plain),
    ("privacy_settings", Fields(&PRIVACY)),
    ("push_notifications", Fields(&PUSH)),
    ("revoke_tokens_issued_before", Time),
    ("role", Word),
    ("shadow_banned", Plain),
    ("teams", Id),
    ("teams_role", Map(&Word)),
    ("total_unread_count", Plain),
    ("unread_channels", Plain),
    ("unread_count", Plain),
    ("unread_threads", Plain),
    ("updated_at", Time),
]);

static PRIVACY: Table = Table(&[
    ("delivery_receipts", Fields(&SETTING)),
    ("read_receipts", Fields(&SETTING)),
    ("typing_indicators", Fields(&SETTING)),
]);

static SETTING: Table = Table(&[("enabled", Plain)]);

static PUSH: Table = Table(&[("disabled", Plain), ("disabled_until", Time)]);

/// A device's id is the token that it is reached by.
static DEVICE: Table = Table(&[
    ("created_at", Time),
    ("disabled", Plain),
    ("push_provider", Word),
    ("user_id", Id),
    ("voip", Plain),
]);

static MUTE: Table = Table(&[
    ("channel", Fields(&CHANNEL)),
    ("created_at", Time),
    ("expires", Time),
    ("target", Fields(&USER)),
    ("updated_at", Time),
    ("user", Fields(&USER)),
]);

static BLOCK: Table = Table(&[
    ("blocked_user", Fields(&USER)),
    ("blocked_user_id", Id),
    ("created_at", Time),
    ("user", Fields(&USER)),
    ("user_id", Id),
]);

/// Where somebody is, and on which device, is nobody's business.
static LOCATION: Table = Table(&[
    ("channel", Fields(&CHANNEL)),
    ("channel_cid", Id),
    ("created_at", Time),
    ("end_at", Time),
    ("message", Fields(&MESSAGE)),
    ("message_id", Id),
    ("updated_at", Time),
    ("user_id", Id),
]);

static CHANNEL: Table = Table(&[
    ("cid", Id),
    ("created_at", Time),
    ("created_by", Fields(&USER)),
    ("custom", Custom),
    ("deleted_at", Time),
    ("disabled", Plain),
    ("frozen", Plain),
    ("id", Id),
    ("member_count", Plain),
    ("type", Word),
    ("updated_at", Time),
]);

static MESSAGE: Table = Table(&[
    ("cid", Id),
    ("created_at", Time),
    ("custom", Custom),
    ("deleted_at", Time),
    ("deleted_reply_count", Plain),
    ("id", Id),
    ("latest_reactions", Fields(&REACTION)),
    ("mentioned_users", Fields(&USER)),
    ("own_reactions", Fields(&REACTION)),
    ("parent_id", Id),
    ("pinned", Plain),
    ("reply_count", Plain),
    ("shadowed", Plain),
    ("silent", Plain),
    ("type", Word),
    ("updated_at", Time),
    ("user", Fields(&USER)),
]);

static REACTION: Table = Table(&[
    ("created_at", Time),
    ("custom", Custom),
    ("message_id", Id),
    ("score", Plain),
    ("type", Word),
    ("updated_at", Time),
    ("user", Fields(&USER)),
    ("user_id", Id),
]);

static LIMIT: Table = Table(&[("limit", Plain), ("remaining", Plain), ("reset", Plain)]);

static TASK_ERROR: Table = Table(&[("type", Word)]);

/// What became of a user of a deletion.
pub(super) static DELETED: Table = Table(&[("status", Word)]);

static USER_RECORD: Table = Table(&[("data", Fields(&USER)), ("type", Word)]);
static MESSAGE_RECORD: Table = Table(&[("data", Fields(&MESSAGE)), ("type", Word)]);
static REACTION_RECORD: Table = Table(&[("data", Fields(&REACTION)), ("type", Word)]);
static OTHER_RECORD: Table = Table(&[("type", Word)]);
