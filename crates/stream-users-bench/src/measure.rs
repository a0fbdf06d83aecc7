//! The way of measuring, the same for every client: a warm-up, then the calls that count, and one line of JSON.

use std::fmt::{self, Display};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// What a process is asked to measure: `BASE_URL CASE COUNT CONCURRENCY`.
#[derive(Debug, Clone)]
pub struct Arguments {
    /// Where the server is.
    pub base_url: String,
    /// Which call is made.
    pub case: String,
    /// How many calls are measured.
    pub count: usize,
    /// How many are in flight at a time.
    pub concurrency: usize,
}

/// What is wrong with how a program was called: as text also where `main` returns it.
pub struct Misuse(String);

impl Misuse {
    /// What is wrong, and how it is called.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl std::error::Error for Misuse {}

/// What a process prints.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Which client it was.
    pub client: String,
    /// Which call was made.
    pub case: String,
    /// How many calls were measured.
    pub n: usize,
    /// How many were in flight at a time.
    pub concurrency: usize,
    /// The time that they took, in seconds.
    pub wall_s: f64,
    /// The process's time on a CPU meanwhile, its own and the system's for it, in seconds.
    pub cpu_s: f64,
    /// The most memory that the process has held, in KiB.
    pub max_rss_kb: u64,
    /// Whether every call went well, and the time on a CPU is known.
    pub ok: bool,
    /// Whether the client has no such case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsupported: bool,
}

impl Arguments {
    /// The arguments of this process.
    ///
    /// # Errors
    /// The usage, where they do not fit.
    pub fn of_the_process() -> Result<Self, Misuse> {
        Self::parse(&std::env::args().skip(1).collect::<Vec<_>>())
    }

    /// Reads them.
    ///
    /// # Errors
    /// The usage, where they do not fit.
    pub fn parse(arguments: &[String]) -> Result<Self, Misuse> {
        let usage = || Misuse::new("usage: BASE_URL CASE COUNT CONCURRENCY, the last two at least 1");
        let [base_url, case, count, concurrency] = arguments else {
            return Err(usage());
        };
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0).ok_or_else(usage);
        Ok(Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            case: case.clone(),
            count: number(count)?,
            concurrency: number(concurrency)?,
        })
    }

    /// How many calls a process makes, those of the warm-up included.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "numbers of calls are small")]
    pub fn calls(&self) -> f64 {
        (self.warm_up() + self.count) as f64
    }

    fn warm_up(&self) -> usize {
        (self.count / 4).max(self.concurrency).max(3)
    }

    fn report(&self, client: &str) -> Report {
        Report {
            client: client.to_owned(),
            case: self.case.clone(),
            n: self.count,
            concurrency: self.concurrency,
            ..Report::default()
        }
    }

    /// Says that the client has no such case.
    #[expect(clippy::print_stderr, reason = "the case may be a misspelt one")]
    #[must_use]
    pub fn unsupported(&self, client: &str) -> Report {
        eprintln!("{client} has no case `{}`: nothing was measured", self.case);
        Report {
            ok: true,
            unsupported: true,
            ..self.report(client)
        }
    }

    /// Measures calls of a runtime of one thread. Each says how many bytes of names it has read.
    pub async fn measure<Call, Made, E>(&self, client: &str, call: Call) -> Report
    where
        Call: Fn() -> Made + Clone + Send + Sync + 'static,
        Made: Future<Output = Result<usize, E>> + Send,
        E: Display + Send + 'static,
    {
        let warm = in_flight(self.concurrency, self.warm_up(), call.clone()).await;
        let before = (Instant::now(), cpu());
        let ok = warm && in_flight(self.concurrency, self.count, call).await;
        self.ended(client, before, ok)
    }

    /// Measures calls that block, each in a thread of `concurrency`.
    pub fn measure_blocking<E: Display>(
        &self,
        client: &str,
        call: impl Fn() -> Result<usize, E> + Sync,
    ) -> Report {
        let warm = in_threads(self.concurrency, self.warm_up(), &call);
        let before = (Instant::now(), cpu());
        let ok = warm && in_threads(self.concurrency, self.count, &call);
        self.ended(client, before, ok)
    }

    fn ended(&self, client: &str, (began, cpu_before): (Instant, Option<Duration>), ok: bool) -> Report {
        let spent = cpu()
            .zip(cpu_before)
            .map(|(now, before)| now.saturating_sub(before));
        Report {
            cpu_s: spent.unwrap_or_default().as_secs_f64(),
            wall_s: began.elapsed().as_secs_f64(),
            max_rss_kb: max_rss_kb(),
            // A figure that is none must not pass for one.
            ok: ok && spent.is_some(),
            ..self.report(client)
        }
    }
}

