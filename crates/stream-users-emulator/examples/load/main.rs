//! How fast the emulator is and how much room it takes: many upserts of many users over HTTP, then queries of every
//! usual kind. The emulator runs as a process of its own, which this program starts from itself.
//!
//! ```sh
//! cargo run --release -p stream-users-emulator --example load -- --data /tmp/load
//! cargo run --release -p stream-users-emulator --example load -- --users 100000 --batches 1000
//! ```

#![allow(clippy::print_stdout, reason = "it prints its figures")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "figures are rough, and numbers of users small"
)]
#![allow(clippy::needless_pass_by_value, reason = "`json!` reads better without `&`")]

mod client;
mod queries;
mod server;
mod users;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Parser;

use client::Client;
use server::Server;

/// Measures the emulator: upserts, queries, memory, start-up.
#[derive(Debug, Parser)]
struct Arguments {
    /// Directory for the data, which should not exist; without it everything is in memory.
    #[arg(long)]
    data: Option<PathBuf>,
    /// How many upserts.
    #[arg(long, default_value_t = 10_000)]
    batches: usize,
    /// How many users in each.
    #[arg(long, default_value_t = 100)]
    size: usize,
    /// How many users there are; further upserts replace them. [default: as many as are upserted]
    #[arg(long)]
    users: Option<usize>,
    /// How many connections upsert at a time.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// After how many users queries are measured.
    #[arg(long, default_value_t = 100_000)]
    queries_at: usize,
    /// How often each query is asked.
    #[arg(long, default_value_t = 200)]
    repeat: usize,
    /// Pages through all users at the end.
    #[arg(long)]
    page: bool,
    /// Runs the emulator; the program calls itself with it.
    #[arg(long, hide = true)]
    serve: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if arguments.serve {
        return server::serve(arguments.data);
    }
    let data = arguments.data.as_deref();
    let mut server = Server::start(data)?;
    println!("start-up, empty: {:.1?}", server.took);
    let distinct = arguments.users.unwrap_or(arguments.batches * arguments.size);
    println!(
        "{} upserts of {} users, {distinct} users in all, {} bytes of JSON each, {} connections",
        arguments.batches,
        arguments.size,
        users::user(0, 0).to_string().len(),
        arguments.connections,
    );
    let empty = server.memory()?;
    let before_queries = (arguments.queries_at / arguments.size).min(arguments.batches);
    upsert(&arguments, &server, 0, before_queries, distinct)?;
    let there = distinct.min(before_queries * arguments.size);
    if there > 0 {
        report(&server, data, empty, there)?;
        queries::measure(&mut Client::connect(server.address())?, there, arguments.repeat)?;
    }
    if data.is_some() {
        server.stop()?;
        server = Server::start(data)?;
        println!("start-up, {there} users: {:.1?}", server.took);
    }
    upsert(&arguments, &server, before_queries, arguments.batches, distinct)?;
    report(
        &server,
        data,
        empty,
        distinct.min(arguments.batches * arguments.size),
    )?;
    if arguments.page {
        queries::page(&mut Client::connect(server.address())?, distinct)?;
    }
    if data.is_some() {
        server.kill()?;
        server = Server::start(data)?;
        println!("start-up, {distinct} users, after kill -9: {:.1?}", server.took);
    }
    server.stop()
}

/// Sends the batches of the range, each as one request.
fn upsert(
    arguments: &Arguments,
    server: &Server,
    from: usize,
    to: usize,
    distinct: usize,
) -> anyhow::Result<()> {
    let (next, began) = (AtomicUsize::new(from), Instant::now());
    let worked = server.processor_time();
    let writer = || -> anyhow::Result<Duration> {
        let mut client = Client::connect(server.address())?;
        let mut slowest = Duration::ZERO;
        loop {
            let batch = next.fetch_add(1, Ordering::Relaxed);
            if batch >= to {
                return Ok(slowest);
            }
            let body = users::batch(batch, arguments.size, distinct);
            let sent = Instant::now();
            let status = client.send("POST", "/api/v2/users?", &body)?.0;
            anyhow::ensure!(status == 201, "an upsert was answered with status {status}");
            slowest = slowest.max(sent.elapsed());
            if (batch + 1) % 1_000 == 0 {
                let rate = ((batch + 1 - from) * arguments.size) as f64 / began.elapsed().as_secs_f64();
                println!(
                    "{:>6} upserts: {:>6.1} MB of memory, {rate:.0} users/s",
                    batch + 1,
                    megabytes(server.memory()?)
                );
            }
        }
    };
    let slowest = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..arguments.connections).map(|_| scope.spawn(writer)).collect();
        let mut slowest = Duration::ZERO;
        for writer in writers {
            let outcome = writer.join().map_err(|_| anyhow::anyhow!("a writer failed"))?;
            slowest = slowest.max(outcome?);
        }
        anyhow::Ok(slowest)
    })?;
    if to > from {
        let rate = ((to - from) * arguments.size) as f64 / began.elapsed().as_secs_f64();
        let worked = server.processor_time().saturating_sub(worked).as_secs_f64()
            / ((to - from) * arguments.size) as f64;
        println!(
            "{rate:.0} users/s, {:.0} µs of processor time each, the slowest upsert {slowest:.1?}",
            worked * 1e6
        );
    }
    Ok(())
}

fn report(server: &Server, data: Option<&std::path::Path>, empty: u64, users: usize) -> anyhow::Result<()> {
    let memory = server.memory()?;
    println!(
        "{users} users: {:.1} MB of memory ({:.1} MB when empty), {} bytes per user",
        megabytes(memory),
        megabytes(empty),
        memory.saturating_sub(empty) / users as u64,
    );
    if let Some(data) = data {
        let mut all = 0;
        for entry in std::fs::read_dir(data).context("the data directory cannot be read")? {
            let entry = entry?;
            let size = entry.metadata()?.len();
            all += size;
            println!("  {}: {:.1} MB", entry.file_name().display(), megabytes(size));
        }
        println!("  on disk: {} bytes per user", all / users as u64);
    }
    Ok(())
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
