//! The signals that end a command which goes on until it is told to stop: the emulator's own command waits for the same.

pub(crate) use stream_users_emulator::command::Stop;
