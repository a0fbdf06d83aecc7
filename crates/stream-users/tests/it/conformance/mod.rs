//! The rules of a `UsersApi` hold for whatever this workspace gives programs to call, and for decorators of one's own; and
//! each rule is broken by somebody who does not keep it.

mod cached;
mod faulty;
mod proof;

use std::sync::{Arc, LazyLock, mpsc};
use std::time::Duration;

use stream_users::ServiceTransport;
use stream_users::prelude::*;
use stream_users::testing::conformance::users_api::{self, Options};
use stream_users::testing::users_api_conformance;
use stream_users_emulator::{Emulator, EmulatorBuilder};

use self::cached::Cached;
use self::faulty::Faulty;

const KEY: &str = "key-of-the-conformance-tests";
const SECRET: &str = "secret-of-the-conformance-tests-of-32";

fn emulator() -> EmulatorBuilder {
    Emulator::builder()
        .api_key(KEY)
        .api_secret(SECRET)
        .task_latency(Duration::ZERO)
}

/// The client over an emulator of its own, without a socket.
fn alone() -> Users {
    let transport = ServiceTransport::new(emulator().build().unwrap());
    let client = Client::builder(KEY).server(SECRET).transport(transport);
    client.build().unwrap().users()
}

/// The client with reqwest over a socket, to an app that all tests share.
fn shared() -> Users {
    /// The app's address. It is served on a thread of its own, since each test has a runtime of its own.
    static APP: LazyLock<String> = LazyLock::new(|| {
        let (sender, address) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let stream = emulator().start().await.unwrap();
                sender.send(stream.base_url().to_owned()).unwrap();
                std::future::pending::<()>().await;
            });
        });
        address.recv().unwrap()
    });

    let transport = ReqwestTransport::builder().no_proxy().build().unwrap();
    let client = Client::builder(KEY).server(SECRET).base_url(APP.as_str());
    client.transport(transport).build().unwrap().users()
}

fn options() -> Options {
    Options::new().secret(SECRET).secret(KEY)
}

users_api_conformance!(without_a_socket, || async { alone() }, options: options());
users_api_conformance!(over_a_socket, || async { shared() }, options: options());
users_api_conformance!(
    a_trait_object,
    || async { Arc::new(alone()) as Arc<dyn UsersApi> },
    options: options(),
);
users_api_conformance!(a_cache, || async { Cached::new(alone()) }, options: options());
// Without a fault: a decorator that changes nothing.
users_api_conformance!(a_faulty_one, || async { Faulty::from_env(alone()) }, options: options());

/// What an implementation has on purpose left out, and a rule that it cannot keep.
mod incomplete {
    use super::*;

    /// It has queries and nothing else.
    #[derive(Debug)]
    struct ReadOnly(Users);

    #[async_trait::async_trait]
    impl UsersApi for ReadOnly {
        async fn query_users(
            &self,
            request: QueryUsers,
        ) -> stream_users::Result<Response<stream_users::QueriedUsers>> {
            self.0.query_users(request).await
        }
    }

    /// It finds nobody.
    #[derive(Debug)]
    struct Blind;

    #[async_trait::async_trait]
    impl UsersApi for Blind {
        async fn query_users(
            &self,
            _: QueryUsers,
        ) -> stream_users::Result<Response<stream_users::QueriedUsers>> {
            Ok(Response::new(stream_users::QueriedUsers::new([])))
        }
    }

    fn without_all_but_queries() -> Options {
        let operations = stream_users::operation::ALL
            .iter()
            .map(|operation| operation.name);
        options()
            .without(operations.filter(|name| *name != "query_users"))
            .without(["read_export"])
            .prepared_by(shared())
    }

    users_api_conformance!(
        read_only,
        || async { ReadOnly(shared()) },
        options: without_all_but_queries(),
        except: { the_clock_runs: "shows that a rule can be left out" },
    );

    /// Who cannot write is looked at nevertheless: another one creates the users.
    #[test]
    #[should_panic(expected = "the rule `queries_sort` is broken")]
    fn an_implementation_that_only_reads_is_held_to_what_it_reads() {
        users_api::hold_to("queries_sort", without_all_but_queries(), || async { Blind });
    }

    #[test]
    #[should_panic(expected = "`upsert_users` answers with an error of kind `Unimplemented`")]
    fn what_is_left_out_by_mistake_is_found() {
        users_api::hold_to("every_operation_is_there", options(), || async {
            ReadOnly(alone())
        });
    }
}

/// The ids of the users whom a rule makes.
fn made(options: Options) -> Vec<String> {
    let stream = emulator().build().unwrap();
    let made = stream.clone();
    users_api::hold_to("queries_sort", options, || async {
        let client = Client::builder(KEY).server(SECRET);
        let client = client.transport(ServiceTransport::new(stream));
        client.build().unwrap().users::<Custom>()
    });
    let state = made.state().unwrap();
    let users = state["users"].as_array().unwrap();
    let mut ids: Vec<_> = users
        .iter()
        .map(|user| user["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

#[test]
fn ids_are_those_of_nobody_unless_a_seed_says_otherwise() {
    let (one, other) = (made(options()), made(options()));
    assert!(one.len() >= 3 && one != other, "{one:?} {other:?}");
    let seeded = made(options().seed(7));
    assert_eq!(seeded, made(options().seed(7)));
    assert_ne!(seeded, made(options().seed(8)));
}
