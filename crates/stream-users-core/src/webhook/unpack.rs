//! What a body is before it was compressed, within a limit.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::GzDecoder;

use super::WebhookError;

/// With this gzip begins, and no JSON does.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The body, decompressed where it is gzip, whatever a header says. Neither form may be larger than `max` bytes;
/// decompression ends there.
pub(super) fn unpack(body: &[u8], max: usize) -> Result<Cow<'_, [u8]>, WebhookError> {
    if body.len() > max {
        return Err(WebhookError::TooLarge { max });
    }
    if !body.starts_with(&GZIP) {
        return Ok(Cow::Borrowed(body));
    }
    let mut left = body;
    let mut unpacked = Vec::with_capacity(body.len().saturating_mul(4).min(max));
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    let read = GzDecoder::new(&mut left).take(limit).read_to_end(&mut unpacked);
    if unpacked.len() > max {
        return Err(WebhookError::TooLarge { max });
    }
    if read.is_err() {
        let reason = "it is cut off or damaged";
        return Err(WebhookError::Gzip { reason });
    }
    if !left.is_empty() {
        let reason = "something follows it";
        return Err(WebhookError::Gzip { reason });
    }
    Ok(Cow::Owned(unpacked))
}

/// The text of a body.
pub(super) fn text(body: Cow<'_, [u8]>) -> Result<Cow<'_, str>, WebhookError> {
    let no_text = || WebhookError::Json {
        reason: "it is not UTF-8".to_owned(),
    };
    match body {
        Cow::Borrowed(body) => std::str::from_utf8(body)
            .map(Cow::Borrowed)
            .map_err(|_| no_text()),
        Cow::Owned(body) => String::from_utf8(body).map(Cow::Owned).map_err(|_| no_text()),
    }
}
