//! How long the parts of a call take, and what they allocate: `cargo bench -p stream-users-bench`, with a part of a name to run
//! those alone.

use divan::{AllocProfiler, Bencher};
use stream_users_bench::cases::{CASES, Case, Failure};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench(args = CASES)]
fn case(bencher: Bencher, case: &Case) -> Result<(), Failure> {
    let mut call = case.prepare()?;
    call()?;
    bencher.bench_local(call);
    Ok(())
}
