//! Runs the clients in turn against one server, over and over, and prints what a call costs each of them: medians of CPU
//! time, of the most memory held, and the ratios to the client written by hand, of the medians and of single rounds.
//!
//! `compare [CASE] [ROUNDS | --instructions]`: 9 rounds and every case unless it is told otherwise. With `--instructions`
//! each runs under valgrind instead, once with some calls and once with twice as many, and the instructions of one call are
//! printed. All binaries have to be built before: `cargo build --release -p stream-users-bench`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use stream_users_bench::measure::{Arguments, Misuse, Report};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A case of the driver, and what it is compared with.
struct Case {
    name: &'static str,
    /// The case of the client written by hand: it holds custom data as maps, unless it says `_typed` or `_ack`.
    by_hand: &'static str,
    /// How many calls a process makes.
    calls: usize,
}

const CASES: &[Case] = &[
    case("query100", "query100", 300),
    case("query100_typed", "query100_typed", 300),
    case("query100_typed", "query100", 300),
    case("query100_read", "query100", 300),
    case("upsert100", "upsert100", 300),
    case("upsert100_typed", "upsert100_typed", 300),
    case("upsert100_ack", "upsert100_ack", 300),
    case("upsert100_typed", "upsert100", 300),
    case("upsert100_ack", "upsert100", 300),
    case("get_task", "get_task", 8000),
    case("deactivate_one", "deactivate_one", 8000),
    case("blocking_get_task", "get_task", 8000),
];

const fn case(name: &'static str, by_hand: &'static str, calls: usize) -> Case {
    Case { name, by_hand, calls }
}

impl Case {
    /// What it is called in a table.
    fn title(&self) -> String {
        if self.by_hand == self.name {
            format!("`{}`", self.name)
        } else {
            format!("`{}` to `{}` by hand", self.name, self.by_hand)
        }
    }
}

/// The official crate's client, which takes part where it was built.
const OFFICIAL: &str = "official";

const IN_FLIGHT: [usize; 2] = [1, 16];

/// How many calls a process makes under valgrind, and then twice as many.
const COUNTED: usize = 64;

/// What is asked for.
struct Asked {
    rounds: usize,
    case: Option<String>,
    instructions: bool,
}

impl Asked {
    fn of_the_process() -> std::result::Result<Self, Misuse> {
        let (mut rounds, mut case, mut instructions) = (None, None, false);
        for argument in std::env::args().skip(1) {
            match argument.parse() {
                Ok(number @ 1..) if rounds.is_none() => rounds = Some(number),
                _ if argument == "--instructions" => instructions = true,
                _ if case.is_none() && CASES.iter().any(|case| case.name == argument) => {
                    case = Some(argument);
                }
                _ => return Err(usage()),
            }
        }
        if instructions && rounds.is_some() {
            return Err(usage());
        }
        Ok(Self {
            rounds: rounds.unwrap_or(9),
            case,
            instructions,
        })
    }

    fn cases(&self) -> impl Iterator<Item = &'static Case> {
        let is_asked = |case: &&Case| self.case.as_deref().is_none_or(|name| name == case.name);
        CASES.iter().filter(is_asked)
    }
}

fn usage() -> Misuse {
    let names: BTreeSet<&str> = CASES.iter().map(|case| case.name).collect();
    let names: Vec<&str> = names.into_iter().collect();
    Misuse::new(format!(
        "usage: compare [CASE] [ROUNDS | --instructions], at least 1 round, and one of these cases: {}",
        names.join(", ")
    ))
}

fn main() -> Result<()> {
    let asked = Asked::of_the_process()?;
    let folder = std::env::current_exe()?
        .parent()
        .map(Path::to_path_buf)
        .ok_or("the binary stands in no folder")?;
    let server = Server::start(&folder)?;
    if asked.instructions {
        count(&asked, &folder, &server)
    } else {
        time(&asked, &folder, &server)
    }
}

