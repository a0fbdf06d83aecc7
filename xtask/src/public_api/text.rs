//! Which lines of a public API stand in its snapshot, and how.
//!
//! Left out is what says nothing of its own: blanket implementations, automatic traits where they hold, and the
//! methods below the implementation of a trait, whose signatures are the trait's. A derived trait is one line. A type
//! that is not `Send` or not `Sync` is told.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use public_api::Builder;

/// The length from which a row of digits is a hash, which is written as `N`.
const HASH: usize = 15;

/// The text of a library's snapshot, from rustdoc's JSON.
///
/// # Errors
/// Where the JSON cannot be read.
pub(super) fn snapshot(package: &str, json: &Path) -> Result<String> {
    let lines = |automatic: bool| -> Result<Vec<String>> {
        let api = Builder::from_rustdoc_json(json)
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(!automatic)
            .build()
            .with_context(|| format!("cannot read what rustdoc says of {package}"))?;
        Ok(api.items().map(ToString::to_string).collect())
    };
    let own: BTreeSet<String> = lines(false)?.into_iter().collect();
    let mut text =
        format!("# Made by `cargo xtask public-api`: the public API of {package} with its features.\n");
    for line in kept(&lines(true)?, &own) {
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

/// The lines that are kept of all; `own` has no implementation of an automatic trait.
fn kept(all: &[String], own: &BTreeSet<String>) -> Vec<String> {
    let modules: BTreeSet<&str> = all
        .iter()
        .filter_map(|line| line.strip_prefix("pub mod "))
        .collect();
    let is_free = |path: &str| {
        path.rsplit_once("::")
            .is_some_and(|(module, _)| modules.contains(module))
    };
    let mut kept: Vec<String> = Vec::new();
    let mut below_a_trait = false;
    for line in all {
        if is_implementation(line) {
            below_a_trait = line.contains(" for ");
            let lacking = ["Send", "Sync"]
                .iter()
                .any(|name| line.contains(&format!("!core::marker::{name} for ")));
            if !lacking && (!own.contains(line) || line.contains("::StructuralPartialEq for ")) {
                continue;
            }
        } else if below_a_trait && function(line).is_some_and(|path| !is_free(&path)) {
            continue;
        }
        kept.push(without_hashes(line));
    }
    kept
}

fn is_implementation(line: &str) -> bool {
    let line = line.strip_prefix("unsafe ").unwrap_or(line);
    line.starts_with("impl ") || line.starts_with("impl<")
}

/// The path of the function that a line is about, without type parameters.
fn function(line: &str) -> Option<String> {
    let (words, rest) = line.split_once("fn ")?;
    let only_words = |letter: char| letter.is_alphanumeric() || " _\"#[]".contains(letter);
    if !words.chars().all(only_words) {
        return None;
    }
    let mut path = String::new();
    let (mut depth, mut before) = (0_usize, ' ');
    for letter in rest.chars() {
        match letter {
            '(' if depth == 0 => break,
            '<' => depth += 1,
            '>' if before != '-' => depth = depth.saturating_sub(1),
            _ if depth == 0 => path.push(letter),
            _ => {}
        }
        before = letter;
    }
    Some(path)
}

/// The same line, with `N` for each hash: the names of what macros make hold some.
fn without_hashes(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let digits = &rest[start..];
        let length = digits
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(digits.len());
        shown.push_str(&rest[..start]);
        shown.push_str(if length < HASH { &digits[..length] } else { "N" });
        rest = &digits[length..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::{function, kept, without_hashes};

    #[test]
    fn what_says_nothing_of_its_own_is_left_out() {
        let own = [
            "pub struct a::User",
            "pub a::User::name: alloc::string::String",
            "impl a::User",
            "pub fn a::User::new() -> Self",
            "impl core::clone::Clone for a::User",
            "pub fn a::User::clone(&self) -> a::User",
            "impl core::marker::StructuralPartialEq for a::User",
            "impl core::iter::Iterator for a::User",
            "pub type a::User::Item = u8",
            "pub fn a::User::next(&mut self) -> core::option::Option<u8>",
            "pub const fn a::free<F: Fn() -> u8>(F)",
        ];
        let mut all: Vec<String> = own.map(str::to_owned).to_vec();
        all.splice(0..0, ["pub mod a".to_owned()]);
        all.extend([
            "impl core::marker::Unpin for a::User".to_owned(),
            "impl !core::marker::Send for a::User".to_owned(),
        ]);
        let lines = kept(&all, &all[..=own.len()].iter().cloned().collect());
        assert_eq!(
            lines,
            [
                "pub mod a",
                "pub struct a::User",
                "pub a::User::name: alloc::string::String",
                "impl a::User",
                "pub fn a::User::new() -> Self",
                "impl core::clone::Clone for a::User",
                "impl core::iter::Iterator for a::User",
                "pub type a::User::Item = u8",
                "pub const fn a::free<F: Fn() -> u8>(F)",
                "impl !core::marker::Send for a::User",
            ]
        );
    }

    #[test]
    fn the_path_of_a_function_is_without_parameters() {
        let path = |line| function(line).unwrap_or_default();
        assert_eq!(
            path("pub async fn a::Users<C>::get<F: Fn() -> u8>(&self, F)"),
            "a::Users::get"
        );
        assert_eq!(path("pub a::User::call: fn(u8) -> u8"), "");
        assert_eq!(path("pub struct a::User"), "");
    }

    #[test]
    fn a_hash_is_no_part_of_an_api() {
        assert_eq!(
            without_hashes("a::__mock_17912784438237275810::b(u16)"),
            "a::__mock_N::b(u16)"
        );
        assert_eq!(without_hashes("a64::b"), "a64::b");
    }
}
