//! Decorators: what a decorator changes is written by hand, what it does not is forwarded.

/// Implements `UsersApi` for a type with a field `inner`: the methods that are given, and the rest forwarded.
///
/// A method that is left out compiles and answers `Unimplemented`, which the rule `every_operation_is_there` finds.
macro_rules! decorator {
    (
        impl UsersApi for $name:ident { $($own:tt)* }
        forward { $($operation:ident: $request:ty => $answer:ty,)* }
    ) => {
        #[async_trait::async_trait]
        impl UsersApi for $name {
            $($own)*

            $(
                async fn $operation(&self, request: $request) -> stream_users::Result<Response<$answer>> {
                    self.inner.$operation(request).await
                }
            )*
        }
    };
}

pub(super) use decorator;