impl Report {
    /// Prints the line. The process fails where a call has.
    #[expect(clippy::print_stdout, reason = "it is what the process is for")]
    #[must_use]
    pub fn print(&self) -> ExitCode {
        match serde_json::to_string(self) {
            Ok(line) => println!("{line}"),
            Err(_) => return ExitCode::FAILURE,
        }
        if self.ok {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    /// The time on a CPU of one call, in microseconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "numbers of calls are small")]
    pub fn cpu_us(&self) -> f64 {
        self.cpu_s * 1e6 / self.n as f64
    }
}

/// Makes `count` calls, so many of them at a time. Whether all went well.
async fn in_flight<Call, Made, E>(concurrency: usize, count: usize, call: Call) -> bool
where
    Call: Fn() -> Made + Clone + Send + Sync + 'static,
    Made: Future<Output = Result<usize, E>> + Send,
    E: Display + Send + 'static,
{
    let begun = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> = (0..concurrency)
        .map(|_| {
            let (begun, call) = (Arc::clone(&begun), call.clone());
            tokio::spawn(async move {
                while begun.fetch_add(1, Ordering::Relaxed) < count {
                    if !went_well(call().await) {
                        return false;
                    }
                }
                true
            })
        })
        .collect();
    let mut ok = true;
    for worker in workers {
        ok &= worker.await.unwrap_or(false);
    }
    ok
}

fn in_threads<E: Display>(
    concurrency: usize,
    count: usize,
    call: &(impl Fn() -> Result<usize, E> + Sync),
) -> bool {
    let begun = AtomicUsize::new(0);
    let work = || {
        while begun.fetch_add(1, Ordering::Relaxed) < count {
            if !went_well(call()) {
                return false;
            }
        }
        true
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..concurrency).map(|_| scope.spawn(work)).collect();
        workers.into_iter().all(|worker| worker.join().unwrap_or(false))
    })
}

#[expect(clippy::print_stderr, reason = "why a figure is none")]
fn went_well<E: Display>(outcome: Result<usize, E>) -> bool {
    match outcome {
        Ok(names) => {
            std::hint::black_box(names);
            true
        }
        Err(error) => {
            eprintln!("a call failed: {error}");
            false
        }
    }
}

/// The time that this process has been on a CPU; `None` where the system does not say so.
fn cpu() -> Option<Duration> {
    #[cfg(unix)]
    return nix::time::clock_gettime(nix::time::ClockId::CLOCK_PROCESS_CPUTIME_ID)
        .ok()
        .map(Duration::from);
    #[cfg(not(unix))]
    None
}

/// The most memory that this process has held, in KiB; 0 where the system does not say so.
#[must_use]
pub fn max_rss_kb() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| high_water_mark(&status))
        .unwrap_or_default()
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Misuse, high_water_mark};

    fn parse(line: &str) -> Result<Arguments, Misuse> {
        Arguments::parse(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn arguments_are_four_and_numbers_at_least_1() {
        let arguments = parse("http://127.0.0.1:1/ query100 400 16").unwrap();
        assert_eq!(arguments.base_url, "http://127.0.0.1:1");
        assert_eq!((arguments.count, arguments.concurrency), (400, 16));
        for wrong in ["", "u c 1", "u c 0 1", "u c 1 0", "u c x 1", "u c 1 1 1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_warm_up_is_a_quarter_but_not_less_than_3_or_what_is_in_flight() {
        for (line, warm_up) in [("u c 400 16", 100), ("u c 4 16", 16), ("u c 4 1", 3)] {
            assert_eq!(parse(line).unwrap().warm_up(), warm_up, "{line}");
        }
    }

    #[test]
    fn the_high_water_mark_is_read_in_kib() {
        assert_eq!(high_water_mark("VmPeak:\t 9 kB\nVmHWM:\t  5120 kB\n"), Some(5120));
        assert_eq!(high_water_mark("VmPeak:\t 9 kB\n"), None);
    }
}
