//! `upsert_users`: create users, or replace those that exist.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use crate::outline::outline;
use crate::serde_util::or_default;
use crate::user::by_id;
use crate::{Custom, CustomData, Str, User, UserRequest, Validate, Violations, operation};

/// Creates users, or replaces those that exist: at most 100 in a call, all of them or none.
///
/// What is not set on a user that exists is dropped (`name`, `image`, custom data) or kept (`role`, `teams`). A user
/// that was deleted or deactivated is refused, and so is the whole batch.
///
/// ```
/// use stream_users_model::{UpsertUsers, UserRequest};
///
/// let request: UpsertUsers = UpsertUsers::new([UserRequest::new("ada").name("Ada")]);
/// assert_eq!(serde_json::to_string(&request)?, r#"{"users":{"ada":{"id":"ada","name":"Ada"}}}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UpsertUsers<C = Custom> {
    /// The users, each id once.
    pub users: Vec<UserRequest<C>>,
    /// Whether the users of the answer are left unread. It is not sent.
    pub ignore_answer: bool,
}

impl<C> UpsertUsers<C> {
    /// Upserts `users`.
    #[must_use]
    pub fn new(users: impl IntoIterator<Item = UserRequest<C>>) -> Self {
        Self {
            users: users.into_iter().collect(),
            ignore_answer: false,
        }
    }

    /// Leaves the users of the answer unread: [`UpsertedUsers::users`] is then empty. The service answers with every field of
    /// every user, and reading them is a good part of what a call of many users costs.
    ///
    /// The answer is taken for what it says of itself: what stands in its users is not checked, so that a user whose custom data
    /// do not fit is no error of kind `Decode` either.
    #[must_use]
    pub fn ignore_answer(mut self) -> Self {
        self.ignore_answer = true;
        self
    }
}

impl<C: Serialize> Validate for UpsertUsers<C> {
    fn validate(&self, violations: &mut Violations) {
        operation::UPSERT_USERS.check_batch(violations, self.users.len());
        let mut seen = std::collections::HashSet::with_capacity(self.users.len());
        for (index, user) in self.users.iter().enumerate() {
            user.check(violations, format_args!("users[{index}]."));
            if !seen.insert(user.id.as_str()) {
                violations.add(
                    format_args!("users[{index}].id"),
                    format!(
                        "must stand once in a call; {:?} came before: only the last would be applied",
                        user.id
                    ),
                );
            }
        }
    }
}

/// The users that were created or replaced, or changed.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound(serialize = "C: Serialize", deserialize = "C: CustomData"))]
#[non_exhaustive]
pub struct UpsertedUsers<C = Custom> {
    /// The users as they are now.
    #[serde(default, deserialize_with = "or_default")]
    pub users: UserMap<C>,
    /// A task that the service no longer starts: empty.
    #[serde(default, deserialize_with = "or_default")]
    pub membership_deletion_task_id: Str,
    /// How long the service worked, as it writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub duration: Str,
}

impl<C> UpsertedUsers<C> {
    /// An answer with these users; for mocks.
    #[must_use]
    pub fn new(users: impl IntoIterator<Item = User<C>>) -> Self {
        Self {
            users: UserMap(users.into_iter().collect()),
            membership_deletion_task_id: Str::default(),
            duration: Str::default(),
        }
    }

    /// Reads an answer but for its users, who are skipped: what stands in objects and lists of the answer is not even checked to be
    /// JSON, but for where they end.
    ///
    /// # Errors
    /// Where `json` is no JSON object, or another field does not fit.
    pub fn from_json_without_users(json: &str) -> Result<Self, serde_json::Error> {
        #[derive(serde::Deserialize)]
        struct WithoutUsers {
            #[serde(default, deserialize_with = "or_default")]
            membership_deletion_task_id: Str,
            #[serde(default, deserialize_with = "or_default")]
            duration: Str,
        }

        // What fails is read as a whole, so that the error has a place in it.
        let answer: WithoutUsers =
            serde_json::from_str(&outline(json)).or_else(|_| serde_json::from_str(json))?;
        Ok(Self {
            users: UserMap::default(),
            membership_deletion_task_id: answer.membership_deletion_task_id,
            duration: answer.duration,
        })
    }
}

/// Users by id, in the order of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct UserMap<C = Custom>(Vec<User<C>>);

impl<C> UserMap<C> {
    /// The user of an id.
    #[must_use]
    pub fn get(&self, id: impl AsRef<str>) -> Option<&User<C>> {
        self.0.iter().find(|user| user.id == *id.as_ref())
    }

    /// The users.
    #[must_use]
    pub fn as_slice(&self) -> &[User<C>] {
        &self.0
    }

    /// The users, one by one.
    pub fn iter(&self) -> std::slice::Iter<'_, User<C>> {
        self.0.iter()
    }

    /// How many users there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no user.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<C> Default for UserMap<C> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<C> IntoIterator for UserMap<C> {
    type Item = User<C>;
    type IntoIter = std::vec::IntoIter<User<C>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, C> IntoIterator for &'a UserMap<C> {
    type Item = &'a User<C>;
    type IntoIter = std::slice::Iter<'a, User<C>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<C: Serialize> Serialize for UserMap<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|user| (&user.id, user)))
    }
}

impl<'de, C: CustomData> Deserialize<'de> for UserMap<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UsersVisitor<C>(PhantomData<C>);

        impl<'de, C: CustomData> Visitor<'de> for UsersVisitor<C> {
            type Value = UserMap<C>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of users by id")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<UserMap<C>, A::Error> {
                by_id(map).map(UserMap)
            }
        }

        deserializer.deserialize_map(UsersVisitor(PhantomData))
    }
}

impl<C: Serialize> Serialize for UpsertUsers<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct ById<'a, C>(&'a [UserRequest<C>]);

        impl<C: Serialize> Serialize for ById<'_, C> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(self.0.len()))?;
                for user in self.0 {
                    map.serialize_entry(&user.id, user)?;
                }
                map.end()
            }
        }

        let mut request = serializer.serialize_struct("UpsertUsers", 1)?;
        request.serialize_field("users", &ById(&self.users))?;
        request.end()
    }
}

impl<'de, C: CustomData> Deserialize<'de> for UpsertUsers<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(bound(deserialize = "C: CustomData"))]
        struct Wire<C> {
            users: Requests<C>,
        }

        struct Requests<C>(Vec<UserRequest<C>>);

        impl<'de, C: CustomData> Deserialize<'de> for Requests<C> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map(ValuesVisitor(PhantomData)).map(Self)
            }
        }

        Wire::deserialize(deserializer).map(|wire| Self::new(wire.users.0))
    }
}

/// Reads the values of an object: on the wire users stand under their ids, which they also hold.
struct ValuesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ValuesVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of users by id")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<T>, A::Error> {
        let mut values = Vec::new();
        while let Some((_, value)) = map.next_entry::<IgnoredAny, T>()? {
            values.push(value);
        }
        Ok(values)
    }
}
