//! Hostile servers, as a program meets them: through the client, in a process of its own, whose memory is measured.

use std::io::{self, Write};
use std::process::Command;
use std::time::Duration;

use stream_users_core::model::{Custom, GetRateLimits};
use stream_users_core::retry::NoRetry;
use stream_users_core::{Client, UsersApi};

use super::*;
use crate::floods;
use crate::server::{Answer, Server};

/// The default limit of a transport.
const LIMIT: usize = 32 << 20;
/// What a process may take besides an answer of the largest size.
const BESIDES: usize = 64 << 20;
/// What is on its way between the two ends when one of them stops reading.
const BUFFERS: usize = 16 << 20;

/// Where the other process finds its server, and how long its timeouts are, in milliseconds.
const URL: &str = "HOSTILE_URL";
const TIMEOUT: &str = "HOSTILE_TIMEOUT";
const READ_TIMEOUT: &str = "HOSTILE_READ_TIMEOUT";

struct Case {
    name: &'static str,
    server: fn(&mut dyn Write) -> io::Result<()>,
    /// What the error is called.
    kind: &'static str,
    /// What stands in its text.
    says: &'static str,
    /// How many bytes the server can bring forward at most.
    at_most: usize,
    timeout: u64,
    read_timeout: u64,
}

/// Long enough that it does not end a case which has another end.
const LONG: u64 = 120_000;

const fn case(name: &'static str, server: fn(&mut dyn Write) -> io::Result<()>) -> Case {
    Case {
        name,
        server,
        kind: "Interrupted",
        says: "the connection ended before the whole answer came",
        at_most: usize::MAX,
        timeout: LONG,
        read_timeout: LONG,
    }
}

const fn too_large(name: &'static str, server: fn(&mut dyn Write) -> io::Result<()>, at_most: usize) -> Case {
    Case {
        kind: "Decode",
        says: "the answer is larger than 33554432 bytes, the transport's limit: ask for less in one call",
        at_most: at_most + BUFFERS,
        ..case(name, server)
    }
}

const fn headers(name: &'static str, server: fn(&mut dyn Write) -> io::Result<()>) -> Case {
    Case {
        says: "the headers of the answer are too large",
        ..too_large(name, server, 0)
    }
}

const fn no_http(name: &'static str, server: fn(&mut dyn Write) -> io::Result<()>) -> Case {
    Case {
        says: "the answer breaks the rules of HTTP: check the base url",
        ..case(name, server)
    }
}

const fn timeout(name: &'static str, server: fn(&mut dyn Write) -> io::Result<()>) -> Case {
    Case {
        kind: "Timeout",
        says: "no whole answer came in time",
        timeout: 300,
        ..case(name, server)
    }
}

const CASES: &[Case] = &[
    too_large("ten announced gigabytes", floods::announced, 0),
    too_large("ten gigabytes in chunks", floods::in_chunks, LIMIT),
    too_large(
        "ten gigabytes up to the connection's end",
        floods::until_the_end,
        LIMIT,
    ),
    #[cfg(feature = "gzip")]
    too_large("ten gigabytes in gzip", floods::bomb, 0),
    #[cfg(feature = "gzip")]
    too_large("ten gigabytes in one chunk of gzip", floods::bomb_at_once, 0),
    #[cfg(feature = "gzip")]
    too_large("gzip of nothing", floods::gzip_of_nothing, LIMIT + LIMIT / 8),
    #[cfg(feature = "gzip")]
    too_large(
        "gzip with an endless name",
        floods::gzip_with_a_name,
        LIMIT + LIMIT / 8,
    ),
    timeout("a body that never ends", floods::trickle),
    timeout("headers that never end, slowly", floods::trickle_of_headers),
    headers("headers without end", floods::many_headers),
    headers("a header without end", floods::long_header),
    headers("a status line without end", floods::status_line),
    Case {
        timeout: LONG,
        read_timeout: 300,
        ..timeout("early hints without end", floods::early_hints)
    },
    case("an extension of a chunk without end", floods::chunk_extension),
    case("trailers without end", floods::trailers),
    case("an answer that is cut", floods::cut),
    no_http("two lengths", floods::two_lengths),
    no_http("a negative length", floods::negative_length),
    no_http("no HTTP at all", floods::no_http),
    Case {
        kind: "Api",
        says: "http 307",
        ..case("a redirect", floods::redirect)
    },
];

#[tokio::test]
async fn a_hostile_server_is_a_clear_error_and_no_matter_of_memory() {
    for case in CASES {
        let (name, flood) = (case.name, case.server);
        let mut server = Server::start(move |_| Answer::Flood(flood));
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "hostile::one_call_of_another_process", "--nocapture"])
            .env(URL, server.url(""))
            .env(TIMEOUT, case.timeout.to_string())
            .env(READ_TIMEOUT, case.read_timeout.to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = |start: &str| {
            let line = said.lines().find_map(|line| line.split_once(start));
            line.unwrap_or_else(|| panic!("{name}: {start} is missing in {said}"))
                .1
                .to_owned()
        };
        assert_eq!(line("kind="), case.kind, "{name}: {said}");
        let text = line("text=");
        assert!(
            text.starts_with("get_rate_limits: ") && text.contains(case.says),
            "{name}: {text}"
        );
        server.all_ended().await;
        let sent = server.flooded();
        assert!(sent <= case.at_most, "{name}: the server could send {sent} bytes");
        if cfg!(target_os = "linux") {
            let peak: usize = line("peak=").parse().unwrap();
            assert!(peak < LIMIT + BESIDES, "{name}: {peak} bytes");
            assert!(peak > 1 << 20, "{name}: {peak} bytes are no measure");
        }
    }
}

/// The other end of the test above, which runs it in a process of its own; there is nothing to do elsewhere.
#[tokio::test]
async fn one_call_of_another_process() {
    let Ok(url) = std::env::var(URL) else { return };
    let millis = |name: &str| Duration::from_millis(std::env::var(name).unwrap().parse().unwrap());
    let transport = builder()
        .timeout(millis(TIMEOUT))
        .read_timeout(millis(READ_TIMEOUT))
        .build()
        .unwrap();
    let client = Client::builder("key")
        .server("secret-of-at-least-32-characters")
        .base_url(url)
        .transport(transport)
        .retry(NoRetry::new())
        .attempt_timeout(Duration::from_millis(2 * LONG))
        .build()
        .unwrap();
    let users = client.users::<Custom>();
    let error = users.get_rate_limits(GetRateLimits::new()).await.unwrap_err();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: usize = peak.map_or(0, |peak| peak.trim().trim_end_matches(" kB").parse().unwrap());
    println!(
        "\nkind={:?}\ntext={error}\npeak={}",
        error.kind(),
        kilobytes * 1024
    );
}
