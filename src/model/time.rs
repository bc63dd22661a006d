//! Instants in UTC and how exactly they are known. Formatting only: `format::timestamp` parses the
//! times of records, the command line knows zones.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Microseconds since 1970-01-01T00:00:00Z. Robots write ticks of 100 ns; the last digit is
/// dropped.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Instant(pub i64);

/// How exactly the time of a record is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
#[serde(rename_all = "lowercase")]
pub enum TimeQuality {
    /// The record had an offset or `Z`.
    Offset,
    /// The record had no offset; the zone of the run was assumed.
    Assumed,
    /// Only the day is known.
    Day,
}

impl TimeQuality {
    pub fn as_str(self) -> &'static str {
        match self {
            TimeQuality::Offset => "offset",
            TimeQuality::Assumed => "assumed",
            TimeQuality::Day => "day",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct RecordTime {
    pub at: Instant,
    pub quality: TimeQuality,
}

const MICROS_PER_SECOND: i64 = 1_000_000;

const SECONDS_PER_DAY: i64 = 86_400;

impl Instant {
    /// From whole seconds since the epoch and the nanoseconds after them.
    pub fn from_unix(seconds: i64, nanoseconds: i32) -> Instant {
        Instant(
            seconds.saturating_mul(MICROS_PER_SECOND).saturating_add(i64::from(nanoseconds) / 1000),
        )
    }

    /// Saturates at the first and last instant.
    pub fn plus_seconds(self, seconds: i64) -> Instant {
        Instant(self.0.saturating_add(seconds.saturating_mul(MICROS_PER_SECOND)))
    }

    /// The distance in microseconds.
    pub fn distance(self, other: Instant) -> u64 {
        self.0.abs_diff(other.0)
    }

    /// Parses the output of `Display`, and no other form.
    pub fn read_back(text: &str) -> Option<Instant> {
        let (date, rest) = text.strip_suffix('Z')?.rsplit_once('T')?;
        let (clock, fraction) = rest.split_once('.')?;
        let mut parts = clock.split(':').map(|part| part.parse::<i64>().ok());
        let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
        let mut reversed = date.rsplitn(3, '-').map(|part| part.parse::<i64>().ok());
        let (day, month, year) = (reversed.next()??, reversed.next()??, reversed.next()??);
        let micros = fraction.parse::<i64>().ok()? * if fraction.len() == 3 { 1000 } else { 1 };
        let seconds =
            day_number(year, month, day)? * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
        // The first and last instant are not whole seconds: the start of their second may overflow
        // i64.
        let micros = i128::from(seconds) * i128::from(MICROS_PER_SECOND) + i128::from(micros);
        i64::try_from(micros).ok().map(Instant)
    }

    /// The UTC day as `YYYY-MM-DD`.
    pub fn day(self) -> String {
        let (year, month, day) = civil_date(self.0.div_euclid(MICROS_PER_SECOND * SECONDS_PER_DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// Year, month and day of a number of days since the epoch, in the proleptic Gregorian calendar.
fn civil_date(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC with `Z` and milliseconds, or with microseconds if they are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.rem_euclid(MICROS_PER_SECOND);
        let seconds = self.0.div_euclid(MICROS_PER_SECOND);
        let second_of_day = seconds.rem_euclid(SECONDS_PER_DAY);
        let (year, month, day) = civil_date(seconds.div_euclid(SECONDS_PER_DAY));
        // Only the year has a variable number of digits; the rest has fixed positions.
        write!(f, "{year:04}")?;
        let mut rest = *b"-00-00T00:00:00.000000Z";
        write_digits(&mut rest[1..3], i64::from(month));
        write_digits(&mut rest[4..6], i64::from(day));
        write_digits(&mut rest[7..9], second_of_day / 3600);
        write_digits(&mut rest[10..12], second_of_day / 60 % 60);
        write_digits(&mut rest[13..15], second_of_day % 60);
        write_digits(&mut rest[16..22], micros);
        let mut length = rest.len();
        if micros % 1000 == 0 {
            rest[19] = b'Z';
            length = 20;
        }
        f.write_str(str::from_utf8(&rest[..length]).map_err(|_| fmt::Error)?)
    }
}

/// Fills `buffer` with the last decimal digits of a number that is not negative. A report contains
/// enough times for the overhead of `write!` to be measurable.
fn write_digits(buffer: &mut [u8], mut number: i64) {
    for digit in buffer.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Text in human-readable formats, a number of microseconds in others.
impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(InstantForm)
        } else {
            deserializer.deserialize_any(InstantForm)
        }
    }
}

/// Accepts a number of microseconds and text; older states store text.
struct InstantForm;

impl Visitor<'_> for InstantForm {
    type Value = Instant;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time")
    }

    fn visit_i64<E: serde::de::Error>(self, micros: i64) -> Result<Instant, E> {
        Ok(Instant(micros))
    }

    fn visit_u64<E: serde::de::Error>(self, micros: u64) -> Result<Instant, E> {
        i64::try_from(micros).map(Instant).map_err(E::custom)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Instant, E> {
        let instant = Instant::read_back(text);
        instant.ok_or_else(|| E::custom(format!("not a time of a report: {text}")))
    }
}

/// Number of days from the epoch to a date: the inverse of [`civil_date`]. `None` if the month or
/// day is out of range.
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let year_of_era = year.rem_euclid(400);
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(year.div_euclid(400) * 146_097 + day_of_era - 719_468)
}

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_rfc_3339() {
        assert_eq!(Instant(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(
            Instant::from_unix(1_773_472_449, 904_100_000).to_string(),
            "2026-03-14T07:14:09.904100Z"
        );
        assert_eq!(Instant::from_unix(-1, 0).to_string(), "1969-12-31T23:59:59.000Z");
        assert_eq!(Instant::from_unix(951_782_400, 0).day(), "2000-02-29");
    }

    #[test]
    fn read_back_is_the_inverse_of_display() -> Result<(), serde_json::Error> {
        for micros in [
            0,
            1,
            -1,
            951_782_400_000_000,
            1_773_472_449_904_100,
            -62_135_596_800_000_000,
            i64::MIN,
            i64::MAX,
        ] {
            let text = serde_json::to_string(&Instant(micros))?;
            assert_eq!(serde_json::from_str::<Instant>(&text)?, Instant(micros), "{text}");
        }
        assert!(serde_json::from_str::<Instant>("\"yesterday\"").is_err());
        Ok(())
    }
}
