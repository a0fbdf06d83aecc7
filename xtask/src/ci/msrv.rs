//! The lowest supported compiler, tried for real: Debian's packages of it, unpacked into a folder and not installed,
//! check the library crates. Where the folder is not there yet, it is made.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::job::{Job, Outcome, Tool, is_there};
use crate::repo::Repo;

/// The variable that names a folder with the compiler in `usr/bin` or `bin`.
const FOLDER_VARIABLE: &str = "STREAM_USERS_MSRV_TOOLCHAIN";
/// Where the folder is made, seen from the root.
const FOLDER: &str = "target/msrv-toolchain";
const APT: Tool = Tool {
    name: "apt-get",
    probe: &["apt-get", "--version"],
};
const DPKG: Tool = Tool {
    name: "dpkg-deb",
    probe: &["dpkg-deb", "--version"],
};

/// The job: `cargo check` of the packages, with all features that link nothing of the system.
///
/// # Errors
/// Where the root's manifest states no lowest compiler.
pub(super) fn job(repo: &Repo, packages: &[&str], features: &str) -> Result<Job> {
    let version = stated(&repo.read("Cargo.toml")?)?;
    let mut arguments = vec!["check".to_owned()];
    for package in packages {
        arguments.extend(["--package".to_owned(), (*package).to_owned()]);
    }
    arguments.extend(["--features".to_owned(), features.to_owned()]);
    let name = format!("lowest compiler ({version})");
    let shown = "cargo xtask ci --full --only 'lowest compiler'";
    Ok(Job::own(name, shown, move |repo| run(repo, &version, &arguments))
        .fix("use only what that compiler and its standard library have, or lower a dependency"))
}

fn run(repo: &Repo, version: &str, arguments: &[String]) -> Result<Outcome> {
    let named = std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from);
    let folder = named.clone().unwrap_or_else(|| repo.path(FOLDER));
    if compiler(&folder, "rustc").is_none() {
        if named.is_some() {
            bail!(
                "{} holds no rustc, and {FOLDER_VARIABLE} names it",
                folder.display()
            );
        }
        if let Some(tool) = [APT, DPKG].iter().find(|tool| !is_there(tool)) {
            return Ok(Outcome::Skipped(tool.name));
        }
        unpack(&folder, version)?;
    }
    let rustc = compiler(&folder, "rustc").context("the unpacked packages hold no rustc")?;
    let cargo = compiler(&folder, "cargo").unwrap_or_else(|| PathBuf::from("cargo"));
    let libraries = libraries(&folder)?;
    let output = Command::new(&rustc)
        .arg("--version")
        .env("LD_LIBRARY_PATH", &libraries)
        .output()?;
    let found = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !found.starts_with(&format!("rustc {version}")) {
        bail!(
            "{} answers `{found}`, not rustc {version}; delete {} to unpack it again",
            rustc.display(),
            folder.display()
        );
    }
    println!("with {found}: {} {}", cargo.display(), arguments.join(" "));
    let mut command = Command::new(cargo);
    command
        .args(arguments)
        .current_dir(repo.root())
        .env("RUSTC", &rustc)
        .env("LD_LIBRARY_PATH", &libraries)
        .env("CARGO_TARGET_DIR", repo.path("target/msrv"))
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("RUSTC_WRAPPER");
    Ok(Outcome::of(command.status()?.success()))
}

/// The packages that the compiler and its cargo link, beyond what every Debian has.
const LINKED: &[&str] = &[
    "libllvm19",
    "libz3-4",
    "libedit2",
    "libpcre3",
    "libhttp-parser2.9",
    "libssh2-1",
    "libcurl4",
    "libsqlite3-0",
];

