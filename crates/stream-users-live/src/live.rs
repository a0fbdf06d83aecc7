//! [`Live`]: the handle of a connection, and what it shares with the driver. What happens on the connection is decided
//! elsewhere.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use stream_users_core::{CallOptions, Client, Users};
use stream_users_model::event::Event;
use stream_users_model::{Custom, CustomData, Str, User};
use tokio::sync::watch;

use crate::builder::LiveBuilder;
use crate::queue::Queue;
use crate::state::{State, States};

/// A live connection: as a user, as a guest or anonymously. A cheap handle, to be cloned freely.
///
/// It is kept alive by a task of its own, which makes it anew when it ends, until [`close`](Self::close) is called, all
/// handles and the [`Events`](crate::Events) are dropped, or the service says that it is of no use.
pub struct Live<C = Custom> {
    shared: Arc<Shared<C>>,
    client: Client,
    handle: Arc<Handle>,
    /// The first one, which connecting waits for.
    me: Arc<User<C>>,
}

impl Live<Custom> {
    /// Sets up a connection with the credential of `client`: as the user whose tokens it has, as its guest, or
    /// anonymously. With the API secret, [`LiveBuilder::user`] says as whom.
    ///
    /// ```no_run
    /// # async fn example(client: stream_users_core::Client) -> stream_users_core::Result<()> {
    /// use stream_users_live::{Live, LiveEvent};
    ///
    /// let (live, mut events) = Live::builder(&client).connect().await?;
    /// println!("connected as {}", live.me().id);
    /// while let Some(item) = events.next().await {
    ///     match item {
    ///         LiveEvent::Event(event) => println!("{}", event.kind()),
    ///         LiveEvent::Gap(gap) => println!("look again: nothing is known since {}", gap.since),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(client: &Client) -> LiveBuilder {
        LiveBuilder::new(client.clone())
    }
}

impl<C: CustomData> Live<C> {
    pub(crate) fn new(shared: Arc<Shared<C>>, client: Client, handle: Arc<Handle>, me: Arc<User<C>>) -> Self {
        Self {
            shared,
            client,
            handle,
            me,
        }
    }

    /// One's own user, as the service has told it last: in its first answer, and in health checks that carry it.
    #[must_use]
    pub fn me(&self) -> Arc<User<C>> {
        self.shared.me().unwrap_or_else(|| Arc::clone(&self.me))
    }

    /// The id of the connection that is there; `None` while there is none.
    #[must_use]
    pub fn connection_id(&self) -> Option<Str> {
        self.shared.state().connection_id().cloned()
    }

    /// How the connection is now.
    #[must_use]
    pub fn state(&self) -> State {
        self.shared.state()
    }

    /// How the connection is now, and then each time it has changed.
    #[must_use]
    pub fn states(&self) -> States {
        States::new(self.shared.states.subscribe())
    }

    /// The API of users as the one who is connected, with [`call_options`](Self::call_options): a query with
    /// `presence: true` subscribes the connection to the users that it finds, at most as many as the page holds.
    ///
    /// The handle is for the connection that is there now. After a [`Gap`](crate::Gap), take another one and ask again: a
    /// subscription ends with its connection.
    #[must_use]
    pub fn users(&self) -> Users<C> {
        self.client.users().with_options(self.call_options())
    }

    /// What a call says to belong to the connection that is there now: its id and the user's in the query, as
    /// `connection_id` and `user_id`. While there is none, nothing.
    pub fn call_options(&self) -> CallOptions {
        let Some(id) = self.connection_id() else {
            return CallOptions::new();
        };
        CallOptions::new()
            .query("user_id", self.shared.user_id().as_str())
            .query("connection_id", id.as_str())
    }

    /// Ends the connection with a good-bye, and returns once it is over, after at most about two seconds. Events that have
    /// come can still be read.
    pub async fn close(&self) {
        self.handle.close();
        let mut states = self.shared.states.subscribe();
        // An error says that the driver is gone, and the connection with it.
        let _ = states.wait_for(State::is_closed).await;
    }
}

impl<C> Clone for Live<C> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            client: self.client.clone(),
            handle: Arc::clone(&self.handle),
            me: Arc::clone(&self.me),
        }
    }
}

impl<C> fmt::Debug for Live<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

/// What keeps the connection alive: the last one to be dropped ends it.
pub(crate) struct Handle(watch::Sender<bool>);

impl Handle {
    pub(crate) fn new() -> (Self, watch::Receiver<bool>) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), receiver)
    }

    pub(crate) fn close(&self) {
        self.0.send_replace(true);
    }
}

/// What the handles, the reader and the driver share.
pub(crate) struct Shared<C> {
    pub(crate) queue: Arc<Queue<C>>,
    states: watch::Sender<State>,
    closing: watch::Receiver<bool>,
    known: RwLock<Known<C>>,
}

struct Known<C> {
    me: Option<Arc<User<C>>>,
    user_id: Str,
}

impl<C> Shared<C> {
    pub(crate) fn new(queue: Arc<Queue<C>>, closing: watch::Receiver<bool>) -> Self {
        Self {
            queue,
            states: watch::channel(State::Connecting).0,
            closing,
            known: RwLock::new(Known {
                me: None,
                user_id: Str::default(),
            }),
        }
    }

    pub(crate) fn state(&self) -> State {
        self.states.borrow().clone()
    }

    pub(crate) fn show(&self, state: State) {
        self.states.send_replace(state);
    }

    pub(crate) fn states(&self) -> watch::Receiver<State> {
        self.states.subscribe()
    }

    /// Waits until the program wants no connection any more.
    pub(crate) async fn closing(&self) {
        // An error says that there is no handle any more.
        let _ = self.closing.clone().wait_for(|closing| *closing).await;
    }

    pub(crate) fn me(&self) -> Option<Arc<User<C>>> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .me
            .clone()
    }

    fn user_id(&self) -> Str {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.user_id.clone()
    }

    pub(crate) fn know_id(&self, id: Str) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).user_id = id;
    }

    /// Remembers one's own user, where a connection's own event tells it.
    pub(crate) fn know_me(&self, event: &Event<C>)
    where
        C: Clone,
    {
        if let (Event::ConnectionOk(_) | Event::HealthCheck(_), Some(me)) = (event, event.user()) {
            let me = Arc::new(me.clone());
            self.known.write().unwrap_or_else(PoisonError::into_inner).me = Some(me);
        }
    }
}
