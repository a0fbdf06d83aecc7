//! Sets an emulator up.

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::faults::Fault;
use crate::server::Emulator;
use crate::service::EmulatorService;
use crate::settings::{GuestIds, RateLimits, Settings};

/// The key that an emulator takes unless it is given another.
pub const DEFAULT_API_KEY: &str = "emulator-key";
/// The secret that an emulator takes unless it is given another. It protects nothing but test data.
pub const DEFAULT_API_SECRET: &str = "emulator-secret-of-32-characters";

/// Sets an emulator up. Every value has a default.
#[derive(Clone)]
#[must_use]
pub struct EmulatorBuilder {
    api_key: String,
    api_secret: String,
    other_secrets: Vec<String>,
    listen: SocketAddr,
    data_dir: Option<PathBuf>,
    settings: Settings,
    faults: Vec<(String, Fault)>,
    seeds: Vec<Seed>,
}

/// Data to start with.
#[derive(Clone)]
enum Seed {
    Document(Value),
    File(PathBuf),
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            api_key: DEFAULT_API_KEY.to_owned(),
            api_secret: DEFAULT_API_SECRET.to_owned(),
            other_secrets: Vec::new(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data_dir: None,
            settings: Settings::default(),
            faults: Vec::new(),
            seeds: Vec::new(),
        }
    }
}

