//! A proxy in front of the emulator that notes each write of users in the order in which they come, and says when something
//! happens on the wire, at the very moment: whoever kills can do it before a request goes on or an answer comes back.

use std::io::BufReader;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use crate::http1::Message;
use crate::people;

/// An upsert or a partial update as it came from the command.
#[derive(Debug)]
pub(crate) struct Upsert {
    /// In which run of the command; the first is 0.
    pub(crate) run: usize,
    /// The numbers of the users in it.
    pub(crate) users: Vec<u64>,
    /// Those whose ids are none of ours.
    pub(crate) others: Vec<String>,
    /// What the emulator has answered; nothing where it did not.
    pub(crate) status: Option<u16>,
}

/// Something that is seen on the wire. The numbers count from 1 in each run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// That upsert has come, and has not gone on.
    Arrived(u64),
    /// It was answered, and the answer has not gone back.
    Answered(u64),
    /// The answer has gone back.
    Passed(u64),
}

type Trigger = (Sight, Box<dyn FnOnce() + Send>);

#[derive(Default)]
struct State {
    run: usize,
    upserts: Vec<Upsert>,
    /// Requests that write no users.
    others: u64,
    arrived: u64,
    answered: u64,
    passed: u64,
    triggers: Vec<Trigger>,
    /// What is open, so that it can be closed.
    open: Vec<(usize, TcpStream)>,
    connections: usize,
    closing: bool,
}

struct Shared {
    upstream: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts something, and does what was to be done at that moment.
    fn see(&self, count: fn(&mut State) -> Sight) {
        let mut state = self.lock();
        let sight = count(&mut state);
        let due = state.triggers.extract_if(.., |(wanted, _)| *wanted == sight);
        for (_, act) in due.collect::<Vec<_>>() {
            act();
        }
        self.changed.notify_all();
    }
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A proxy that sends on to `upstream`.
    pub(crate) fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let accepting = shared.clone();
        let acceptor = thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let Ok(client) = client else { continue };
                if accepting.lock().closing {
                    return;
                }
                serve(&accepting, number, client);
            }
        });
        Self {
            address,
            shared,
            acceptor: Some(acceptor),
        }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets something be done at a sight of this run, in the moment in which it is seen.
    pub(crate) fn at(&self, sight: Sight, act: impl FnOnce() + Send + 'static) {
        self.shared.lock().triggers.push((sight, Box::new(act)));
    }

    /// How many requests have come that wrote no users, in all runs.
    pub(crate) fn others(&self) -> u64 {
        self.shared.lock().others
    }

    /// Waits a moment, less where something happens on the wire.
    pub(crate) fn wait(&self) {
        let state = self.shared.lock();
        drop(self.shared.changed.wait_timeout(state, Duration::from_millis(1)));
    }

    /// Closes what the command, which is gone, has left open; waits until nothing of it is under way any more, and begins
    /// the next run.
    pub(crate) fn next_run(&self) {
        let mut state = self.shared.lock();
        state.triggers.clear();
        while state.connections > 0 {
            for (_, stream) in &state.open {
                stream.shutdown(Shutdown::Both).ok();
            }
            let waited = self.shared.changed.wait_timeout(state, Duration::from_millis(5));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.run += 1;
        (state.arrived, state.answered, state.passed) = (0, 0, 0);
    }

    /// What is noted, from the write of this number on.
    pub(crate) fn with_upserts<T>(&self, from: usize, look: impl FnOnce(&[Upsert]) -> T) -> T {
        look(&self.shared.lock().upserts[from..])
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        TcpStream::connect(self.address).ok();
        if let Some(acceptor) = self.acceptor.take() {
            acceptor.join().ok();
        }
    }
}

/// Serves a connection on a thread of its own.
fn serve(shared: &Arc<Shared>, number: usize, client: TcpStream) {
    let (shared, copy) = (shared.clone(), client.try_clone());
    {
        let mut state = shared.lock();
        state.connections += 1;
        state.open.extend(copy.map(|copy| (number, copy)));
    }
    thread::spawn(move || {
        // The command or the emulator has gone; the other one learns it by a connection that ends.
        relay(&shared, &client).ok();
        client.shutdown(Shutdown::Both).ok();
        let mut state = shared.lock();
        state.connections -= 1;
        state.open.retain(|(other, _)| *other != number);
        shared.changed.notify_all();
    });
}

fn relay(shared: &Shared, client: &TcpStream) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut requests = BufReader::new(client);
    let mut upstream: Option<BufReader<TcpStream>> = None;
    while let Some(request) = Message::read(&mut requests)? {
        let noted = note(shared, &request);
        let mut connection = if let Some(connection) = upstream.take() {
            connection
        } else {
            let connection = TcpStream::connect(shared.upstream)?;
            connection.set_nodelay(true)?;
            BufReader::new(connection)
        };
        request.write(connection.get_mut())?;
        let answer = Message::read(&mut connection)?.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        if let Some(number) = noted {
            shared.lock().upserts[number].status = Some(answer.status());
            shared.see(|state| {
                state.answered += 1;
                Sight::Answered(state.answered)
            });
        }
        answer.write(&mut &*client)?;
        if noted.is_some() {
            shared.see(|state| {
                state.passed += 1;
                Sight::Passed(state.passed)
            });
        }
        let closes = answer
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        upstream = (!closes).then_some(connection);
        if closes {
            break;
        }
    }
    Ok(())
}

/// Notes a write; its place among them.
fn note(shared: &Shared, request: &Message) -> Option<usize> {
    let line = request.first_line();
    let is_write = ["POST", "PATCH"].map(|method| line.starts_with(&format!("{method} /api/v2/users?")));
    if !is_write.contains(&true) {
        shared.lock().others += 1;
        return None;
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let named: Vec<&str> = match &body["users"] {
        Value::Object(users) => users.keys().map(String::as_str).collect(),
        Value::Array(patches) => patches.iter().filter_map(|patch| patch["id"].as_str()).collect(),
        _ => Vec::new(),
    };
    let (mut users, mut others) = (Vec::new(), Vec::new());
    for id in named {
        match people::number(id) {
            Some(number) => users.push(number),
            None => others.push(id.to_owned()),
        }
    }
    let place = {
        let mut state = shared.lock();
        let run = state.run;
        state.upserts.push(Upsert {
            run,
            users,
            others,
            status: None,
        });
        state.upserts.len() - 1
    };
    shared.see(|state| {
        state.arrived += 1;
        Sight::Arrived(state.arrived)
    });
    Some(place)
}
