//! The same calls as a program would write them by hand: a struct for each request and answer, serde's derives, and
//! reqwest. No retry, no limiter, no span. It reads every field, and holds custom data as a map, or as the program's struct.

use std::collections::HashMap;

#[cfg(feature = "network")]
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::people;
#[cfg(feature = "network")]
use crate::{API_KEY, TASK_ID, USER_ID};

/// Custom data that the program has no struct for.
pub type Map = HashMap<String, Value>;

/// What a call of this client may fail with.
#[cfg(feature = "network")]
pub type Result<T> = std::result::Result<T, reqwest::Error>;

/// A client of the service.
#[cfg(feature = "network")]
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    token: String,
}

/// The request of `upsert_users`.
#[derive(Debug, Serialize)]
pub struct UpsertUsers<C> {
    /// The users by their ids.
    pub users: HashMap<String, UserRequest<C>>,
}

/// A user as it is sent.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the service's fields")]
pub struct UserRequest<C> {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams_role: Option<HashMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Option<C>,
}

/// The answer to `upsert_users`.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the service's fields")]
pub struct UpsertedUsers<C> {
    pub users: HashMap<String, User<C>>,
    pub membership_deletion_task_id: String,
    pub duration: String,
}

/// The answer to `upsert_users` of a program that does not look at the users.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the service's fields")]
pub struct Acknowledged {
    pub membership_deletion_task_id: String,
    pub duration: String,
}

/// The answer to `query_users`.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the service's fields")]
pub struct QueriedUsers<C> {
    pub users: Vec<User<C>>,
    pub duration: String,
}

/// A user as it is answered.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, clippy::struct_excessive_bools, reason = "the service's fields")]
pub struct User<C> {
    pub id: String,
    pub name: Option<String>,
    pub image: Option<String>,
    pub role: String,
    pub language: String,
    pub teams: Vec<String>,
    pub teams_role: Option<HashMap<String, String>>,
    pub custom: C,
    pub privacy_settings: Option<PrivacySettings>,
    pub online: bool,
    pub invisible: bool,
    pub banned: bool,
    pub ban_expires: Option<i64>,
    pub shadow_banned: bool,
    pub bypass_moderation: Option<bool>,
    pub blocked_user_ids: Vec<String>,
    pub devices: Option<Vec<Device>>,
    pub push_notifications: Option<PushNotifications>,
    pub avg_response_time: Option<i64>,
    pub revoke_tokens_issued_before: Option<i64>,
    pub last_active: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub deactivated_at: Option<i64>,
    pub deleted_at: Option<i64>,
    pub mutes: Option<Vec<Mute>>,
    pub channel_mutes: Option<Vec<Value>>,
    pub total_unread_count: Option<i64>,
    pub unread_count: Option<i64>,
    pub unread_channels: Option<i64>,
    pub unread_threads: Option<i64>,
    pub latest_hidden_channels: Option<Vec<String>>,
}

/// What a user lets others see.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the service's fields")]
pub struct PrivacySettings {
    pub typing_indicators: Option<Setting>,
    pub read_receipts: Option<Setting>,
    pub delivery_receipts: Option<Setting>,
}

/// Whether others see it.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the service's fields")]
pub struct Setting {
    pub enabled: bool,
}

/// Whether a user hears of messages.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the service's fields")]
pub struct PushNotifications {
    pub disabled: Option<bool>,
    pub disabled_until: Option<i64>,
}

/// A device of a user.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the service's fields")]
pub struct Device {
    pub id: String,
    pub push_provider: String,
    pub push_provider_name: Option<String>,
    pub user_id: String,
    pub created_at: i64,
    pub disabled: Option<bool>,
    pub disabled_reason: Option<String>,
    pub hardware_id: Option<String>,
    pub voip: Option<bool>,
}

/// A user whom another does not want to hear.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the service's fields")]
pub struct Mute {
    pub user: Option<Box<User<Map>>>,
    pub target: Option<Box<User<Map>>>,
    pub created_at: i64,
    pub updated_at: i64,
    pub expires: Option<i64>,
}

