//! [`Order`]: how the users of a query follow each other, and the filters by which a page starts behind one of them.
//!
//! Texts are never compared here: how the service orders them (by bytes, by letters, without regard to case) is its own
//! matter, and its filters follow the same rules.

use serde_json::{Map, json};
use stream_users_model::{Filter, QueryUsers, Sort, SortDirection, User};

use super::position::{Behind, Position, Value};

/// How pages go on.
pub(super) enum Order {
    /// A filter says who comes behind a user.
    Keyed(Keyed),
    /// No filter does: pages skip those who were handed out.
    Other(Obstacle),
}

/// An order by id, or by one field and then by id.
#[derive(Clone, Copy)]
pub(super) struct Keyed {
    field: Option<Field>,
    direction: SortDirection,
    ids: SortDirection,
}

/// The fields that a filter can compare as an order does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    CreatedAt,
    UpdatedAt,
    LastActive,
    Role,
    Name,
}

/// Why a filter cannot say who comes behind a user.
#[derive(Clone, Copy)]
pub(super) enum Obstacle {
    /// No filter compares the first field as the order does.
    Field,
    /// More than one field, besides the id.
    Fields,
    /// Users may lack the field, and an offset hides where those come.
    Offset,
}

impl Order {
    pub(super) fn of(query: &QueryUsers) -> Self {
        let Some((first, rest)) = query.sort.split_first() else {
            return Self::Keyed(Keyed::by_id(SortDirection::Ascending));
        };
        if is_id(first) {
            // No two users have the same id: what follows orders nobody.
            return Self::Keyed(Keyed::by_id(first.direction));
        }
        let Some(field) = Field::of(first) else {
            return Self::Other(Obstacle::Field);
        };
        let ids = match rest {
            [] => first.direction,
            [second, ..] if is_id(second) => second.direction,
            _ => return Self::Other(Obstacle::Fields),
        };
        if field.may_be_unset() && query.offset.unwrap_or(0) > 0 {
            return Self::Other(Obstacle::Offset);
        }
        Self::Keyed(Keyed {
            field: Some(field),
            direction: first.direction,
            ids,
        })
    }

    /// Where the first page starts.
    pub(super) fn start(&self) -> Position {
        match self {
            Self::Keyed(_) => Position::Start,
            Self::Other(_) => Position::Skipped(0),
        }
    }

    /// Whether pages of this order can have reached `at`.
    pub(super) fn fits(&self, at: &Position) -> bool {
        match (self, at) {
            (Self::Keyed(_), Position::Start) | (Self::Other(_), Position::Skipped(_)) => true,
            (Self::Keyed(keyed), Position::Behind(last)) => keyed.fits(last),
            _ => false,
        }
    }

    /// The place behind `user`, who comes next behind `at`.
    pub(super) fn behind_user<C>(&self, at: &Position, user: &User<C>) -> Position {
        match self {
            Self::Keyed(keyed) => at.then(user.id.clone(), keyed.value(user)),
            Self::Other(_) => at.skipping(1),
        }
    }
}

impl Keyed {
    fn by_id(direction: SortDirection) -> Self {
        Self {
            field: None,
            direction,
            ids: direction,
        }
    }

    /// The order as it is sent.
    pub(super) fn sort(self) -> Vec<Sort> {
        let field = self.field.map(|field| (field.name(), self.direction));
        let all = field.into_iter().chain([("id", self.ids)]);
        all.map(|(field, direction)| match direction {
            SortDirection::Descending => Sort::desc(field),
            _ => Sort::asc(field),
        })
        .collect()
    }

    /// The users behind `last` who, like it, have a value or have none.
    pub(super) fn behind(self, last: &Behind) -> Filter {
        let by_id = condition("id", beyond(self.ids), &json!(last.id));
        let Some(field) = self.field else {
            return by_id;
        };
        let value = match &last.value {
            None => return condition(field.name(), "$exists", &json!(false)) & by_id,
            Some(Value::Time(time)) => json!(time),
            Some(Value::Text(text)) => json!(text),
        };
        // The first part follows from the second; a service finds by it where to begin.
        let or_equal = match self.direction {
            SortDirection::Descending => "$lte",
            _ => "$gte",
        };
        condition(field.name(), or_equal, &value)
            & (condition(field.name(), beyond(self.direction), &value) | by_id)
    }

    /// Those who have a value where `last` has none, or the other way round.
    pub(super) fn other_side(self, last: &Behind) -> Filter {
        let name = self.field.map_or("id", Field::name);
        condition(name, "$exists", &json!(last.value.is_none()))
    }

