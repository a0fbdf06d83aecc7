//! Nothing that the async API offers is forgotten here. The operations are generated and need no such check; what was
//! written by hand is compared by name, source with source.

use std::collections::BTreeSet;
use std::path::Path;

/// The names of the functions with the given heads in the blocks that open with `block`.
fn functions(path: &str, block: &str, heads: &[&str]) -> BTreeSet<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
        panic!("{path}: {error}; if the file has moved, correct the path in this test")
    });
    let mut inside = false;
    let mut names = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with(block) {
            inside = true;
        } else if line == "}" {
            inside = false;
        }
        let head = heads.iter().find_map(|head| line.strip_prefix(head));
        if let (true, Some(rest)) = (inside, head) {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            names.insert(rest[..end.unwrap()].to_owned());
        }
    }
    assert!(
        !names.is_empty(),
        "{path}: no function in a block `{block}`; correct it in this test"
    );
    names
}

#[track_caller]
fn all_are_here(theirs: &BTreeSet<String>, path: &str, block: &str) {
    let ours = functions(path, block, &["    pub fn "]);
    let missing: Vec<_> = theirs.difference(&ours).collect();
    assert!(
        missing.is_empty(),
        "the core has {missing:?} and this crate has not; add `pub fn` of these names to the block `{block}` in \
         crates/{path}, each of which awaits the core's on the thread: `self.call(move |api| async move {{ .. }})`"
    );
}

#[test]
fn every_convenience() {
    let theirs = functions(
        "stream-users-core/src/api_ext.rs",
        "pub trait UsersApiExt",
        &["    fn ", "    async fn "],
    );
    assert!(
        theirs.contains("get_user") && theirs.contains("task"),
        "{theirs:?}"
    );
    all_are_here(
        &theirs,
        "stream-users-blocking/src/users.rs",
        "impl<C: CustomData> Users<C>",
    );
}

#[test]
fn every_method_of_pages_tasks_and_downloads() {
    // Made by the handle here, and with a way to ask there.
    let but_new = |mut names: BTreeSet<String>| {
        names.remove("new");
        names
    };
    let public = ["    pub fn ", "    pub async fn "];
    for (file, block, ours) in [
        ("mod", "impl<'a, T> Pages", "impl<C: CustomData> Pages<C>"),
        ("items", "impl<'a, T> Items", "impl<C: CustomData> Items<C>"),
    ] {
        let theirs = functions(&format!("stream-users-core/src/page/{file}.rs"), block, &public);
        assert!(theirs.contains("cursor"), "{theirs:?}");
        all_are_here(&but_new(theirs), "stream-users-blocking/src/iter.rs", ours);
    }
    let download = but_new(functions(
        "stream-users-core/src/export/download.rs",
        "impl<'a, C: CustomData> Download",
        &public,
    ));
    all_are_here(
        &download,
        "stream-users-blocking/src/download.rs",
        "impl<C: CustomData> Download<C>",
    );
    let task = but_new(functions(
        "stream-users-core/src/task/mod.rs",
        "impl<'a, R: DeserializeOwned> TaskHandle",
        &public,
    ));
    all_are_here(
        &task,
        "stream-users-blocking/src/task.rs",
        "impl<R: DeserializeOwned + Send + 'static, C: CustomData> TaskHandle",
    );
}
