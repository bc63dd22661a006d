//! `--pseudonymise`: the key that makes stand-ins for people, in a file of its own. It never gets
//! into a report or the state; whoever holds it can tell whose stand-in one is by trying addresses.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::exit::{CliError, Exit};
use crate::cli::values::scan_options::ScanArguments;
use crate::redact::PseudonymKey;

/// Bytes of chance in a key that is made here.
const KEY_BYTES: usize = 32;

/// A shorter key could be found by trying all of them, in bytes of the file.
const SHORTEST: usize = 32;

/// The key, if people get stand-ins. A file that is not there is made.
pub fn key(arguments: &ScanArguments) -> Result<Option<PseudonymKey>, CliError> {
    if !arguments.pseudonymise {
        return Ok(None);
    }
    let file = place(arguments).ok_or_else(|| {
        CliError::usage(
            "--pseudonymise needs a key: name a file with --pseudonym-key, or a --state",
        )
    })?;
    let known = std::fs::read(&file);
    let secret = match known {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            made(&file).map_err(|reason| CliError::new(Exit::Output, reason))?
        }
        Err(error) => return Err(CliError::usage(format!("{}: {error}", file.display()))),
        Ok(secret) => secret,
    };
    let secret = secret.trim_ascii();
    if secret.len() < SHORTEST {
        return Err(CliError::usage(format!(
            "{}: a key has at least {SHORTEST} characters; without the file a new one is made",
            file.display()
        )));
    }
    Ok(Some(PseudonymKey::new(secret)))
}

/// As named, or beside the state.
fn place(arguments: &ScanArguments) -> Option<PathBuf> {
    let state = arguments.state.as_ref().filter(|_| !arguments.no_state);
    arguments.pseudonym_key.clone().or_else(|| {
        let mut file = state?.clone().into_os_string();
        file.push(".key");
        Some(file.into())
    })
}

/// A new key in a file that only its owner reads.
fn made(file: &Path) -> Result<Vec<u8>, anyhow::Error> {
    let mut chance = [0_u8; KEY_BYTES];
    getrandom::fill(&mut chance)
        .map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
    let hex: String = chance.iter().map(|byte| format!("{byte:02x}")).collect();
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
