//! Puts finished files into the output directory: all are written under temporary names next to the
//! final ones and synced before the first replaces an earlier report. Does not interpret the files.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use crate::report::format::ReportFormat;
use crate::report::render::RenderedFile;
use crate::threads::{join2, lock_ignore_poison};

/// Age from which a staged file is a leftover: no run takes this long to rename its files.
const LEFTOVER_AGE: Duration = Duration::from_secs(86_400);

/// In a staged name, between the final name and the id of the process that writes it.
const STAGED_INFIX: &str = ".tmp-";

/// The file that tests whether a directory is writable.
const PROBE: &str = "probe";

/// Earlier reports are untouched unless a variant says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The directory cannot be created or written to.
    #[error("cannot write to the output directory {}: {source}", path.display())]
    Directory { path: PathBuf, source: io::Error },
    /// A staged file could not be written; `path` is its final name.
    #[error("cannot write {} ({bytes} bytes): {source}", path.display())]
    Write { path: PathBuf, bytes: usize, source: io::Error },
    #[error("cannot replace {}: it is a directory", path.display())]
    IsDirectory { path: PathBuf },
    /// An earlier file could not be replaced. Files before it in the list are the new ones.
    #[error("cannot replace {}: {source}; close it in Excel or wherever it is open and run again", path.display())]
    Replace { path: PathBuf, source: io::Error },
}

/// Checks before a scan that reports can be written to a directory: creates it if it is missing,
/// writes and removes a file, and removes what a crash left behind.
pub fn check_writable(dir: &Path) -> Result<(), PublishError> {
    prepare(dir).map_err(|source| PublishError::Directory { path: dir.to_path_buf(), source })
}

fn prepare(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    // Without the lock, another run may be about to rename its staged files.
    let lock = lock_directory(dir);
    let probe = staging_path(dir, PROBE);
    let written = write_synced(&probe, b"probe").and_then(|()| fs::metadata(&probe));
    // Also after a failed write: the disk may be full because of the probe and the leftovers.
    let removed = fs::remove_file(probe);
    let swept = match (&lock, &written) {
        (Some(_), _) => remove_leftovers(dir, None),
        (None, Ok(probe)) => remove_leftovers(dir, Some(probe)),
        (None, Err(_)) => Ok(()),
    };
    written.and(removed).and(swept)
}

/// Files that are staged and synced. Dropping them removes those that are not in place. Until then
/// the directory is locked, and others that stage files there wait, also in this process.
pub struct StagedFiles {
    dir: PathBuf,
    names: Vec<String>,
    _lock: Option<fs::File>,
}

impl StagedFiles {
    /// Renames all files into place and returns their names. A symbolic link is replaced, not followed.
    pub fn replace(self) -> Result<Vec<String>, PublishError> {
        for name in &self.names {
            let path = self.dir.join(name);
            let rename = || {
                fail_point!("publish-rename")?;
                fs::rename(staging_path(&self.dir, name), &path)
            };
            rename().map_err(|source| PublishError::Replace { path: path.clone(), source })?;
        }
        sync_directory(&self.dir)
            .map_err(|source| PublishError::Directory { path: self.dir.clone(), source })?;
        Ok(self.names.clone())
    }
}

impl Drop for StagedFiles {
    fn drop(&mut self) {
        for name in ReportFormat::all_file_names() {
            // Best effort: the error to report is the one that led here.
            let _ = fs::remove_file(staging_path(&self.dir, name));
        }
    }
}

/// Renders and stages all files, or none, two at a time if `threads` allows, and started in their
/// order. A function that returns no file is called like the others.
pub fn stage<E, F>(dir: &Path, threads: usize, files: &[F]) -> Result<StagedFiles, E>
where
    E: From<PublishError> + Send,
    F: Fn() -> Result<Option<RenderedFile>, E> + Sync,
{
    check_writable(dir)?;
    let mut staged =
        StagedFiles { dir: dir.to_path_buf(), names: Vec::new(), _lock: lock_directory(dir) };
    let queue = Mutex::new(files.iter());
    let work = || {
        let mut names = Vec::new();
        loop {
            // A statement of its own, so that the mutex is released before rendering.
            let Some(render) = lock_ignore_poison(&queue).next() else { return Ok(names) };
            if let Some(file) = render()? {
                names.push(stage_file(dir, file)?);
            }
        }
    };
    let (first, second): (Result<Vec<String>, E>, _) = join2(threads, work, work);
    staged.names = first?;
    staged.names.extend(second?);
    staged.names.sort_by_key(|name| ReportFormat::all_file_names().position(|known| known == name));
    Ok(staged)
}

/// Returns the final name.
fn stage_file(dir: &Path, (name, contents): RenderedFile) -> Result<String, PublishError> {
    let path = dir.join(&name);
    if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
        return Err(PublishError::IsDirectory { path });
    }
    check_replaceable(&path)
        .map_err(|source| PublishError::Replace { path: path.clone(), source })?;
    let bytes = contents.len();
    write_synced(&staging_path(dir, &name), &contents).map_err(|source| PublishError::Write {
        path,
        bytes,
        source,
    })?;
    Ok(name)
}

/// `.report.json.tmp-4711`: in the same directory, so that the rename is atomic; with the process id,
/// so that two runs never write to one file.
fn staging_path(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!(".{name}{STAGED_INFIX}{}", std::process::id()))
}