impl fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorBuilder")
            .field("api_key", &self.api_key)
            .field("listen", &self.listen)
            .field("data_dir", &self.data_dir)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl EmulatorBuilder {
    /// The key that requests have to carry. Default: [`DEFAULT_API_KEY`].
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = key.into();
        self
    }

    /// The secret that tokens have to be signed with. Default: [`DEFAULT_API_SECRET`].
    pub fn api_secret(mut self, secret: impl Into<String>) -> Self {
        self.api_secret = secret.into();
        self
    }

    /// Another secret that tokens may be signed with, such as the one before a rotation. What the emulator signs itself
    /// (tokens of guests, webhooks) is signed with [`EmulatorBuilder::api_secret`].
    pub fn also_accept_secret(mut self, secret: impl Into<String>) -> Self {
        self.other_secrets.push(secret.into());
        self
    }

    /// The address to listen on; port 0 is a free one. Default: `127.0.0.1:0`.
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.listen = address.into();
        self
    }

    /// The directory to keep the data in; it is made if it is not there. Default: none, everything in memory.
    ///
    /// One emulator at a time can use it: until the last [`EmulatorService`] of the first is dropped, a second one is
    /// refused with [`Error::DataDirInUse`](crate::Error::DataDirInUse).
    pub fn data_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(directory.into());
        self
    }

    /// Adds a role that users may have. `user`, `admin`, `moderator`, `guest` and `anonymous` need not be added.
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.settings.roles.push(role.into());
        self
    }

    /// A setting of the app to start with, as `PATCH /api/v2/app` takes it: `("multi_tenant_enabled", true)`.
    pub fn app_setting(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.settings.app.insert(name.into(), value.into());
        self
    }

    /// How far the times `iat` and `nbf` of a token may be ahead of the emulator's clock. Default: zero.
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.settings.clock_skew = skew;
        self
    }

    /// How long tasks take. Default: 50 ms.
    pub fn task_latency(mut self, latency: Duration) -> Self {
        self.settings.task_latency = latency;
        self
    }

    /// What becomes of the ids that guests ask for. Default: [`GuestIds::Generated`].
    pub fn guest_ids(mut self, ids: GuestIds) -> Self {
        self.settings.guest_ids = ids;
        self
    }

    /// Whether requests are counted against quotas. Default: [`RateLimits::Off`].
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.settings.rate_limits = limits;
        self
    }

    /// How many requests of an operation, given by its name (`upsert_users`) or its id (`UpdateUsers`), each platform
    /// has a minute; one over that is refused, whatever [`rate_limits`](Self::rate_limits) says. `*` stands for every
    /// operation that is not named. Default: none.
    pub fn quota(mut self, operation: impl Into<String>, per_minute: u32) -> Self {
        self.settings.quotas.insert(operation.into(), per_minute);
        self
    }

    /// How far the emulator's clock is ahead of the machine's. Default: zero.
    pub fn clock_offset(mut self, offset: Duration) -> Self {
        self.settings.clock_offset = offset;
        self
    }

    /// Lets the emulator's clock stand still at this time, until the year 2200: it moves only when a test moves it. A
    /// data directory whose clock stood later than that goes on from there. Default: the clock runs with the machine's.
    ///
    /// ```
    /// # fn doc() -> stream_users_emulator::Result<()> {
    /// use std::time::{Duration, SystemTime};
    ///
    /// let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    /// let emulator = stream_users_emulator::Emulator::builder().frozen_clock(start).build()?;
    /// emulator.advance_clock(Duration::from_secs(60));
    /// assert_eq!(emulator.now(), start + Duration::from_secs(60));
    /// # Ok(())
    /// # }
    /// # doc().unwrap();
    /// ```
    pub fn frozen_clock(mut self, at: SystemTime) -> Self {
        self.settings.frozen_clock = Some(at);
        self
    }

    /// What chance begins with: faults with a [`chance`](Fault::chance) or a
    /// [`latency_between`](Fault::latency_between) hit the same requests in every run with the same seed, if the
    /// requests come in the same order. Default: 0.
    pub fn fault_seed(mut self, seed: u64) -> Self {
        self.settings.fault_seed = seed;
        self
    }

    /// Lets something go wrong with the first request for an operation, as [`EmulatorService::fault`] does.
    pub fn fault(mut self, operation: impl Into<String>, fault: Fault) -> Self {
        self.faults.push((operation.into(), fault));
        self
    }

    /// Puts data into the emulator before it starts, as [`EmulatorService::seed`] does.
    pub fn seed(mut self, seed: Value) -> Self {
        self.seeds.push(Seed::Document(seed));
        self
    }

    /// Puts the data of a file into the emulator before it starts, as [`EmulatorService::seed_from`] does.
    pub fn seed_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.seeds.push(Seed::File(file.into()));
        self
    }

    /// Adds a URL that is sent every event; it begins with `http://`. Default: none.
    pub fn webhook(mut self, url: impl Into<String>) -> Self {
        self.settings.webhooks.push(url.into());
        self
    }

    /// How many connections there may be at one time, one at least; the next waits until another ends. Default: 1,000.
    pub fn max_connections(mut self, number: usize) -> Self {
        self.settings.max_connections = number;
        self
    }

    /// Changes any of the settings, those without a method here too.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// An emulator without a socket.
    ///
    /// # Errors
    ///
    /// If the data directory cannot be used or is in use, if the database cannot be opened, if a fault, a quota or a
    /// setting of the app is not valid, if nothing can be sent to the URL of a webhook, or if a seed cannot be planted.
    pub fn build(self) -> Result<EmulatorService> {
        let service = EmulatorService::new(
            self.api_key,
            self.api_secret,
            self.other_secrets,
            self.data_dir.as_deref(),
            self.settings,
        )?;
        for (operation, fault) in self.faults {
            service.fault(&operation, fault)?;
        }
        for seed in self.seeds {
            match seed {
                Seed::Document(seed) => service.seed(&seed)?,
                Seed::File(file) => plant_file(&service, file)?,
            }
        }
        Ok(service)
    }

    /// An emulator that listens. It has to be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// As [`EmulatorBuilder::build`], and if the address cannot be listened on.
    pub async fn start(self) -> Result<Emulator> {
        let listen = self.listen;
        Emulator::serve(self.build()?, listen).await
    }
}

fn plant_file(service: &EmulatorService, file: PathBuf) -> Result<()> {
    let text = File::open(&file).map_err(Error::SeedUnreadable);
    let planted = text.and_then(|text| service.seed_from(BufReader::new(text)));
    planted.map_err(|source| Error::SeedFile {
        file,
        source: Box::new(source),
    })
}
