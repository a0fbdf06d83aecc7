//! Runs the clients in turn against one server, over and over, and prints what a call costs each of them: medians of CPU
//! time, of the most memory held, and the ratios to the client written by hand.
//!
//! `compare [ROUNDS] [CASE]`: 9 rounds and every case unless it is told otherwise. All binaries have to be built before:
//! `cargo build --release -p stream-users-bench`.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use stream_users_bench::measure::Report;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A case of the driver, and what it is compared with.
struct Case {
    name: &'static str,
    /// The case of the client written by hand: it holds custom data as maps, unless it says `_typed`.
    by_hand: &'static str,
    /// How many calls a process makes.
    calls: usize,
}

const CASES: &[Case] = &[
    case("query100", "query100", 300),
    case("query100_typed", "query100", 300),
    case("query100_typed", "query100_typed", 300),
    case("query100_read", "query100", 300),
    case("upsert100", "upsert100", 300),
    case("upsert100_typed", "upsert100", 300),
    case("upsert100_typed", "upsert100_typed", 300),
    case("upsert100_ack", "upsert100", 300),
    case("get_task", "get_task", 8000),
    case("deactivate_one", "deactivate_one", 8000),
    case("blocking_get_task", "get_task", 8000),
];

const fn case(name: &'static str, by_hand: &'static str, calls: usize) -> Case {
    Case { name, by_hand, calls }
}

/// The official crate's client, which takes part where it was built.
const OFFICIAL: &str = "official";

/// What was measured of a client's case with so many in flight.
type Measured = BTreeMap<(&'static str, &'static str, usize), Vec<Report>>;

#[expect(clippy::print_stdout, reason = "it is what the process is for")]
fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments.next().map_or(Ok(9), |rounds| rounds.parse())?;
    let wanted = arguments.next();
    let cases: Vec<&Case> = CASES
        .iter()
        .filter(|case| wanted.as_deref().is_none_or(|wanted| wanted == case.name))
        .collect();
    let folder = std::env::current_exe()?
        .parent()
        .map(Path::to_path_buf)
        .ok_or("the binary stands in no folder")?;
    let has_official = binary(&folder, OFFICIAL).is_ok();
    let server = Server::start(&folder)?;
    let mut measured = Measured::new();
    for _ in 0..rounds {
        for case in &cases {
            for in_flight in [1, 16] {
                for (client, name) in [
                    ("by-hand", case.by_hand),
                    ("driver", case.name),
                    ("floor", case.by_hand),
                    (OFFICIAL, case.name),
                ] {
                    if client == OFFICIAL && !has_official {
                        continue;
                    }
                    let report = run(&folder, client, &server.url, name, case.calls, in_flight)?;
                    measured
                        .entry((client, name, in_flight))
                        .or_default()
                        .push(report);
                }
            }
        }
    }
    println!(
        "| case | in flight | floor µs | official µs | by hand µs | stream-users µs | CPU × | memory × |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for case in &cases {
        for in_flight in [1, 16] {
            let of = |client, name| {
                measured
                    .get(&(client, name, in_flight))
                    .map_or(&[][..], Vec::as_slice)
            };
            let (by_hand, ours) = (of("by-hand", case.by_hand), of("driver", case.name));
            let others = [of("floor", case.by_hand), of(OFFICIAL, case.name)];
            let [floor, official] = others.map(|reports| match median(reports, Report::cpu_us) {
                Some(cpu) => format!("{cpu:.1}"),
                None => "–".to_owned(),
            });
            let baseline = if case.by_hand == case.name {
                String::new()
            } else {
                format!(" to `{}` by hand", case.by_hand)
            };
            let (Some(by_hand_us), Some(ours_us)) =
                (median(by_hand, Report::cpu_us), median(ours, Report::cpu_us))
            else {
                continue;
            };
            let memory = median(ours, memory)
                .zip(median(by_hand, memory))
                .map_or(0.0, |(ours, by_hand)| ours / by_hand);
            println!(
                "| `{}`{baseline} | {in_flight} | {floor} | {official} | {by_hand_us:.1} | {ours_us:.1} | {:.2} | {memory:.2} |",
                case.name,
                ours_us / by_hand_us,
            );
        }
    }
    Ok(())
}

/// The server, which ends with this process.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(folder: &Path) -> Result<Self> {
        let mut process = Command::new(binary(folder, "server")?)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut url)?;
        }
        let url = url.trim().to_owned();
        Ok(Self { process, url })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It serves until it is killed; where it has ended, there is nothing to kill.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn binary(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if path.exists() {
        return Ok(path);
    }
    Err(format!("there is no binary `{name}`; fix: `cargo build --release -p stream-users-bench`").into())
}

fn run(folder: &Path, client: &str, url: &str, case: &str, calls: usize, in_flight: usize) -> Result<Report> {
    let output = Command::new(binary(folder, client)?)
        .args([url, case, &calls.to_string(), &in_flight.to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    let report: Report = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{client} {case} printed no report: {error}"))?;
    if report.ok {
        Ok(report)
    } else {
        Err(format!("a call of {client} {case} failed").into())
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "it is far from what an f64 holds exactly"
)]
fn memory(report: &Report) -> f64 {
    report.max_rss_kb as f64
}

fn median(reports: &[Report], of: impl Fn(&Report) -> f64) -> Option<f64> {
    let mut values: Vec<f64> = reports
        .iter()
        .filter(|report| !report.unsupported)
        .map(of)
        .collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
