//! `--pseudonymise`: the secret key that turns accounts and addresses into pseudonyms, in a file of its
//! own. The key must never enter a report or the state: who has it can test which address belongs to a
//! pseudonym.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::exit::{CliError, Exit};
use crate::cli::values::scan_options::ScanArguments;
use crate::redact::PseudonymKey;

/// Random bytes in a generated key.
const KEY_BYTES: usize = 32;

/// Minimum length of a key, in bytes of the file. A shorter key could be found by brute force.
const MIN_KEY_LENGTH: usize = 32;

/// Reads the key if pseudonyms are requested. Creates the key file if it does not exist.
pub fn load_or_create(arguments: &ScanArguments) -> Result<Option<PseudonymKey>, CliError> {
    if !arguments.pseudonymise {
        return Ok(None);
    }
    let file = key_path(arguments).ok_or_else(|| {
        CliError::usage(
            "--pseudonymise needs a key: name a file with --pseudonym-key, or a --state",
        )
    })?;
    let secret = match std::fs::read(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create_key(&file).map_err(|reason| CliError::new(Exit::Output, reason))?
        }
        Err(error) => return Err(CliError::usage(format!("{}: {error}", file.display()))),
        Ok(secret) => secret,
    };
    let secret = secret.trim_ascii();
    if secret.len() < MIN_KEY_LENGTH {
        return Err(CliError::usage(format!(
            "invalid key {}: it has fewer than {MIN_KEY_LENGTH} characters; delete the file to create a new key",
            file.display()
        )));
    }
    Ok(Some(PseudonymKey::new(secret)))
}

/// Returns the path of the key: `--pseudonym-key`, else the state file with `.key` appended.
fn key_path(arguments: &ScanArguments) -> Option<PathBuf> {
    let state = arguments.state.as_ref().filter(|_| !arguments.no_state);
    arguments.pseudonym_key.clone().or_else(|| {
        let mut file = state?.clone().into_os_string();
        file.push(".key");
        Some(file.into())
    })
}

/// Writes a new key to a file that only its owner may read.
fn create_key(file: &Path) -> Result<Vec<u8>, anyhow::Error> {
    let mut random = [0_u8; KEY_BYTES];
    getrandom::fill(&mut random)
        .map_err(|error| anyhow::anyhow!("cannot read random numbers from the system: {error}"))?;
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut file| {
        file.write_all(hex.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    written.with_context(|| format!("cannot write the key {}", file.display()))?;
    Ok(hex.into_bytes())
}
