//! `cargo xtask build-cost`: what each of our crates costs to compile, cold, against reqwest, serde and `serde_json` alone. What
//! is built stands in `subject`, how it is built and measured in `scratch`, what cargo says of the parts of a build in `units`; what
//! is made of the figures stands here.
//!
//! It takes some minutes and compares times, so it is a task of its own and no job of `cargo xtask ci`, where `tidy` watches how many
//! crates there are.

mod scratch;
mod subject;
mod units;

use std::time::Duration;

use anyhow::{Context as _, Result};

use self::scratch::Scratch;
use self::subject::{ALONE, FACADE, SUBJECTS};
use self::units::Unit;
use crate::repo::Repo;
use crate::violation::{self, Violation};

/// How much CPU time the facade may take, in percent of what the three alone take. How many crates is `tidy`'s to watch.
const MOST: u32 = 125;

/// How many of the dearest parts of a build are shown.
const SHOWN: usize = 10;

/// What to build.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Fail where the facade takes too much beside the three alone. Nothing else is built then.
    #[arg(long, conflicts_with = "subject")]
    check: bool,
    /// Build this crate alone; `alone` stands for reqwest, serde and `serde_json`.
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(SUBJECTS))]
    subject: Option<String>,
}

impl Options {
    fn chosen(&self) -> Vec<&str> {
        match &self.subject {
            Some(subject) => vec![subject],
            None if self.check => vec![ALONE, FACADE],
            None => SUBJECTS.to_vec(),
        }
    }
}

/// What a subject costs.
#[derive(Debug)]
struct Cost {
    subject: String,
    /// How many crates are built, itself included.
    crates: usize,
    /// What cargo and all that it starts take on the CPUs.
    cpu: Duration,
    /// What passes on the clock.
    wall: Duration,
    /// The parts of the build, the dearest first; none where cargo's report is not understood.
    units: Option<Vec<Unit>>,
}

/// Builds, prints a table and the dearest parts of what was built last; `false` where the facade takes too much.
///
/// # Errors
/// Where something cannot be built or measured.
pub(crate) fn run(repo: &Repo, options: &Options) -> Result<bool> {
    let mut costs = Vec::new();
    for subject in options.chosen() {
        costs.push(Scratch::new(repo, subject, &subject::dependencies(repo, subject)?)?.measure()?);
    }
    print!("{}", table(&costs));
    if let Some(last) = costs.last() {
        print!("\n{}", dearest(last));
    }
    if options.check {
        return Ok(violation::report("build-cost --check", judge(&costs)?));
    }
    Ok(true)
}

fn of<'a>(costs: &'a [Cost], subject: &str) -> Option<&'a Cost> {
    costs.iter().find(|cost| cost.subject == subject)
}

/// The table of docs/performance.md.
fn table(costs: &[Cost]) -> String {
    let alone = of(costs, ALONE).map(|alone| alone.cpu.as_secs_f64());
    let row = |cost: &Cost| {
        let (cpu, wall) = (cost.cpu.as_secs_f64(), cost.wall.as_secs_f64());
        let ratio = alone.map_or_else(|| "–".to_owned(), |alone| format!("{:.2}", cpu / alone));
        let shown = subject::shown(&cost.subject);
        format!("| {shown} | {} | {cpu:.0} | {wall:.0} | {ratio} |\n", cost.crates)
    };
    let rows: String = costs.iter().map(row).collect();
    format!("| | crates | CPU s | wall s | CPU × |\n|---|--:|--:|--:|--:|\n{rows}")
}

/// What takes longest of a build, as a table. A part is timed on the clock, while others are built beside it.
fn dearest(cost: &Cost) -> String {
    let shown = subject::shown(&cost.subject);
    let Some(units) = &cost.units else {
        return format!(
            "cargo reports the parts of {shown} in a way that is not known here: see `cargo build --release --timings`\n"
        );
    };
    let row = |unit: &Unit| format!("| {unit} | {:.1} |\n", unit.duration);
    let rows: String = units.iter().take(SHOWN).map(row).collect();
    format!("| dearest of {shown} | wall s |\n|---|--:|\n{rows}")
}

