//! What the system says of a process, and the emulator as a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use stream_users_emulator::Emulator;

/// A process whose memory and processor time are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn this() -> Self {
        Self(std::process::id())
    }

    /// The memory that it has in use, in bytes; 0 where the system does not say.
    pub(crate) fn memory(self) -> u64 {
        let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", self.0)) else {
            return 0;
        };
        let line = status.lines().find(|line| line.starts_with("VmRSS"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        kilobytes.map_or(0, |number| number.parse().unwrap_or(0)) * 1_024
    }

    /// The time that processors have worked for it; zero where the system does not say.
    pub(crate) fn processor_time(self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        // The name may hold anything; what counts comes after it, in hundredths of a second.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks = fields
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok());
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }
}

/// The emulator in a process of its own, which ends with this one.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(connections: usize) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--serve", "--connections", &connections.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let address = line.trim().parse().context("the emulator did not start")?;
        Ok(Self { child, address })
    }

    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        self.child.wait()?;
        Ok(())
    }
}

/// Runs an emulator until the standard input is closed.
pub(crate) fn serve(connections: usize) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    // Some room for calls beside them.
    let builder = Emulator::builder().max_connections(connections + 100);
    let emulator = runtime.block_on(builder.start())?;
    println!("{}", emulator.address());
    std::io::stdout().flush()?;
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    runtime.block_on(emulator.shutdown());
    Ok(())
}
