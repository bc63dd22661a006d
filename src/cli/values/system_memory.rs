//! How much memory the system lets this process take, as far as Linux tells it in files: limits of
//! control groups (containers, services), of the address space, and what there is. Decides nothing.

use std::fs;
use std::path::Path;

/// Bytes that may be taken; nothing where the system does not say. `root` is the root of the files.
pub fn bytes(root: &Path) -> Option<u64> {
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap_or_default();
    let groups = read("proc/self/cgroup");
    let groups = groups.lines().filter_map(|line| group(root, line)).min();
    // What is reserved and never touched counts there too.
    let space = value(&read("proc/self/limits"), "Max address space").map(|bytes| bytes / 2);
    let all = value(&read("proc/meminfo"), "MemTotal:").map(|kib| kib.saturating_mul(1 << 10));
    [groups, space, all].into_iter().flatten().min()
}

/// The limit of a control group and of those it is in: a line is `number:controllers:path`, with no
/// controllers in version 2. A container sees its own group as the root, whatever its path says.
fn group(root: &Path, line: &str) -> Option<u64> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next()?, parts.next()?);
    let (mount, file) = match controllers {
        "" => ("sys/fs/cgroup", "memory.max"),
        some if some.split(',').any(|one| one == "memory") => {
            ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
        }
        _ => return None,
    };
    let mount = root.join(mount);
    let inside = mount.join(path.trim_start_matches('/'));
    let around = inside.ancestors().take_while(|directory| directory.starts_with(&mount));
    let limit = |directory: &Path| {
        // `max` is none.
        fs::read_to_string(directory.join(file)).ok()?.trim().parse::<u64>().ok()
    };
    around.filter_map(limit).min()
}

/// The first number behind a name at the beginning of a line.
fn value(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(files: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        bytes(root.path())
    }

    #[test]
    fn the_lowest_limit_holds() {
        let limits = |space| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                 Max cpu time              unlimited            unlimited            seconds   \n\
                 Max address space         {space}            unlimited            bytes     \n"
            )
        };
        let none = ("proc/self/limits", &limits("unlimited")[..]);
        let all = ("proc/meminfo", "MemTotal:        8000 kB\nMemFree:         100 kB\n");
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[none]), None);
        assert_eq!(told(&[all, none]), Some(8_192_000));
        assert_eq!(told(&[all, ("proc/self/limits", &limits("4000000"))]), Some(2_000_000));
    }

    #[test]
    fn groups_of_both_versions_and_those_around_them() {
        let second = ("proc/self/cgroup", "0::/system.slice/night.service\n");
        let limit = |name, text| told(&[second, (name, text)]);
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
        assert_eq!(told(&files), Some(5000));
    }
}
