//! Groups of members, by epoch.

use mdk_storage_traits::GroupStorage;
use sha2::{Digest, Sha256};

/// A group: who is in it decides its id, and every change is a new epoch.
pub struct Group<Storage> {
    name: String,
    storage: Storage,
}

impl<Storage: GroupStorage> Group<Storage> {
    pub fn new(name: &str, storage: Storage) -> Self {
        Self { name: name.to_string(), storage }
    }

    /// Adds a member, unless it is in already; the epoch that begins with it.
    pub fn add(&mut self, member: &str) -> u64 {
        self.storage.insert(member.to_string())
    }

    /// Of the name and the members, in hexadecimal.
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        for part in std::iter::once(self.name.as_str()).chain(self.storage.members()) {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
