//! [`ChannelsError`]: what chat asks of an error. What every SDK asks is in [`Error`] itself.

use stream_users_core::Error;
use stream_users_core::model::ErrorCode;

/// Questions about an [`Error`] that only chat has.
///
/// ```
/// use example_channels::ChannelsError;
/// use stream_users_core::model::{ApiError, ErrorCode};
/// use stream_users_core::{Error, ErrorKind};
///
/// let refusal = ApiError::new(ErrorCode::NO_ACCESS_TO_CHANNELS, 403, "ada is no member");
/// let error = Error::builder(ErrorKind::Api).api(refusal).build();
/// assert!(error.is_no_access_to_channels());
/// ```
pub trait ChannelsError {
    /// Whether the user may not see a channel that was asked for (code 70).
    fn is_no_access_to_channels(&self) -> bool;

    /// Whether the type of the channel lacks what was asked for (code 19).
    fn is_channel_feature_not_supported(&self) -> bool;

    /// Whether the user must wait before the next message: the channel is in slow mode (code 60).
    fn is_cooldown(&self) -> bool;
}

impl ChannelsError for Error {
    fn is_no_access_to_channels(&self) -> bool {
        self.code() == Some(ErrorCode::NO_ACCESS_TO_CHANNELS)
    }

    fn is_channel_feature_not_supported(&self) -> bool {
        self.code() == Some(ErrorCode::CHANNEL_FEATURE_NOT_SUPPORTED)
    }

    fn is_cooldown(&self) -> bool {
        self.code() == Some(ErrorCode::COOLDOWN)
    }
}
