//! What the emulator's own functions fail with: starting, seeding, resetting. What it answers to a request is a
//! [refusal](crate::refusal), not one of these.

/// Why the emulator could not start or could not do what its caller asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address could not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address as it was asked for.
        address: std::net::SocketAddr,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// The data directory could not be made or read.
    #[error("cannot use the data directory {directory}")]
    DataDir {
        /// The directory as it was asked for.
        directory: std::path::PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// Another emulator uses the data directory.
    #[error("the data directory {directory} is in use by another emulator")]
    DataDirInUse {
        /// The directory as it was asked for.
        directory: std::path::PathBuf,
    },
    /// The database in the data directory could not be opened.
    #[error("cannot open the database {file}")]
    OpenDatabase {
        /// The file of the database.
        file: std::path::PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// The database in the data directory was made by a later version of the emulator.
    #[error(
        "the database {file} has format {version} and this version of the emulator knows formats up to {newest}: \
         use a later version, or another data directory"
    )]
    NewerDatabase {
        /// The file of the database.
        file: std::path::PathBuf,
        /// The format of the database.
        version: u32,
        /// The latest format that this version knows.
        newest: u32,
    },
    /// The database could not be read or written.
    #[error("the database failed")]
    Database(#[from] rusqlite::Error),
    /// Nothing can be sent to a URL of the [settings](crate::Settings::webhooks).
    #[error("a webhook's URL cannot be used: {0}")]
    Webhook(&'static str),
    /// The text of a seed could not be read to its end.
    #[error("the seed cannot be read")]
    SeedUnreadable(#[source] std::io::Error),
    /// The seed does not follow its format; see [`seed`](crate::EmulatorService::seed).
    #[error("the seed is not valid: {0}")]
    Seed(String),
    /// The file of a seed could not be planted.
    #[error("cannot plant {file}")]
    SeedFile {
        /// The file as it was named.
        file: std::path::PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<Error>,
    },
    /// No operation has this name.
    #[error(
        "there is no operation {0:?}; give its name (upsert_users) or its id (UpdateUsers), or * for every one"
    )]
    UnknownOperation(String),
    /// There is no such setting, or it has no such value; see [`Settings::set`](crate::Settings::set).
    #[error("cannot set {name}: {reason}")]
    Setting {
        /// The name of the setting as it was given.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The fault cannot be injected; see [`Fault`](crate::Fault).
    #[error("the fault is not valid: {0}")]
    Fault(String),
    /// The connections cannot be cut like this; see [`Cut`](crate::Cut).
    #[error("the connections are not cut: {0}")]
    Cut(String),
    /// The clock cannot be moved there; see [`EmulatorService::set_clock`](crate::EmulatorService::set_clock).
    #[error("the clock is not moved: {0}")]
    Clock(String),
    /// What was sent to one of the emulator's own endpoints cannot be read.
    #[error("the body is not valid: {0}")]
    Body(serde_json::Error),
    /// A setting of the app that the emulator was to start with has a value that it cannot have.
    #[error("the settings of the app are not valid: {0}")]
    AppSettings(String),
}

/// The result of the emulator's own functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;
