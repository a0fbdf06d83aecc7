//! The Rust types against the contract: from each schema instances are made, decoded, encoded and compared.

pub(crate) mod document;
pub(crate) mod instance;
pub(crate) mod registry;

mod bounds;
mod compare;
mod filters;
mod operations;
mod shapes;