/// What the facade takes too much of.
///
/// # Errors
/// Where it was not built, or nothing to compare it with.
fn judge(costs: &[Cost]) -> Result<Vec<Violation>> {
    let alone = of(costs, ALONE).context("the three alone were not built")?;
    let facade = of(costs, FACADE).context("the facade was not built")?;
    let too_much = |what: String, fix: String| {
        let what = format!(
            "{FACADE} takes {what}, over {}.{:02} times what reqwest, serde and serde_json take alone",
            MOST / 100,
            MOST % 100
        );
        Violation::new(format!("crates/{FACADE}/Cargo.toml"), what, fix)
    };
    let mut violations = Vec::new();
    if facade.cpu * 100 > alone.cpu * MOST {
        violations.push(too_much(
            format!(
                "{:.0} s of CPU time instead of {:.0}",
                facade.cpu.as_secs_f64(),
                alone.cpu.as_secs_f64()
            ),
            "`cargo xtask build-cost` shows which of our crates it is, and `cargo xtask build-cost CRATE` what is \
             dearest in it"
                .to_owned(),
        ));
    }
    Ok(violations)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;

    use super::units::Unit;
    use super::{Cost, Options, SUBJECTS, dearest, judge, table};

    fn cost(subject: &str, crates: usize, cpu: u64) -> Cost {
        Cost {
            subject: subject.to_owned(),
            crates,
            cpu: Duration::from_millis(cpu),
            wall: Duration::from_millis(cpu / 2),
            units: None,
        }
    }

    #[test]
    fn a_row_says_how_many_times_the_three_alone_it_takes() {
        let three = cost("alone", 104, 100_000);
        let facade = || cost("stream-users", 121, 121_600);
        assert_eq!(
            table(&[three, facade()]),
            "| | crates | CPU s | wall s | CPU × |\n|---|--:|--:|--:|--:|\n\
             | reqwest, serde with its derives and serde_json alone | 104 | 100 | 50 | 1.00 |\n\
             | `stream-users` | 121 | 122 | 61 | 1.22 |\n"
        );
        assert!(table(&[facade()]).ends_with("| `stream-users` | 121 | 122 | 61 | – |\n"));
    }

    #[test]
    fn a_quarter_more_is_let_through_and_no_more() {
        let found = |cpu| -> Vec<String> {
            let costs = [cost("alone", 100, 100_000), cost("stream-users", 121, cpu)];
            judge(&costs).unwrap().iter().map(ToString::to_string).collect()
        };
        assert_eq!(found(125_000), Vec::<String>::new());
        let cpu = found(126_000);
        assert_eq!(cpu.len(), 1);
        assert!(
            cpu[0].contains("126 s of CPU time instead of 100, over 1.25 times")
                && cpu[0].contains("`cargo xtask build-cost`"),
            "{cpu:?}"
        );
        assert!(judge(&[cost("alone", 1, 1)]).is_err());
    }

    #[test]
    fn the_dearest_ten_are_shown_or_how_to_see_them() {
        let mut cost = cost("stream-users-core", 41, 1000);
        assert!(dearest(&cost).contains("--timings"));
        let unit = |number| Unit {
            name: format!("crate{number}"),
            version: "1.0.0".to_owned(),
            target: String::new(),
            duration: 2.0,
        };
        cost.units = Some((0..11).map(unit).collect());
        let shown = dearest(&cost);
        assert_eq!(shown.lines().count(), 12);
        assert!(shown.ends_with("| crate9 1.0.0 | 2.0 |\n"), "{shown}");
    }

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn one_subject_is_built_by_its_name_and_two_for_the_check() {
        let chosen = |line: &[&str]| {
            let line = Line::try_parse_from([&["build-cost"], line].concat()).ok()?;
            Some(line.options.chosen().join(" "))
        };
        assert_eq!(chosen(&[]), Some(SUBJECTS.join(" ")));
        assert_eq!(chosen(&["--check"]).as_deref(), Some("alone stream-users"));
        assert_eq!(
            chosen(&["stream-users-model"]).as_deref(),
            Some("stream-users-model")
        );
        assert_eq!(chosen(&["stream-users-cli"]), None);
        assert_eq!(chosen(&["--check", "alone"]), None);
    }
}
