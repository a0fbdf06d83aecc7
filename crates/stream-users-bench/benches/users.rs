//! How long the parts of a call take, and what they allocate: `cargo bench -p stream-users-bench`, with a part of a name to run
//! those alone.

use divan::{AllocProfiler, Bencher};
use stream_users_bench::cases::{CASES, Case};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench(args = CASES)]
#[expect(clippy::expect_used, reason = "a benchmark has no other way to fail")]
fn case(bencher: Bencher, case: &Case) {
    let mut call = case.prepare().expect("the case can be prepared");
    call().expect("the case can be done");
    bencher.bench_local(call);
}
