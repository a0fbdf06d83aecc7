//! The figures that are written down, and what is worse or better than they are.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write as _};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::repo::Repo;

/// The command that accepts figures as they are.
pub(super) const BLESS: &str = "cargo xtask bench --bless";

/// By how many percent the instructions of a call may differ. Hash maps are seeded anew in each process, and what lies
/// where in memory changes a copy's way: that is under 1 %. Another version of the C library may add as much again.
const INSTRUCTIONS: f64 = 3.0;
/// By how many percent the allocations of a call and their bytes may differ. They are the same each time; a buffer that is
/// made for many calls is a fraction of one.
const ALLOCATIONS: f64 = 1.0;
/// What 100 users may cost, in costs of 10 times 10 users: one allowance for buffers that grow.
const LINEAR: f64 = 1.1;
/// The pairs of cases that it is asked of.
const TEN_AND_HUNDRED: &[(&str, &str)] = &[("decode_10", "decode_100"), ("encode_10", "encode_100")];
/// The cases that are done by hand as well.
const BY_HAND: &[(&str, &str)] = &[
    ("decode_100", "decode_100_by_hand"),
    ("decode_100_typed", "decode_100_by_hand"),
    ("encode_100", "encode_100_by_hand"),
    ("encode_100_typed", "encode_100_by_hand"),
];

const HEAD: &str =
    "# What each case of the crate costs a call, by compiler and CPU. Made by `cargo xtask bench --bless`.\n";

/// What one call costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Figures {
    pub(super) instructions: u64,
    pub(super) allocations: u64,
    pub(super) bytes: u64,
}

/// The figures by case.
pub(super) type Table = BTreeMap<String, Figures>;

/// What figures depend on besides the code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Key {
    compiler: String,
    cpu: String,
}

impl Key {
    /// That of this machine.
    ///
    /// # Errors
    /// Where the compiler does not say what it is.
    pub(super) fn here(repo: &Repo) -> Result<Self> {
        let output = repo
            .command("rustc")
            .arg("-V")
            .output()
            .context("cannot run rustc")?;
        ensure!(output.status.success(), "`rustc -V` failed");
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        Ok(Self {
            compiler: String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            cpu: cpu(&info),
        })
    }
}

impl Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.compiler, self.cpu)
    }
}

/// The name of the CPU and its family, model and stepping, as `/proc/cpuinfo` has them: a name alone may stand for several,
/// and is at times no more than that of the maker.
fn cpu(info: &str) -> String {
    let value = |name: &str| {
        let pairs = info.lines().filter_map(|line| line.split_once(':'));
        let mut found = pairs.filter(|(key, _)| key.trim() == name);
        found.next().map_or("unknown", |(_, value)| value.trim())
    };
    format!(
        "{} (family {}, model {}, stepping {})",
        value("model name"),
        value("cpu family"),
        value("model"),
        value("stepping")
    )
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Machine {
    #[serde(flatten)]
    key: Key,
    cases: Table,
}

/// The file.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Baseline {
    #[serde(default)]
    machine: Vec<Machine>,
}

impl Baseline {
    /// Reads it; an empty text is one without figures.
    ///
    /// # Errors
    /// Where it is none.
    pub(super) fn parse(text: &str) -> Result<Self> {
        toml::from_str(text)
            .context("the baseline cannot be read; `cargo xtask bench --bless` makes one where there is none")
    }

    /// The figures of a compiler and a CPU.
    pub(super) fn of(&self, key: &Key) -> Option<&Table> {
        let machine = self.machine.iter().find(|machine| machine.key == *key);
        machine.map(|machine| &machine.cases)
    }

    /// Puts figures in the place of those of the same compiler and CPU. Others stay.
    pub(super) fn bless(&mut self, key: Key, cases: Table) {
        match self.machine.iter_mut().find(|machine| machine.key == key) {
            Some(machine) => machine.cases = cases,
            None => self.machine.push(Machine { key, cases }),
        }
    }

    /// The text of the file.
    pub(super) fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        for Machine { key, cases } in &self.machine {
            let quoted = |text: &str| toml::Value::from(text).to_string();
            // Writing into a text does not fail.
            let _ = write!(
                text,
                "\n[[machine]]\ncompiler = {}\ncpu = {}\n\n[machine.cases]\n",
                quoted(&key.compiler),
                quoted(&key.cpu)
            );
            for (case, figures) in cases {
                let Figures {
                    instructions,
                    allocations,
                    bytes,
                } = figures;
                let _ = writeln!(
                    text,
                    "{case} = {{ instructions = {instructions}, allocations = {allocations}, bytes = {bytes} }}"
                );
            }
        }
        text
    }
}

