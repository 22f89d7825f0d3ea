//! Where groups are kept.

use std::collections::BTreeSet;

pub trait GroupStorage {
    /// Adds a member; the epoch afterwards.
    fn insert(&mut self, member: String) -> u64;
    /// Sorted.
    fn members(&self) -> impl Iterator<Item = &str>;
}

/// Keeps a group in memory.
#[derive(Default)]
pub struct MemoryStorage {
    members: BTreeSet<String>,
    epoch: u64,
}

impl GroupStorage for MemoryStorage {
    fn insert(&mut self, member: String) -> u64 {
        self.epoch += u64::from(self.members.insert(member));
        self.epoch
    }

    fn members(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(String::as_str)
    }
}
