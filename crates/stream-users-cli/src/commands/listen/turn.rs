//! [`Turn`]: that of several `listen`s on this machine one after the other changes a list. The service has no way to
//! change a list but to read it and to write it as a whole, so that two at once would undo each other's change.

use std::fs::File;
use std::io::ErrorKind;
use std::time::Duration;

/// Whose turn it is, until it is dropped or the process ends, however it ends.
pub(super) struct Turn(
    #[expect(dead_code, reason = "the lock is held as long as the file is open")] Option<File>,
);

impl Turn {
    /// Waits for its turn. Who waits for too long, or cannot open the file that is locked, goes on without one.
    pub(super) async fn wait() -> Self {
        const EACH: Duration = Duration::from_millis(10);
        const TRIES: u32 = 500;

        let Ok(file) = open() else { return Self(None) };
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Self(Some(file)),
                Err(std::fs::TryLockError::WouldBlock) => tokio::time::sleep(EACH).await,
                Err(std::fs::TryLockError::Error(_)) => break,
            }
        }
        Self(None)
    }
}

/// A file for everybody here, of which nothing is read or written.
fn open() -> std::io::Result<File> {
    let path = std::env::temp_dir().join("stream-users-listen.lock");
    match File::open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        opened => return opened,
    }
    match File::create_new(&path) {
        // Somebody else was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => File::open(&path),
        made => made,
    }
}
