//! Which sources need not be read, because the state knows what they hold. A wrong no costs time; a
//! yes needs the same length, the same time of change and the same two ends.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use crate::read::Task;
use crate::state::{FileStamp, Source};

/// A path, and whether it was given with `--names`.
pub(crate) type TaskPath = (Vec<u8>, bool);

/// Where a task lies.
pub(crate) fn place(task: &Task) -> TaskPath {
    (task.path.as_os_str().as_encoded_bytes().to_vec(), task.named)
}

/// Where a stored source lies.
pub(crate) fn place_of(source: &Source) -> TaskPath {
    (source.path.clone(), source.named)
}

/// What the files of tasks hold, as far as that can be told without reading them. Nothing of those
/// that hold what no row does.
pub(crate) fn file_stamps(
    rows: &[Source],
    tasks: &[Task],
    threads: usize,
) -> Vec<Option<FileStamp>> {
    let sizes: HashSet<u64> = rows.iter().filter_map(|row| Some(row.content?.size)).collect();
    if sizes.is_empty() {
        return vec![None; tasks.len()];
    }
    let look = |task: &Task| {
        let regular = !task.stdin && !task.pipe && sizes.contains(&task.size);
        // Whatever is wrong with the file is told when it is read.
        regular.then(|| FileStamp::of(Path::new(&task.path)).ok()).flatten()
    };
    let share = tasks.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = tasks
            .chunks(share)
            .map(|tasks| (tasks, scope.spawn(move || tasks.iter().map(look).collect::<Vec<_>>())))
            .collect();
        let joined = workers.into_iter().flat_map(|(tasks, worker)| {
            // One that could not look leaves its files to be read.
            worker.join().unwrap_or_else(|_| vec![None; tasks.len()])
        });
        joined.collect()
    })
}

/// Tasks whose content is stored, each with the row that holds it: at its own path, or at one that
/// holds something else now.
pub(crate) fn match_known_sources(
    rows: &[Source],
    tasks: &[Task],
    contents: &[Option<FileStamp>],
    reader: &str,
) -> BTreeMap<usize, usize> {
    if rows.is_empty() {
        return BTreeMap::new();
    }
    let usable = |row: &Source| row.settled && *row.settings == *reader;
    let live: BTreeMap<TaskPath, usize> = (0..rows.len())
        .filter(|at| rows[*at].generation == 0)
        .map(|at| (place_of(&rows[at]), at))
        .collect();
    let mut known = BTreeMap::new();
    let mut held = BTreeSet::new();
    for (at, task) in tasks.iter().enumerate() {
        if let Some(row) = live.get(&place(task))
            && usable(&rows[*row])
            && contents[at].is_some()
            && rows[*row].content == contents[at]
        {
            known.insert(at, *row);
            held.insert(*row);
        }
    }
    let mut moved: BTreeMap<(bool, FileStamp), usize> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let content = row.content.filter(|content| content.size > 0 && usable(row));
        if let Some(content) = content.filter(|_| !held.contains(&at)) {
            moved.insert((row.named, content), at);
        }
    }
    for (at, task) in tasks.iter().enumerate() {
        if !known.contains_key(&at)
            && let Some(content) = contents[at]
            && let Some(row) = moved.remove(&(task.named, content))
        {
            known.insert(at, row);
        }
    }
    known
}
