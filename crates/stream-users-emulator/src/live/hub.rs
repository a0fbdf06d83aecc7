//! Who is connected and whose presence they are told of. Telling them is done where events are published, closing them
//! in [`closing`](super::closing), and what a connection means for its user stands in [`presence`](super::presence).
//!
//! Connections come, subscribe and are closed once a transaction is kept and before the next one begins; they go at any
//! time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::connection::{Connection, End, Transport};

/// The code with which a connection is closed that the service does not let go on.
pub(crate) const CLOSED_BY_POLICY: u16 = 1008;
/// The code with which a connection is closed whose client need not come back: official clients connect again after every
/// other.
pub(crate) const CLOSED_FOR_GOOD: u16 = 1000;

#[derive(Debug)]
pub(crate) struct Hub {
    state: Mutex<State>,
    /// For how many connections there is room.
    room: Arc<Semaphore>,
    /// How many may be about to be registered at one time.
    turns: Semaphore,
    /// Wakes up whoever does what is due.
    wake: Arc<Notify>,
}

/// How many clients connect at one time; the others wait.
const AT_ONCE: usize = 4;

#[derive(Debug, Default)]
struct State {
    /// By id.
    connections: HashMap<String, Member>,
    /// The ids of the connections of each user, in the order in which they came.
    of_users: HashMap<String, Vec<String>>,
    /// By the id of a user, the ids of the connections that are told of its presence.
    subscribers: HashMap<String, BTreeSet<String>>,
    /// Users of whom a connection has gone, and nothing was done about it yet.
    departed: BTreeSet<String>,
    /// The ids of the connections that are reached by polling.
    polled: BTreeSet<String>,
    /// How many have come.
    count: u64,
}

#[derive(Debug)]
struct Member {
    connection: Arc<Connection>,
    number: u64,
    /// Whose presence it is told of.
    subscriptions: BTreeSet<String>,
}

impl Hub {
    /// A hub for so many connections. `wake` is told when one has gone.
    pub(crate) fn new(most: usize, wake: Arc<Notify>) -> Self {
        Self {
            state: Mutex::default(),
            room: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
            turns: Semaphore::new(AT_ONCE),
            wake,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Room for one more connection, unless there are as many as there may be.
    pub(crate) fn room(&self) -> Option<OwnedSemaphorePermit> {
        self.room.clone().try_acquire_owned().ok()
    }

    /// Waits until there are not too many others who are about to connect.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.turns.acquire().await.ok()
    }

    /// Adds a connection. It is told everything from now on.
    pub(crate) fn add(&self, connection: Arc<Connection>) {
        let mut state = self.lock();
        state.count += 1;
        let number = state.count;
        let (id, user_id) = (connection.id.clone(), connection.user_id.clone());
        state.of_users.entry(user_id).or_default().push(id.clone());
        if connection.transport == Transport::LongPoll {
            state.polled.insert(id.clone());
            // It may be abandoned before anything else is due.
            self.wake.notify_one();
        }
        let subscriptions = BTreeSet::new();
        state.connections.insert(
            id,
            Member {
                connection,
                number,
                subscriptions,
            },
        );
    }

    /// Takes a connection out; whether it was there. It is told nothing from now on, and its subscriptions are gone.
    pub(crate) fn remove(&self, id: &str) -> bool {
        let mut state = self.lock();
        let Some(member) = state.connections.remove(id) else {
            return false;
        };
        state.polled.remove(id);
        for user in &member.subscriptions {
            if let Some(ids) = state.subscribers.get_mut(user) {
                ids.remove(id);
                if ids.is_empty() {
                    state.subscribers.remove(user);
                }
            }
        }
        let user_id = &member.connection.user_id;
        if let Some(ids) = state.of_users.get_mut(user_id) {
            ids.retain(|other| other != id);
            if ids.is_empty() {
                state.of_users.remove(user_id);
            }
        }
        if !member.connection.anonymous {
            state.departed.insert(user_id.clone());
            self.wake.notify_one();
        }
        true
    }

    pub(crate) fn connection(&self, id: &str) -> Option<Arc<Connection>> {
        let state = self.lock();
        state.connections.get(id).map(|member| member.connection.clone())
    }

    /// All connections, in the order in which they came.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        let state = self.lock();
        let numbered: BTreeMap<u64, &Member> = state
            .connections
            .values()
            .map(|member| (member.number, member))
            .collect();
        numbered
            .values()
            .map(|member| member.connection.clone())
            .collect()
    }

    /// The connections of a user, in the order in which they came.
    pub(crate) fn of_user(&self, user_id: &str) -> Vec<Arc<Connection>> {
        let state = self.lock();
        state.some(state.of_users.get(user_id).into_iter().flatten())
    }

