//! How much is done. By default as little as shows that everything works, in a few seconds; `STREAM_USERS_SOAK=full` is
//! the whole. Single sizes and the seed of chance can be set besides.

/// Whether the whole is done.
pub(crate) fn full() -> bool {
    std::env::var("STREAM_USERS_SOAK").is_ok_and(|value| value == "full")
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is {text:?} and should be a number")))
}

/// A size: of the environment, or else the small one or the whole one.
pub(crate) fn size(name: &str, small: u64, whole: u64) -> u64 {
    number(name).unwrap_or(if full() { whole } else { small })
}

/// What chance begins with: another number each time, unless `STREAM_USERS_SOAK_SEED` says it. It is printed, so that a
/// run can be repeated.
pub(crate) fn seed() -> u64 {
    let seed = number("STREAM_USERS_SOAK_SEED").unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(0, |now| u64::from(now.subsec_nanos()))
    });
    println!("seed: STREAM_USERS_SOAK_SEED={seed}");
    seed
}
