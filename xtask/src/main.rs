//! The workspace's own tasks: `cargo xtask <task>`.
//!
//! One module per task; this file only reads the command line and chooses. Every check that fails prints the line
//! or the command that fixes it. Nothing here depends on a crate of the workspace, so that a workspace that does not
//! compile can still be generated and checked.
//!
//! Exit codes: 0 where all is well, 1 where a check found something, 2 where a task could not do its work (a file
//! that cannot be read, a wrong argument).
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to the terminal"
)]

mod advisories;
mod bench;
mod build_cost;
mod ci;
mod codegen;
mod contract;
mod e2e;
mod fuzz;
mod public_api;
mod repo;
mod rustdoc;
mod tidy;
mod violation;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::repo::Repo;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "The workspace's own checks and generators"
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Make the generated files from the contract.
    Codegen {
        /// Write nothing; fail where a file is not what would be made.
        #[arg(long)]
        check: bool,
    },
    /// Hold the contract against itself, or against a document of the service.
    #[command(subcommand)]
    Contract(ContractTask),
    /// Write down the public API of each published library.
    PublicApi {
        /// Write nothing; fail where the API is not the one that is written down.
        #[arg(long)]
        check: bool,
    },
    /// Ask the advisory database about every crate of the lock files. Needs the network, and is no part of `ci`.
    Advisories,
    /// Check the crates' arrows, the manifests and the text of every file.
    Tidy,
    /// Send the emulator inputs of all kinds, and look for one that it fails at.
    Fuzz(fuzz::Options),
    /// Count the instructions and allocations that the parts of a call take. Needs valgrind.
    Bench(bench::Options),
    /// Measure what our crates take to compile, against reqwest, serde and `serde_json` alone. Takes minutes, and is no part of `ci`.
    BuildCost(build_cost::Options),
    /// Run what a change must pass.
    Ci(ci::Options),
    /// Drive the official SDKs against the emulator.
    E2e(e2e::Options),
}

#[derive(Debug, Subcommand)]
enum ContractTask {
    /// Check that operations.toml, allow.toml and users.openapi.json agree.
    Check,
    /// Say what an OpenAPI document of the service changed for our operations.
    ///
    /// Exits with 0 where nothing changed, 1 where something did, 2 where the document cannot be read.
    Diff {
        /// The document, JSON or YAML.
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    if let Some(code) = rustdoc::stand_in() {
        return code;
    }
    let arguments = Arguments::parse();
    match run(&arguments.task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Runs one task; `false` where a check found something.
fn run(task: &Task) -> anyhow::Result<bool> {
    let repo = Repo::here()?;
    match task {
        Task::Codegen { check } => Ok(codegen::run(&repo, *check)? & codegen::command::run(&repo, *check)?),
        Task::Contract(ContractTask::Check) => contract::check(&repo),
        Task::Contract(ContractTask::Diff { file }) => contract::diff(&repo, file),
        Task::PublicApi { check } => public_api::run(&repo, *check),
        Task::Advisories => advisories::run(&repo),
        Task::Tidy => tidy::run(&repo),
        Task::Fuzz(options) => fuzz::run(&repo, options),
        Task::Bench(options) => bench::run(&repo, options),
        Task::BuildCost(options) => build_cost::run(&repo, options),
        Task::Ci(options) => ci::run(&repo, options),
        Task::E2e(options) => e2e::run(&repo, options),
    }
}