/// The answer to `get_task`.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the service's fields")]
pub struct Task {
    pub task_id: String,
    pub status: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub result: Option<Value>,
    pub error: Option<Value>,
    pub duration: String,
}

/// The answer to `deactivate_user`.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the service's fields")]
pub struct DeactivatedUser {
    pub user: User<Map>,
    pub duration: String,
}

#[cfg(feature = "network")]
impl Client {
    /// A client of the service at `base_url`, which shows this token.
    #[must_use]
    pub fn new(base_url: &str, token: String) -> Self {
        Self {
            http: reqwest::Client::new(),
            base_url: base_url.to_owned(),
            token,
        }
    }

    /// `upsert_users`, with an answer of type `A`: [`UpsertedUsers`] or [`Acknowledged`].
    ///
    /// # Errors
    /// Where the service could not be reached, refused, or answered what cannot be read.
    pub async fn upsert_users<C: Serialize, A: DeserializeOwned>(
        &self,
        users: Vec<UserRequest<C>>,
    ) -> Result<A> {
        let users = users.into_iter().map(|user| (user.id.clone(), user)).collect();
        let request = self.request(reqwest::Method::POST, "/api/v2/users");
        read(request.json(&UpsertUsers { users })).await
    }

    /// `query_users`.
    ///
    /// # Errors
    /// Where the service could not be reached, refused, or answered what cannot be read.
    pub async fn query_users<D: DeserializeOwned>(&self, payload: &Value) -> Result<QueriedUsers<D>> {
        let payload = payload.to_string();
        let request = self.request(reqwest::Method::GET, "/api/v2/users");
        read(request.query(&[("payload", payload)])).await
    }

    /// `get_task`.
    ///
    /// # Errors
    /// Where the service could not be reached, refused, or answered what cannot be read.
    pub async fn get_task(&self) -> Result<Task> {
        read(self.request(reqwest::Method::GET, &format!("/api/v2/tasks/{TASK_ID}"))).await
    }

    /// `deactivate_user`.
    ///
    /// # Errors
    /// Where the service could not be reached, refused, or answered what cannot be read.
    pub async fn deactivate_user(&self) -> Result<DeactivatedUser> {
        #[derive(Serialize)]
        struct Deactivate {
            mark_messages_deleted: bool,
        }

        let path = format!("/api/v2/users/{USER_ID}/deactivate");
        let request = self.request(reqwest::Method::POST, &path);
        read(request.json(&Deactivate {
            mark_messages_deleted: true,
        }))
        .await
    }

    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base_url))
            .query(&[("api_key", API_KEY)])
            .header("authorization", &self.token)
            .header("stream-auth-type", "jwt")
            .header("x-stream-client", "by-hand")
    }
}

#[cfg(feature = "network")]
async fn read<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T> {
    request.send().await?.error_for_status()?.json().await
}

/// The request of the user of this number.
#[must_use]
pub fn user<C>(number: usize, custom: C) -> UserRequest<C> {
    UserRequest {
        id: people::id(number),
        name: Some(people::name(number)),
        image: Some(people::image(number)),
        role: Some("user".to_owned()),
        language: Some("en".to_owned()),
        teams: Some(vec![people::team(number).to_owned()]),
        teams_role: Some(HashMap::from([(
            people::team(number).to_owned(),
            "admin".to_owned(),
        )])),
        custom: Some(custom),
    }
}

/// The custom data of the user of this number, as a program sets them that has no struct for them.
#[must_use]
pub fn custom(number: usize) -> Map {
    let profile = people::profile(number);
    HashMap::from([
        ("email".to_owned(), Value::from(profile.email)),
        ("plan".to_owned(), Value::from(profile.plan)),
        ("score".to_owned(), Value::from(profile.score)),
        ("verified".to_owned(), Value::from(profile.verified)),
        (
            "address".to_owned(),
            serde_json::json!({
                "city": profile.address.city,
                "postal_code": profile.address.postal_code,
                "geo": { "lat": profile.address.geo.lat, "lng": profile.address.geo.lng },
            }),
        ),
        ("tags".to_owned(), Value::from(profile.tags)),
    ])
}
