//! Where a request comes from, as its client kit says of itself.

/// Where a request comes from, as far as quotas tell requests apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Platform {
    ServerSide,
    Android,
    Ios,
    Web,
    Unity,
}

impl Platform {
    pub(crate) const ALL: [Self; 5] = [Self::ServerSide, Self::Android, Self::Ios, Self::Web, Self::Unity];

    /// The name in the query and in the answer of the rate-limit operation.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ServerSide => "server_side",
            Self::Android => "android",
            Self::Ios => "ios",
            Self::Web => "web",
            Self::Unity => "unity",
        }
    }

    /// Reads the platform from the words of the header `X-Stream-Client`. What is not a known client kit is a server.
    pub(crate) fn of_client(client: &str) -> Self {
        let client = client.to_ascii_lowercase();
        let says = |word: &str| {
            client
                .split(|letter: char| !letter.is_ascii_alphabetic())
                .any(|found| found == word)
        };
        if says("android") {
            Self::Android
        } else if says("ios") || says("swift") {
            Self::Ios
        } else if says("unity") {
            Self::Unity
        } else if says("browser") {
            Self::Web
        } else {
            Self::ServerSide
        }
    }
}
