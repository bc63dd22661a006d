//! Directories made for each test, and the plans they must give.

use crate::discover::key;
use crate::discover::plan::Plan;
use crate::discover::plan::SourceOrigin;
use crate::discover::plan::plan;
use crate::discover::selection::*;
use crate::model::SourceStatus;
use std::fs;
use std::path::Path;
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

fn keys(plan: &Plan) -> Vec<&str> {
    plan.sources.iter().map(|found| found.key.as_str()).collect()
}

fn codes(plan: &Plan) -> Vec<&str> {
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
fn one_file_is_called_by_its_name() {
    let tree = tree(&["deep/er/a.log"]);
    let plan = plan(&select(&[&tree.path().join("deep/er/a.log")])).unwrap();
    assert_eq!(keys(&plan), ["a.log"]);
}

#[test]
fn several_roots_keep_their_names_and_share_no_file() {
    let tree = tree(&["night/a.log", "night/sub/b.log", "day/a.log"]);
    let (night, day) = (tree.path().join("night"), tree.path().join("day"));
    let (sub, file) = (night.join("sub"), night.join("./a.log"));
    let typed = |path: &Path| key::text(path);
    let plan = plan(&select(&[&night, &day, &sub, &file])).unwrap();
    let mut expected =
        [night.join("a.log"), night.join("sub/b.log"), day.join("a.log")].map(|path| typed(&path));
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
    let gone = tree.path().join("gone");
    let alone = plan(&select(&[&gone])).unwrap();
    assert_eq!(alone.missing, std::slice::from_ref(&gone));
    assert_eq!(codes(&alone), ["walk.not-found"]);
    let beside = plan(&select(&[tree.path(), &gone])).unwrap();
    assert_eq!(beside.missing, [gone]);
    assert_eq!(beside.unread[0].1.status, SourceStatus::Failed);
    assert_eq!(codes(&beside), ["walk.not-found"]);
    assert_eq!(beside.sources.len(), 1);
}

#[test]
fn globs_choose_what_a_walk_finds_but_not_what_is_named() {
    let tree = tree(&["a.log", "a.csv", "old/b.log", "x/old.log"]);
    let mut selection = select(&[tree.path()]);
    selection.include = vec!["*.log".to_string()];
    selection.exclude = vec!["old".to_string()];
    assert_eq!(keys(&plan(&selection).unwrap()), ["a.log", "x/old.log"]);
    selection.roots = vec![tree.path().join("a.csv")];
    assert_eq!(keys(&plan(&selection).unwrap()), ["a.csv"]);
}

#[test]
fn our_own_reports_are_never_input() {
    let tree = tree(&["a.log", "out/report.json", "out/b.log", "out/deep/report.json"]);
    let own = |directory| OutputDirectory { directory, is_own: |name| name == "report.json" };
    let mut selection = select(&[tree.path()]);
    selection.own = Some(own(tree.path().join("out")));
    assert_eq!(keys(&plan(&selection).unwrap()), ["a.log", "out/b.log", "out/deep/report.json"]);
    selection.roots.push(tree.path().join("out/report.json"));
    assert_eq!(plan(&selection).unwrap().sources.len(), 3);
    // Reports may go where the logs are, or above them.
    selection.roots = vec![tree.path().join("out")];
    assert_eq!(keys(&plan(&selection).unwrap()), ["b.log", "deep/report.json"]);
    selection.own = Some(own(tree.path().to_path_buf()));
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
    fn links_are_named_and_not_followed() {
        let tree = tree(&["real/a.log"]);
        symlink(tree.path().join("real"), tree.path().join("again")).unwrap();
        let plan = plan(&select(&[tree.path()])).unwrap();
        assert_eq!(keys(&plan), ["real/a.log"]);
        assert_eq!(plan.unread[0].0.as_str(), "again");
        assert_eq!(plan.unread[0].1.status, SourceStatus::Skipped);
        assert_eq!(codes(&plan), ["walk.link"]);
    }

    #[test]
    fn followed_links_end_and_stay_inside() {
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
    fn special_files_are_skipped_below_a_root_and_refused_as_one() {
        let tree = tree(&["a.log"]);
        let socket = tree.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let below = plan(&select(&[tree.path()])).unwrap();
        assert_eq!(keys(&below), ["a.log"]);
        assert_eq!(below.unread[0].1.status, SourceStatus::Skipped);
        let named = plan(&select(&[&socket])).unwrap();
        assert_eq!(named.unread[0].1.status, SourceStatus::Failed);
        assert_eq!((codes(&below), codes(&named)), (vec!["walk.special"], vec!["walk.special"]));
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
            return; // The superuser is not held by modes.
        }
        assert_eq!(keys(&plan), ["a.log"]);
        assert_eq!(plan.unread[0].0.as_str(), "closed");
        assert_eq!(codes(&plan), ["walk.permission-denied"]);
    }

    #[test]
    fn names_that_are_no_text_have_their_own_keys() {
        let tree = tree(&[]);
        for name in [&b"a\xff.log"[..], b"a\xfe.log", b"a\\xFF.log"] {
            let path = tree.path().join(OsStr::from_bytes(name));
            if fs::write(path, "x").is_err() {
                return; // Some systems refuse such names.
            }
        }
        let plan = plan(&select(&[tree.path()])).unwrap();
        assert_eq!(keys(&plan), ["a\\x5CxFF.log", "a\\xFE.log", "a\\xFF.log"]);
    }
}
