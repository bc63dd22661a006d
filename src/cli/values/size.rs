//! Sizes of memory as users type them.

/// Less is not enough for the signatures, two threads and a report.
const LEAST: u64 = 96 << 20;

/// What units stand for; `K`, `M` and `G` alone are those of memory.
const UNITS: [(&str, u64); 10] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("k", 1 << 10),
    ("m", 1 << 20),
    ("g", 1 << 30),
    ("b", 1),
];

/// A run takes no more, if nobody says how much it may.
const USUAL: u64 = 4 << 30;

/// What a run may take if nobody says: [`USUAL`], or four fifths of what the system allows.
pub fn default_memory(allowed: Option<u64>) -> u64 {
    allowed.map_or(USUAL, |bytes| (bytes / 5 * 4).clamp(LEAST, USUAL))
}

/// Accepts an amount of memory as typed.
pub fn memory(text: &str) -> Result<String, String> {
    bytes(text).map(|_| text.to_string())
}

/// An amount of memory: `512MiB`, `4G`, or bytes.
pub fn bytes(text: &str) -> Result<u64, String> {
    let lower = text.trim().to_ascii_lowercase();
    let unit = UNITS.iter().find_map(|(unit, times)| Some((lower.strip_suffix(unit)?, *times)));
    let (number, times) = unit.unwrap_or((&lower, 1));
    let bytes = number.trim_end().parse::<u64>().ok().and_then(|n| n.checked_mul(times));
    match bytes {
        Some(bytes) if bytes >= LEAST => Ok(bytes),
        Some(_) => Err(format!("{text} is too little: at least 96MiB are needed")),
        None => Err(format!("{text:?} is no size; write 512MiB or 4GiB")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_killed_for_what_nobody_said() {
        for (allowed, taken) in [
            (None, USUAL),
            (Some(u64::MAX), USUAL),
            (Some(1 << 30), (1 << 30) / 5 * 4),
            (Some(1), LEAST),
        ] {
            assert_eq!(default_memory(allowed), taken);
        }
    }

    #[test]
    fn sizes_a_user_types() {
        for (text, wanted) in [
            ("512MiB", 512 << 20),
            ("512m", 512 << 20),
            ("4 GiB", 4 << 30),
            ("1gb", 1_000_000_000),
            ("134217728", 128 << 20),
            ("134217728B", 128 << 20),
        ] {
            assert_eq!(bytes(text), Ok(wanted), "{text}");
        }
        for text in ["", "MiB", "-1G", "1.5G", "95MiB", "99999999999999G", "half"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
