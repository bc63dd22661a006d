//! Parsers of single values: formats, times, zones, encodings.

use crate::cli::values::time;
use crate::pipeline::encoding_for_label;
use crate::report::ReportFormat;

/// Accepts a list of formats as typed.
pub fn formats(list: &str) -> Result<String, String> {
    ReportFormat::parse_list(list).map(|_| list.to_string()).map_err(|error| error.to_string())
}

/// Accepts a time as typed; what it means depends on the zone and on now.
pub(crate) fn time(text: &str) -> Result<String, String> {
    time::instant(text, time::now(), &jiff::tz::TimeZone::UTC).map(|_| text.to_string())
}

/// Accepts a zone as typed.
pub fn zone(name: &str) -> Result<String, String> {
    time::zone(name).map(|_| name.to_string())
}

/// Accepts an encoding as typed.
pub fn encoding(label: &str) -> Result<String, String> {
    encoding_for_label(label)
        .map(|_| label.to_string())
        .ok_or_else(|| format!("{label:?} is no encoding; write utf-8, shift_jis or utf-16le"))
}
