//! Puts finished files into the output directory: all are written beside and made safe on disk
//! before the first one replaces an earlier report. What stands in the files is not its business.

use crate::report::render::RenderedFile;
use crate::threads::{join2, lock_ignore_poison};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;
/// A run that made a file beside has put it in place long before, or never will.
const A_DAY: Duration = Duration::from_secs(86_400);

/// Stands between the name of a file and the id of the process that writes it.
const MARK: &str = ".tmp-";

/// Why the reports could not be put in place. Earlier reports are untouched unless a variant says
/// otherwise.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The directory cannot be made or written to.
    #[error("cannot write to the output directory {}: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be written beside.
    #[error("cannot write {} ({bytes} bytes): {source}", path.display())]
    Write {
        /// The file meant.
        path: PathBuf,
        /// How much room it needs.
        bytes: usize,
        /// What the system said.
        source: io::Error,
    },
    /// A directory stands where a file belongs.
    #[error("cannot replace {}: it is a directory", path.display())]
    IsDirectory {
        /// The path.
        path: PathBuf,
    },
    /// An earlier file could not be replaced. Files before it in the list are the new ones.
    #[error("cannot replace {}: {source}; close it in Excel or wherever it is open and run again", path.display())]
    Replace {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Makes sure, before the long work, that reports can be written to a directory: makes it if it is
/// missing, writes and removes a file, and clears what a crash left behind.
pub fn check_writable(dir: &Path) -> Result<(), PublishError> {
    prepare(dir).map_err(|source| PublishError::Directory { path: dir.to_path_buf(), source })
}

fn prepare(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    // What another run has beside is no leftover while that run lasts.
    let alone = lock_directory(dir);
    let probe = staging_path(dir, "probe");
    let written = write(&probe, b"probe").and_then(|()| fs::metadata(&probe));
    // It goes also where it could not be written whole, as does what is left over: that may be what
    // the disk is full of.
    let gone = fs::remove_file(probe);
    let swept = match (&alone, &written) {
        (Some(_), _) => remove_leftovers(dir, None),
        (None, Ok(now)) => remove_leftovers(dir, Some(now)),
        (None, Err(_)) => Ok(()),
    };
    written.and(gone).and(swept)
}

/// Files that are made beside the earlier ones and safe on disk. They go again unless they are put
/// in place. Until then nobody else makes files in the directory: whoever tries waits, this process
/// as well.
pub struct StagedFiles {
    dir: PathBuf,
    names: Vec<String>,
    _alone: Option<fs::File>,
}

impl StagedFiles {
    /// Renames all of them into place; a link is replaced and never written through. Returns their
    /// names.
    pub fn replace(self) -> Result<Vec<String>, PublishError> {
        for name in &self.names {
            let path = self.dir.join(name);
            let replaced = || {
                fail_point!("publish-rename")?;
                fs::rename(staging_path(&self.dir, name), &path)
            };
            replaced().map_err(|source| PublishError::Replace { path: path.clone(), source })?;
        }
        sync_directory(&self.dir)
            .map_err(|source| PublishError::Directory { path: self.dir.clone(), source })?;
        Ok(self.names.clone())
    }
}

impl Drop for StagedFiles {
    fn drop(&mut self) {
        for name in crate::report::format::ReportFormat::all_file_names() {
            // Best effort: where there is an error to tell, it is the one that led here.
            let _ = fs::remove_file(staging_path(&self.dir, name));
        }
    }
}

/// Makes all files beside, or none, at most two at a time and begun in their order. Work that makes
/// no file is done among them.
pub fn stage<E, F>(dir: &Path, threads: usize, files: &[F]) -> Result<StagedFiles, E>
where
    E: From<PublishError> + Send,
    F: Fn() -> Result<Option<RenderedFile>, E> + Sync,
{
    check_writable(dir)?;
    let mut all =
        StagedFiles { dir: dir.to_path_buf(), names: Vec::new(), _alone: lock_directory(dir) };
    let queue = Mutex::new(files.iter());
    let work = || {
        let mut names = Vec::new();
        loop {
            // The lock is let go before a file is made.
            let Some(file) = lock_ignore_poison(&queue).next() else { return Ok(names) };
            if let Some(face) = file()? {
                names.push(made(dir, face)?);
            }
        }
    };
    let (own, other): (Result<Vec<String>, E>, _) = join2(threads, work, work);
    all.names = own?;
    all.names.extend(other?);
    all.names.sort_by_key(|name| {
        crate::report::format::ReportFormat::all_file_names().position(|known| known == name)
    });
    Ok(all)
}

/// Writes a file beside; returns its name.
fn made(dir: &Path, (name, contents): RenderedFile) -> Result<String, PublishError> {
    let path = dir.join(&name);
    if fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir()) {
        return Err(PublishError::IsDirectory { path });
    }
    can_be_replaced(&path)
        .map_err(|source| PublishError::Replace { path: path.clone(), source })?;
    let bytes = contents.len();
    write(&staging_path(dir, &name), &contents).map_err(|source| PublishError::Write {
        path,
        bytes,
        source,
    })?;
    Ok(name)
}

