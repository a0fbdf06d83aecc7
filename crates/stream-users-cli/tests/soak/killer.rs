//! When a command is killed: at a moment that chance chooses among what can be seen of it.

use std::path::Path;

use crate::chance::Chance;
use crate::command::Running;
use crate::place;
use crate::proxy::{Proxy, Sight};

/// A moment in a run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment {
    /// While it starts, or passes over what is done: when it has read so many bytes.
    Reading(u64),
    /// On the wire.
    Seen(Sight),
    /// When the journal has grown by so many bytes: while it is written.
    Journal(u64),
}

impl Moment {
    /// A moment of a run that is to come about `batches` upserts further, of the `left` ones that are still to be sent; the
    /// input is as long as that. The last kill must not come too late, so that it comes on the wire.
    pub(crate) fn choose(chance: &mut Chance, batches: u64, left: u64, input: u64) -> Self {
        let most = (2 * batches).min(left).max(1);
        let number = 1 + chance.below(most);
        match chance.below(if batches < left { 8 } else { 5 }) {
            0 => Self::Seen(Sight::Answered(number)),
            1 | 2 => Self::Seen(Sight::Arrived(number)),
            3 | 4 => Self::Seen(Sight::Passed(number)),
            5 => Self::Reading(chance.below(input.max(1))),
            // A part takes about 100 bytes.
            _ => Self::Journal(1 + chance.below(100 * most)),
        }
    }

    /// Kills the command at this moment. Whether it was killed: it may have come to its end before.
    pub(crate) fn strike(self, running: &mut Running, proxy: &Proxy, journal: &Path) -> bool {
        let before = place::length(journal);
        let killer = running.killer();
        let mut killer = match self {
            Self::Seen(sight) => {
                proxy.at(sight, killer);
                None
            }
            _ => Some(killer),
        };
        let ended = running.wait(|running| {
            let is_due = match self {
                Self::Reading(bytes) => running.has_read() >= bytes,
                Self::Seen(_) => false,
                Self::Journal(bytes) => place::length(journal) >= before + bytes,
            };
            match killer.take_if(|_| is_due) {
                Some(kill) => kill(),
                None => proxy.wait(),
            }
        });
        // A process that was killed has no exit code.
        ended.status.code().is_none()
    }
}
