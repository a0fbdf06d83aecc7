//! What all requests to one emulator share.

use crate::clock::Clock;
use crate::error::Result;
use crate::rate_limits::Limits;
use crate::request_log::RequestLog;
use crate::settings::Settings;
use crate::store::Store;

pub(crate) struct App {
    pub(crate) api_key: String,
    pub(crate) api_secret: String,
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) log: RequestLog,
}

impl App {
    /// Forgets everything: data, counters and the request log.
    pub(crate) fn reset(&self) -> Result<()> {
        self.store.reset()?;
        self.limits.reset();
        self.log.reset();
        Ok(())
    }
}
