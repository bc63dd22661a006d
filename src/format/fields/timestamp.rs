//! Parses the times of exports. Only the notation is parsed here; `jiff` provides calendar and zones.
//!
//! Known forms: RFC 3339 with 1 to 9 fractional digits, the same with a blank and without zone,
//! `11/01/2025 07:14:09 AM`, `2026/03/14 7:14:09`, a trailing ` +00:00`, `/Date(1773472449904)/`,
//! Kibana's `Mar 14, 2026 @ 08:14:09.904`, and a bare date.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

use crate::model::{Instant, RecordTime, TimeQuality};

/// How incomplete or ambiguous times are read.
#[derive(Clone, Debug)]
pub struct TimeRules {
    /// Zone of times without an offset.
    pub zone: TimeZone,
    /// `03/04/2026` is 3 April.
    pub day_first: bool,
}

impl Default for TimeRules {
    fn default() -> Self {
        TimeRules { zone: TimeZone::UTC, day_first: false }
    }
}

/// Valid years of a record. .NET writes 0001 and 9999 for "no time"; as times they would be reported as
/// the first or last failure.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2999;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// `None` if the text is not a valid time, or its year is not a valid year of a record.
pub fn read_time(text: &str, rules: &TimeRules) -> Option<RecordTime> {
    let text = text.trim().trim_matches('"').trim();
    if let Some(inner) = text.split_once("/Date(").map(|(_, rest)| rest) {
        let digits = inner.split([')', '+']).next()?;
        let millis: i64 = digits.parse().ok()?;
        return Some(RecordTime {
            at: Instant(millis.checked_mul(1000)?),
            quality: TimeQuality::Offset,
        });
    }
    let mut cursor = Cursor { rest: text };
    let (year, month, day) = date(&mut cursor, rules.day_first)?;
    let date = Date::new(year, month, day).ok().filter(|_| YEARS.contains(&year))?;
    cursor.skip_any(&['T', 't', ' ', '@', ',']);
    if cursor.rest.is_empty() {
        return zoned(date.at(0, 0, 0, 0), rules, TimeQuality::Day);
    }
    let time = clock(&mut cursor, date)?;
    cursor.skip_any(&[' ']);
    match offset(cursor.rest) {
        Rest::Nothing => zoned(time, rules, TimeQuality::Assumed),
        Rest::Offset(offset) => {
            let at = offset.to_timestamp(time).ok()?;
            Some(RecordTime { at: instant(at), quality: TimeQuality::Offset })
        }
        Rest::Invalid => None,
    }
}

/// True when the first number cannot be a month, as in `14/03/2026`.
pub fn shows_day_first(text: &str) -> bool {
    let mut cursor = Cursor { rest: text.trim() };
    let first = cursor.number(2);
    first.is_some_and(|n| n > 12) && cursor.rest.starts_with('/')
}

fn instant(at: jiff::Timestamp) -> Instant {
    Instant(at.as_microsecond())
}

fn zoned(time: DateTime, rules: &TimeRules, quality: TimeQuality) -> Option<RecordTime> {
    let at = rules.zone.to_ambiguous_timestamp(time).compatible().ok()?;
    Some(RecordTime { at: instant(at), quality })
}

fn date(cursor: &mut Cursor<'_>, day_first: bool) -> Option<(i16, i8, i8)> {
    if cursor.rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let name = cursor.rest.get(..3)?.to_ascii_lowercase();
        let month = MONTHS.iter().position(|m| *m == name)? as i8 + 1;
        cursor.rest = cursor.rest[3..].trim_start_matches(|c: char| c.is_ascii_alphabetic());
        cursor.skip_any(&[' ', '.']);
        let day = cursor.number(2)?;
        cursor.skip_any(&[',', ' ']);
        return Some((cursor.number(4)? as i16, month, day as i8));
    }
    let before = cursor.rest.len();
    let first = cursor.number(4)?;
    let digits = before - cursor.rest.len();
    let separator = cursor.take(&['-', '/', '.'])?;
    let second = cursor.number(2)?;
    cursor.take(&[separator])?;
    let third = cursor.number(4)?;
    if digits == 4 {
        return Some((first as i16, second as i8, third as i8));
    }
    let (month, day) = match (separator, day_first || first > 12) {
        ('/', false) => (first, second),
        _ => (second, first),
    };
    Some((third as i16, month as i8, day as i8))
}

fn clock(cursor: &mut Cursor<'_>, date: Date) -> Option<DateTime> {
    let mut hour = cursor.number(2)? as i8;
    cursor.take(&[':'])?;
    let minute = cursor.number(2)? as i8;
    let second = if cursor.take(&[':']).is_some() { cursor.number(2)? as i8 } else { 0 };
    let nanos = if cursor.take(&['.', ',']).is_some() { cursor.fraction()? } else { 0 };
    cursor.skip_any(&[' ', '\u{202f}']);
    match half_day(cursor) {
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        _ => {}
    }
    DateTime::new(date.year(), date.month(), date.day(), hour, minute, second.min(59), nanos).ok()
}

