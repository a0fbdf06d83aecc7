//! Arguments that several commands take, and how their texts are read. What a command does with them belongs to the
//! command.

mod conditions;
mod pair;
mod sort;
pub(crate) mod time;
pub(crate) mod whom;

pub(crate) use self::conditions::Conditions;
pub(crate) use self::pair::Pair;
pub(crate) use self::sort::sort;

pub(crate) use self::whom::Whom;
