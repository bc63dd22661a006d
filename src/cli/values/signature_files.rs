//! Reading signature files. Whatever cannot be read whole stops the command: a set is never used
//! with fewer signatures than asked.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::exit::{CliError, Exit};
use crate::cli::values::signature_files;
use crate::model::nearest;
use crate::rules::{FILE_LIMIT, RuleFileError, RuleSelection, RuleSet};

/// Signature files by name, folders one level deep, in order of name.
pub fn read(paths: &[PathBuf]) -> Result<Vec<(String, String)>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        for entry in std::fs::read_dir(path).map_err(|error| unreadable(path, error))? {
            let file = entry.map_err(|error| unreadable(path, error))?.path();
            if file.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) {
                files.push(file);
            }
        }
        if files.len() == before {
            let message = format!("{} holds no signature files (*.toml)", path.display());
            return Err(CliError::usage(message));
        }
    }
    files.sort();
    files.dedup();
    files.iter().map(|file| Ok((file.display().to_string(), text(file)?))).collect()
}

/// One file; a mark at its beginning that some editors write is no part of it.
fn text(path: &Path) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    file.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, error))?;
    if bytes.len() as u64 > FILE_LIMIT {
        let message = format!(
            "{}: more than {} MiB, which no signature file needs; a list of texts belongs into \
             `anchors` of one signature",
            path.display(),
            FILE_LIMIT >> 20
        );
        return Err(CliError::usage(message));
    }
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(path, &error))?;
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_string))
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> CliError {
    let bytes = error.as_bytes();
    let message = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "is UTF-16; save it as UTF-8".to_string(),
        _ => "is not UTF-8 from here on; save it as UTF-8".to_string(),
    };
    let good = error.utf8_error().valid_up_to();
    let before = String::from_utf8_lossy(&bytes[..good]);
    let name = path.display().to_string();
    CliError::new(Exit::Usage, RuleFileError::at(&name, &before, Some(before.len()), message))
}

fn unreadable(path: &Path, error: std::io::Error) -> CliError {
    let reason = anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
    CliError { exit: Exit::Usage, reason }
}

/// The pack with these files laid over it; a set that cannot be loaded whole is a usage error.
pub fn load(paths: &[PathBuf]) -> Result<RuleSet, CliError> {
    load_selected(paths, &RuleSelection::default())
}

/// The same, and of it the selection.
pub fn load_selected(paths: &[PathBuf], selection: &RuleSelection) -> Result<RuleSet, CliError> {
    let texts = signature_files::read(paths)?;
    RuleSet::load(&texts, selection).map_err(|error| CliError::new(Exit::Usage, error))
}

/// An id that is none is refused, with the one that was probably meant.
pub(crate) fn known(pack: &RuleSet, id: &str) -> Result<(), CliError> {
    if pack.get(id).is_some() {
        return Ok(());
    }
    let meant = nearest(id, pack.signatures().iter().map(|signature| signature.id.as_str()));
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    Err(CliError::usage(format!("no signature `{id}`{meant} See faultline signatures list")))
}
