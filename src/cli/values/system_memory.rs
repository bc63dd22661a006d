//! Reads the memory limit of this process from the files of Linux: control groups (containers,
//! services), address space, installed memory. Does not decide how much of it a run may use.

use std::fs;
use std::path::Path;

/// Returns the lowest limit in bytes; `None` if the system reports none. `root` is the root directory of
/// the files that are read.
pub fn limit_bytes(root: &Path) -> Option<u64> {
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap_or_default();
    let groups = read("proc/self/cgroup");
    let groups = groups.lines().filter_map(|line| group_limit(root, line)).min();
    // Half, because reserved address space counts even if it is never used.
    let address_space =
        number_after(&read("proc/self/limits"), "Max address space").map(|bytes| bytes / 2);
    let installed =
        number_after(&read("proc/meminfo"), "MemTotal:").map(|kib| kib.saturating_mul(1 << 10));
    [groups, address_space, installed].into_iter().flatten().min()
}

/// Returns the lowest limit of a control group and its ancestors. `line` is `number:controllers:path`,
/// without controllers in version 2. In a container the mount point shows the container's own group,
/// even if the path says otherwise, so that missing directories are skipped.
fn group_limit(root: &Path, line: &str) -> Option<u64> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next()?, parts.next()?);
    let (mount, file) = match controllers {
        "" => ("sys/fs/cgroup", "memory.max"),
        list if list.split(',').any(|controller| controller == "memory") => {
            ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
        }
        _ => return None,
    };
    let mount = root.join(mount);
    let group = mount.join(path.trim_start_matches('/'));
    let ancestors = group.ancestors().take_while(|directory| directory.starts_with(&mount));
    let limit = |directory: &Path| {
        // `max` means no limit and does not parse.
        fs::read_to_string(directory.join(file)).ok()?.trim().parse::<u64>().ok()
    };
    ancestors.filter_map(limit).min()
}

/// Returns the first number after `name` on the first line that begins with it.
fn number_after(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit_from(files: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        limit_bytes(root.path())
    }

    #[test]
    fn the_lowest_limit_is_used() {
        let limits = |space| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                 Max cpu time              unlimited            unlimited            seconds   \n\
                 Max address space         {space}            unlimited            bytes     \n"
            )
        };
        let unlimited = ("proc/self/limits", &limits("unlimited")[..]);
        let installed = ("proc/meminfo", "MemTotal:        8000 kB\nMemFree:         100 kB\n");
        assert_eq!(limit_from(&[]), None);
        assert_eq!(limit_from(&[unlimited]), None);
        assert_eq!(limit_from(&[installed, unlimited]), Some(8_192_000));
        assert_eq!(
            limit_from(&[installed, ("proc/self/limits", &limits("4000000"))]),
            Some(2_000_000)
        );
    }

    #[test]
    fn groups_of_both_versions_and_their_ancestors_limit() {
        let second = ("proc/self/cgroup", "0::/system.slice/night.service\n");
        let limit = |name, text| limit_from(&[second, (name, text)]);
        assert_eq!(
            limit("sys/fs/cgroup/system.slice/night.service/memory.max", "9000\n"),
            Some(9000)
        );
        assert_eq!(limit("sys/fs/cgroup/system.slice/memory.max", "8000\n"), Some(8000));
        assert_eq!(limit("sys/fs/cgroup/memory.max", "7000\n"), Some(7000));
        assert_eq!(limit("sys/fs/cgroup/memory.max", "max\n"), None);
        assert_eq!(limit("sys/fs/memory.max", "6000\n"), None);
        let first = "12:cpu,cpuacct:/a\n4:memory:/docker/5f\n0::/\n";
        let files = [
            ("proc/self/cgroup", first),
            ("sys/fs/cgroup/cpu/a/memory.limit_in_bytes", "1\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "5000\n"),
            ("sys/fs/cgroup/memory/docker/5f/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        assert_eq!(limit_from(&files), Some(5000));
    }
}
