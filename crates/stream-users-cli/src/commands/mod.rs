//! The commands, a file or folder each: `Arguments`, and `run`. What several of them need lives beside `main`.

pub(crate) mod api;
pub(crate) mod block;
pub(crate) mod blocks;
pub(crate) mod completions;
pub(crate) mod connect;
pub(crate) mod deactivate;
pub(crate) mod delete;
pub(crate) mod demo;
pub(crate) mod emulator;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod guest;
pub(crate) mod import;
pub(crate) mod limits;
pub(crate) mod listen;
pub(crate) mod man;
pub(crate) mod patch;
pub(crate) mod query;
pub(crate) mod reactivate;
pub(crate) mod restore;
pub(crate) mod sync;
pub(crate) mod task;
pub(crate) mod token;
pub(crate) mod unblock;
pub(crate) mod upsert;