/// What to download: the compiler's own packages in the version that `madison` lists, and what they link. Debian's
/// archives may hold newer compilers under the same names.
fn packages(version: &str, madison: &str) -> Result<Vec<String>> {
    let exact = madison
        .lines()
        .filter_map(|line| line.split('|').nth(1).map(str::trim))
        .find(|listed| listed.starts_with(&format!("{version}.")))
        .with_context(|| format!("`apt-cache madison rustc-web` lists no version {version}"))?;
    let standard = format!("libstd-rust-web-{version}");
    let own = ["rustc-web", "cargo-web", "libstd-rust-web-dev", &standard];
    let own = own.iter().map(|package| format!("{package}={exact}"));
    Ok(own
        .chain(LINKED.iter().map(|package| (*package).to_owned()))
        .collect())
}

/// Downloads the packages and unpacks them.
fn unpack(folder: &Path, version: &str) -> Result<()> {
    let downloads = folder.join("packages");
    std::fs::create_dir_all(&downloads)?;
    // The lists may be older than the packages; where we may not renew them, the download says what it lacks.
    if !quietly(Command::new("apt-get").arg("update"))? {
        eprintln!("warning: `apt-get update` failed; going on with the lists that are there");
    }
    let madison = Command::new("apt-cache")
        .args(["madison", "rustc-web"])
        .output()?;
    let packages = packages(version, &String::from_utf8_lossy(&madison.stdout))?;
    println!(
        "downloading rustc {version} from Debian's packages into {}",
        folder.display()
    );
    if !quietly(
        Command::new("apt-get")
            .arg("download")
            .args(&packages)
            .current_dir(&downloads),
    )? {
        bail!(
            "`apt-get download {}` failed; run it to see why",
            packages.join(" ")
        );
    }
    for entry in std::fs::read_dir(&downloads)? {
        let package = entry?.path();
        let status = Command::new("dpkg-deb")
            .arg("-x")
            .arg(&package)
            .arg(folder)
            .status()?;
        if !status.success() {
            bail!("`dpkg-deb -x {}` failed", package.display());
        }
    }
    std::fs::remove_dir_all(&downloads)?;
    Ok(())
}

fn quietly(command: &mut Command) -> Result<bool> {
    Ok(command.output()?.status.success())
}

/// A program of the folder.
fn compiler(folder: &Path, program: &str) -> Option<PathBuf> {
    ["usr/bin", "bin"]
        .iter()
        .map(|bin| folder.join(bin).join(program))
        .find(|path| path.is_file())
}

/// The folders of the unpacked shared libraries, as the loader wants them.
fn libraries(folder: &Path) -> Result<String> {
    let mut found = Vec::new();
    for library in ["usr/lib", "lib"]
        .map(|library| folder.join(library))
        .iter()
        .filter(|path| path.is_dir())
    {
        found.push(library.display().to_string());
        for entry in std::fs::read_dir(library)? {
            let path = entry?.path();
            if path.is_dir()
                && path
                    .file_name()
                    .is_some_and(|name| name.to_string_lossy().contains("-linux-gnu"))
            {
                found.push(path.display().to_string());
            }
        }
    }
    Ok(found.join(":"))
}

/// The lowest compiler that the root's manifest states.
fn stated(manifest: &str) -> Result<String> {
    let manifest: toml::Table = manifest.parse()?;
    let version = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("package")?.get("rust-version")?.as_str());
    Ok(version
        .context("Cargo.toml has no `rust-version` under [workspace.package]")?
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::{packages, stated};

    #[test]
    fn the_version_is_the_roots() {
        assert_eq!(
            stated("[workspace.package]\nrust-version = '1.85'\n").unwrap(),
            "1.85"
        );
        assert!(stated("[workspace.package]\n").is_err());
    }

    #[test]
    fn the_packages_are_of_that_version_where_newer_ones_are_listed_too() {
        let madison = " rustc-web | 1.96.0+dfsg1-1 | a Packages\n rustc-web | 1.85.0+dfsg3-1 | b Packages\n";
        let wanted = packages("1.85", madison).unwrap();
        assert!(
            wanted.contains(&"rustc-web=1.85.0+dfsg3-1".to_owned()),
            "{wanted:?}"
        );
        assert!(
            wanted.contains(&"libstd-rust-web-1.85=1.85.0+dfsg3-1".to_owned()),
            "{wanted:?}"
        );
        assert!(packages("1.8", madison).is_err());
    }
}
