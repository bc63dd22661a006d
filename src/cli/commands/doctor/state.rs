//! Checks the state that the next run will open. Creates no state and changes none.

use std::path::Path;

use crate::cli::commands::doctor::findings::{FindingLevel, Findings, nearest_directory};
use crate::cli::commands::doctor::machine;
use crate::cli::exit::CliError;
use crate::cli::values::time;
use crate::model::{Instant, count};
use crate::pipeline::{self, Output};
use crate::report::Style;
use crate::state::{Mutes, StateError, StateStore};

/// Checks a state and the mutes file next to it.
pub fn check_state(file: &Path, now: Instant, findings: &mut Findings) {
    match StateStore::existing(file, now) {
        Ok(state) => report_existing(&state, findings),
        Err(StateError::Missing { .. }) => check_missing(file, findings),
        Err(error) => {
            let failure = CliError::from(error);
            let text = failure.message();
            findings.add(FindingLevel::Bad(failure.exit), "state", text.clone(), text);
        }
    }
    machine::check_share(file, "state", findings);
    let mutes = Mutes::open_for_state(file)
        .and_then(|mutes| mutes.list(|text| time::parse_until(text, now)));
    if let Err(error) = mutes {
        let failure = CliError::from(error);
        let text = failure.message();
        findings.add(FindingLevel::Bad(failure.exit), "mutes", text.clone(), text);
    }
}

fn report_existing(state: &StateStore, findings: &mut Findings) {
    let info = state.info();
    let path = state.path().display();
    let (sources, incidents) = (info.sources.0, info.incidents);
    let last = info.runs.last().map_or("-", |run| run.started.as_str());
    let en = format!(
        "{path} holds {} and {}; last run {last}",
        count(sources as u64, "source"),
        count(incidents as u64, "incident")
    );
    let ja = format!("{path}:ソース {sources} 件、インシデント {incidents} 件、前回の実行 {last}");
    findings.add(FindingLevel::Ok, "state", en, ja);
}

/// Checks whether the first run can create the state.
fn check_missing(file: &Path, findings: &mut Findings) {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let dir = nearest_directory(directory).unwrap_or_else(|| directory.to_path_buf());
    let output = Output { dir, formats: Vec::new(), style: Style::default(), threads: 1 };
    if let Err(error) = pipeline::check_output(&output) {
        let failure = CliError::from(error);
        let why = failure.reason.root_cause();
        let (path, dir) = (file.display(), output.dir.display());
        let en = format!("{path} does not exist yet, and {dir} may not be written to: {why}");
        let ja = format!("{path} はまだなく、{dir} に書き込めません: {why}");
        findings.add(FindingLevel::Bad(failure.exit), "state", en, ja);
        return;
    }
    let path = file.display();
    let en = format!("{path} does not exist yet and will be made: every incident is new once");
    let ja = format!("{path} はまだありません。初回はすべてのインシデントが新規になります");
    findings.add(FindingLevel::Ok, "state", en, ja);
}
