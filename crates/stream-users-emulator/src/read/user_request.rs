//! Reads the description of a user in a request.

use serde_json::{Map, Value};

use super::{Fields, Problems, check_id, each_once};
use crate::surface::Surface;

/// Fields of an answered user that a request may not set.
pub(crate) const RESERVED: [&str; 20] = [
    "ban_expires",
    "banned",
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
    "shadow_banned",
    "total_unread_count",
    "unread_channels",
    "unread_count",
    "unread_threads",
    "updated_at",
    "avg_response_time",
];

/// The other fields of a user: what has another name is custom data.
pub(crate) const USER_FIELDS: [&str; 11] = [
    "blocked_user_ids",
    "id",
    "image",
    "invisible",
    "language",
    "name",
    "privacy_settings",
    "revoke_tokens_issued_before",
    "role",
    "teams",
    "teams_role",
];

/// How many teams a user may be in, and how long a team's name may be in bytes.
const MOST_TEAMS: usize = 250;
const LONGEST_TEAM: usize = 100;

/// A user as a request describes it. What is absent was not sent.
#[derive(Debug, Default)]
pub(crate) struct UserRequest {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) image: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) invisible: Option<bool>,
    pub(crate) teams: Option<Vec<String>>,
    pub(crate) teams_role: Option<Map<String, Value>>,
    pub(crate) privacy_settings: Option<Map<String, Value>>,
    pub(crate) custom: Map<String, Value>,
    /// Whom the user blocks from now on; only [`Surface::V1`] can say it.
    pub(crate) blocked_user_ids: Option<Vec<String>>,
}

impl UserRequest {
    /// Reads the user that stands at `at`. On [`Surface::V1`] every field that is not one of a user is custom data, one
    /// of the name `custom` too.
    pub(crate) fn read(
        at: &str,
        map: &Map<String, Value>,
        surface: Surface,
        strict: bool,
        problems: &mut Problems,
    ) -> Self {
        let mut fields = Fields::new(at, map);
        for name in RESERVED {
            if fields.value(name).is_some() {
                problems.say(&fields.path(name), "is a reserved field");
            }
        }
        let before = problems.list().len();
        let id = fields.string("id", problems).unwrap_or_default().to_owned();
        if problems.list().len() == before {
            check_id(&fields.path("id"), &id, problems);
        }
        let user = Self {
            id,
            name: fields.string("name", problems).map(str::to_owned),
            image: fields.string("image", problems).map(str::to_owned),
            role: fields
                .string("role", problems)
                .filter(|role| !role.is_empty())
                .map(str::to_owned),
            language: fields.string("language", problems).map(str::to_owned),
            invisible: fields.boolean("invisible", problems),
            teams: fields
                .value("teams")
                .and_then(|value| read_teams(&format!("{at}.teams"), value, problems)),
            teams_role: fields
                .value("teams_role")
                .and_then(|value| read_teams_role(&format!("{at}.teams_role"), value, problems)),
            privacy_settings: fields
                .value("privacy_settings")
                .and_then(|value| read_privacy_settings(&format!("{at}.privacy_settings"), value, problems)),
            custom: match surface {
                Surface::V2 => fields.object("custom", problems).cloned().unwrap_or_default(),
                Surface::V1 => beside(map),
            },
            blocked_user_ids: match surface {
                Surface::V2 => None,
                Surface::V1 => fields.strings("blocked_user_ids", problems).map(each_once),
            },
        };
        fields.finish(strict && surface == Surface::V2, problems);
        user
    }
}

/// The custom data that stands beside the fields of a user.
fn beside(map: &Map<String, Value>) -> Map<String, Value> {
    map.iter()
        .filter(|(name, _)| !USER_FIELDS.contains(&name.as_str()) && !RESERVED.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// A list of team names, each once.
pub(crate) fn read_teams(path: &str, value: &Value, problems: &mut Problems) -> Option<Vec<String>> {
    let Some(list) = value.as_array() else {
        problems.wrong_type(path, value, "array");
        return None;
    };
    let mut teams = Vec::with_capacity(list.len());
    for item in list {
        let Some(team) = item.as_str() else {
            problems.wrong_type(path, item, "string");
            return None;
        };
        teams.push(team.to_owned());
    }
    let teams = each_once(teams);
    if teams.iter().any(String::is_empty) {
        problems.say(path, "must not contain an empty team");
    }
    if teams.iter().any(|team| team.len() > LONGEST_TEAM) {
        problems.say(path, "must contain teams of 100 bytes or less");
    }
    if teams.len() > MOST_TEAMS {
        problems.say(path, "must be 250 or less");
    }
    Some(teams)
}

/// A map from teams to roles.
pub(crate) fn read_teams_role(
    path: &str,
    value: &Value,
    problems: &mut Problems,
) -> Option<Map<String, Value>> {
    let Some(map) = value.as_object() else {
        problems.wrong_type(path, value, "object");
        return None;
    };
    for (team, role) in map.iter().filter(|(_, role)| !role.is_string()) {
        problems.wrong_type(&format!("{path}.{team}"), role, "string");
    }
    Some(map.clone())
}

/// Privacy settings: up to three objects, each with a boolean `enabled`. Only the known ones are kept.
pub(crate) fn read_privacy_settings(
    path: &str,
    value: &Value,
    problems: &mut Problems,
) -> Option<Map<String, Value>> {
    let Some(map) = value.as_object() else {
        problems.wrong_type(path, value, "object");
        return None;
    };
    let mut settings = Map::new();
    let mut fields = Fields::new(path, map);
    for name in ["delivery_receipts", "read_receipts", "typing_indicators"] {
        let Some(inner) = fields.object(name, problems) else {
            continue;
        };
        let mut inner = Fields::new(format!("{path}.{name}"), inner);
        let enabled = inner.boolean("enabled", problems).unwrap_or(false);
        settings.insert(name.into(), serde_json::json!({ "enabled": enabled }));
    }
    Some(settings)
}
