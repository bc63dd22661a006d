//! Numbers, times, connections and folders as users read them. The caller escapes the result for its
//! output.

use crate::model::{
    Attribution, ConnectionFolder, ConnectionRef, Guid, Incident, Instant, JobFolder, Lang,
    format_number,
};
use crate::report::text::ui_strings::{fill, ui_strings};

/// `38.1 GiB`: the largest binary unit that leaves at least 1.
pub fn format_bytes(n: u64) -> String {
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

/// `2026-11-22 07:14` in UTC; empty if unknown.
pub fn format_minute(time: Option<Instant>) -> String {
    // In RFC 3339 the five characters after the `T` are hour and minute.
    let Some(text) = time.map(|time| time.to_string()) else { return String::new() };
    match text.split_once('T') {
        Some((day, clock)) => format!("{day} {}", clock.get(..5).unwrap_or(clock)),
        None => text,
    }
}

/// The first 8 digits of a GUID, enough to distinguish the ids on one page.
pub fn short_id(id: Guid) -> String {
    format!("{}…", &id.to_string()[..8])
}

/// The name, else the short id, else why there is no id.
pub fn connection_label(connection: &ConnectionRef, lang: Lang) -> String {
    if let Some(name) = &connection.name {
        return name.clone();
    }
    if let Some(id) = connection.id {
        return short_id(id);
    }
    let ui = ui_strings(lang);
    if connection.attribution == Attribution::Ambiguous {
        fill(
            ui.ambiguous,
            &[(
                "n",
                &format_number(connection.candidates_total.max(connection.candidates.len() as u64)),
            )],
        )
    } else {
        ui.unattributed.to_string()
    }
}

pub fn connection_of(incident: &Incident, lang: Lang) -> String {
    connection_label(&incident.connection, lang)
}

/// The path, else the number, else the short key.
fn folder_label(
    path: &Option<String>,
    id: Option<i64>,
    key: Option<Guid>,
    lang: Lang,
) -> Option<String> {
    let number = || id.map(|id| fill(ui_strings(lang).folder_id, &[("id", &id.to_string())]));
    path.clone().or_else(number).or_else(|| key.map(short_id))
}

pub fn connection_folder_label(folder: &ConnectionFolder, lang: Lang) -> Option<String> {
    folder_label(&folder.path, folder.id, folder.key, lang)
}

pub fn job_folder_label(folder: &JobFolder, lang: Lang) -> String {
    folder_label(&folder.path, folder.id, folder.key, lang)
        .unwrap_or_else(|| ui_strings(lang).unknown.to_string())
}

/// The folder of the connection, then the folders where the jobs ran if they differ. The two kinds
/// are never mixed.
pub fn folders_of(incident: &Incident, lang: Lang) -> Vec<String> {
    let ui = ui_strings(lang);
    let connection_folder = connection_folder_label(&incident.connection_folder, lang);
    let other_folders: Vec<String> = incident
        .job_folders
        .iter()
        .map(|folder| job_folder_label(folder, lang))
        .filter(|label| connection_folder.as_ref() != Some(label))
        .collect();
    let mut labels: Vec<String> = connection_folder.into_iter().collect();
    if !other_folders.is_empty() {
        labels.push(fill(ui.jobs_in, &[("folder", &join_limited(&other_folders, 1, lang))]));
    }
    if labels.is_empty() {
        labels.push(ui.unknown.to_string());
    }
    labels
}

pub fn capitalize(label: &str) -> String {
    let mut chars = label.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The first `limit` items, then how many more there are.
pub fn join_limited(items: &[String], limit: usize, lang: Lang) -> String {
    let mut list = items.iter().take(limit).cloned().collect::<Vec<_>>().join(", ");
    if items.len() > limit {
        let more = format_number((items.len() - limit) as u64);
        list = format!("{list} {}", fill(ui_strings(lang).and_more, &[("n", &more)]));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn numbers_bytes_and_minutes() {
        assert_eq!(
            [format_number(0), format_number(999), format_number(1_204), format_number(1_234_567)]
                .join(" "),
            "0 999 1,204 1,234,567"
        );
        assert_eq!(
            [format_bytes(0), format_bytes(1023), format_bytes(40_909_963_264)].join(" "),
            "0 B 1023 B 38.1 GiB"
        );
        assert_eq!(format_minute(Some(Instant::from_unix(1_773_472_449, 0))), "2026-03-14 07:14");
        assert_eq!(format_minute(None), "");
    }

    #[test]
    fn a_connection_has_its_name_or_short_id() {
        let report = sample::rich();
        let names: Vec<String> =
            report.incidents.iter().map(|i| connection_label(&i.connection, Lang::En)).collect();
        assert_eq!(names, ["営業部メール", "5a5a5a5a…", "? one of 2"]);
    }

    #[test]
    fn folders_of_connection_and_jobs_are_not_mixed() {
        let report = sample::rich();
        assert_eq!(
            folders_of(&report.incidents[0], Lang::En),
            ["Shared/Mail", "jobs in Finance/日次 and 1 more"]
        );
        assert_eq!(folders_of(&report.incidents[1], Lang::En), ["0b0b0b0b…", "jobs in folder 77"]);
        assert_eq!(folders_of(&report.incidents[2], Lang::Ja), ["不明"]);
    }
}
