//! Parses memory sizes and computes the default memory limit of a run.

/// Minimum in bytes: enough for the signatures, two threads and a report.
const MIN_BYTES: u64 = 96 << 20;

/// Units in bytes, in lower case. `K`, `M` and `G` alone are binary. A longer unit precedes its own
/// suffixes because the first match is used.
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

/// Upper bound in bytes of the default limit.
const MAX_DEFAULT_BYTES: u64 = 4 << 30;

/// Returns the memory limit in bytes for a run without `--max-memory`: [`MAX_DEFAULT_BYTES`], or 80 % of
/// the limit of the system if that is less.
pub fn default_memory(system_limit: Option<u64>) -> u64 {
    let share = |bytes: u64| (bytes / 5 * 4).clamp(MIN_BYTES, MAX_DEFAULT_BYTES);
    system_limit.map_or(MAX_DEFAULT_BYTES, share)
}

/// Accepts any valid size, as typed.
pub fn validate_size(text: &str) -> Result<String, String> {
    parse_bytes(text).map(|_| text.to_string())
}

/// Parses `512MiB`, `4G` or a number of bytes.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let lower = text.trim().to_ascii_lowercase();
    let split = UNITS.iter().find_map(|(unit, factor)| Some((lower.strip_suffix(unit)?, *factor)));
    let (number, factor) = split.unwrap_or((&lower, 1));
    let bytes = number.trim_end().parse::<u64>().ok().and_then(|count| count.checked_mul(factor));
    match bytes {
        Some(bytes) if bytes >= MIN_BYTES => Ok(bytes),
        Some(_) => Err(format!("invalid size {text:?}: use at least 96MiB")),
        None => Err(format!("invalid size {text:?}: use 512MiB or 4GiB")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_stays_below_the_limit_of_the_system() {
        for (system_limit, expected) in [
            (None, MAX_DEFAULT_BYTES),
            (Some(u64::MAX), MAX_DEFAULT_BYTES),
            (Some(1 << 30), (1 << 30) / 5 * 4),
            (Some(1), MIN_BYTES),
        ] {
            assert_eq!(default_memory(system_limit), expected);
        }
    }

    #[test]
    fn units_are_parsed_and_invalid_sizes_are_refused() {
        for (text, expected) in [
            ("512MiB", 512 << 20),
            ("512m", 512 << 20),
            ("4 GiB", 4 << 30),
            ("1gb", 1_000_000_000),
            ("134217728", 128 << 20),
            ("134217728B", 128 << 20),
        ] {
            assert_eq!(parse_bytes(text), Ok(expected), "{text}");
        }
        for text in ["", "MiB", "-1G", "1.5G", "95MiB", "99999999999999G", "half"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }
}
