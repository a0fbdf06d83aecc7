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
use stream_users_model::Operation;
use stream_users_model::operation::Method;

pub use self::part::{ExportPart, ReadExport};

/// What errors, spans and observers name as the operation. It is not the service's: the file lies somewhere else.
pub(crate) const READ_EXPORT: Operation =
    Operation::new("read_export", "ReadExport", Method::Get, "/{file}").idempotent();
