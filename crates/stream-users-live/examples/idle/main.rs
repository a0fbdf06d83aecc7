//! What many idle connections cost: memory and processor time of this process, which holds them, and of the emulator,
//! which runs as a process of its own.
//!
//! ```sh
//! cargo run --release -p stream-users-live --example idle
//! cargo run --release -p stream-users-live --example idle -- --connections 2000 --as guests --seconds 60
//! ```
//!
//! Each connection takes a file descriptor in both processes; `ulimit -n` has to allow them.

#![allow(clippy::print_stdout, reason = "it prints its figures")]
#![allow(clippy::cast_precision_loss, reason = "figures are rough")]

mod process;

use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use futures_util::stream::SelectAll;
use futures_util::{StreamExt, TryStreamExt};
use stream_users_core::Client;
use stream_users_emulator::{DEFAULT_API_KEY, DEFAULT_API_SECRET};
use stream_users_http::ReqwestTransport;
use stream_users_live::{ConnectUser, Events, Live, Protocol};
use stream_users_model::UserRequest;

use process::{Process, Server};

/// Measures idle connections: memory, processor time, how fast they are opened.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many connections.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// Who is connected.
    #[arg(long = "as", value_enum, default_value_t = Who::Users)]
    who: Who,
    /// The older of the two protocols.
    #[arg(long)]
    v1: bool,
    /// How many are being opened at the same time.
    #[arg(long, default_value_t = 32)]
    opening: usize,
    /// For how long they stay idle.
    #[arg(long, default_value_t = 180)]
    seconds: u64,
    /// Runs the emulator; the program calls itself with it.
    #[arg(long, hide = true)]
    serve: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Who {
    /// Each a user of its own, over one client that signs their tokens.
    Users,
    /// Each a guest of its own, and so a client of its own.
    Guests,
    /// Nobody, over one client.
    Anonymous,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if arguments.serve {
        return process::serve(arguments.connections);
    }
    let server = Server::start(arguments.connections)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(measure(&arguments, &server))?;
    server.stop()
}

async fn measure(arguments: &Arguments, server: &Server) -> anyhow::Result<()> {
    let processes = [("client", Process::this()), ("emulator", server.process())];
    let dialler = Dialler::new(arguments, server)?;
    // The first connection also makes what all share.
    let first = dialler.open(arguments.connections).await?;
    let count = arguments.connections as f64;
    let before = processes.map(|(_, process)| (process.memory(), process.processor_time()));

    let began = Instant::now();
    let opened: Vec<(Live, Events)> = futures_util::stream::iter(0..arguments.connections)
        .map(|number| dialler.open(number))
        .buffer_unordered(arguments.opening)
        .try_collect()
        .await?;
    let took = began.elapsed();
    let after = processes.map(|(_, process)| (process.memory(), process.processor_time()));
    println!(
        "{count} connections, {:.0} opened a second",
        count / took.as_secs_f64()
    );

    // One reader for all of them: an event that nobody reads would wait in its queue.
    let (lives, events): (Vec<Live>, SelectAll<Events>) = opened.into_iter().unzip();
    let reader = tokio::spawn(events.count());
    tokio::time::sleep(Duration::from_secs(arguments.seconds)).await;
    let idle = processes.map(|(_, process)| (process.memory(), process.processor_time()));

    println!(
        "| process | KiB a connection, opened | after {} s idle | µs of processor to open one | processor while idle |",
        arguments.seconds
    );
    println!("|---|--:|--:|--:|--:|");
    for (index, (name, _)) in processes.iter().enumerate() {
        let ((start, ran), (open, opened), (end, idled)) = (before[index], after[index], idle[index]);
        let kib = |bytes: u64| bytes.saturating_sub(start) as f64 / 1_024.0 / count;
        println!(
            "| {name} | {:.1} | {:.1} | {:.0} | {:.2} % of one |",
            kib(open),
            kib(end),
            opened.saturating_sub(ran).as_secs_f64() * 1e6 / count,
            idled.saturating_sub(opened).as_secs_f64() * 100.0 / arguments.seconds as f64,
        );
    }
    let online = lives.iter().filter(|live| live.connection_id().is_some()).count();
    anyhow::ensure!(online == lives.len(), "only {online} of them are still there");
    drop((lives, first));
    reader.abort();
    Ok(())
}

struct Dialler {
    transport: ReqwestTransport,
    url: String,
    shared: Client,
    who: Who,
    protocol: Protocol,
}

impl Dialler {
    fn new(arguments: &Arguments, server: &Server) -> anyhow::Result<Self> {
        let transport = ReqwestTransport::new()?;
        let url = format!("http://{}", server.address);
        let builder = Client::builder(DEFAULT_API_KEY)
            .base_url(&url)
            .transport(transport.clone());
        let shared = match arguments.who {
            Who::Users => builder.server(DEFAULT_API_SECRET),
            _ => builder.anonymous(),
        };
        Ok(Self {
            shared: shared.build()?,
            transport,
            url,
            who: arguments.who,
            protocol: if arguments.v1 { Protocol::V1 } else { Protocol::V2 },
        })
    }

    async fn open(&self, number: usize) -> anyhow::Result<(Live, Events)> {
        let client = match self.who {
            Who::Guests => Client::builder(DEFAULT_API_KEY)
                .guest(UserRequest::new(format!("guest-{number}")))
                .base_url(&self.url)
                .transport(self.transport.clone())
                .build()?,
            _ => self.shared.clone(),
        };
        let mut builder = Live::builder(&client).protocol(self.protocol);
        if let Who::Users = self.who {
            builder = builder.user(ConnectUser::new(format!("user-{number}")));
        }
        Ok(builder.connect().await?)
    }
}
