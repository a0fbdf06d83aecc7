//! The rules of a [`UsersApi`]: what whoever implements the trait has to do, so that programs cannot tell it from the
//! service.
//!
//! For whom: authors of a fake in memory, of a decorator such as a cache, of another client; they write
//! [`users_api_conformance!`](crate::users_api_conformance) into their tests.
//!
//! The rules follow what is known of the service and what the documentation of the trait promises; where the service is
//! free, or nobody knows what it does, there is no rule. Each stands in the table below in words, and by the same name as
//! a function in a file of its subject. What a rule is checked with is the [`case`].
//!
//! What must not enter: what one implementation happens to do.

mod calls;
mod case;
mod custom;
mod deletions;
mod exports;
mod inventory;
mod lives;
mod options;
mod others;
mod pages;
mod patches;
mod queries;
mod refusals;
mod rules;
mod upserts;

use std::future::Future;
use std::sync::Arc;

use stream_users_core::UsersApi;

use self::case::Case;
pub use self::options::Options;
pub use self::rules::RULES;

/// Checks one rule: what a test of [`users_api_conformance!`](crate::users_api_conformance) does.
///
/// # Panics
///
/// Where the rule is broken, or there is none of this name.
pub fn run<A, F>(name: &str, make: impl FnOnce() -> F + Send + 'static, options: Options)
where
    A: UsersApi + 'static,
    F: Future<Output = A> + Send,
{
    let Some((index, rule)) = RULES.iter().enumerate().find(|(_, rule)| rule.name == name) else {
        no_such_rule(name)
    };
    super::run(rule, async move {
        let case = Case::new(Arc::new(make().await), options, index);
        case.outcome(rules::check(index, &case).await)
    });
}

#[allow(clippy::panic, reason = "a test that names no rule is a mistake")]
fn no_such_rule(name: &str) -> ! {
    panic!("there is no rule `{name}` of a `UsersApi`; `users_api::RULES` has all of them");
}