/// Consumes `AM` or `PM`, or the Japanese equivalent. True for the afternoon.
fn half_day(cursor: &mut Cursor<'_>) -> Option<bool> {
    for (word, afternoon) in [("AM", false), ("PM", true), ("午前", false), ("午後", true)] {
        if cursor.rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word)) {
            cursor.rest = &cursor.rest[word.len()..];
            return Some(afternoon);
        }
    }
    None
}

/// The text after a time.
enum Rest {
    Nothing,
    Offset(Offset),
    Invalid,
}

fn offset(text: &str) -> Rest {
    let text = text.trim();
    if text.is_empty() {
        return Rest::Nothing;
    }
    if text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
        return Rest::Offset(Offset::UTC);
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return Rest::Invalid,
    };
    let mut cursor = Cursor { rest: &text[1..] };
    let Some(hours) = cursor.number(2) else { return Rest::Invalid };
    cursor.take(&[':']);
    let minutes = cursor.number(2).unwrap_or(0);
    match Offset::from_seconds(sign * (hours * 3600 + minutes * 60)) {
        Ok(offset) => Rest::Offset(offset),
        Err(_) => Rest::Invalid,
    }
}

struct Cursor<'a> {
    rest: &'a str,
}

impl Cursor<'_> {
    fn number(&mut self, max_digits: usize) -> Option<i32> {
        let digits = self.rest.bytes().take(max_digits).take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        number.parse().ok()
    }

    /// A fraction of a second in nanoseconds. Digits after the ninth are ignored.
    fn fraction(&mut self) -> Option<i32> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (fraction, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let fraction = &fraction[..digits.min(9)];
        let value: i32 = fraction.parse().ok()?;
        Some(value * 10_i32.pow(9 - fraction.len() as u32))
    }

    fn take(&mut self, any: &[char]) -> Option<char> {
        let c = self.rest.chars().next().filter(|c| any.contains(c))?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn skip_any(&mut self, any: &[char]) {
        self.rest = self.rest.trim_start_matches(|c| any.contains(&c));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Option<String> {
        read_time(text, &TimeRules::default()).map(|s| format!("{} {}", s.at, s.quality.as_str()))
    }

    #[test]
    fn every_notation_is_read() {
        for (text, want) in [
            ("2022-12-28T09:46:36.853246+08:00", "2022-12-28T01:46:36.853246Z offset"),
            ("2026-03-14T07:14:09.9041238Z", "2026-03-14T07:14:09.904123Z offset"),
            ("2026-03-14 07:14:02.117", "2026-03-14T07:14:02.117Z assumed"),
            ("3/14/2026 7:14:09 AM", "2026-03-14T07:14:09.000Z assumed"),
            ("3/14/2026 12:14:09 AM", "2026-03-14T00:14:09.000Z assumed"),
            ("11/01/2025 00:00:00.123 +00:00", "2025-11-01T00:00:00.123Z offset"),
            ("2026/03/14 7:14:09", "2026-03-14T07:14:09.000Z assumed"),
            ("14.03.2026 07:14", "2026-03-14T07:14:00.000Z assumed"),
            ("31/12/2025 23:00:00", "2025-12-31T23:00:00.000Z assumed"),
            ("/Date(1773472449904)/", "2026-03-14T07:14:09.904Z offset"),
            ("Mar 14, 2026 @ 08:14:09.904", "2026-03-14T08:14:09.904Z assumed"),
            ("2026-03-14", "2026-03-14T00:00:00.000Z day"),
        ] {
            assert_eq!(utc(text).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn other_texts_are_not_times() {
        for text in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-02-30",
            "12:00",
            "99999999",
            "1.195.0",
            "0001-01-01T00:00:00Z",
            "1/1/0001 12:00:00 AM",
            "9999-12-31T23:59:59.9999999Z",
        ] {
            assert_eq!(utc(text), None, "{text}");
        }
    }

    #[test]
    fn the_assumed_zone_applies_only_to_times_without_one() -> Result<(), jiff::Error> {
        let rules = TimeRules { zone: TimeZone::get("Asia/Tokyo")?, day_first: true };
        let shown = |text| read_time(text, &rules).map(|s| s.at.to_string());
        assert_eq!(shown("2026-03-14 09:00:00").as_deref(), Some("2026-03-14T00:00:00.000Z"));
        assert_eq!(shown("2026-03-14T09:00:00Z").as_deref(), Some("2026-03-14T09:00:00.000Z"));
        assert_eq!(shown("03/04/2026 09:00:00").as_deref(), Some("2026-04-03T00:00:00.000Z"));
        assert!(shows_day_first("14/03/2026 1:00:00"));
        assert!(!shows_day_first("03/14/2026"));
        Ok(())
    }
}
