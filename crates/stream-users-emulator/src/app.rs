//! What all requests to one emulator share.

use std::sync::Arc;

use rusqlite::Transaction;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::error::Result;
use crate::faults::Faults;
use crate::live::{End, Hub, Refreshes};
use crate::rate_limits::Limits;
use crate::request_log::RequestLog;
use crate::settings::Settings;
use crate::store::{self, Store, roles};

/// The code with which connections are closed whose users are gone with everything else.
const RESTART: u16 = 1012;

pub(crate) struct App {
    pub(crate) api_key: String,
    /// What tokens may be signed with, and what the emulator signs with.
    pub(crate) api_secret: String,
    /// What tokens may be signed with too.
    pub(crate) other_secrets: Vec<String>,
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) log: RequestLog,
    pub(crate) faults: Faults,
    /// Wakes up who does tasks and delivers events: there may be something to do.
    pub(crate) wake: Arc<Notify>,
    /// Who is connected.
    pub(crate) hub: Arc<Hub>,
    /// When those who are connected are active again.
    pub(crate) refreshes: Arc<Refreshes>,
}

impl App {
    /// Puts what the settings name into the store, where nobody is online yet.
    pub(crate) fn prepare(&self) -> Result<()> {
        self.store.transact(|tx| {
            self.add_roles(tx)?;
            Ok(store::presence::forget(tx)?)
        })
    }

    fn add_roles(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let now = self.clock.now();
        let mut roles = self.settings.roles.iter();
        roles.try_for_each(|role| roles::add(tx, role, now))
    }

    /// Forgets everything: data, usage, counters, faults and the request log. Connections are closed.
    pub(crate) fn reset(&self) -> Result<()> {
        // All at once: whoever connects afterwards finds the store as at the start, and stays.
        self.store.reset(|tx| {
            // The clock stays where it is.
            store::clock::save(tx, self.clock.hands())?;
            self.add_roles(tx)?;
            let (hub, refreshes) = (self.hub.clone(), self.refreshes.clone());
            self.store.when_kept(tx, move || {
                refreshes.clear();
                hub.clear(&End::Close {
                    last: None,
                    code: RESTART,
                    reason: "the emulator was reset".to_owned(),
                });
            });
            Ok(())
        })?;
        self.limits.clear();
        self.faults.clear();
        self.log.clear();
        Ok(())
    }
}
