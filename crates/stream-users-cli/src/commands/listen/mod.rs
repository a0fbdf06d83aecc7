//! `stream-users listen`: a receiver of webhooks that prints what it is told, one JSON object a line. What is done with a
//! webhook stands in `receiver`, how a local Stream comes to send them in `hook`, and how several
//! get along in `turn`.

mod hook;
mod receiver;
mod turn;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, anyhow};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use self::hook::Hook;
use self::receiver::Receiver;
use crate::exit::Exit;
use crate::globals::Globals;
use crate::output;
use crate::session::Session;
use crate::stop::Stop;

/// How long what has begun may take to end.
const GRACE: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each line of the output is a JSON object with one of these:
  listening  the address, and whether a local Stream sends its webhooks there, or the reason why not; the first line
  event      what happened, with the id of the webhook and the number of the attempt

What is not signed with STREAM_API_SECRET is refused, and said so on standard error; what is sent again is printed once.
Where STREAM_BASE_URL is an emulator on this machine, the app's event_hooks there have the address until the command
ends. Tell the service yourself, of an address that it reaches.

The client is set up by STREAM_API_KEY, STREAM_API_SECRET and STREAM_BASE_URL. Ctrl-C or SIGTERM ends it; killed in
another way it leaves the address with the emulator.")]
pub(crate) struct Arguments {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    address: SocketAddr,
    /// End after this many events
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    events: Option<u64>,
    /// End after this time
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
}

pub(crate) async fn run(globals: &Globals, arguments: Arguments) -> anyhow::Result<Exit> {
    let session = Session::open(globals).await?;
    // Before the first line, whose reader may send a signal at once, and behind what may ask for credentials: Ctrl-C ends
    // that.
    let mut stop = Stop::new().context("signals cannot be waited for")?;
    let listener = TcpListener::bind(arguments.address)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.address))?;
    let address = reachable(listener.local_addr().context("the address is not known")?);
    let url = format!("http://{address}/");

    let (receiver, mut enough) = Receiver::new(session.client().webhook_verifier()?, arguments.events);
    let (close, closed) = watch::channel(());
    // What comes before the first line is printed waits for it.
    let (open, opened) = oneshot::channel();
    let mut serving = tokio::spawn(async move {
        if opened.await.is_ok() {
            receiver.serve(listener, closed).await;
        }
    });
    let mut hook = Hook::new(&session, url.clone());
    let heard = tokio::select! {
        heard = hear(&arguments, &mut hook, &url, open) => heard,
        () = stop.wait() => Ok(()),
        _ = enough.changed() => Ok(()),
    };
    // Nothing more is to come, and what has come is to be answered.
    let removed = tokio::select! {
        removed = hook.remove() => removed,
        () = stop.wait() => Err(anyhow!("the app's event_hooks may have {url} still: it was not waited for")),
    };
    drop(close);
    if tokio::time::timeout(GRACE, &mut serving).await.is_err() {
        serving.abort();
    }
    heard.and(removed)?;
    Ok(Exit::Done)
}

/// Says where it listens, and waits for as long as it may.
async fn hear(
    arguments: &Arguments,
    hook: &mut Hook<'_>,
    url: &str,
    open: oneshot::Sender<()>,
) -> anyhow::Result<()> {
    let not_hooked = hook.add().await?;
    let mut first = json!({"hooked": not_hooked.is_none(), "listening": url});
    if let Some(reason) = not_hooked {
        first["reason"] = reason.into();
    }
    if !output::json(&first)? {
        return Ok(());
    }
    open.send(()).ok();
    match arguments.seconds {
        Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        None => std::future::pending().await,
    }
    Ok(())
}

/// The address by which this machine reaches what listens on `address`.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}
