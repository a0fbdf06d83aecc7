//! Does a case so many times, in one thread, for `cargo xtask bench` to count what it takes: `count CASE N`. `count --list` names
//! the cases, each with the number of times that is enough.

use std::error::Error;

use stream_users_bench::cases::{CASES, Case};

#[expect(clippy::print_stdout, reason = "whoever counts has to learn the names")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        ["--list"] => {
            for case in CASES {
                println!("{} {}", case.name, case.times);
            }
            Ok(())
        }
        [name, times] => {
            let case = Case::named(name).ok_or("there is no such case; `--list` names them")?;
            let times: usize = times.parse()?;
            let mut call = case.prepare()?;
            // The first one fills caches and pools.
            for _ in 0..=times {
                call()?;
            }
            Ok(())
        }
        _ => Err("usage: CASE N, or --list".into()),
    }
}