/// Prints the table of times.
#[expect(clippy::print_stdout, reason = "it is what the process is for")]
fn time(asked: &Asked, folder: &Path, server: &Server) -> Result<()> {
    let has_official = binary(folder, OFFICIAL).is_ok();
    let mut measured: BTreeMap<(usize, usize, &str), Vec<Report>> = BTreeMap::new();
    for _ in 0..asked.rounds {
        for (number, case) in asked.cases().enumerate() {
            for in_flight in IN_FLIGHT {
                for (client, name) in [
                    ("by-hand", case.by_hand),
                    ("driver", case.name),
                    ("floor", case.by_hand),
                    (OFFICIAL, case.name),
                ] {
                    if client == OFFICIAL && !has_official {
                        continue;
                    }
                    let report = run(folder, client, &server.url, name, case.calls, in_flight)?;
                    let reports = measured.entry((number, in_flight, client)).or_default();
                    reports.push(report);
                }
            }
        }
    }
    println!(
        "| case | in flight | floor µs | official µs | by hand µs | stream-users µs | CPU × | of single rounds | memory × |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (number, case) in asked.cases().enumerate() {
        for in_flight in IN_FLIGHT {
            let of = |client| {
                let reports = measured.get(&(number, in_flight, client));
                reports.map_or(&[][..], Vec::as_slice)
            };
            let (by_hand, ours) = (of("by-hand"), of("driver"));
            let [floor, official] =
                [of("floor"), of(OFFICIAL)].map(|reports| match median(reports, Report::cpu_us) {
                    Some(cpu) => format!("{cpu:.1}"),
                    None => "–".to_owned(),
                });
            let (Some(by_hand_us), Some(ours_us)) =
                (median(by_hand, Report::cpu_us), median(ours, Report::cpu_us))
            else {
                continue;
            };
            let rounds = || {
                let pairs = ours.iter().zip(by_hand);
                pairs.map(|(ours, by_hand)| ours.cpu_us() / by_hand.cpu_us())
            };
            let (least, most) = (rounds().fold(f64::MAX, f64::min), rounds().fold(0.0, f64::max));
            let memory = median(ours, memory)
                .zip(median(by_hand, memory))
                .map_or(0.0, |(ours, by_hand)| ours / by_hand);
            println!(
                "| {} | {in_flight} | {floor} | {official} | {by_hand_us:.1} | {ours_us:.1} | {:.2} | {least:.2} to {most:.2} | {memory:.2} |",
                case.title(),
                ours_us / by_hand_us,
            );
        }
    }
    Ok(())
}

/// Prints the table of instructions.
#[expect(clippy::print_stdout, reason = "it is what the process is for")]
fn count(asked: &Asked, folder: &Path, server: &Server) -> Result<()> {
    println!("| one call, by valgrind | in flight | by hand | stream-users | × |");
    println!("|---|--:|--:|--:|--:|");
    for case in asked.cases() {
        for in_flight in IN_FLIGHT {
            let of = |client, name| instructions(folder, client, &server.url, name, in_flight);
            let (by_hand, ours) = (of("by-hand", case.by_hand)?, of("driver", case.name)?);
            println!(
                "| {} | {in_flight} | {by_hand:.0} | {ours:.0} | {:.2} |",
                case.title(),
                ours / by_hand
            );
        }
    }
    Ok(())
}

/// How many instructions one call takes: what a process takes that makes more calls, divided by how many more they are.
fn instructions(folder: &Path, client: &str, url: &str, case: &str, in_flight: usize) -> Result<f64> {
    let mut totals = [0.0; 2];
    let mut calls = [0.0; 2];
    for (index, count) in [COUNTED, 2 * COUNTED].into_iter().enumerate() {
        let arguments = [url, case, &count.to_string(), &in_flight.to_string()].map(str::to_owned);
        let output = Command::new("valgrind")
            .args([
                "--tool=cachegrind",
                "--cache-sim=no",
                "--cachegrind-out-file=/dev/null",
            ])
            .arg(binary(folder, client)?)
            .args(&arguments)
            .output()
            .map_err(|error| {
                format!("cannot run valgrind: {error}; fix: `apt-get install valgrind libc6-dbg`")
            })?;
        let told = String::from_utf8_lossy(&output.stderr);
        let total = told
            .lines()
            .find_map(|line| line.split_once(" refs:"))
            .map(|(_, total)| total.trim().replace(',', ""))
            .filter(|_| output.status.success())
            .ok_or_else(|| format!("{client} {case} was not counted: {told}"))?;
        totals[index] = total.parse()?;
        calls[index] = Arguments::parse(&arguments)?.calls();
    }
    Ok((totals[1] - totals[0]) / (calls[1] - calls[0]))
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