fn write_synced(path: &Path, contents: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fail_point!("publish-write")?;
    // `create_new` does not follow a symbolic link that was created meanwhile.
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// Removes files that an earlier run staged and never renamed. `now` is the metadata of a new file;
/// with it, only files older than [`LEFTOVER_AGE`] are removed, because other runs may be active.
fn remove_leftovers(dir: &Path, now: Option<&fs::Metadata>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_staged_name)
            && !entry.file_type()?.is_dir()
            && now.is_none_or(|now| is_old(&entry, now))
        {
            match fs::remove_file(entry.path()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Compares modification times, which are of the same clock, that of the disk. False if one is
/// unknown.
fn is_old(entry: &fs::DirEntry, now: &fs::Metadata) -> bool {
    let written = entry.metadata().and_then(|metadata| metadata.modified());
    let age = now.modified().and_then(|now| Ok(now.duration_since(written?)));
    age.is_ok_and(|age| age.is_ok_and(|age| age > LEFTOVER_AGE))
}

/// True for the name of a report file or of a staged one.
pub fn is_own_file(name: &str) -> bool {
    is_report_name(name) || is_staged_name(name)
}

fn is_report_name(name: &str) -> bool {
    ReportFormat::all_file_names().any(|known| known == name)
}

/// True only for names that [`staging_path`] makes: the directory may hold files of others.
fn is_staged_name(name: &str) -> bool {
    let staged = name.strip_prefix('.').and_then(|name| name.rsplit_once(STAGED_INFIX));
    staged.is_some_and(|(name, process)| {
        (name == PROBE || is_report_name(name))
            && !process.is_empty()
            && process.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// On Windows a file that is open in Excel cannot be replaced; checked before any file changes.
#[cfg(windows)]
fn check_replaceable(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => OpenOptions::new().write(true).open(path).map(drop),
        _ => Ok(()),
    }
}

/// On other systems an open file can be replaced.
#[cfg(not(windows))]
fn check_replaceable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Waits for other runs that write to the directory, so that all reports there are of one run. The
/// lock ends with the handle. `None` where the file system has no locks.
#[cfg(unix)]
fn lock_directory(dir: &Path) -> Option<fs::File> {
    let directory = fs::File::open(dir).ok()?;
    directory.lock().ok().map(|()| directory)
}

/// Windows cannot open a directory as a file.
#[cfg(not(unix))]
fn lock_directory(_: &Path) -> Option<fs::File> {
    None
}

/// Makes the renames survive a power failure.
#[cfg(unix)]
fn sync_directory(dir: &Path) -> io::Result<()> {
    fs::File::open(dir)?.sync_all()
}

/// Windows cannot open a directory as a file, and its file system journals renames.
#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> RenderedFile {
        (name.to_string(), text.as_bytes().to_vec())
    }

    fn publish(dir: &Path, files: &[RenderedFile]) -> Result<Vec<String>, PublishError> {
        let files: Vec<_> = files.iter().map(|file| || Ok(Some(file.clone()))).collect();
        stage(dir, 2, &files)?.replace()
    }

    fn listing(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn new_files_replace_old_ones_and_leftovers_are_removed() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("a/b");
        publish(&dir, &[file("report.json", "1")]).unwrap();
        fs::write(dir.join("notes.txt"), "mine").unwrap();
        write_leftover(&dir, 2 * LEFTOVER_AGE);
        fs::write(dir.join(".notes.txt.tmp-1"), "mine").unwrap();
        publish(&dir, &[file("report.json", "2"), file("summary.md", "3")]).unwrap();
        assert_eq!(fs::read_to_string(dir.join("report.json")).unwrap(), "2");
        assert_eq!(listing(&dir), [".notes.txt.tmp-1", "notes.txt", "report.json", "summary.md"]);
    }

    /// A staged file of another process with this age.
    fn write_leftover(dir: &Path, age: Duration) {
        let path = dir.join(".report.json.tmp-1");
        fs::write(&path, "half").unwrap();
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        let now = file.metadata().unwrap().modified().unwrap();
        file.set_modified(now - age).unwrap();
    }

    #[test]
    fn staged_files_of_an_active_run_stay() {
        let dir = tempfile::tempdir().unwrap();
        for (age, has_lock, stays) in [
            (Duration::ZERO, false, true),
            (LEFTOVER_AGE / 2, false, true),
            (2 * LEFTOVER_AGE, false, false),
            (Duration::ZERO, true, false),
        ] {
            let now = tempfile::tempfile().unwrap().metadata().unwrap();
            write_leftover(dir.path(), age);
            remove_leftovers(dir.path(), (!has_lock).then_some(&now)).unwrap();
            assert_eq!(!listing(dir.path()).is_empty(), stays, "{age:?}, has_lock: {has_lock}");
        }
    }

    #[test]
    fn an_error_leaves_previous_files_alone() {
        let dir = tempfile::tempdir().unwrap();
        publish(dir.path(), &[file("report.json", "old")]).unwrap();
        fs::create_dir(dir.path().join("summary.md")).unwrap();
        let files = [file("report.json", "new"), file("summary.md", "x")];
        let error = publish(dir.path(), &files).unwrap_err();
        assert!(matches!(error, PublishError::IsDirectory { .. }), "{error}");
        assert_eq!(fs::read_to_string(dir.path().join("report.json")).unwrap(), "old");
        assert_eq!(listing(dir.path()), ["report.json", "summary.md"]);
    }

    #[test]
    fn a_file_instead_of_the_directory_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        fs::write(&path, "x").unwrap();
        let error = check_writable(&path).unwrap_err();
        assert!(error.to_string().contains("out"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_replaced_and_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let other = dir.path().join("other");
        let out = dir.path().join("out");
        fs::write(&other, "mine").unwrap();
        fs::create_dir(&out).unwrap();
        std::os::unix::fs::symlink(&other, out.join("report.json")).unwrap();
        publish(&out, &[file("report.json", "new")]).unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "mine");
        assert!(fs::symlink_metadata(out.join("report.json")).unwrap().is_file());
    }
}
