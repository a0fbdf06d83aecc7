//! The command: a local Stream until it is told to stop, for the binary of this crate and for the command `stream-users`,
//! so that both take the same. How an emulator works is no business of this module.

mod arguments;
mod stop;

use std::io::Write;
use std::net::SocketAddr;

pub use self::arguments::Arguments;
pub use self::stop::Stop;

/// Runs an emulator until a signal comes; `true` where it ended gracefully, `false` where a second signal cut it off.
///
/// Its first line on standard output, flushed, says where it listens. It needs a runtime of several threads; shut that down
/// in the background afterwards, since what still works on a request whose connection was cut off is not waited for.
///
/// # Errors
/// Where a setting is wrong, or the address or the data directory cannot be used.
pub async fn run(arguments: Arguments) -> anyhow::Result<bool> {
    let builder = arguments.builder()?;
    // Handlers first: whoever reads the first line may send a signal at once.
    let mut stop = Stop::new()?;
    let emulator = builder.start().await?;
    if !emulator.address().ip().is_loopback() {
        warn(emulator.address())?;
    }
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", emulator.base_url())?;
    out.flush()?;
    stop.wait().await;
    tokio::select! {
        () = emulator.shutdown() => Ok(true),
        () = stop.wait() => Ok(false),
    }
}

fn warn(address: SocketAddr) -> std::io::Result<()> {
    writeln!(
        std::io::stderr(),
        "WARNING: {address} can be reached from other machines. This emulator is made for tests: it protects \
         nothing, and whoever knows or guesses its secret reads and changes all its data. Use --listen 127.0.0.1:0 \
         unless you mean it."
    )
}
