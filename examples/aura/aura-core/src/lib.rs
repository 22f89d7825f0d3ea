//! Names of things: an identifier is the digest of what it names.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The first 16 bytes of a BLAKE3 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identifier([u8; 16]);

impl Identifier {
    /// `kind` separates the namespaces: a device and an account of the same name differ.
    pub fn derive(kind: &str, name: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(kind);
        hasher.update(name);
        let mut bytes = [0; 16];
        hasher.finalize_xof().fill(&mut bytes);
        Self(bytes)
    }

    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Identifier({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_has_the_same_identifier() {
        assert_eq!(
            Identifier::derive("device", b"laptop"),
            Identifier::derive("device", b"laptop")
        );
    }

    #[test]
    fn kinds_are_separate() {
        assert_ne!(
            Identifier::derive("device", b"laptop"),
            Identifier::derive("account", b"laptop")
        );
    }
}
