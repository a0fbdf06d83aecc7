//! [`Globals`]: the options that every command takes. What they come to is decided elsewhere: credentials in `session`,
//! the form of results in `output`, questions in `confirm`.

use std::path::PathBuf;

use clap::ValueEnum;

/// What every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Globals {
    /// The profile of the configuration file to take; `STREAM_USERS_PROFILE` says it, too
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The configuration file, before `STREAM_USERS_CONFIG` and `stream-users/config.toml` in `$XDG_CONFIG_HOME` or `~/.config`
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// The host to call, before that of `STREAM_BASE_URL` and of the profile
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// The form of results; by default a table on a terminal, and JSON lines elsewhere
    #[arg(long, global = true, value_enum, value_name = "FORM")]
    pub(crate) output: Option<Format>,
    /// The columns of a table and of CSV, such as `id,name,custom.plan`; for CSV otherwise those of the first users
    #[arg(long, global = true, value_name = "NAME,...", value_delimiter = ',')]
    pub(crate) columns: Option<Vec<String>>,
    /// Do what is asked for without asking whether it is meant
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Say nothing but results and what went wrong
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Use a local Stream within this command instead of the service, with its data in a folder; by default in
    /// `stream-users/emulator` of the user's data directory, or where `STREAM_USERS_EMULATOR_DATA` says
    #[arg(long, global = true, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    #[expect(clippy::option_option, reason = "an option whose value may be left out")]
    pub(crate) emulator: Option<Option<PathBuf>>,
}

impl Globals {
    /// With what the environment says where no option does; a variable that is empty says nothing.
    pub(crate) fn or_environment(mut self) -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let profile = || variable("STREAM_USERS_PROFILE").map(|name| name.to_string_lossy().into_owned());
        self.profile = self.profile.or_else(profile);
        self.config = self
            .config
            .or_else(|| variable("STREAM_USERS_CONFIG").map(PathBuf::from));
        self
    }
}

/// The form of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns for people, cut to the terminal's width
    Table,
    /// One JSON array
    Json,
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values with a header; custom data in columns `custom.NAME`
    Csv,
}
