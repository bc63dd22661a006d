//! Runs the program over `fixtures/` and compares its output with the files there: golden reports
//! for corpora, hand-written expectations for single exports. `fixtures/README.md` explains how to
//! add a case and when to bless.

// A fixture that cannot be read is a failed test.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// Report files that make up a golden.
const GOLDENS: [&str; 5] =
    ["incidents.csv", "occurrences.csv", "connections.csv", "summary.md", "report.json"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The directories in `dir`, sorted.
fn cases(dir: &Path) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no case in {}", dir.display());
    cases
}

/// Scans `paths`, relative to `dir`, and returns the exit code and the report directory. Tests run
/// concurrently, so that each passes a `purpose` of its own.
fn scan(purpose: &str, dir: &Path, paths: &[String]) -> (i32, PathBuf) {
    let case = dir.strip_prefix(fixtures()).unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpora").join(purpose).join(case);
    let run = Command::new(env!("CARGO_BIN_EXE_faultline"))
        .current_dir(dir)
        .env_remove("FAULTLINE_LANG")
        .arg("scan")
        .args(paths)
        .args(["--lang", "en", "-q", "-f", "json,csv,md", "-o"])
        .arg(&out)
        .output()
        .unwrap();
    let code = run.status.code().unwrap();
    assert!(
        matches!(code, 0 | 3),
        "{}: exit {code}: {}",
        dir.display(),
        String::from_utf8_lossy(&run.stderr)
    );
    (code, out)
}

fn report(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap()
}

/// A report in comparable form: without the values that differ between runs, and without the hash
/// of the signatures and the steps of their remedies, which change with every edit of a signature.
fn comparable(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    if file.extension().is_none_or(|e| e != "json") {
        return text;
    }
    let mut report: Value = serde_json::from_str(&text).unwrap();
    for part in ["run", "signatures"] {
        for value in report[part].as_object_mut().unwrap().values_mut() {
            *value = if value.is_string() { json!("") } else { json!(0) };
        }
    }
    for incident in report["incidents"].as_array_mut().unwrap() {
        incident.as_object_mut().unwrap().remove("remediation");
    }
    let mut text = serde_json::to_string_pretty(&report).unwrap();
    text.push('\n');
    text
}

/// The first lines that differ.
fn difference(want: &str, got: &str) -> String {
    let (want, got): (Vec<&str>, Vec<&str>) = (want.lines().collect(), got.lines().collect());
    let at = want.iter().zip(&got).take_while(|(a, b)| a == b).count();
    format!("line {}:\n  want {:?}\n  got  {:?}", at + 1, want.get(at), got.get(at))
}

#[test]
fn corpora_give_their_goldens() {
    let bless = std::env::var_os("BLESS").is_some_and(|value| value == "1");
    let mut wrong = Vec::new();
    for case in cases(&fixtures().join("corpora")) {
        let (_, out) = scan("golden", &case, &["exports".to_string()]);
        let expected = case.join("expected");
        for name in GOLDENS {
            let got = comparable(&out.join(name));
            if bless {
                fs::create_dir_all(&expected).unwrap();
                fs::write(expected.join(name), &got).unwrap();
                continue;
            }
            let golden = expected.join(name);
            let want = fs::read_to_string(&golden).unwrap_or_default();
            if want != got {
                wrong.push(format!("{} {}", golden.display(), difference(&want, &got)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\nBLESS=1 rewrites goldens; judge them first", wrong.join("\n"));
}

/// A failure exported in every form is counted like the failure in the robot's log alone.
#[test]
fn every_form_counts_what_the_log_alone_counts() {
    let case = fixtures().join("corpora/every-form");
    let (_, out) = scan("all", &case, &["exports".to_string()]);
    let all = counts(&report(&out));
    let (_, out) = scan("log", &case, &["exports/log".to_string()]);
    assert_eq!(counts(&report(&out)), all);
    assert!(!all.is_empty());
}

/// Occurrences and jobs of each incident, by signature and connection.
fn counts(report: &Value) -> BTreeMap<(String, String), (Value, Value)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    report["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| {
            let key = (text(&i["signature"]["id"]), text(&i["connection"]["id"]));
            (key, (i["counts"]["occurrences"].clone(), i["counts"]["jobs"].clone()))
        })
        .collect()
}

#[test]
fn single_exports_say_what_is_expected_of_them() {
    let mut wrong = Vec::new();
    for format in cases(&fixtures().join("formats")) {
        for case in cases(&format) {
            if let Err(why) = single(&case) {
                wrong.push(format!("{}: {why}", case.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Scans all files of a case except its expectation, and compares.
fn single(case: &Path) -> Result<(), String> {
    let text = fs::read_to_string(case.join("expected.json")).map_err(|e| e.to_string())?;
    let expected: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let mut inputs: Vec<String> = fs::read_dir(case)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("input"))
        .collect();
    inputs.sort();
    let (code, out) = scan("single", case, &inputs);
    let report = report(&out);
    let got = json!({
        "exit": code,
        "sources": pick(&report["coverage"]["items"], &[
            "/source", "/kind", "/encoding", "/records", "/rejected", "/status",
        ]),
        "incidents": pick(&report["incidents"], &[
            "/signature/id", "/connection/id", "/connection/attribution",
            "/connection_folder/key", "/counts/jobs", "/counts/occurrences",
        ]),
        "neighbours": pick(&report["neighbours"], &["/signature", "/records", "/jobs"]),
        "mentions": pick(&report["mentions"], &["/signature", "/records"]),
        "unmatched": report["unmatched"].as_array().map_or(0, Vec::len),
    });
    for (part, got) in got.as_object().unwrap() {
        if &expected[part] != got {
            return Err(format!("{part}:\n  want {}\n  got  {got}", expected[part]));
        }
    }
    for (pointer, want) in expected["facts"].as_object().into_iter().flatten() {
        let got = report.pointer(pointer).unwrap_or(&Value::Null);
        if got != want {
            return Err(format!("{pointer}:\n  want {want}\n  got  {got}"));
        }
    }
    Ok(())
}

/// The values at `pointers` of each element, in this order.
fn pick(list: &Value, pointers: &[&str]) -> Value {
    let row = |item: &Value| {
        pointers.iter().map(|p| item.pointer(p).cloned().unwrap_or(Value::Null)).collect::<Value>()
    };
    list.as_array().into_iter().flatten().map(row).collect()
}
