//! `cargo xtask ci`: every job that a change must pass, one after the other, whatever becomes of the ones before.
//!
//! The jobs without `--full` need Rust and a C compiler and nothing else; [`full`] adds what needs more. Each prints
//! the command that it runs, so that it can be run alone.

mod basic;
mod docs_rs;
mod features;
mod full;
mod job;
mod msrv;
mod new_operation;
mod packages;

use std::time::Instant;

use anyhow::Result;

pub(crate) use self::basic::features;
use self::job::Job;
pub(crate) use self::job::Outcome;
use crate::repo::Repo;
use crate::tidy::workspace::Workspace;

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Run also what needs another compiler or other tools.
    #[arg(long)]
    full: bool,
    /// Leave out what `cargo xtask ci` alone runs, which was just run.
    #[arg(long, hide = true, requires = "full")]
    skip_basic: bool,
    /// Run only the job of this name, or where there is none the jobs whose names hold this text.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// Runs the jobs; `false` where one failed, or where one was skipped and the environment says `CI=true`.
///
/// # Errors
/// Where cargo cannot say what the workspace holds.
pub(crate) fn run(repo: &Repo, options: &Options) -> Result<bool> {
    let workspace = Workspace::read(repo)?;
    let mut jobs = Vec::new();
    if !options.skip_basic {
        jobs.extend(basic::jobs(&workspace));
    }
    if options.full {
        jobs.extend(full::jobs(repo, &workspace)?.into_iter().map(Job::of_full));
    }
    if let Some(only) = &options.only {
        jobs = chosen(jobs, only);
        anyhow::ensure!(
            !jobs.is_empty(),
            "no job's name holds `{only}`; `cargo xtask ci` prints the names"
        );
    }
    Ok(summary(&run_all(repo, jobs), is_strict()))
}

/// Whether a job that is skipped has failed: the environment says `CI=true`.
pub(crate) fn is_strict() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// The job of a name, or those whose names hold it.
fn chosen(mut jobs: Vec<Job>, only: &str) -> Vec<Job> {
    let named = jobs.iter().any(|job| job.name == only);
    jobs.retain(|job| {
        if named {
            job.name == only
        } else {
            job.name.contains(only)
        }
    });
    jobs
}

fn run_all(repo: &Repo, jobs: Vec<Job>) -> Vec<(Job, Outcome)> {
    let mut outcomes = Vec::new();
    for job in jobs {
        println!("\n$ {}", job.shown());
        let start = Instant::now();
        let outcome = job.run(repo);
        println!("{}: {} ({:.0?})", job.name, outcome.word(), start.elapsed());
        outcomes.push((job, outcome));
    }
    outcomes
}

/// Prints what was skipped and what failed, with the way to mend it, and the counts last; whether all is well.
fn summary(outcomes: &[(Job, Outcome)], strict: bool) -> bool {
    println!();
    let (mut passed, mut failed) = (0, 0);
    for (job, outcome) in outcomes {
        match outcome {
            Outcome::Passed => passed += 1,
            Outcome::Failed => {
                failed += 1;
                println!("FAILED {}: fix: {}; again: {}", job.name, job.fix, job.again());
            }
            Outcome::Skipped(tool) => {
                failed += usize::from(strict);
                println!("SKIPPED {}: needs {tool}", job.name);
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    failed == 0
}

#[cfg(test)]
mod tests {
    use super::job::{Job, Outcome};
    use super::{chosen, summary};

    #[test]
    fn a_job_is_chosen_by_its_name_or_by_a_part_of_it() {
        let names = |only: &str| -> Vec<String> {
            let jobs = ["tests", "doctests", "docs"].map(|name| Job::cargo(name, &[]));
            chosen(jobs.into(), only)
                .into_iter()
                .map(|job| job.name)
                .collect()
        };
        assert_eq!(names("tests"), ["tests"]);
        assert_eq!(names("doc"), ["doctests", "docs"]);
        assert_eq!(names("x"), Vec::<String>::new());
    }

    #[test]
    fn a_missing_tool_fails_only_where_the_environment_is_ci() {
        let outcomes = [
            (Job::cargo("fmt", &["fmt"]), Outcome::Passed),
            (Job::cargo("clippy", &["clippy"]), Outcome::Skipped("clippy")),
        ];
        assert!(summary(&outcomes, false));
        assert!(!summary(&outcomes, true));
        assert!(!summary(&[(Job::cargo("fmt", &["fmt"]), Outcome::Failed)], false));
    }
}
