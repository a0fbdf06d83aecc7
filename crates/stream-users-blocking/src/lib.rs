//! The API of Stream's users without async, over any transport.
//!
//! For whom: programs that have no async runtime, such as scripts, command-line tools and threaded servers. A program
//! that has one should await the methods of `stream-users-core` instead: a call of this crate blocks its thread.
//!
//! [`Users`] has every operation and every convenience of `UsersApi` and `UsersApiExt`, by the same names. It works over
//! whatever implements `UsersApi`: the handle of a client, or a mock.
//!
//! ```
//! use stream_users_blocking::Users;
//! use stream_users_core::model::UserRequest;
//! use stream_users_core::{Client, Transport};
//!
//! fn example(transport: impl Transport) -> stream_users_core::Result<()> {
//!     let users: Users = Users::new(Client::from_env(transport)?.users())?;
//!     users.upsert_user(UserRequest::new("ada").name("Ada"))?;
//!     for user in users.all_users().items() {
//!         println!("{}", user?.id);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! `Live` (feature `live`) is a connection: what happens to users comes as an iterator of events.
//!
//! # The thread
//!
//! [`Users::new`] starts one thread, named `stream-users`, which runs all calls of the handle, of its clones and of what
//! they return; it ends when the last of them is dropped. Several threads may call at once: their calls run side by
//! side. A panic in a call, such as that of a mock which nobody told to expect it, is a panic of the caller.
//!
//! Creating, calling and dropping a handle is safe within an async runtime too, but blocks the runtime's thread
//! meanwhile. A call must not wait for something that only this thread can do.
//!
//! A transport keeps connections on the runtime that opened them. Give the handle a client of its own rather than one
//! that is used with async as well: idle connections end together with the thread.
//!
//! # Modules
//!
//! The thread is a [`Runtime`], which authors of other SDKs can use for a blocking API of their own. A stream that runs on it
//! in `thread`; the handle in `users`, what follows a task in `task`, what goes through pages in `iter` and through an export's
//! file in `download`, what works on many users in `bulk` and `sync`, connections in `live`. The operations are generated.
//!
//! # Features
//!
//! - `live`: connections without async, by `stream-users-live`.
//!
//! What must not enter: logic of the API, which belongs to `stream-users-core`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod bulk;
mod download;
mod iter;
#[cfg(feature = "live")]
#[cfg_attr(docsrs, doc(cfg(feature = "live")))]
mod live;
mod runtime;
mod sync;
mod task;
mod thread;
mod users;

mod generated {
    mod users;
}

pub use self::bulk::{Bulk, BulkRun};
pub use self::download::Download;
pub use self::iter::{Items, Pages};
#[cfg(feature = "live")]
pub use self::live::{Events, Live, States};
pub use self::runtime::Runtime;
pub use self::sync::{SyncRun, UserSync};
pub use self::task::{TaskHandle, TaskProgress};
pub use self::users::Users;
