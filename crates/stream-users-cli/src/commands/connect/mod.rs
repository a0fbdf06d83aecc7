//! `stream-users connect`: a client that connects and prints what it hears, one JSON object a line. Who it is, is decided
//! in `who`; what a line looks like in `line`.

mod line;
mod who;

use std::time::Duration;

use anyhow::Context;
use stream_users_core::UsersApi;
use stream_users_live::{Events, Live, LiveEvent, State};
use stream_users_model::event::Event;
use stream_users_model::{QueryUsers, UserId, field};

use self::who::Who;
use crate::exit::Exit;
use crate::globals::Globals;
use crate::output;
use crate::stop::Stop;

/// How many users are asked for at once: as many as a query finds at most.
const PAGE: u8 = 100;

/// How long connecting is tried: somebody may sit in front of it.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each line of the output is a JSON object with one of these:
  connected  one's own user, and the connection's id; the first line
  presence   the users of --presence, as they are now
  event      what happened
  state      what the connection is doing: online, reconnecting, closed
  gap        from when to when something may have been missed

The client is set up by STREAM_API_KEY and STREAM_BASE_URL, and by STREAM_API_SECRET for --user.
Ctrl-C ends it, and says goodbye.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    who: Who,
    /// Follow the presence of these users
    #[arg(long, value_name = "ID", num_args = 1..)]
    presence: Vec<String>,
    /// The protocol of the connection
    #[arg(long, value_enum, default_value_t = Protocol::V2)]
    protocol: Protocol,
    /// End after this many events, without those that the connection tells of itself
    #[arg(long, value_name = "NUMBER")]
    events: Option<u64>,
    /// End after this time, from when it is connected
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Protocol {
    /// The older one, of chat
    V1,
    /// The newer one, of all products
    V2,
}

impl From<Protocol> for stream_users_live::Protocol {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::V1 => Self::V1,
            Protocol::V2 => Self::V2,
        }
    }
}

/// How it ended.
enum End {
    /// As it was told to.
    Told,
    /// Nobody reads the output any more.
    Unread,
    /// The service ended it.
    Closed,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let session = arguments.who.session(globals).await?;
    // Before the first line, whose reader may send a signal at once, and behind what may ask for credentials: Ctrl-C ends
    // that.
    let mut stop = Stop::new().context("signals cannot be waited for")?;
    let mut builder = Live::builder(session.client())
        .protocol(arguments.protocol.into())
        .connect_within(PATIENCE);
    if let Some(user) = arguments.who.user() {
        builder = builder.user(user);
    }
    let connected = tokio::select! {
        connected = builder.connect() => connected,
        () = stop.wait() => return Ok(Exit::Done),
    };
    let (live, events) = connected.map_err(|error| session.explain(error))?;
    let over = async {
        match arguments.seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    let told = tokio::select! {
        biased;
        told = tell(&arguments, &live, events) => told?,
        () = stop.wait() => End::Told,
        () = over => End::Told,
    };
    live.close().await;
    match (told, live.state()) {
        (
            End::Closed,
            State::Closed {
                reason: Some(reason), ..
            },
        ) => Err(anyhow::Error::from(reason).context("the service has closed the connection")),
        _ => Ok(Exit::Done),
    }
}

/// Prints what comes until there is no more.
async fn tell(arguments: &Arguments, live: &Live, mut events: Events) -> anyhow::Result<End> {
    let mut states = live.states();
    let mut left = arguments.events.unwrap_or(u64::MAX);
    if !output::json(&line::connected(&live.me(), live.connection_id()))? {
        return Ok(End::Unread);
    }
    if !follow(arguments, live).await? {
        return Ok(End::Unread);
    }
    while left > 0 {
        let read = tokio::select! {
            // What is waiting happened before the state that is now: it is told first.
            biased;
            item = events.next() => match item {
                Some(LiveEvent::Event(event)) => {
                    left -= u64::from(!of_itself(&event));
                    output::json(&line::event(&event))?
                }
                Some(LiveEvent::Gap(gap)) => output::json(&line::gap(&gap))? && follow_again(arguments, live).await?,
                Some(_) => true,
                None => {
                    // The last state, unless it has been told.
                    while let Some(state) = states.next().await {
                        if !say_state(&state)? {
                            return Ok(End::Unread);
                        }
                    }
                    return Ok(End::Closed);
                }
            },
            Some(state) = states.next() => say_state(&state)?,
        };
        if !read {
            return Ok(End::Unread);
        }
    }
    Ok(End::Told)
}

/// Whether a connection tells this of itself.
fn of_itself(event: &Event) -> bool {
    matches!(
        event,
        Event::ConnectionOk(_) | Event::ConnectionError(_) | Event::HealthCheck(_)
    )
}

/// Asks for the users whose presence is wanted, and prints them; whether somebody reads it.
async fn follow(arguments: &Arguments, live: &Live) -> anyhow::Result<bool> {
    let ids: Vec<UserId> = arguments.presence.iter().map(UserId::from).collect();
    for ids in ids.chunks(PAGE.into()) {
        let query = QueryUsers::new(field::id().is_in(ids.iter().cloned()))
            .presence(true)
            .limit(PAGE.into());
        let found = live.users().query_users(query).await?.body.users;
        if !output::json(&line::presence(&found))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The service has forgotten whom this connection follows. Where it cannot be told so, the connection may be gone again:
/// then there is another gap.
async fn follow_again(arguments: &Arguments, live: &Live) -> anyhow::Result<bool> {
    match follow(arguments, live).await {
        Err(error) if error.is::<stream_users_core::Error>() => {
            output::error(&error.context("the presence of users could not be asked for"));
            Ok(true)
        }
        followed => followed,
    }
}

/// Prints a state; whether somebody reads it.
fn say_state(state: &State) -> anyhow::Result<bool> {
    line::state(state).map_or(Ok(true), |told| output::json(&told))
}