/// What differs by more than it may.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) worse: Vec<String>,
    pub(super) better: Vec<String>,
}

/// Compares figures with those that are written down. A case that only one of them has is worse.
pub(super) fn compare(known: &Table, new: &Table) -> Compared {
    let mut compared = Compared::default();
    for (case, new) in new {
        let Some(old) = known.get(case) else {
            compared.worse.push(format!(
                "{case}: is not written down; `{BLESS}` accepts the figures above"
            ));
            continue;
        };
        let figures = [
            ("instructions", old.instructions, new.instructions, INSTRUCTIONS),
            ("allocations", old.allocations, new.allocations, ALLOCATIONS),
            ("bytes allocated", old.bytes, new.bytes, ALLOCATIONS),
        ];
        for (what, old, new, tolerance) in figures {
            let percent = percent(old, new);
            let line = format!("{case}: {what} were {old} and are {new}, {percent:+.1} %");
            if percent > tolerance {
                let fix = format!("; make it cheaper, or accept it with `{BLESS}`");
                compared.worse.push(line + &fix);
            } else if percent < -tolerance {
                compared.better.push(line);
            }
        }
    }
    for case in known.keys().filter(|case| !new.contains_key(*case)) {
        compared.worse.push(format!(
            "{case}: is written down and no case; `{BLESS}` takes it out"
        ));
    }
    compared
}

/// Where 100 users cost more than 10 times what 10 do.
pub(super) fn not_linear(table: &Table) -> Vec<String> {
    let line = |(ten, hundred): &(&str, &str)| {
        let [few, many] = [ten, hundred].map(|case| table.get(*case).map(|figures| figures.instructions));
        let (few, many) = (few?, many?);
        let times = ratio(many, few * 10);
        (times > LINEAR).then(|| {
            format!(
                "{hundred}: its {many} instructions are {times:.2} times ten of {ten}, which are {few}; \
                 at most {LINEAR} keeps the cost linear: find what looks at each user more than once"
            )
        })
    };
    TEN_AND_HUNDRED.iter().filter_map(line).collect()
}

/// The instructions of cases as ratios to the same by hand.
pub(super) fn by_hand(table: &Table) -> Vec<String> {
    let line = |(case, by_hand): &(&str, &str)| {
        let [ours, theirs] = [case, by_hand].map(|case| table.get(*case));
        let ratio = ratio(ours?.instructions, theirs?.instructions);
        Some(format!("{case} / {by_hand} = {ratio:.2}"))
    };
    BY_HAND.iter().filter_map(line).collect()
}

/// In this order of arithmetic, a difference of just so many percent is that and no more.
#[expect(clippy::cast_precision_loss, reason = "the numbers are far from that large")]
fn percent(old: u64, new: u64) -> f64 {
    if old == new {
        return 0.0;
    }
    (new as f64 - old as f64) * 100.0 / old as f64
}

#[expect(clippy::cast_precision_loss, reason = "the numbers are far from that large")]
fn ratio(of: u64, to: u64) -> f64 {
    of as f64 / to as f64
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Figures, Key, Table, by_hand, compare, cpu, not_linear};

    const TEXT: &str = r#"
[[machine]]
compiler = "rustc 1.95.0"
cpu = "A \"good\" CPU (family 6, model 1, stepping 2)"

