//! Reads signature files. A file that cannot be read completely stops the command, so that a rule set
//! never has fewer signatures than requested.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::exit::{CliError, Exit};
use crate::model::nearest;
use crate::rules::{FILE_LIMIT, RuleFileError, RuleSelection, RuleSet};

/// Reads signature files and those directly inside directories. Returns name and text, sorted by path.
pub fn read(paths: &[PathBuf]) -> Result<Vec<(String, String)>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        for entry in std::fs::read_dir(path).map_err(|error| read_error(path, error))? {
            let file = entry.map_err(|error| read_error(path, error))?.path();
            if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
                files.push(file);
            }
        }
        if files.len() == before {
            let message = format!("no signature files (*.toml) in {}", path.display());
            return Err(CliError::usage(message));
        }
    }
    files.sort();
    files.dedup();
    files.iter().map(|file| Ok((file.display().to_string(), read_text(file)?))).collect()
}

/// Reads one file and removes the byte order mark that some editors write.
fn read_text(path: &Path) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| read_error(path, error))?;
    file.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| read_error(path, error))?;
    if bytes.len() as u64 > FILE_LIMIT {
        let message = format!(
            "{}: larger than the limit of {} MiB; put a list of texts into `anchors` of one \
             signature",
            path.display(),
            FILE_LIMIT >> 20
        );
        return Err(CliError::usage(message));
    }
    let text = String::from_utf8(bytes).map_err(|error| utf8_error(path, &error))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text))
}

fn utf8_error(path: &Path, error: &std::string::FromUtf8Error) -> CliError {
    let bytes = error.as_bytes();
    let message = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the file is UTF-16; save it as UTF-8".to_string(),
        _ => "invalid UTF-8; save the file as UTF-8".to_string(),
    };
    let valid = &bytes[..error.utf8_error().valid_up_to()];
    let before = String::from_utf8_lossy(valid);
    let name = path.display().to_string();
    CliError::new(Exit::Usage, RuleFileError::at(&name, &before, Some(before.len()), message))
}

fn read_error(path: &Path, error: std::io::Error) -> CliError {
    let reason = anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
    CliError { exit: Exit::Usage, reason }
}

/// Loads the built-in signatures merged with these files. Any invalid file is a usage error.
pub fn load(paths: &[PathBuf]) -> Result<RuleSet, CliError> {
    load_selected(paths, &RuleSelection::default())
}

/// Does the same as [`load`], restricted to the selection.
pub fn load_selected(paths: &[PathBuf], selection: &RuleSelection) -> Result<RuleSet, CliError> {
    let texts = read(paths)?;
    RuleSet::load(&texts, selection).map_err(|error| CliError::new(Exit::Usage, error))
}

/// Fails for an unknown id. The error proposes the nearest known id.
pub(crate) fn require_known(rules: &RuleSet, id: &str) -> Result<(), CliError> {
    if rules.get(id).is_some() {
        return Ok(());
    }
    let proposal = nearest(id, rules.signatures().iter().map(|signature| signature.id.as_str()));
    let proposal = proposal.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
    Err(CliError::usage(format!(
        "unknown signature `{id}`{proposal}; `faultline signatures list` prints all ids"
    )))
}
