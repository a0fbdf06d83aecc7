//! The fields that a user query may filter on, with the operators that each takes: the contract's
//! `x-stream-filter-fields`, without the entry for custom data, which stands for every other name.

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    Nin,
    Exists,
    Contains,
    Autocomplete,
}

use Operator::{Autocomplete, Contains, Equal, Exists, Gt, Gte, In, Lt, Lte, Ne, Nin};

impl Operator {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "$eq" => Equal,
            "$ne" => Ne,
            "$gt" => Gt,
            "$gte" => Gte,
            "$lt" => Lt,
            "$lte" => Lte,
            "$in" => In,
            "$nin" => Nin,
            "$exists" => Exists,
            "$contains" => Contains,
            "$autocomplete" => Autocomplete,
            _ => return None,
        })
    }

    /// The comparison in SQL, for those that compare with one value.
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Gt => ">",
            Gte => ">=",
            Lt => "<",
            Lte => "<=",
            Ne | Nin => "<>",
            Equal | In | Exists | Contains | Autocomplete => "=",
        }
    }
}

/// What kind of values a field holds, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A column of text. The second column holds its words, where `$autocomplete` is allowed.
    Text(&'static str, Option<&'static str>),
    Boolean(&'static str),
    Date(&'static str),
    Teams,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) operators: &'static [Operator],
}

const DATE: &[Operator] = &[Equal, Gt, Gte, Lt, Lte, In, Exists];

/// The built-in fields.
pub(crate) static FIELDS: [Field; 13] = [
    Field {
        name: "id",
        kind: Kind::Text("u.id", Some("u.id_words")),
        operators: &[Equal, Ne, Gt, Gte, Lt, Lte, In, Nin, Exists, Autocomplete],
    },
    Field {
        name: "name",
        kind: Kind::Text("u.name", Some("u.name_words")),
        operators: &[Equal, Gt, Gte, Lt, Lte, In, Exists, Autocomplete],
    },
    Field {
        name: "username",
        kind: Kind::Text("u.username", Some("u.username_words")),
        operators: &[Equal, Autocomplete],
    },
    Field {
        name: "email",
        kind: Kind::Text("u.email", None),
        operators: &[Equal, In],
    },
    Field {
        name: "role",
        kind: Kind::Text("u.role", None),
        operators: &[Equal, Gt, Gte, Lt, Lte, In, Exists],
    },
    Field {
        name: "language",
        kind: Kind::Text("u.language", None),
        operators: &[Equal],
    },
    Field {
        name: "teams",
        kind: Kind::Teams,
        operators: &[Equal, In, Contains],
    },
    Field {
        name: "banned",
        kind: Kind::Boolean("u.banned"),
        operators: &[Equal, Ne],
    },
    Field {
        name: "shadow_banned",
        kind: Kind::Boolean("u.shadow_banned"),
        operators: &[Equal, Ne],
    },
    Field {
        name: "bypass_moderation",
        kind: Kind::Boolean("COALESCE(u.bypass_moderation, 0)"),
        operators: &[Equal, Ne],
    },
    Field {
        name: "created_at",
        kind: Kind::Date("u.created_at"),
        operators: DATE,
    },
    Field {
        name: "updated_at",
        kind: Kind::Date("u.updated_at"),
        operators: DATE,
    },
    Field {
        name: "last_active",
        kind: Kind::Date("u.last_active"),
        operators: DATE,
    },
];

/// The operators of every custom field.
pub(crate) const CUSTOM: &[Operator] = &[Equal, Gt, Gte, Lt, Lte, In, Exists, Contains];

/// Built-in fields of a user that cannot be filtered on, and are not custom either.
pub(crate) const NOT_FILTERABLE: [&str; 12] = [
    "ban_expires",
    "blocked_user_ids",
    "deactivated_at",
    "deleted_at",
    "devices",
    "image",
    "invisible",
    "mutes",
    "online",
    "privacy_settings",
    "revoke_tokens_issued_before",
    "teams_role",
];
