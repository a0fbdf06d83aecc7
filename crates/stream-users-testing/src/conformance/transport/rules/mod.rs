//! The checks of the rules, each a function of the rule's name. What a rule demands and why stands in the
//! [list](super::list).

mod answers;
mod dropping;
mod encodings;
mod failures;
mod limits;
mod requests;
mod secrets;
mod together;

pub(super) use self::answers::*;
pub(super) use self::dropping::*;
pub(super) use self::encodings::*;
pub(super) use self::failures::*;
pub(super) use self::limits::*;
pub(super) use self::requests::*;
pub(super) use self::secrets::*;
pub(super) use self::together::*;
