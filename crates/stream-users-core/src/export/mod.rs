//! The file that an export has written: [`ReadExport`] reads a part of it, [`Download`] all of it, record by record.
//!
//! Starting an export and waiting for it are an operation and a task. What is made of the records belongs to callers.

mod cursor;
mod download;
mod lines;
mod part;
mod read;

pub use self::cursor::ExportCursor;
pub use self::download::Download;
pub(crate) use self::download::text as line_text;
pub(crate) use self::lines::Reader;
pub use self::part::{ExportPart, ReadExport};

/// What errors name as the operation.
pub(crate) const READ_EXPORT: &str = "read_export";
