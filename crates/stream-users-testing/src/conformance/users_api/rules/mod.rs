//! The checks of the rules: each an async function of the rule's name, in a file of its subject. Their words are in
//! `list`.

mod calls;
mod custom;
mod deletions;
mod exports;
mod inventory;
mod lives;
mod others;
mod pages;
mod patches;
mod queries;
mod refusals;
mod upserts;

pub(super) use self::calls::*;
pub(super) use self::custom::*;
pub(super) use self::deletions::*;
pub(super) use self::exports::*;
pub(super) use self::inventory::*;
pub(super) use self::lives::*;
pub(super) use self::others::*;
pub(super) use self::pages::*;
pub(super) use self::patches::*;
pub(super) use self::queries::*;
pub(super) use self::refusals::*;
pub(super) use self::upserts::*;
