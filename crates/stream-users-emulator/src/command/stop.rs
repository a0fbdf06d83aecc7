//! [`Stop`]: the signals that end a command which goes on until it is told to stop.

/// Ctrl-C and, on Unix, SIGTERM; on Linux SIGHUP, too, where it is not ignored as under `nohup`. From when it is made they
/// end nothing by themselves.
#[derive(Debug)]
pub struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
}

impl Stop {
    /// Begins to wait for them.
    ///
    /// # Errors
    /// Where the system does not let signals be waited for.
    #[cfg(unix)]
    pub fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: ends_by_hanging_up()
                .then(|| signal(SignalKind::hangup()))
                .transpose()?,
        })
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub async fn wait(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = hang_up => {}
        }
    }

    /// Begins to wait for them.
    ///
    /// # Errors
    /// Where the system does not let signals be waited for.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "setting signals up can fail elsewhere")]
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one.
    #[cfg(not(unix))]
    pub async fn wait(&mut self) {
        tokio::signal::ctrl_c().await.ok();
    }
}

/// Whether the end of the terminal would end this process: not under `nohup`. Linux alone says so in a file; elsewhere the
/// signal keeps its meaning.
#[cfg(unix)]
fn ends_by_hanging_up() -> bool {
    const SIGHUP: u32 = 1;
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return false;
    };
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
    ignored.is_some_and(|set| set & (1 << (SIGHUP - 1)) == 0)
}
