//! The checks of the rules, each a function of the rule's name. What a rule demands and why stands in the
//! [list](super::list).

mod answers;

pub(super) use self::answers::*;
