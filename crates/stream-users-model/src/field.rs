//! The fields that users can be filtered and sorted by, each with just the operators that the service gives it: a wrong
//! one does not compile. Putting conditions together belongs to [`Filter`].
//!
//! ```
//! use stream_users_model::field;
//!
//! let filter = field::id().gt("m") & field::banned().eq(false) & field::teams().contains("red");
//! let order = [field::last_active().desc(), field::id().asc()];
//! ```
//!
//! A language cannot be compared by size:
//!
//! ```compile_fail,E0599
//! use stream_users_model::field;
//!
//! field::language().gt("en");
//! ```

use serde_json::Value;

use crate::{Filter, Sort, Str, Timestamp};

/// What a condition compares with: its JSON value.
trait Operand {
    fn into_json(self) -> Value;
}

impl Operand for Str {
    fn into_json(self) -> Value {
        Value::String(self.into())
    }
}

impl Operand for bool {
    fn into_json(self) -> Value {
        Value::Bool(self)
    }
}

impl Operand for Timestamp {
    fn into_json(self) -> Value {
        Value::String(self.to_string())
    }
}

impl Operand for Value {
    fn into_json(self) -> Value {
        self
    }
}

fn list<T: Operand>(values: impl IntoIterator<Item = impl Into<T>>) -> Value {
    values.into_iter().map(|value| value.into().into_json()).collect()
}

/// One operator as a method of a field, and its name on the wire.
macro_rules! operator {
    (@wire eq) => { "$eq" };
    (@wire ne) => { "$ne" };
    (@wire gt) => { "$gt" };
    (@wire gte) => { "$gte" };
    (@wire lt) => { "$lt" };
    (@wire lte) => { "$lte" };
    (@wire is_in) => { "$in" };
    (@wire not_in) => { "$nin" };
    (@wire exists) => { "$exists" };
    (@wire contains) => { "$contains" };
    (@wire autocomplete) => { "$autocomplete" };
    (@method is_in $value:ty) => {
        /// Is one of `values` (`$in`).
        #[must_use]
        pub fn is_in(self, values: impl IntoIterator<Item = impl Into<$value>>) -> Filter {
            Filter::condition(&self.0, "$in", list::<$value>(values))
        }
    };
    (@method not_in $value:ty) => {
        /// Is none of `values` (`$nin`).
        #[must_use]
        pub fn not_in(self, values: impl IntoIterator<Item = impl Into<$value>>) -> Filter {
            Filter::condition(&self.0, "$nin", list::<$value>(values))
        }
    };
    (@method exists $value:ty) => {
        /// Is set, or with `false`: is not (`$exists`).
        #[must_use]
        pub fn exists(self, exists: bool) -> Filter {
            Filter::condition(&self.0, "$exists", Value::Bool(exists))
        }
    };
    (@method autocomplete $value:ty) => {
        /// Has a word that starts with `prefix`, in any case (`$autocomplete`). The service refuses an empty prefix.
        #[must_use]
        pub fn autocomplete(self, prefix: impl Into<Str>) -> Filter {
            Filter::condition(&self.0, "$autocomplete", prefix.into().into_json())
        }
    };
    (@method eq $value:ty) => { operator! { @compare eq "Equals `value` (`$eq`)." $value } };
    (@method ne $value:ty) => { operator! { @compare ne "Does not equal `value` (`$ne`)." $value } };
    (@method gt $value:ty) => { operator! { @compare gt "Is greater than `value` (`$gt`)." $value } };
    (@method gte $value:ty) => { operator! { @compare gte "Is `value` or greater (`$gte`)." $value } };
    (@method lt $value:ty) => { operator! { @compare lt "Is less than `value` (`$lt`)." $value } };
    (@method lte $value:ty) => { operator! { @compare lte "Is `value` or less (`$lte`)." $value } };
    (@method contains $value:ty) => { operator! { @compare contains "Contains `value` (`$contains`)." $value } };
    (@compare $name:ident $doc:literal $value:ty) => {
        #[doc = $doc]
        #[must_use]
        pub fn $name(self, value: impl Into<$value>) -> Filter {
            let value: $value = value.into();
            Filter::condition(&self.0, operator!(@wire $name), value.into_json())
        }
    };
}

macro_rules! fields {
    ($(
        $(#[$doc:meta])*
        $function:ident($($key:ident)?): $name:ident($value:ty) = $wire:literal { $($operator:ident)* }
    )*) => {
        /// The fields and operators that this module has, as the service names them.
        ///
        /// A test of this crate holds it against `x-stream-filter-fields` of the contract; to mend a difference, edit
        /// the operators of the field in `src/field.rs`.
        pub const OPERATORS: &[(&str, &[&str])] = &[$(($wire, &[$(operator!(@wire $operator)),*])),*];

        $(
            #[doc = concat!("The field that [`", stringify!($function), "`] names.")]
            #[derive(Debug, Clone)]
            pub struct $name(Str);

            $(#[$doc])*
            #[must_use]
            pub fn $function($($key: impl Into<Str>)?) -> $name {
                $name(fields!(@name $wire $($key)?))
            }

            impl $name {
                $(operator! { @method $operator $value })*

                /// Smallest first.
                #[must_use]
                pub fn asc(self) -> Sort {
                    Sort::asc(self.0)
                }

                /// Largest first.
                #[must_use]
                pub fn desc(self) -> Sort {
                    Sort::desc(self.0)
                }
            }
        )*
    };
    (@name $wire:literal) => { Str::from_static($wire) };
    (@name $wire:literal $key:ident) => { $key.into() };
}

fields! {
    /// The user's id.
    id(): Id(Str) = "id" { eq ne gt gte lt lte is_in not_in exists autocomplete }
    /// The user's name.
    name(): Name(Str) = "name" { eq gt gte lt lte is_in exists autocomplete }
    /// `username` in custom data.
    username(): Username(Str) = "username" { eq autocomplete }
    /// `email` in custom data.
    email(): Email(Str) = "email" { eq is_in }
    /// The user's role.
    role(): Role(Str) = "role" { eq gt gte lt lte is_in exists }
    /// The user's preferred language.
    language(): Language(Str) = "language" { eq }
    /// The teams that the user belongs to.
    teams(): Teams(Str) = "teams" { eq is_in contains }
    /// Whether the user is banned.
    banned(): Banned(bool) = "banned" { eq ne }
    /// Whether the user is banned without knowing.
    shadow_banned(): ShadowBanned(bool) = "shadow_banned" { eq ne }
    /// Whether the user's content is not moderated.
    bypass_moderation(): BypassModeration(bool) = "bypass_moderation" { eq ne }
    /// When the user was created.
    created_at(): CreatedAt(Timestamp) = "created_at" { eq gt gte lt lte is_in exists }
    /// When the user was last changed.
    updated_at(): UpdatedAt(Timestamp) = "updated_at" { eq gt gte lt lte is_in exists }
    /// When the user was last connected.
    last_active(): LastActive(Timestamp) = "last_active" { eq gt gte lt lte is_in exists }
    /// A key of custom data, under its own name.
    custom(key): CustomField(Value) = "custom" { eq gt gte lt lte is_in exists contains }
}

impl Teams {
    /// Belongs to no team.
    #[must_use]
    pub fn is_empty(self) -> Filter {
        Filter::condition(&self.0, "$eq", Value::Null)
    }
}
