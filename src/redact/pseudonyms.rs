//! Keyed pseudonyms for accounts and e-mail addresses. Without the key, a guessed name cannot be
//! tested. Does not find the names in a text.

use std::fmt;

/// The secret key of the pseudonyms.
#[derive(Clone, PartialEq, Eq)]
pub struct PseudonymKey([u8; 32]);

impl PseudonymKey {
    /// Derives the key from the content of a key file.
    pub fn new(secret: &[u8]) -> PseudonymKey {
        PseudonymKey(blake3::derive_key("faultline 2026 pseudonyms", secret))
    }

    /// 16 hex digits that distinguish keys and do not reveal them.
    pub fn id(&self) -> String {
        blake3::keyed_hash(&self.0, b"id").to_hex()[..16].to_string()
    }

    /// The pseudonym of an account or address, equal in every case and encoding of it.
    pub(crate) fn pseudonym(&self, address: &str) -> String {
        let plain = address.replace("%40", "@").replace('＠', "@").to_lowercase();
        let hash = blake3::keyed_hash(&self.0, plain.as_bytes());
        let mut number = [0; 8];
        number.copy_from_slice(&hash.as_bytes()[..8]);
        format!("{PERSON}{:012}]", u64::from_le_bytes(number) % PSEUDONYMS)
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PseudonymKey({})", self.id())
    }
}

/// Beginning of a pseudonym. Without `@`, so that a pseudonym is never replaced again.
pub(crate) const PERSON: &str = "[person:";

/// Number of different pseudonyms. They are numbers because the templates of unknown errors mask
/// numbers. There are enough that users of one tenant do not share one, and too few for a match
/// with a guessed name to prove anything.
pub(crate) const PSEUDONYMS: u64 = 1_000_000_000_000;
