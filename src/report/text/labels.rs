//! How numbers, times, connections and folders are shown to people. Values only; whoever prints
//! them escapes them for the place.

use crate::model::{Attribution, Guid, Instant};
use crate::model::{ConnectionFolder, ConnectionRef, Incident, JobFolder, Lang};
use crate::report::text::ui_strings::{fill, words};
/// A number with thousands apart: `1,204`.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes in the largest binary unit that leaves a whole number: `38.1 GiB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut value = n as f64;
    let mut unit = "B";
    for next in UNITS {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if unit == "B" { format!("{n} B") } else { format!("{value:.1} {unit}") }
}

/// An instant to the minute, `2026-11-22 07:14`; empty when unknown.
pub fn minute(at: Option<Instant>) -> String {
    // The RFC 3339 form is ASCII with the minute ending at a fixed place from the `T`.
    let Some(text) = at.map(|at| at.to_string()) else { return String::new() };
    match text.split_once('T') {
        Some((day, time)) => format!("{day} {}", time.get(..5).unwrap_or(time)),
        None => text,
    }
}

/// The first block of a GUID: enough to tell two apart on one page.
pub fn short(id: Guid) -> String {
    format!("{}…", &id.to_string()[..8])
}

/// A connection as a person would call it: name, else short id, else what is known instead.
pub fn connection(connection: &ConnectionRef, lang: Lang) -> String {
    if let Some(name) = &connection.name {
        return name.clone();
    }
    if let Some(id) = connection.id {
        return short(id);
    }
    let w = words(lang);
    if connection.attribution == Attribution::Ambiguous {
        fill(w.ambiguous, &[("n", &number(connection.candidates.len() as u64))])
    } else {
        w.unattributed.to_string()
    }
}

/// The connection of an incident as a person would call it.
pub fn connection_of(incident: &Incident, lang: Lang) -> String {
    connection(&incident.connection, lang)
}

/// A folder as a person would call it: path, else number, else short key.
fn folder(path: &Option<String>, id: Option<i64>, key: Option<Guid>, lang: Lang) -> Option<String> {
    let number = || id.map(|id| fill(words(lang).folder_id, &[("id", &id.to_string())]));
    path.clone().or_else(number).or_else(|| key.map(short))
}

/// The folder a connection lives in, if known.
pub fn connection_folder(place: &ConnectionFolder, lang: Lang) -> Option<String> {
    folder(&place.path, place.id, place.key, lang)
}

/// A folder in which jobs failed.
pub fn job_folder(place: &JobFolder, lang: Lang) -> String {
    folder(&place.path, place.id, place.key, lang)
        .unwrap_or_else(|| words(lang).unknown.to_string())
}

/// Both folders of an incident in few words: where the connection lives, and where the jobs ran
/// when that is elsewhere. The two are never mixed.
pub fn folders_of(incident: &Incident, lang: Lang) -> Vec<String> {
    let w = words(lang);
    let home = connection_folder(&incident.connection_folder, lang);
    let elsewhere: Vec<String> = incident
        .job_folders
        .iter()
        .map(|place| job_folder(place, lang))
        .filter(|name| home.as_ref() != Some(name))
        .collect();
    let mut out: Vec<String> = home.into_iter().collect();
    if let Some(first) = elsewhere.first() {
        let more = elsewhere.len() - 1;
        let more = fill(w.and_more, &[("n", &number(more as u64))]);
        let name = if elsewhere.len() > 1 { format!("{first} {more}") } else { first.clone() };
        out.push(fill(w.jobs_in, &[("folder", &name)]));
    }
    if out.is_empty() {
        out.push(w.unknown.to_string());
    }
    out
}

/// A label as it begins a line.
pub fn capital(label: &str) -> String {
    let mut chars = label.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// At most `limit` of a list, then how many more there are.
pub fn some_of(items: &[String], limit: usize, lang: Lang) -> String {
    let mut shown = items.iter().take(limit).cloned().collect::<Vec<_>>().join(", ");
    if items.len() > limit {
        let more = number((items.len() - limit) as u64);
        shown = format!("{shown} {}", fill(words(lang).and_more, &[("n", &more)]));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn numbers_people_can_read() {
        assert_eq!(
            [number(0), number(999), number(1_204), number(1_234_567)].join(" "),
            "0 999 1,204 1,234,567"
        );
        assert_eq!([bytes(0), bytes(1023), bytes(40_909_963_264)].join(" "), "0 B 1023 B 38.1 GiB");
        assert_eq!(minute(Some(Instant::from_unix(1_773_472_449, 0))), "2026-03-14 07:14");
        assert_eq!(minute(None), "");
    }

    #[test]
    fn a_name_where_one_exists() {
        let report = sample::rich();
        let names: Vec<String> =
            report.incidents.iter().map(|i| connection(&i.connection, Lang::En)).collect();
        assert_eq!(names, ["営業部メール", "5a5a5a5a…", "? one of 2"]);
    }

    #[test]
    fn both_folders_and_never_mixed() {
        let report = sample::rich();
        assert_eq!(
            folders_of(&report.incidents[0], Lang::En),
            ["Shared/Mail", "jobs in Finance/日次 and 1 more"]
        );
        assert_eq!(folders_of(&report.incidents[1], Lang::En), ["0b0b0b0b…", "jobs in folder 77"]);
        assert_eq!(folders_of(&report.incidents[2], Lang::Ja), ["不明"]);
    }
}
