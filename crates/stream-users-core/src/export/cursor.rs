//! [`ExportCursor`]: a place in an export's file, as text.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::READ_EXPORT;
use crate::error::{Error, ErrorKind};

/// Where a download stands: the record that comes next, and which content of the file it is in.
///
/// Save it as text, and [resume](super::Download::resume) in another process. It holds neither the file's URL nor anything
/// of its content.
///
/// ```
/// use stream_users_core::ExportCursor;
///
/// let cursor: ExportCursor = "1.4096.10000.%2217a5%22".parse()?;
/// assert_eq!((cursor.offset(), cursor.to_string().as_str()), (4096, "1.4096.10000.%2217a5%22"));
/// # Ok::<(), stream_users_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportCursor {
    pub(super) offset: u64,
    pub(super) total: Option<u64>,
    pub(super) validator: Option<String>,
}

impl ExportCursor {
    /// The begin of a file of which nothing is known.
    pub(super) const START: Self = Self {
        offset: 0,
        total: None,
        validator: None,
    };

    /// Where the next record begins, in bytes from the begin of the file.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// How long the file is, in bytes, where that is known by now.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
    }
}

/// The version of the text, its first field.
const VERSION: &str = "1";

impl fmt::Display for ExportCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}.{}.", self.offset)?;
        if let Some(total) = self.total {
            write!(f, "{total}")?;
        }
        f.write_str(".")?;
        match &self.validator {
            Some(validator) => fmt::Display::fmt(&utf8_percent_encode(validator, NON_ALPHANUMERIC), f),
            None => Ok(()),
        }
    }
}

impl FromStr for ExportCursor {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::Invalid`] where the text is no cursor of this version.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| {
            Error::builder(ErrorKind::Invalid)
                .operation(READ_EXPORT.name)
                .message("the text is no cursor of an export that this version knows; download the file from its begin")
                .build()
        })
    }
}

fn parse(text: &str) -> Option<ExportCursor> {
    let mut fields = text.split('.');
    let (version, offset, total, validator) =
        (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    if version != VERSION || fields.next().is_some() {
        return None;
    }
    let offset = number(offset)?;
    let total = if total.is_empty() {
        None
    } else {
        Some(number(total)?)
    };
    let validator = percent_decode_str(validator).decode_utf8().ok()?;
    let cursor = ExportCursor {
        offset,
        total,
        validator: (!validator.is_empty()).then(|| validator.into_owned()),
    };
    cursor.total.is_none_or(|total| offset <= total).then_some(cursor)
}

/// Digits alone: `u64` would take a sign as well.
fn number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}
