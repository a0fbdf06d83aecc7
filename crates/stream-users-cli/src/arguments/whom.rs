//! [`Whom`]: users by their ids, on the command line or in a file. What a line of such a file may be stands in `crate::ids`.

use crate::ids;

/// Users by their ids.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Whom {
    /// The users
    #[arg(value_name = "ID", required_unless_present = "file", conflicts_with = "file")]
    pub(crate) ids: Vec<String>,
    /// Take the ids from a file, or from standard input with `-`: a line is an id, or a JSON object with an `id`; a file
    /// named .csv has a column `id`. Packed with gzip or zstd, too
    #[arg(long, value_name = "PATH")]
    pub(crate) file: Option<String>,
    /// What the file holds, where its name does not say it
    #[arg(long, value_enum, value_name = "FORMAT", requires = "file")]
    pub(crate) format: Option<ids::Format>,
}

impl Whom {
    /// The one user, where it is a single one and not in a file.
    pub(crate) fn only(&self) -> Option<&str> {
        match (self.file.as_deref(), self.ids.as_slice()) {
            (None, [id]) => Some(id),
            _ => None,
        }
    }
}
