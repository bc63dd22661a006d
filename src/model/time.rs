//! Instants in UTC and how exactly they are known. Formatting only: `format::timestamp` parses the
//! times of records, the command line knows zones.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::fmt::StdFmtWrite;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::Offset;
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

impl Instant {
    /// From whole seconds since the epoch and the nanoseconds after them.
    #[cfg(test)]
    pub(crate) fn from_unix(seconds: i64, nanoseconds: i32) -> Instant {
        Instant(seconds * MICROS_PER_SECOND + i64::from(nanoseconds) / 1000)
    }

    /// Saturates at the first and last instant.
    pub fn plus_seconds(self, seconds: i64) -> Instant {
        Instant(self.0.saturating_add(seconds.saturating_mul(MICROS_PER_SECOND)))
    }

    /// The distance in microseconds.
    pub fn distance(self, other: Instant) -> u64 {
        self.0.abs_diff(other.0)
    }

    /// Parses RFC 3339, as `Display` writes it.
    pub fn read_back(text: &str) -> Option<Instant> {
        Some(Instant(text.parse::<Timestamp>().ok()?.as_microsecond()))
    }

    /// The UTC day as `YYYY-MM-DD`.
    pub fn day(self) -> String {
        Offset::UTC.to_datetime(self.timestamp()).date().to_string()
    }

    /// Saturates at the years -9999 and 9999.
    fn timestamp(self) -> Timestamp {
        let limit = if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_microsecond(self.0).unwrap_or(limit)
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC with `Z` and milliseconds, or with microseconds if they are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MILLISECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
        const MICROSECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
        let printer = if self.0 % 1000 == 0 { MILLISECONDS } else { MICROSECONDS };
        printer.print_timestamp(&self.timestamp(), StdFmtWrite(f)).map_err(|_| fmt::Error)
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
        // Older states also store the first instant of all, which no calendar reaches: it stands for
        // an unknown time.
        if text.starts_with("-290308-") {
            return Ok(Instant(i64::MIN));
        }
        let instant = Instant::read_back(text);
        instant.ok_or_else(|| E::custom(format!("not a time of a report: {text}")))
    }
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
        assert_eq!(Instant(i64::MAX).day(), "9999-12-30");
    }

    #[test]
    fn read_back_is_the_inverse_of_display() -> Result<(), serde_json::Error> {
        for micros in
            [0, 1, -1, 951_782_400_000_000, 1_773_472_449_904_100, -62_135_596_800_000_000]
        {
            let text = serde_json::to_string(&Instant(micros))?;
            assert_eq!(serde_json::from_str::<Instant>(&text)?, Instant(micros), "{text}");
        }
        assert!(serde_json::from_str::<Instant>("\"yesterday\"").is_err());
        let first = "\"-290308-12-21T19:59:05.224192Z\"";
        assert_eq!(serde_json::from_str::<Instant>(first)?, Instant(i64::MIN));
        Ok(())
    }
}
