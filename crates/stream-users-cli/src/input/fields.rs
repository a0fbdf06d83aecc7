//! The names of a user's fields. What a user must be stands in `user`.

/// The fields that a user can be given.
pub(super) const BUILT_IN: [&str; 10] = [
    "id",
    "name",
    "image",
    "role",
    "language",
    "invisible",
    "teams",
    "teams_role",
    "privacy_settings",
    "custom",
];

/// The fields that the service sets itself: a line of a dump has them, and they are passed over.
pub(super) const SET_BY_SERVICE: [&str; 24] = [
    "avg_response_time",
    "ban_expires",
    "banned",
    "blocked_user_ids",
    "bypass_moderation",
    "channel_mutes",
    "created_at",
    "deactivated_at",
    "deleted_at",
    "devices",
    "last_active",
    "latest_hidden_channels",
    "mutes",
    "online",
    "push_notifications",
    "push_preferences",
    "revoke_tokens_issued_before",
    "shadow_banned",
    "total_unread_count",
    "total_unread_count_by_team",
    "unread_channels",
    "unread_count",
    "unread_threads",
    "updated_at",
];
