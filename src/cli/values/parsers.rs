//! clap value parsers that check a value and return it as typed. Commands convert it later, because
//! the result may depend on other options or on the current time.

use crate::cli::values::time;
use crate::pipeline::encoding_for_label;
use crate::report::ReportFormat;

pub fn validate_formats(list: &str) -> Result<String, String> {
    ReportFormat::parse_list(list).map(|_| list.to_string()).map_err(|error| error.to_string())
}

/// Accepts any valid time. Its instant depends on the zone and on the current time.
pub(crate) fn validate_time(text: &str) -> Result<String, String> {
    time::parse_instant(text, time::now(), &jiff::tz::TimeZone::UTC).map(|_| text.to_string())
}

pub fn validate_zone(name: &str) -> Result<String, String> {
    time::parse_zone(name).map(|_| name.to_string())
}

pub fn validate_encoding(label: &str) -> Result<String, String> {
    encoding_for_label(label)
        .map(|_| label.to_string())
        .ok_or_else(|| format!("unknown encoding {label:?}: use utf-8, shift_jis or utf-16le"))
}
