//! What holds across the crates: seen through the facade, with the emulator on the other end.

mod features;
mod hostile_ids;
mod life;
mod one_program;
mod pages;
mod program;
mod quick_start;
mod strangers;