    /// Whether the other side may come once this one is exhausted.
    pub(super) fn may_turn(self, at: &Position) -> bool {
        let may_be_unset = self.field.is_some_and(Field::may_be_unset);
        matches!(at, Position::Behind(last) if may_be_unset && !last.turned)
    }

    fn fits(self, last: &Behind) -> bool {
        match (self.field, &last.value) {
            (None, None) => !last.turned,
            (None, Some(_)) => false,
            (Some(field), None) => field.may_be_unset(),
            (Some(field), Some(value)) => {
                let is_time = matches!(value, Value::Time(_));
                field.is_time() == is_time && (field.may_be_unset() || !last.turned)
            }
        }
    }

    fn value<C>(self, user: &User<C>) -> Option<Value> {
        Some(match self.field? {
            Field::CreatedAt => Value::Time(user.created_at),
            Field::UpdatedAt => Value::Time(user.updated_at),
            Field::LastActive => Value::Time(user.last_active?),
            Field::Role => Value::Text(user.role.clone()),
            Field::Name => Value::Text(user.name.clone()?),
        })
    }

    /// The place behind a page that was asked for behind `at`, on the other side of it if `turning`.
    ///
    /// What cannot be an answer to that is an error: it would lead in a circle, or past somebody.
    pub(super) fn behind_page<C>(
        self,
        at: &Position,
        turning: bool,
        page: &[User<C>],
    ) -> Result<Position, String> {
        let name = self.field.map_or("id", Field::name);
        let asked_behind = match at {
            Position::Behind(last) => Some(last),
            _ => None,
        };
        let mut behind = at.clone();
        for user in page {
            let value = self.value(user);
            if let Some(last) = asked_behind {
                if !turning && last.id == user.id && last.value == value {
                    return Err(
                        "the service answered the same page again when it was asked for what comes behind it"
                            .to_owned(),
                    );
                }
                if value.is_some() != (last.value.is_some() != turning) {
                    return Err(format!(
                        "the service answered users with and without {name} where only one was asked for; sort by id"
                    ));
                }
            }
            if let Position::Behind(last) = &behind {
                let turns_back = last.turned && last.value.is_some() != value.is_some();
                if turns_back || self.goes_back(last, value.as_ref()) {
                    return Err(format!(
                        "the service did not answer in the order by {name} that was asked for; sort by id"
                    ));
                }
            }
            behind = behind.then(user.id.clone(), value);
        }
        Ok(behind)
    }

    /// Whether a user with this value cannot come behind `last`. Only times that never change tell: others may have
    /// changed since they were looked at.
    fn goes_back(self, last: &Behind, value: Option<&Value>) -> bool {
        match (self.field, &last.value, value) {
            (Some(Field::CreatedAt), Some(Value::Time(last)), Some(Value::Time(time))) => {
                match self.direction {
                    SortDirection::Descending => time > last,
                    _ => time < last,
                }
            }
            _ => false,
        }
    }
}

impl Field {
    const ALL: [Self; 5] = [
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::LastActive,
        Self::Role,
        Self::Name,
    ];

    fn of(sort: &Sort) -> Option<Self> {
        let known = Self::ALL.into_iter().find(|field| sort.field == field.name());
        known.filter(|_| sort.kind.is_none())
    }

    const fn name(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::LastActive => "last_active",
            Self::Role => "role",
            Self::Name => "name",
        }
    }

    const fn may_be_unset(self) -> bool {
        matches!(self, Self::LastActive | Self::Name)
    }

    const fn is_time(self) -> bool {
        matches!(self, Self::CreatedAt | Self::UpdatedAt | Self::LastActive)
    }
}

impl Obstacle {
    /// What the caller is told where no further page can be asked for.
    pub(super) fn describe(self, query: &QueryUsers) -> String {
        let field = query.sort.first().map_or("", |sort| sort.field.as_str());
        let (why, fix) = match self {
            Self::Field => (format!("no filter compares {field} as the order does"), ""),
            Self::Fields => ("it is by several fields".to_owned(), ""),
            Self::Offset => (
                format!("with an offset it is not known whether users without {field} come first or last"),
                "leave the offset out, or ",
            ),
        };
        format!(
            "the service skips at most 1,000 users, and an order by {field} cannot go on by a filter here: {why}; {fix}\
             sort by id, or by one of created_at, updated_at, role, name and last_active, or narrow the filter"
        )
    }
}

fn is_id(sort: &Sort) -> bool {
    sort.field == "id" && sort.kind.is_none()
}

const fn beyond(direction: SortDirection) -> &'static str {
    match direction {
        SortDirection::Descending => "$lt",
        _ => "$gt",
    }
}

fn condition(field: &str, operator: &str, value: &serde_json::Value) -> Filter {
    Filter::raw(Map::from_iter([(field.to_owned(), json!({operator: value}))]))
}
