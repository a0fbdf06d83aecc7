//! The commands, a file or folder each. What several of them need lives beside `main`.

pub(crate) mod api;
pub(crate) mod connect;
pub(crate) mod demo;
pub(crate) mod listen;