    /// Whether nobody is connected.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().connections.is_empty()
    }

    /// Whether the user has a connection.
    pub(crate) fn is_connected(&self, user_id: &str) -> bool {
        self.lock().of_users.contains_key(user_id)
    }

    /// Lets a connection be told of the presence of these users too. What has ended is told nothing.
    pub(crate) fn subscribe(&self, connection: &Connection, user_ids: impl IntoIterator<Item = String>) {
        let mut state = self.lock();
        if !state.connections.contains_key(&connection.id) {
            return;
        }
        for user_id in user_ids {
            let ids = state.subscribers.entry(user_id.clone()).or_default();
            ids.insert(connection.id.clone());
            if let Some(member) = state.connections.get_mut(&connection.id) {
                member.subscriptions.insert(user_id);
            }
        }
    }

    /// Of how many users' presence a connection would be told if it were told of these, too.
    pub(crate) fn subscriptions_with(&self, connection: &Connection, user_ids: &[String]) -> usize {
        let state = self.lock();
        let Some(member) = state.connections.get(&connection.id) else {
            return 0;
        };
        let is_new = |id: &&String| !member.subscriptions.contains(id.as_str());
        member.subscriptions.len() + user_ids.iter().filter(is_new).count()
    }

    /// The connections that are told of the presence of a user.
    pub(crate) fn subscribers(&self, user_id: &str) -> Vec<Arc<Connection>> {
        let state = self.lock();
        state.some(state.subscribers.get(user_id).into_iter().flatten())
    }

    /// Whose presence a connection is told of.
    pub(crate) fn subscriptions(&self, id: &str) -> Vec<String> {
        let state = self.lock();
        let member = state.connections.get(id);
        member.map_or_else(Vec::new, |member| member.subscriptions.iter().cloned().collect())
    }

    /// Ends a connection. It is no longer connected when this returns.
    pub(crate) fn close(&self, connection: &Connection, end: End) {
        self.remove(&connection.id);
        connection.end(end);
    }

    /// The users of whom a connection has gone since they were [forgotten](Self::forget_departed) last. Some of them may
    /// be connected again or still.
    pub(crate) fn departed(&self) -> Vec<String> {
        self.lock().departed.iter().cloned().collect()
    }

    /// Whether a user of whom a connection has gone is connected all the same, which is forgotten then: when another one
    /// goes, it has departed anew.
    pub(crate) fn has_stayed(&self, user_id: &str) -> bool {
        let mut state = self.lock();
        let is_connected = state.of_users.contains_key(user_id);
        if is_connected {
            state.departed.remove(user_id);
        }
        is_connected
    }

    /// Forgets that a user has gone who is not connected.
    pub(crate) fn forget_departed(&self, user_id: &str) {
        self.lock().departed.remove(user_id);
    }

    /// Takes out the connections that nobody has polled for so long.
    pub(super) fn sweep(&self, gap: Duration) {
        for connection in self.polled() {
            if connection
                .abandoned_at(gap)
                .is_some_and(|at| at <= Instant::now())
            {
                self.close(&connection, End::Drop);
            }
        }
    }

    /// How long no connection will be abandoned that nobody polls; nothing if all are polled.
    pub(crate) fn next_sweep(&self, gap: Duration) -> Option<Duration> {
        let polled = self.polled();
        let next = polled
            .iter()
            .filter_map(|connection| connection.abandoned_at(gap))
            .min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    fn polled(&self) -> Vec<Arc<Connection>> {
        let state = self.lock();
        state.some(state.polled.iter())
    }

    /// Ends all connections, and forgets who has gone.
    pub(crate) fn clear(&self, end: &End) {
        let state = std::mem::take(&mut *self.lock());
        for member in state.connections.values() {
            member.connection.end(end.clone());
        }
    }
}

impl State {
    fn some<'a>(&self, ids: impl Iterator<Item = &'a String>) -> Vec<Arc<Connection>> {
        ids.filter_map(|id| self.connections.get(id))
            .map(|member| member.connection.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::connection::Identity;
    use crate::surface::Surface;

    fn connection(id: &str) -> Arc<Connection> {
        let identity = Identity {
            id: id.to_owned(),
            user_id: "ada".to_owned(),
            anonymous: false,
            surface: Surface::V2,
            transport: Transport::WebSocket,
            connected_at: 0,
            token_issued_at: None,
        };
        Arc::new(Connection::new(identity, 1, None))
    }

    /// Connections go at any time, also while somebody looks at who has gone; from outside it cannot be seen in between.
    #[test]
    fn that_the_last_connection_has_gone_is_not_forgotten() {
        let hub = Hub::new(2, Arc::default());
        for id in ["first", "last"] {
            hub.add(connection(id));
        }
        hub.remove("first");
        assert_eq!(hub.departed(), ["ada"]);
        assert!(hub.has_stayed("ada"));
        assert!(hub.departed().is_empty());
        hub.remove("last");
        assert_eq!(hub.departed(), ["ada"]);
        assert!(!hub.has_stayed("ada"));
        assert_eq!(hub.departed(), ["ada"]);
        hub.forget_departed("ada");
        assert!(hub.departed().is_empty());
    }
}
