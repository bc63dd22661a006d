//! Tests of the whole stage: each test makes a directory and checks the plan of it.

use std::fs;
use std::path::Path;

use crate::discover::key::render_path;
use crate::discover::plan::{SourceOrigin, SourcePlan, plan};
use crate::discover::selection::*;
use crate::model::SourceStatus;

fn tree(files: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in files {
        write(directory.path(), file);
    }
    directory
}

fn write(directory: &Path, file: &str) {
    let path = directory.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, file).unwrap();
}

fn select(roots: &[&Path]) -> SourceSelection {
    SourceSelection {
        roots: roots.iter().map(|root| root.to_path_buf()).collect(),
        ..Default::default()
    }
}

fn keys(plan: &SourcePlan) -> Vec<&str> {
    plan.sources.iter().map(|found| found.key.as_str()).collect()
}

fn codes(plan: &SourcePlan) -> Vec<&str> {
    plan.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect()
}

#[test]
fn one_directory_gives_relative_keys_in_order() {
    let tree = tree(&["b/z.log", "a.log", "b/.hidden/x.log", ".gitignore", "b.log"]);
    fs::write(tree.path().join(".gitignore"), "*.log").unwrap();
    let plan = plan(&select(&[tree.path()])).unwrap();
    assert_eq!(keys(&plan), [".gitignore", "a.log", "b.log", "b/.hidden/x.log", "b/z.log"]);
    assert!(plan.unread.is_empty() && plan.diagnostics.is_empty());
    assert_eq!(plan.sources[1].size, 5);
}

#[test]
fn a_single_file_has_its_name_as_key() {
    let tree = tree(&["deep/er/a.log"]);
    let plan = plan(&select(&[&tree.path().join("deep/er/a.log")])).unwrap();
    assert_eq!(keys(&plan), ["a.log"]);
}

#[test]
fn several_roots_keep_their_names_and_plan_each_file_once() {
    let tree = tree(&["old/a.log", "old/sub/b.log", "new/a.log"]);
    let (old, new) = (tree.path().join("old"), tree.path().join("new"));
    let (sub, file) = (old.join("sub"), old.join("./a.log"));
    let plan = plan(&select(&[&old, &new, &sub, &file])).unwrap();
    let mut expected = [old.join("a.log"), old.join("sub/b.log"), new.join("a.log")]
        .map(|path| render_path(&path));
    expected.sort();
    assert_eq!(keys(&plan), expected);
}

#[test]
fn standard_input_is_a_source() {
    let plan = plan(&select(&[Path::new("-"), Path::new("-")])).unwrap();
    assert_eq!(keys(&plan), ["<stdin>"]);
    assert_eq!(plan.sources[0].origin, SourceOrigin::Stdin);
}

#[test]
fn a_missing_root_is_named() {
    let tree = tree(&["a.log"]);
    let missing = tree.path().join("missing");
    let single = plan(&select(&[&missing])).unwrap();
    assert_eq!(single.missing, std::slice::from_ref(&missing));
    assert_eq!(codes(&single), ["walk.not-found"]);
    let second = plan(&select(&[tree.path(), &missing])).unwrap();
    assert_eq!(second.missing, [missing]);
    assert_eq!(second.unread[0].1.status, SourceStatus::Failed);
    assert_eq!(codes(&second), ["walk.not-found"]);
    assert_eq!(second.sources.len(), 1);
}

#[test]
fn globs_apply_to_walked_files_but_not_to_roots() {
    let tree = tree(&["a.log", "a.csv", "old/b.log", "x/old.log"]);
    let mut selection = select(&[tree.path()]);
    selection.include = vec!["*.log".to_string()];
    selection.exclude = vec!["old".to_string()];
    assert_eq!(keys(&plan(&selection).unwrap()), ["a.log", "x/old.log"]);
    selection.roots = vec![tree.path().join("a.csv")];
    assert_eq!(keys(&plan(&selection).unwrap()), ["a.csv"]);
}

