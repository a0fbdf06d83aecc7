//! The rules of a [`UsersApi`], and [`users_api_conformance!`](crate::users_api_conformance), which makes tests of them.
//!
//! For whom: authors of a fake in memory, of a decorator such as a cache, of another client: programs must not be able to
//! tell it from the service.
//!
//! The rules follow what is known of the service, and what the documentation of the trait promises. Where the service is
//! free, or nobody knows what it does, there is no rule. What must not enter: what one implementation happens to do.

mod case;
mod list;
mod options;
mod rules;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use stream_users_core::UsersApi;

use self::case::{Case, Checked, outcome};
pub use self::options::Options;
use super::Rule;

type Check = for<'c> fn(&'c Case) -> Pin<Box<dyn Future<Output = Checked> + Send + 'c>>;

/// What the list of the rules becomes in this crate: the table, a name for each rule, and its check.
macro_rules! table {
    ($($rule:ident {
        demands: $($demands:literal)+, why: $($why:literal)+, mend: $($mend:literal)+,
    })*) => {
        /// Every rule of a `UsersApi`, in the order of the guide's page.
        pub const RULES: &[Rule] = &[$(Rule::new(
            stringify!($rule),
            concat!($($demands),+),
            concat!($($why),+),
            concat!($($mend),+),
        )),*];

        /// The names of the rules, so that one that is not there does not compile.
        #[doc(hidden)]
        #[allow(non_upper_case_globals, reason = "they are spelled as the tests")]
        pub mod names {
            $(pub const $rule: &str = stringify!($rule);)*
        }

        const CHECKS: &[Check] = &[$(|case| Box::pin(rules::$rule(case))),*];
    };
}

crate::__users_api_rules!(table);

/// Holds an implementation to one rule.
///
/// [`users_api_conformance!`](crate::users_api_conformance) makes a test of this for each rule.
///
/// # Panics
///
/// Where the rule is broken, or where there is no rule of that name.
pub fn hold_to<A, F>(rule: &str, options: Options, make: impl FnOnce() -> F + Send + 'static)
where
    A: UsersApi + 'static,
    F: Future<Output = A> + Send,
{
    let index = RULES.iter().position(|known| known.name == rule);
    #[expect(clippy::expect_used, reason = "the macro knows no other names")]
    let index = index.expect("there is a rule of that name");
    super::run(&RULES[index], async move {
        let case = Case::new(Arc::new(make().await), options, index);
        outcome(CHECKS[index](&case).await)
    });
}

/// Makes a module of tests that hold a [`UsersApi`](stream_users_core::UsersApi) to its rules: one test for each rule, of
/// the rule's name.
///
/// The first argument names the module; the second is a closure whose future makes the implementation, for each test
/// anew. The tests bring a tokio runtime of their own. An implementation that is generic over custom data is held to the
/// rules with [`Custom`](stream_users_model::Custom).
///
/// The users that a test makes have ids that nobody else has, so that all tests can share one app, also one of the
/// service. They are left there.
///
/// ```
/// # mod my {
/// # #[derive(Debug)]
/// # pub struct InMemory;
/// # impl InMemory {
/// #     pub fn new() -> Self { Self }
/// # }
/// # impl stream_users_core::UsersApi for InMemory {}
/// # }
/// use my::InMemory;
///
/// // In a file of `tests/`.
/// stream_users_testing::users_api_conformance!(in_memory, || async { InMemory::new() });
/// # fn main() {}
/// ```
///
/// `cargo test` then runs `in_memory::upserts_replace` and so on. A rule that is broken fails with what was seen, what was
/// expected, by which fact of the service, and what usually mends it; the guide's page `docs/guide/conformance.md` has
/// them all.
///
/// # What does not apply
///
/// Operations that are left out on purpose are named in [`Options`](crate::conformance::users_api::Options), as are
/// secrets that nothing may show. A rule that cannot be kept is named with the reason, and its test is shown as ignored
/// with it:
///
/// ```
/// # mod my {
/// # #[derive(Debug)]
/// # pub struct InMemory;
/// # impl InMemory {
/// #     pub fn new() -> Self { Self }
/// # }
/// # impl stream_users_core::UsersApi for InMemory {}
/// # }
/// use my::InMemory;
/// use stream_users_testing::conformance::users_api::Options;
///
/// stream_users_testing::users_api_conformance!(
///     in_memory,
///     || async { InMemory::new() },
///     options: Options::new().without(["create_guest", "update_live_location"]),
///     except: { queries_sort: "our program never asks for an order" },
/// );
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! users_api_conformance {
    (
        $name:ident, $make:expr
        $(, options: $options:expr)?
        $(, except: {$($rule:ident: $reason:literal),* $(,)?})? $(,)?
    ) => {
        $crate::__users_api_tests!(($) $name, [$make], [$($options)?], [$($($rule: $reason),*)?]);
    };
}

/// The tests of [`users_api_conformance!`](crate::users_api_conformance). The first argument is a dollar sign, which a
/// macro cannot write into another one.
#[doc(hidden)]
#[macro_export]
macro_rules! __users_api_tests {
    (($d:tt) $name:ident, [$make:expr], [], [$($excepted:tt)*]) => {
        $crate::__users_api_tests!(
            ($d) $name, [$make], [$crate::conformance::users_api::Options::new()], [$($excepted)*]
        );
    };
    (($d:tt) $name:ident, [$make:expr], [$options:expr], [$($excepted:ident: $reason:literal),*]) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn __hold_to(rule: &str) {
                $crate::conformance::users_api::hold_to(rule, $options, $make);
            }

            macro_rules! test {
                $(($excepted) => {
                    #[test]
                    #[ignore = $reason]
                    fn $excepted() {
                        __hold_to($crate::conformance::users_api::names::$excepted);
                    }
                };)*
                ($d rule:ident) => {
                    #[test]
                    fn $d rule() {
                        __hold_to($crate::conformance::users_api::names::$d rule);
                    }
                };
            }

            macro_rules! tests {
                ($d($d rule:ident {$d($d text:tt)*})*) => { $d(test!($d rule);)* };
            }

            $(const _: &str = $crate::conformance::users_api::names::$excepted;)*

            $crate::__users_api_rules!(tests);
        }
    };
}
