//! The facade is re-exports, and every feature of it is documented.

/// The features of the manifest, in the documentation's table of features.
#[test]
fn every_feature_is_documented() {
    let manifest = include_str!("../../Cargo.toml");
    let (_, features) = manifest.split_once("[features]\n").unwrap();
    let (features, _) = features.split_once("\n[").unwrap();
    let table: Vec<_> = include_str!("../../src/lib.rs")
        .lines()
        .filter(|line| line.starts_with("//! | `"))
        .collect();
    let mut found = 0;
    for line in features.lines() {
        let Some((name, _)) = line.split_once(" = [") else {
            continue;
        };
        if name != "default" {
            found += 1;
            assert!(
                table.iter().any(|row| row.contains(&format!("`{name}`"))),
                "the feature `{name}` is missing in the table in src/lib.rs; add a row"
            );
        }
    }
    assert!(found > 10, "only {found} features found");
}
