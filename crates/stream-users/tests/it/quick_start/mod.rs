//! The tests that the README shows: they run here, and the README shows exactly these.

mod emulator;
mod fault;
mod mock;

#[test]
fn the_readme_shows_these_tests() {
    let readme = include_str!("../../../../../README.md");
    for (file, text) in [
        ("mock.rs", include_str!("mock.rs")),
        ("emulator.rs", include_str!("emulator.rs")),
        ("fault.rs", include_str!("fault.rs")),
    ] {
        assert!(
            readme.contains(&format!("```rust\n{text}```")),
            "README.md differs from crates/stream-users/tests/it/quick_start/{file}; copy the file into the README's \
             quick start"
        );
    }
}
