//! Signatures by ring, and the digests that others expect of OpenSSL.

use ring::signature::{self, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// A device's key.
pub struct DeviceKey(Ed25519KeyPair);

impl DeviceKey {
    /// The same seed gives the same key.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(seed).expect("a seed has 32 bytes"))
    }

    pub fn public(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

/// Whether `signature` is that of `message` by the owner of `public`.
pub fn verify(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&signature::ED25519, public)
        .verify(message, signature)
        .is_ok()
}

/// SHA-256, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    openssl::sha::sha256(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Of the OpenSSL that is linked.
pub fn openssl_version() -> &'static str {
    openssl::version::version()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_message_only() {
        let key = DeviceKey::from_seed(&[7; 32]);
        let signature = key.sign(b"open");
        assert!(verify(&key.public(), b"open", &signature));
        assert!(!verify(&key.public(), b"shut", &signature));
    }

    #[test]
    fn digests_are_those_of_everybody() {
        assert_eq!(
            sha256(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
