//! [`Live`]: a connection without async. What a connection does is decided in `stream-users-live`; here is how a thread
//! that blocks waits for it. What it waits for is in `events`.

mod events;

use std::fmt;
use std::sync::Arc;

use stream_users_core::Result;
use stream_users_core::model::{Custom, CustomData, Str, User};
use stream_users_live::{Events as EventStream, Live as Connection, LiveBuilder, State};
use tokio::sync::Mutex;

pub use self::events::{Events, States};
use crate::runtime::Runtime;
use crate::users::Users;

/// A live connection without async: a cheap handle, to be cloned freely. Clones share the connection and the thread that
/// drives it.
///
/// ```no_run
/// use stream_users_blocking::Live;
/// use stream_users_core::model::{Filter, QueryUsers};
/// use stream_users_core::{Client, Transport};
/// use stream_users_live::LiveEvent;
///
/// fn example(transport: impl Transport) -> stream_users_core::Result<()> {
///     let client = Client::builder("key").anonymous().transport(transport).build()?;
///     let live = Live::connect(stream_users_live::Live::builder(&client))?;
///     // Whoever is found is followed from now on.
///     live.users().query_users(QueryUsers::new(Filter::all()).presence(true))?;
///     for item in live.events() {
///         match item {
///             LiveEvent::Event(event) => println!("{}", event.kind()),
///             LiveEvent::Gap(gap) => println!("something may have been missed: {gap:?}"),
///             _ => {}
///         }
///     }
///     Ok(())
/// }
/// ```
///
/// # The end
///
/// [`close`](Self::close) says goodbye to the service and waits for it. Where the last handle and the last iterator are
/// dropped, the same is done in the background: nothing waits for it, and a process that ends meanwhile breaks the
/// connection off, which the service notices.
///
/// Connecting, waiting and dropping are safe within an async runtime too, but block the runtime's thread meanwhile.
pub struct Live<C: CustomData = Custom> {
    shared: Arc<Shared<C>>,
}

/// What the handles and the iterators of a connection have in common.
struct Shared<C: CustomData> {
    connection: Connection<C>,
    /// For the thread: its calls say nothing of a connection.
    users: Users<C>,
    /// Locked while somebody waits for the next one.
    events: Arc<Mutex<EventStream<C>>>,
    runtime: Arc<Runtime>,
}

impl<C: CustomData> Live<C> {
    /// Starts a thread, connects on it, and waits for the first answer of the service.
    ///
    /// Give the builder a client that is not used with async as well: a transport keeps connections on the runtime that
    /// opened them.
    ///
    /// # Errors
    /// Those of [`LiveBuilder::connect`]; `Config` where the system gives no thread, or not what its runtime needs;
    /// `Interrupted` where a token provider panics, which ends the connection.
    pub fn connect(builder: LiveBuilder<C>) -> Result<Self> {
        let runtime = Arc::new(Runtime::start()?);
        let (connection, events) = runtime.run(async move { builder.connect().await })?;
        Ok(Self {
            shared: Arc::new(Shared {
                users: Users::on(connection.users(), Arc::clone(&runtime)),
                connection,
                events: Arc::new(Mutex::new(events)),
                runtime,
            }),
        })
    }

    /// One's own user, as the service told it last.
    #[must_use]
    pub fn me(&self) -> Arc<User<C>> {
        self.shared.connection.me()
    }

    /// The id of the present connection; `None` while there is none.
    #[must_use]
    pub fn connection_id(&self) -> Option<Str> {
        self.shared.connection.connection_id()
    }

    /// What the connection is doing.
    #[must_use]
    pub fn state(&self) -> State {
        self.shared.connection.state()
    }

    /// What the connection is doing, now and whenever it changes: an iterator that waits, and ends behind
    /// [`State::Closed`]. Each has every change to itself, but for those that came and went while nobody asked.
    pub fn states(&self) -> States<C> {
        States::new(&self.shared)
    }

    /// The events, in order: an iterator that waits, and ends when the connection is closed for good and all that came
    /// was handed out.
    ///
    /// All iterators of a connection take from the same queue, so that each event goes to one of them. The queue is
    /// bounded: who does not ask misses events, and is told so by a [`Gap`](stream_users_live::Gap).
    pub fn events(&self) -> Events<C> {
        Events::new(&self.shared)
    }

    /// The API of users as the one who is connected: a query with `presence` subscribes the connection to the users that
    /// it finds, at most as many as the page holds. Its calls run on the thread of the connection.
    ///
    /// The handle is for the connection that is there now. After a [`Gap`](stream_users_live::Gap), take another one and
    /// ask again: a subscription ends with its connection.
    #[must_use]
    pub fn users(&self) -> Users<C> {
        self.shared.users.with_api(self.shared.connection.users())
    }

    /// Closes the connection for good, and returns once it is closed, after at most about two seconds. Events that have come
    /// can still be read. A second time, nothing is to be done.
    ///
    /// # Errors
    /// `Config` where it is called from within a call on the same thread, which should await the method of the async
    /// connection instead.
    pub fn close(&self) -> Result<()> {
        let connection = self.shared.connection.clone();
        self.shared.runtime.run(async move {
            connection.close().await;
            Ok(())
        })
    }
}

impl<C: CustomData> Drop for Shared<C> {
    fn drop(&mut self) {
        let (connection, runtime) = (self.connection.clone(), Arc::clone(&self.runtime));
        self.runtime.spawn(async move {
            connection.close().await;
            // The thread ends with the last who holds it.
            drop(runtime);
        });
    }
}

impl<C: CustomData> Clone for Live<C> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<C: CustomData> fmt::Debug for Live<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
