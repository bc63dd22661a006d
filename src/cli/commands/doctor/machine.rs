//! Checks the machine: account, clock and zone, network shares.

use std::path::Path;

use crate::cli::commands::doctor::findings::{FindingLevel, Findings};
use crate::cli::values::time;

/// A clock before this year was never set.
const FIRST_VALID_YEAR: &str = "2025";

/// Reports the account of this process, because the account of the scheduled run may have other rights.
pub fn check_account(findings: &mut Findings) {
    let (name, is_root) = current_account();
    let en = format!("looked at as {name}; run this as the account of the night");
    let ja = format!("{name} として確認しました。夜間実行のアカウントで実行してください");
    findings.add(FindingLevel::Ok, "account", en, ja);
    if is_root {
        let en = "this account may read everything: it says nothing of another one's rights";
        let ja = "このアカウントはすべてを読めるため、ほかのアカウントの権限は確認できません";
        findings.add(FindingLevel::Note, "account", en.to_string(), ja.to_string());
    }
}

/// Returns the name of the account and whether it is root, for which file modes have no effect.
#[cfg(unix)]
fn current_account() -> (String, bool) {
    use std::os::unix::fs::MetadataExt;
    // The owner of /proc/self is the account of this process.
    let Ok(metadata) = std::fs::metadata("/proc/self") else { return (environment_name(), false) };
    let id = metadata.uid();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_string())
    });
    (name.unwrap_or_else(|| format!("uid {id}")), id == 0)
}

#[cfg(not(unix))]
fn current_account() -> (String, bool) {
    let domain = std::env::var("USERDOMAIN").map(|domain| domain + "\\").unwrap_or_default();
    (domain + &environment_name(), false)
}

fn environment_name() -> String {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    variable("USER")
        .or_else(|| variable("USERNAME"))
        .unwrap_or_else(|| "an account without a name".into())
}

/// Reports the time and the zone of the machine.
pub fn check_clock(findings: &mut Findings) {
    let now = time::now().to_string();
    let zone = jiff::tz::TimeZone::try_system();
    let zone = zone.ok().and_then(|zone| zone.iana_name().map(str::to_string));
    let zone = zone.unwrap_or_else(|| "?".to_string());
    let level = if now.as_str() < FIRST_VALID_YEAR { FindingLevel::Note } else { FindingLevel::Ok };
    let en = format!("{now}; schedulers of this machine run in {zone}");
    findings.add(level, "clock", en, format!("{now}、このマシンのゾーンは {zone}"));
}

/// Reports a path on a network share: the account of the scheduled run needs rights there too, and a
/// drive letter exists only in one login session.
pub fn check_share(path: &Path, topic: &'static str, findings: &mut Findings) {
    let Some(kind) = share_kind(path) else { return };
    let path = path.display();
    let en = format!("{path} is on a share ({kind}): the account of the night needs rights there");
    let ja = format!("{path} は共有上にあります({kind})。夜間のアカウントの権限が必要です");
    findings.add(FindingLevel::Note, topic, en, ja);
}

#[cfg(unix)]
fn share_kind(path: &Path) -> Option<String> {
    let full = std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).ok()?;
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    kind_of_mount(&mounts, &full)
}

/// Returns the file system of the innermost mount that holds the path, if it is a network file system.
#[cfg(unix)]
fn kind_of_mount(mounts: &str, path: &Path) -> Option<String> {
    const NETWORK: [&str; 8] = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs"];
    let mount_points = mounts.lines().filter_map(|line| {
        // Optional fields of variable number precede the separator.
        let (before, after) = line.split_once(" - ")?;
        let point = before.split(' ').nth(4)?.replace("\\040", " ");
        Some((point, after.split(' ').next()?))
    });
    // `max_by_key` returns the last of equal mount points, which covers the others.
    let holding = mount_points.filter(|(point, _)| path.starts_with(point));
    let (_, kind) = holding.max_by_key(|(point, _)| point.len())?;
    NETWORK.contains(&kind).then(|| kind.to_string())
}

#[cfg(not(unix))]
fn share_kind(path: &Path) -> Option<String> {
    let full = std::path::absolute(path).ok()?;
    full.to_str()?.starts_with("\\\\").then(|| "UNC".to_string())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_mount_decides() {
        let mounts = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
                      30 22 0:40 / /mnt/my\\040share rw - cifs //files/robots rw\n\
                      31 30 0:41 / /mnt/my\\040share/local rw - tmpfs tmpfs rw\n";
        let kind = |path: &str| kind_of_mount(mounts, Path::new(path));
        assert_eq!(kind("/mnt/my share/a.log").as_deref(), Some("cifs"));
        assert_eq!(kind("/mnt/my share/local/a.log"), None);
        assert_eq!(kind("/mnt/my sharepoint"), None);
    }
}
