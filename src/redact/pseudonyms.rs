//! Keyed pseudonyms for accounts and e-mail addresses. Without the key nobody can test a guess.

use std::fmt;

/// Makes stand-ins: whoever does not hold it cannot tell whose they are, nor try names.
#[derive(Clone, PartialEq, Eq)]
pub struct PseudonymKey([u8; 32]);

impl PseudonymKey {
    /// Out of what stands in a key file.
    pub fn new(secret: &[u8]) -> PseudonymKey {
        PseudonymKey(blake3::derive_key("faultline 2026 pseudonyms", secret))
    }

    /// Tells keys apart and nothing about them.
    pub fn id(&self) -> String {
        blake3::keyed_hash(&self.0, b"id").to_hex()[..16].to_string()
    }

    pub(crate) fn pseudonym(&self, address: &str) -> String {
        let plain = address.replace("%40", "@").replace('＠', "@").to_lowercase();
        let hash = blake3::keyed_hash(&self.0, plain.as_bytes());
        let mut number = [0; 8];
        number.copy_from_slice(&hash.as_bytes()[..8]);
        format!("{PERSON}{:012}]", u64::from_le_bytes(number) % PEOPLE)
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PseudonymKey({})", self.id())
    }
}

/// How a stand-in begins. It has no `@`, so that it is never replaced again.
pub(crate) const PERSON: &str = "[person:";

/// Stand-ins are numbers, which templates of unknown errors mask. So many of them that a tenant's
/// people do not share one, and too few to be told apart from chance by guessing names.
pub(crate) const PEOPLE: u64 = 1_000_000_000_000;
