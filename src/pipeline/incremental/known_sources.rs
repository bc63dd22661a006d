//! Finds the sources that need not be read, because the state stores their digest. A false negative
//! only costs time; a match requires equal length, modification time and both ends of the file.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use crate::model::SourceUse;
use crate::read::Task;
use crate::state::{FileStamp, Source};

/// The path as bytes, and whether it was given with `--names`.
pub(crate) type TaskPath = (Vec<u8>, SourceUse);

pub(crate) fn task_path(task: &Task) -> TaskPath {
    (task.path.as_os_str().as_encoded_bytes().to_vec(), task.purpose)
}

pub(crate) fn source_path(source: &Source) -> TaskPath {
    (source.path.clone(), source.purpose)
}

/// The stamp of the file of each task, in the order of the tasks, without reading whole files.
/// `None` where no row stores a file of that size.
pub(crate) fn file_stamps(
    rows: &[Source],
    tasks: &[Task],
    threads: usize,
) -> Vec<Option<FileStamp>> {
    let sizes: HashSet<u64> = rows.iter().filter_map(|row| Some(row.stamp?.size)).collect();
    if sizes.is_empty() {
        return vec![None; tasks.len()];
    }
    let stamp = |task: &Task| {
        let regular = !task.stdin && !task.pipe && sizes.contains(&task.size);
        // The scan reports an error of the file when it reads it.
        regular.then(|| FileStamp::of(Path::new(&task.path)).ok()).flatten()
    };
    let share = tasks.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = tasks
            .chunks(share)
            .map(|tasks| (tasks, scope.spawn(move || tasks.iter().map(stamp).collect::<Vec<_>>())))
            .collect();
        let joined = workers.into_iter().flat_map(|(tasks, worker)| {
            // The files of a worker that panicked are read.
            worker.join().unwrap_or_else(|_| vec![None; tasks.len()])
        });
        joined.collect()
    })
}

/// Maps each task whose content is stored to the row that stores it: the row of the same path, or
/// else a row whose own path no longer holds that content. Both are positions in the slices.
pub(crate) fn match_known_sources(
    rows: &[Source],
    tasks: &[Task],
    stamps: &[Option<FileStamp>],
    reading_key: &str,
) -> BTreeMap<usize, usize> {
    if rows.is_empty() {
        return BTreeMap::new();
    }
    let usable = |row: &Source| row.is_final && *row.settings == *reading_key;
    let current: BTreeMap<TaskPath, usize> = (0..rows.len())
        .filter(|row| rows[*row].generation == 0)
        .map(|row| (source_path(&rows[row]), row))
        .collect();
    let mut known = BTreeMap::new();
    let mut matched = BTreeSet::new();
    for (index, task) in tasks.iter().enumerate() {
        if let Some(row) = current.get(&task_path(task))
            && usable(&rows[*row])
            && stamps[index].is_some()
            && rows[*row].stamp == stamps[index]
        {
            known.insert(index, *row);
            matched.insert(*row);
        }
    }
    let mut moved: BTreeMap<(SourceUse, FileStamp), usize> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let content = row.stamp.filter(|content| content.size > 0 && usable(row));
        if let Some(content) = content.filter(|_| !matched.contains(&index)) {
            moved.insert((row.purpose, content), index);
        }
    }
    for (index, task) in tasks.iter().enumerate() {
        if !known.contains_key(&index)
            && let Some(content) = stamps[index]
            && let Some(row) = moved.remove(&(task.purpose, content))
        {
            known.insert(index, row);
        }
    }
    known
}