/// `.report.json.tmp-4711`: hidden, in the same directory so that the rename is atomic, with the
/// process id so that two runs never write into one file.
fn staging_path(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!(".{name}{MARK}{}", std::process::id()))
}

fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fail_point!("publish-write")?;
    // `create_new` refuses to follow a link somebody put here in between.
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// Removes files that an earlier run wrote beside and never renamed. Where other runs may be at work
/// in the directory, only those so much older than one of now that none can be about to rename them.
fn remove_leftovers(dir: &Path, now: Option<&fs::Metadata>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_left_over)
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

/// True for a file that was written more than a day before one of now, by the clock of the disk; false
/// where that cannot be told.
fn is_old(entry: &fs::DirEntry, now: &fs::Metadata) -> bool {
    let written = entry.metadata().and_then(|about| about.modified());
    let age = now.modified().and_then(|now| Ok(now.duration_since(written?)));
    age.is_ok_and(|age| age.is_ok_and(|age| age > A_DAY))
}

/// True for the name of a report, and of one that a crash left half written.
pub fn is_own_file(name: &str) -> bool {
    crate::report::format::ReportFormat::all_file_names().any(|known| known == name)
        || is_left_over(name)
}

/// Only names that [`staging_path`] makes for a file of ours; the directory may be anybody's.
fn is_left_over(name: &str) -> bool {
    let Some((stem, id)) = name.strip_prefix('.').and_then(|n| n.rsplit_once(MARK)) else {
        return false;
    };
    let ours = stem == "probe"
        || crate::report::format::ReportFormat::all_file_names().any(|known| known == stem);
    ours && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// On Windows a file that Excel holds open cannot be replaced: found out before anything changes.
#[cfg(windows)]
fn can_be_replaced(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() => OpenOptions::new().write(true).open(path).map(drop),
        _ => Ok(()),
    }
}

/// Elsewhere an open file can be replaced.
#[cfg(not(windows))]
fn can_be_replaced(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Two runs that write into one directory take turns, so that a set of reports is of one run. The
/// lock goes with the handle; where a share knows no locks there is none.
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

/// Makes the renames themselves survive a power cut.
#[cfg(unix)]
fn sync_directory(dir: &Path) -> io::Result<()> {
    fs::File::open(dir)?.sync_all()
}

/// Windows cannot open a directory as a file and writes renames through its journal.
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
    fn new_files_replace_old_ones_and_nothing_else_stays() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("a/b");
        publish(&dir, &[file("report.json", "1")]).unwrap();
        fs::write(dir.join("notes.txt"), "mine").unwrap();
        left_over(&dir, 2 * A_DAY);
        fs::write(dir.join(".notes.txt.tmp-1"), "mine").unwrap();
        publish(&dir, &[file("report.json", "2"), file("summary.md", "3")]).unwrap();
        assert_eq!(fs::read_to_string(dir.join("report.json")).unwrap(), "2");
        assert_eq!(listing(&dir), [".notes.txt.tmp-1", "notes.txt", "report.json", "summary.md"]);
    }

    /// A file that a run did not put in place so long ago.
    fn left_over(dir: &Path, age: Duration) {
        let path = dir.join(".report.json.tmp-1");
        fs::write(&path, "half").unwrap();
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        let now = file.metadata().unwrap().modified().unwrap();
        file.set_modified(now - age).unwrap();
    }

    #[test]
    fn what_another_run_is_about_to_put_in_place_stays() {
        let dir = tempfile::tempdir().unwrap();
        for (age, alone, stays) in [
            (Duration::ZERO, false, true),
            (A_DAY / 2, false, true),
            (2 * A_DAY, false, false),
            (Duration::ZERO, true, false),
        ] {
            let now = tempfile::tempfile().unwrap().metadata().unwrap();
            left_over(dir.path(), age);
            remove_leftovers(dir.path(), (!alone).then_some(&now)).unwrap();
            assert_eq!(!listing(dir.path()).is_empty(), stays, "{age:?}, alone: {alone}");
        }
    }

    #[test]
    fn an_error_leaves_earlier_files_alone() {
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
    fn a_file_is_no_directory() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        fs::write(&path, "x").unwrap();
        let error = check_writable(&path).unwrap_err();
        assert!(error.to_string().contains("out"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_never_written_through() {
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
