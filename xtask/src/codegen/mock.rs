//! The testing crate's `MockUsersApi`. A method that is missing in a `mock!` block compiles and silently runs the
//! trait's default body, so the block is generated and holds them all.

use std::fmt::Write as _;

use super::rust::{READ_EXPORT, header, import, signature, types};
use crate::contract::Operation;

/// The `mock!` block.
pub(super) fn generate(operations: &[Operation]) -> String {
    let mut out = header();
    out.push_str("//! A mock of `UsersApi` with an expectation for every method.\n\n");
    out.push_str("use std::sync::Arc;\n\nuse async_trait::async_trait;\n");
    out.push_str(&import(
        "stream_users_core",
        [
            "Clock",
            "ExportPart",
            "ReadExport",
            "Response",
            "Result",
            "UsersApi",
        ],
    ));
    let mut names = types(operations);
    names.insert("CustomData");
    out.push_str(&import("stream_users_model", names));
    // rustfmt leaves the inside of the macro as it stands here.
    out.push_str(
        "
mockall::mock! {
    /// A mock of [`UsersApi`]: expect calls with `expect_<operation>()`. A call that nobody expects panics.
    ///
    /// The type of the custom data has to be named: `MockUsersApi::<Custom>::new()`. To follow a task, `clock` has to be
    /// expected as well, mostly with a `ManualClock`.
    ///
    /// ```
    /// use stream_users_core::{Response, UsersApiExt};
    /// use stream_users_model::{Custom, QueriedUsers};
    /// use stream_users_testing::MockUsersApi;
    ///
    /// # #[tokio::main(flavor = \"current_thread\")]
    /// # async fn main() -> stream_users_core::Result<()> {
    /// let mut users = MockUsersApi::<Custom>::new();
    /// users
    ///     .expect_query_users()
    ///     .withf(|query| query.limit == Some(1))
    ///     .times(1)
    ///     .returning(|_| Ok(Response::new(QueriedUsers::new([]))));
    /// assert!(users.get_user(\"ada\").await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug)]
    pub UsersApi<C: CustomData> {}

    #[async_trait]
    impl<C: CustomData> UsersApi<C> for UsersApi<C> {
",
    );
    for operation in operations {
        let _ = writeln!(out, "        {};", signature(operation));
    }
    let _ = writeln!(out, "        {READ_EXPORT};");
    out.push_str("        fn clock(&self) -> Result<Arc<dyn Clock>>;\n    }\n}\n");
    out
}
