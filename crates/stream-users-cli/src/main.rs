//! The `stream-users` command.
fn main() {}