[machine.cases]
decode = { instructions = 1000, allocations = 100, bytes = 4000 }
encode = { instructions = 2000, allocations = 0, bytes = 0 }
"#;

    fn key(compiler: &str) -> Key {
        Key {
            compiler: compiler.to_owned(),
            cpu: r#"A "good" CPU (family 6, model 1, stepping 2)"#.to_owned(),
        }
    }

    fn table(cases: &[(&str, u64, u64, u64)]) -> Table {
        let figures = |&(case, instructions, allocations, bytes): &(&str, u64, u64, u64)| {
            let figures = Figures {
                instructions,
                allocations,
                bytes,
            };
            (case.to_owned(), figures)
        };
        cases.iter().map(figures).collect()
    }

    #[test]
    fn a_cpu_is_its_name_family_model_and_stepping() {
        let info = "processor\t: 0\ncpu family\t: 6\nmodel\t\t: 143\nmodel name\t: Xeon: fast\nstepping\t: 8\n\nmodel name\t: other\n";
        assert_eq!(cpu(info), "Xeon: fast (family 6, model 143, stepping 8)");
        assert_eq!(
            cpu(""),
            "unknown (family unknown, model unknown, stepping unknown)"
        );
    }

    #[test]
    fn figures_are_found_by_compiler_and_cpu() {
        let baseline = Baseline::parse(TEXT).unwrap();
        assert_eq!(baseline.of(&key("rustc 1.95.0")).unwrap().len(), 2);
        assert_eq!(baseline.of(&key("rustc 1.96.0")), None);
        assert_eq!(Baseline::parse("").unwrap(), Baseline::default());
        assert!(Baseline::parse("machine = 1").is_err());
    }

    #[test]
    fn blessing_replaces_the_figures_of_this_key_and_keeps_the_others() {
        let mut baseline = Baseline::parse(TEXT).unwrap();
        let new = table(&[("decode", 1, 2, 3)]);
        baseline.bless(key("rustc 1.96.0"), new.clone());
        assert_eq!(baseline.of(&key("rustc 1.95.0")).unwrap().len(), 2);
        assert_eq!(baseline.of(&key("rustc 1.96.0")), Some(&new));
        baseline.bless(key("rustc 1.95.0"), new.clone());
        assert_eq!(baseline.of(&key("rustc 1.95.0")), Some(&new));
        assert_eq!(baseline.machine.len(), 2);
        assert_eq!(Baseline::parse(&baseline.text()).unwrap(), baseline);
    }

    #[test]
    fn what_differs_by_no_more_than_it_may_is_the_same() {
        let baseline = Baseline::parse(TEXT).unwrap();
        let known = baseline.of(&key("rustc 1.95.0")).unwrap();
        for instructions in [970, 1000, 1030] {
            let new = table(&[("decode", instructions, 101, 3960), ("encode", 2000, 0, 0)]);
            assert_eq!(compare(known, &new), super::Compared::default());
        }
    }

    #[test]
    fn what_is_worse_is_told_with_both_figures_and_the_command() {
        let baseline = Baseline::parse(TEXT).unwrap();
        let known = baseline.of(&key("rustc 1.95.0")).unwrap();
        let compared = compare(
            known,
            &table(&[("decode", 1050, 102, 4000), ("encode", 1900, 1, 8)]),
        );
        let fix = "; make it cheaper, or accept it with `cargo xtask bench --bless`";
        let worse = [
            "decode: instructions were 1000 and are 1050, +5.0 %",
            "decode: allocations were 100 and are 102, +2.0 %",
            "encode: allocations were 0 and are 1, +inf %",
            "encode: bytes allocated were 0 and are 8, +inf %",
        ];
        assert_eq!(compared.worse, worse.map(|line| format!("{line}{fix}")));
        assert_eq!(
            compared.better,
            ["encode: instructions were 2000 and are 1900, -5.0 %"]
        );
    }

    #[test]
    fn a_case_that_is_missing_or_left_over_is_worse() {
        let baseline = Baseline::parse(TEXT).unwrap();
        let known = baseline.of(&key("rustc 1.95.0")).unwrap();
        let compared = compare(known, &table(&[("decode", 1000, 100, 4000), ("filter", 1, 1, 1)]));
        assert_eq!(compared.worse.len(), 2);
        assert!(compared.worse[0].starts_with("filter: is not written down"));
        assert!(compared.worse[1].starts_with("encode: is written down and no case"));
    }

    #[test]
    fn a_hundred_users_cost_ten_times_what_ten_do() {
        let linear = table(&[("decode_10", 100, 0, 0), ("decode_100", 1100, 0, 0)]);
        assert!(not_linear(&linear).is_empty());
        let worse = table(&[("encode_10", 100, 0, 0), ("encode_100", 1101, 0, 0)]);
        assert!(not_linear(&worse)[0].starts_with("encode_100: its 1101 instructions are 1.10 times"));
    }

    #[test]
    fn the_same_by_hand_is_a_ratio() {
        let table = table(&[("decode_100", 50, 0, 0), ("decode_100_by_hand", 100, 0, 0)]);
        assert_eq!(by_hand(&table), ["decode_100 / decode_100_by_hand = 0.50"]);
    }
}
