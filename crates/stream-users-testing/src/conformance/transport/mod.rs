//! The rules of a [`Transport`], and [`transport_conformance!`](crate::transport_conformance), which makes tests of them.
//!
//! Here belong the rules, the other end that they need (an [`Origin`]) and the macro. How a rule is run and how it fails is
//! the business of [`conformance`](super).

mod list;
mod origin;
mod reply;
mod rules;
mod socket;
mod stage;
mod wire;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use stream_users_core::Transport;

pub use self::origin::{Log, Origin, Seen};
pub use self::reply::{Ending, Framing, Point, Reply};
pub use self::socket::SocketOrigin;
pub use self::stage::Settings;
use self::stage::{Make, Stage};
use super::{Outcome, Rule};

type Check = fn(Arc<Stage>) -> Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// What the list of the rules becomes in this crate: the table, a name for each rule, and its check.
macro_rules! table {
    ($($rule:ident {
        demands: $($demands:literal)+, why: $($why:literal)+, mend: $($mend:literal)+,
    })*) => {
        /// Every rule of a transport, in the order of the guide's page.
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

        const CHECKS: &[Check] = &[$(|stage| Box::pin(async move { rules::$rule(&stage).await })),*];
    };
}

crate::__transport_rules!(table);

/// Holds a transport to one rule, with a [`SocketOrigin`] at the other end.
///
/// [`transport_conformance!`](crate::transport_conformance) makes a test of this for each rule.
///
/// # Panics
///
/// Where the rule is broken, or where there is no rule of that name.
pub fn over_socket<T: Transport>(rule: &str, make: impl Fn(&Settings) -> T + Send + Sync + 'static) {
    over_origin(rule, SocketOrigin::start, move |settings, _| make(settings));
}

/// Holds a transport to one rule, with an origin of the caller's at the other end.
///
/// [`transport_conformance!`](crate::transport_conformance) makes a test of this for each rule.
///
/// # Panics
///
/// Where the rule is broken, or where there is no rule of that name.
pub fn over_origin<O: Origin, T: Transport>(
    rule: &str,
    origin: impl FnOnce() -> O,
    make: impl Fn(&Settings, &O) -> T + Send + Sync + 'static,
) {
    let known = RULES.iter().zip(CHECKS).find(|(known, _)| known.name == rule);
    #[expect(clippy::expect_used, reason = "the macro knows no other names")]
    let (rule, check) = known.expect("there is a rule of that name");
    let origin = Arc::new(origin());
    let given = Arc::clone(&origin);
    let make: Make = Box::new(move |settings| Arc::new(make(settings, &given)));
    super::run(rule, check(Arc::new(Stage::new(origin, make))));
}

/// Makes a module of tests that hold a [`Transport`](stream_users_core::Transport) to its rules: one test for each rule,
/// of the rule's name.
///
/// The first argument names the module, the second makes the transport with the [`Settings`] that a rule needs. The
/// tests bring a tokio runtime of their own; the other end is a server on the loopback interface whose every byte is the
/// suite's ([`SocketOrigin`]).
///
/// ```
/// # mod my {
/// # use bytes::Bytes;
/// # use stream_users_core::{Transport, TransportError, TransportErrorKind};
/// # #[derive(Debug)]
/// # pub struct MyTransport;
/// # impl MyTransport {
/// #     pub fn new(_: usize, _: std::time::Duration) -> Self { Self }
/// # }
/// # #[async_trait::async_trait]
/// # impl Transport for MyTransport {
/// #     async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
/// #         Err(TransportError::new(TransportErrorKind::Connect))
/// #     }
/// # }
/// # }
/// use my::MyTransport;
///
/// // In a file of `tests/`.
/// stream_users_testing::transport_conformance!(
///     my_transport,
///     |settings| MyTransport::new(settings.max_response_bytes, settings.timeout),
/// );
/// # fn main() {}
/// ```
///
/// `cargo test` then runs `my_transport::any_status_is_an_answer` and so on. A rule that is broken fails with what was
/// seen, what was expected and what usually mends it; the guide's page `docs/guide/conformance.md` has them all.
///
/// # Rules that do not apply
///
/// A transport may have nothing that a rule is about, such as a timeout of its own. Such a rule is named with the reason,
/// and its test is shown as ignored with that reason:
///
/// ```
/// # use my::MyTransport;
/// # mod my {
/// # use bytes::Bytes;
/// # use stream_users_core::{Transport, TransportError, TransportErrorKind};
/// # #[derive(Debug)]
/// # pub struct MyTransport;
/// # impl MyTransport {
/// #     pub fn new(_: usize) -> Self { Self }
/// # }
/// # #[async_trait::async_trait]
/// # impl Transport for MyTransport {
/// #     async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
/// #         Err(TransportError::new(TransportErrorKind::Connect))
/// #     }
/// # }
/// # }
/// stream_users_testing::transport_conformance!(
///     my_transport,
///     |settings| MyTransport::new(settings.max_response_bytes),
///     except: { its_own_timeout_is_timeout: "it has none; the client ends every attempt that takes too long" },
/// );
/// # fn main() {}
/// ```
///
/// # Transports without a socket
///
/// A transport that opens no connection needs another kind of [`Origin`]: an argument more before the second one makes it,
/// and the transport is then made with the settings and that origin:
/// `transport_conformance!(scripted, ScriptedOrigin::new, |_settings, origin| origin.transport())`. This crate's own tests
/// have one for [`ScriptedTransport`](crate::ScriptedTransport).
#[macro_export]
macro_rules! transport_conformance {
    ($name:ident, $make:expr $(, except: {$($rule:ident: $reason:literal),* $(,)?})? $(,)?) => {
        $crate::__transport_tests!(($) $name, [over_socket], [$make], [$($($rule: $reason),*)?]);
    };
    ($name:ident, $origin:expr, $make:expr $(, except: {$($rule:ident: $reason:literal),* $(,)?})? $(,)?) => {
        $crate::__transport_tests!(($) $name, [over_origin], [$origin, $make], [$($($rule: $reason),*)?]);
    };
}

/// The tests of [`transport_conformance!`](crate::transport_conformance). The first argument is a dollar sign, which a
/// macro cannot write into another one.
#[doc(hidden)]
#[macro_export]
macro_rules! __transport_tests {
    (($d:tt) $name:ident, [$check:ident], [$($given:expr),*], [$($excepted:ident: $reason:literal),*]) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn __hold_to(rule: &str) {
                $crate::conformance::transport::$check(rule, $($given),*);
            }

            macro_rules! test {
                $(($excepted) => {
                    #[test]
                    #[ignore = $reason]
                    fn $excepted() {
                        __hold_to($crate::conformance::transport::names::$excepted);
                    }
                };)*
                ($d rule:ident) => {
                    #[test]
                    fn $d rule() {
                        __hold_to($crate::conformance::transport::names::$d rule);
                    }
                };
            }

            macro_rules! tests {
                ($d($d rule:ident {$d($d text:tt)*})*) => { $d(test!($d rule);)* };
            }

            $(const _: &str = $crate::conformance::transport::names::$excepted;)*

            $crate::__transport_rules!(tests);
        }
    };
}
