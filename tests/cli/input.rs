//! What PATH can be, and which entries of a directory are not read.

use std::io::Write;
use std::process::Stdio;

use super::with_failures;
use crate::support::{
    Env, Outcome, Row, connection, execution_log, gzip, incidents, item, missing, normalised, zip,
};

fn log() -> Vec<u8> {
    execution_log(&[Row::info(1, 1), Row::error(1, 2, missing(&connection(1)))])
}

fn piped(env: &Env, bytes: &[u8]) -> Outcome {
    let arguments = ["scan", "-", "-o", "out"];
    let mut child = env
        .command(&arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    env.outcome(&arguments, child.wait_with_output().unwrap())
}

#[test]
fn standard_input_in_any_container() {
    let env = Env::new();
    let alone = incidents(&piped(&env, &log()).report);
    assert_eq!(alone.len(), 1);
    for (bytes, source, compression) in [
        (log(), "<stdin>", "none"),
        (gzip(&log()), "<stdin>", "gzip"),
        (zip(&[("night/a.log", &log())]), "<stdin> » night/a.log", "zip"),
    ] {
        let outcome = piped(&env, &bytes);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert_eq!(incidents(&outcome.report), alone);
        assert_eq!(item(&outcome.report, source)["compression"], compression);
    }
}

#[test]
fn empty_standard_input_is_an_empty_source() {
    let outcome = piped(&Env::new(), b"");
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(item(&outcome.report, "<stdin>")["status"], "skipped");
}

#[test]
fn an_empty_directory_says_that_nothing_was_read() {
    let env = Env::new();
    std::fs::create_dir(env.path("logs")).unwrap();
    let outcome = env.scan(&["logs"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.report["coverage"]["sources"]["found"], 0);
    assert!(outcome.stdout.contains("Read 0 sources"), "{}", outcome.stdout);
}

#[test]
fn a_file_reached_by_several_paths_is_read_once() {
    let env = with_failures();
    let alone = incidents(&env.scan(&["logs"]).report);
    let paths =
        ["logs", "logs/2026-03-14_Execution.log", "./logs/../logs/2026-03-14_Execution.log"];
    let outcome = env.scan(&paths);
    assert_eq!(outcome.report["coverage"]["sources"]["found"], 1);
    assert_eq!(incidents(&outcome.report), alone);
}

#[test]
fn files_that_are_plainly_something_else_are_skipped_and_named() {
    let env = with_failures();
    env.write("logs/VERSION", "1.195.0\n");
    env.write("logs/picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01");
    env.write("logs/notes.md", "# Notes\n\nNothing here.\n");
    env.write("logs/page.html", "<!DOCTYPE html><html><body>hello</body></html>");
    env.write("logs/package.json", "{\"name\": \"x\", \"version\": \"1.0.0\"}\n");
    env.write("logs/empty.log", "");
    env.write("logs/blank.log", "\r\n \r\n");
    let outcome = env.scan(&["logs"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.report["coverage"]["sources"]["skipped"], 7);
    assert_eq!(outcome.report["coverage"]["sources"]["complete"], 1);
    assert_eq!(incidents(&outcome.report).len(), 1);
}

#[test]
fn the_kind_is_detected_by_content_and_never_by_the_name() {
    let env = Env::new();
    env.write("logs/really-a-log.csv", log());
    env.write("logs/really-gzip.log", gzip(&log()));
    env.write("logs/no-suffix", zip(&[("a.log", &log())]));
    let outcome = env.scan(&["logs"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    for (source, compression) in
        [("really-a-log.csv", "none"), ("really-gzip.log", "gzip"), ("no-suffix » a.log", "zip")]
    {
        let item = item(&outcome.report, source);
        assert_eq!(
            (item["kind"].as_str(), &item["compression"]),
            (Some("execution-log"), &compression.into())
        );
    }
    let found: Vec<_> = incidents(&outcome.report).into_values().collect();
    assert_eq!(found, [("conn-not-found".to_string(), 1, 1, 1)]);
}

#[test]
fn patterns_choose_files() {
    let env = Env::new();
    for name in ["a/x.log", "a/x.txt", "b/x.log", "b/deep/y.log"] {
        env.write(&format!("logs/{name}"), log());
    }
    let found = |arguments: &[&str]| -> Vec<String> {
        let report = env.scan(&[&["logs"], arguments].concat()).report;
        let items = report["coverage"]["items"].as_array().unwrap();
        items.iter().map(|item| item["source"].as_str().unwrap().to_string()).collect()
    };
    assert_eq!(found(&["--include", "*.log"]), ["a/x.log", "b/deep/y.log", "b/x.log"]);
    assert_eq!(found(&["--include", "b/**"]), ["b/deep/y.log", "b/x.log"]);
    assert_eq!(found(&["--exclude", "deep"]), ["a/x.log", "a/x.txt", "b/x.log"]);
    assert_eq!(found(&["--include", "*.log", "--exclude", "b/*.log"]), ["a/x.log", "b/deep/y.log"]);
}

#[test]
fn names_that_could_do_harm_are_inert() {
    let env = Env::new();
    let name = if cfg!(windows) { "=cmd&'x.log" } else { "=cmd|\x1b[31m\n<script>x.log" };
    env.write(&format!("logs/{name}"), log());
    let cut = gzip(&log());
    env.write(&format!("logs/cut {name}"), &cut[..cut.len() - 9]);
    let outcome = env.scan(&["logs"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    assert_eq!(item(&outcome.report, name)["status"], "complete");
    for shown in [&outcome.stdout, &outcome.stderr] {
        assert!(!shown.contains('\x1b'), "{shown:?}");
        assert!(shown.lines().all(|line| !line.starts_with("<script>")), "{shown}");
    }
    let html = String::from_utf8(outcome.files["report.html"].clone()).unwrap();
    assert!(!html.contains("<script>x.log"));
    assert!(!String::from_utf8_lossy(&outcome.files["coverage.csv"]).contains("\n=cmd"));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    fn fifo(env: &Env, name: &str) {
        assert!(Command::new("mkfifo").arg(env.path(name)).status().unwrap().success());
    }

    #[test]
    fn a_pipe_that_is_named_is_read_like_standard_input() {
        let env = Env::new();
        fifo(&env, "pipe");
        let path = env.path("pipe");
        let writer = std::thread::spawn(move || std::fs::write(path, gzip(&log())).unwrap());
        let outcome = env.scan(&["pipe"]);
        writer.join().unwrap();
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert_eq!(item(&outcome.report, "pipe")["status"], "complete");
        assert_eq!(incidents(&outcome.report).len(), 1);
    }

    #[test]
    fn a_pipe_found_while_walking_is_never_opened() {
        let env = with_failures();
        fifo(&env, "logs/pipe");
        let outcome = env.scan(&["logs"]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert_eq!(item(&outcome.report, "pipe")["status"], "skipped");
    }

    #[test]
    fn links_are_skipped_and_named() {
        let env = with_failures();
        env.write("elsewhere/secret.log", log());
        symlink(env.path("elsewhere"), env.path("logs/dir-link")).unwrap();
        symlink(env.path("elsewhere/secret.log"), env.path("logs/link.log")).unwrap();
        symlink("nowhere", env.path("logs/dangling")).unwrap();
        symlink("..", env.path("logs/up")).unwrap();
        let outcome = env.scan(&["logs"]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        for link in ["dir-link", "link.log", "dangling", "up"] {
            assert_eq!(item(&outcome.report, link)["status"], "skipped", "{link}");
        }
        assert_eq!(outcome.report["coverage"]["sources"]["complete"], 1);
    }

    #[test]
    fn followed_links_stay_inside_the_paths_and_reach_no_file_twice() {
        let env = with_failures();
        env.write("elsewhere/secret.log", log());
        symlink(env.path("elsewhere"), env.path("logs/dir-link")).unwrap();
        symlink("2026-03-14_Execution.log", env.path("logs/again.log")).unwrap();
        symlink(".", env.path("logs/loop")).unwrap();
        let outcome = env.scan(&["logs", "--follow-links"]);
        let report = &outcome.report;
        assert_eq!(report["coverage"]["sources"]["complete"], 1, "{:#}", report["coverage"]);
        assert_eq!(item(report, "dir-link/secret.log")["status"], "skipped");
        let found: Vec<_> = incidents(report).into_values().collect();
        assert_eq!(found, [("conn-not-found".to_string(), 3, 3, 3)]);
    }

    #[test]
    fn what_may_not_be_read_is_failed_and_costs_nothing_else() {
        let env = with_failures();
        let alone = normalised(&env.scan(&["logs"]))["incidents.csv"].clone();
        env.write("logs/locked.log", log());
        env.write("logs/locked/a.log", log());
        for name in ["logs/locked.log", "logs/locked"] {
            std::fs::set_permissions(env.path(name), PermissionsExt::from_mode(0o000)).unwrap();
        }
        let ignored = std::fs::File::open(env.path("logs/locked.log")).is_ok();
        let outcome = env.scan(&["logs"]);
        std::fs::set_permissions(env.path("logs/locked"), PermissionsExt::from_mode(0o755))
            .unwrap();
        if ignored {
            // The superuser can read every file, so that this cannot be tested.
            return;
        }
        assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
        for name in ["locked.log", "locked"] {
            assert_eq!(item(&outcome.report, name)["status"], "failed", "{name}");
        }
        assert_eq!(normalised(&outcome)["incidents.csv"], alone);
    }
}
