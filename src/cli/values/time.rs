//! Parses times and zones as users type them, and reads the clock.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::tz::{Offset, TimeZone};

use crate::model::Instant;
use crate::pipeline::{TimeRules, read_time};

/// Reads the clock. A command calls this once and passes the instant on.
pub fn now() -> Instant {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX))
}

/// Parses RFC 3339, a date, or a duration before `now` (`90m`, `36h`, `7d`, `2w`).
pub fn parse_instant(text: &str, now: Instant, zone: &TimeZone) -> Result<Instant, String> {
    let text = text.trim();
    if let Some(seconds) = parse_seconds(text) {
        return Ok(now.plus_seconds(-seconds));
    }
    let rules = TimeRules { zone: zone.clone(), day_first: false };
    read_time(text, &rules).map(|stamp| stamp.at).ok_or_else(|| {
        format!("invalid time {text:?}: use 2026-11-22, 2026-11-22T02:30:00Z, 36h or 7d")
    })
}

/// Parses the end of a period: RFC 3339, a date in UTC, or a duration after `now` (`14d`).
pub fn parse_until(text: &str, now: Instant) -> Result<Instant, String> {
    match parse_seconds(text.trim()) {
        Some(seconds) => Ok(now.plus_seconds(seconds)),
        None => parse_instant(text, now, &TimeZone::UTC),
    }
}

/// Parses an inclusive end. A date means the last microsecond of that day in UTC.
pub fn parse_inclusive_end(text: &str, now: Instant) -> Result<Instant, String> {
    let instant = parse_instant(text, now, &TimeZone::UTC)?;
    let is_date = text.trim().parse::<jiff::civil::Date>().is_ok() && text.trim().len() == 10;
    Ok(if is_date { Instant(instant.plus_seconds(86_400).0 - 1) } else { instant })
}

/// Parses a duration such as `36h` to seconds.
fn parse_seconds(text: &str) -> Option<i64> {
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let number: i64 = text[..text.len() - 1].parse().ok().filter(|n| *n >= 0)?;
    number.checked_mul(seconds)
}

/// Parses an IANA name or an offset (`+09:00`, `Z`).
pub fn parse_zone(name: &str) -> Result<TimeZone, String> {
    let name = name.trim();
    if name.eq_ignore_ascii_case("utc") || name == "Z" {
        return Ok(TimeZone::UTC);
    }
    let offset = || -> Option<TimeZone> {
        let sign = match name.chars().next()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let digits: String = name[1..].chars().filter(|c| *c != ':').collect();
        if !(2..=4).contains(&digits.len()) || digits.len() == 3 {
            return None;
        }
        let hours: i32 = digits[..2].parse().ok()?;
        let minutes: i32 = digits.get(2..4).map_or(Some(0), |m| m.parse().ok())?;
        Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok().map(TimeZone::fixed)
    };
    match offset() {
        Some(zone) => Ok(zone),
        None => TimeZone::get(name)
            .map_err(|_| format!("unknown time zone {name:?}: use Asia/Tokyo, UTC or +09:00")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_parsed() {
        let now = Instant::from_unix(1_000_000, 0);
        let parse = |text| parse_instant(text, now, &TimeZone::UTC);
        assert_eq!(parse("36h"), Ok(now.plus_seconds(-36 * 3600)));
        assert_eq!(parse("1970-01-02"), Ok(Instant::from_unix(86_400, 0)));
        assert_eq!(
            parse_inclusive_end("1970-01-02", now).unwrap().to_string(),
            "1970-01-02T23:59:59.999999Z"
        );
        assert_eq!(
            parse_inclusive_end("1970-01-02T03:00:00Z", now),
            Ok(Instant::from_unix(97_200, 0))
        );
        assert!(parse("soon").is_err());
        assert!(parse("-3d").is_err());
    }

    #[test]
    fn zones_are_parsed() {
        for name in ["UTC", "Asia/Tokyo", "+09:00", "-0330", "Z", "+9:00"] {
            assert_eq!(parse_zone(name).is_ok(), name != "+9:00", "{name}");
        }
        assert!(parse_zone("Mars/Olympus").is_err());
    }
}