#[test]
fn own_reports_are_never_input() {
    let tree = tree(&["a.log", "out/report.json", "out/b.log", "out/deep/report.json"]);
    let output = |directory| OutputDirectory { directory, is_own: |name| name == "report.json" };
    let mut selection = select(&[tree.path()]);
    selection.own = Some(output(tree.path().join("out")));
    assert_eq!(keys(&plan(&selection).unwrap()), ["a.log", "out/b.log", "out/deep/report.json"]);
    selection.roots.push(tree.path().join("out/report.json"));
    assert_eq!(plan(&selection).unwrap().sources.len(), 3);
    // The output directory may hold the logs, or lie above them.
    selection.roots = vec![tree.path().join("out")];
    assert_eq!(keys(&plan(&selection).unwrap()), ["b.log", "deep/report.json"]);
    selection.own = Some(output(tree.path().to_path_buf()));
    assert_eq!(keys(&plan(&selection).unwrap()), ["b.log", "deep/report.json", "report.json"]);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn links_are_reported_and_not_followed() {
        let tree = tree(&["real/a.log"]);
        symlink(tree.path().join("real"), tree.path().join("again")).unwrap();
        let plan = plan(&select(&[tree.path()])).unwrap();
        assert_eq!(keys(&plan), ["real/a.log"]);
        assert_eq!(plan.unread[0].0.as_str(), "again");
        assert_eq!(plan.unread[0].1.status, SourceStatus::Skipped);
        assert_eq!(codes(&plan), ["walk.link"]);
    }

    #[test]
    fn followed_links_end_and_stay_inside_the_roots() {
        let outside = tree(&["secret.log"]);
        let tree = tree(&["real/a.log"]);
        symlink(tree.path(), tree.path().join("real/up")).unwrap();
        symlink(tree.path().join("real/a.log"), tree.path().join("copy.log")).unwrap();
        symlink(outside.path().join("secret.log"), tree.path().join("out.log")).unwrap();
        let mut selection = select(&[tree.path()]);
        selection.follow_links = true;
        let plan = plan(&selection).unwrap();
        assert_eq!(keys(&plan), ["copy.log"], "one file, under the smaller of its two keys");
        assert_eq!(codes(&plan), ["walk.link-loop", "walk.link-outside"]);
    }

    #[test]
    fn a_linked_root_is_walked() {
        let tree = tree(&["real/a.log"]);
        let link = tree.path().join("link");
        symlink(tree.path().join("real"), &link).unwrap();
        assert_eq!(keys(&plan(&select(&[&link])).unwrap()), ["a.log"]);
    }

    #[test]
    fn special_files_are_skipped_below_a_root_and_fail_as_a_root() {
        let tree = tree(&["a.log"]);
        let socket = tree.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let below_root = plan(&select(&[tree.path()])).unwrap();
        assert_eq!(keys(&below_root), ["a.log"]);
        assert_eq!(below_root.unread[0].1.status, SourceStatus::Skipped);
        let as_root = plan(&select(&[&socket])).unwrap();
        assert_eq!(as_root.unread[0].1.status, SourceStatus::Failed);
        assert_eq!(codes(&below_root), ["walk.special"]);
        assert_eq!(codes(&as_root), ["walk.special"]);
    }

    #[test]
    fn a_directory_without_permission_is_a_failed_source() {
        let tree = tree(&["a.log", "closed/b.log"]);
        let closed = tree.path().join("closed");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        let readable_anyway = fs::read_dir(&closed).is_ok();
        let plan = plan(&select(&[tree.path()])).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        if readable_anyway {
            return; // Permissions do not restrict the superuser.
        }
        assert_eq!(keys(&plan), ["a.log"]);
        assert_eq!(plan.unread[0].0.as_str(), "closed");
        assert_eq!(codes(&plan), ["walk.permission-denied"]);
    }

    #[test]
    fn names_that_are_not_utf8_have_distinct_keys() {
        let tree = tree(&[]);
        for name in [&b"a\xff.log"[..], b"a\xfe.log", b"a\\xFF.log"] {
            let path = tree.path().join(OsStr::from_bytes(name));
            if fs::write(path, "x").is_err() {
                return; // Some file systems refuse such names.
            }
        }
        let plan = plan(&select(&[tree.path()])).unwrap();
        assert_eq!(keys(&plan), ["a\\x5CxFF.log", "a\\xFE.log", "a\\xFF.log"]);
    }
}
