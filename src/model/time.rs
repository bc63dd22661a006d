//! Instants in UTC and how well they are known. Formatting only: reading times belongs to
//! `format::timestamp`, zones to the command line.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z. Robots write 100 ns ticks; the last digit is dropped.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct Instant(pub i64);

/// How a record's instant came about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
#[serde(rename_all = "lowercase")]
pub enum TimeQuality {
    /// The record carried an offset or `Z`.
    Offset,
    /// The record carried none; the run's zone was assumed.
    Assumed,
    /// Only the day is known.
    Day,
}

impl TimeQuality {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            TimeQuality::Offset => "offset",
            TimeQuality::Assumed => "assumed",
            TimeQuality::Day => "day",
        }
    }
}

/// An instant with its quality.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Debug)]
pub struct Stamp {
    /// When.
    pub at: Instant,
    /// How well that is known.
    pub quality: TimeQuality,
}

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

impl Instant {
    /// From whole seconds since the epoch and a fraction in nanoseconds.
    pub fn from_unix(seconds: i64, nanoseconds: i32) -> Instant {
        Instant(
            seconds.saturating_mul(MICROS_PER_SECOND).saturating_add(i64::from(nanoseconds) / 1000),
        )
    }

    /// This instant moved by seconds; saturates at the ends of time.
    pub fn plus_seconds(self, seconds: i64) -> Instant {
        Instant(self.0.saturating_add(seconds.saturating_mul(MICROS_PER_SECOND)))
    }

    /// Distance in microseconds, never negative.
    pub fn distance(self, other: Instant) -> u64 {
        self.0.abs_diff(other.0)
    }

    /// The UTC day, `YYYY-MM-DD`.
    pub fn day(self) -> String {
        let (year, month, day) = civil(self.0.div_euclid(MICROS_PER_SECOND * SECONDS_PER_DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// Year, month and day of a day number since the epoch, proleptic Gregorian calendar.
fn civil(days: i64) -> (i64, u32, u32) {
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
    /// RFC 3339 in UTC with `Z`, milliseconds, microseconds only where they are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.rem_euclid(MICROS_PER_SECOND);
        let seconds = self.0.div_euclid(MICROS_PER_SECOND);
        let of_day = seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", self.day())?;
        if micros % 1000 == 0 {
            write!(f, ".{:03}Z", micros / 1000)
        } else {
            write!(f, ".{micros:06}Z")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_rfc_3339() {
        assert_eq!(Instant(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Instant::from_unix(1_773_472_449, 904_100_000).to_string(), "2026-03-14T07:14:09.904100Z");
        assert_eq!(Instant::from_unix(-1, 0).to_string(), "1969-12-31T23:59:59.000Z");
        assert_eq!(Instant::from_unix(951_782_400, 0).day(), "2000-02-29");
    }
}
