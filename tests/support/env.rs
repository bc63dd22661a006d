//! A directory per test, and the built program that runs in it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::coverage_check;

/// A temporary directory, the working directory of every run.
pub struct Env {
    dir: tempfile::TempDir,
}

/// Everything that a run wrote.
pub struct Outcome {
    /// `None` after a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// Content of `report.json`, if this run wrote one.
    pub report: Value,
    /// All files in the output directory after the run, by name.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Env {
    pub fn new() -> Env {
        Env { dir: tempfile::tempdir().unwrap() }
    }

    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file and creates its parent directories.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// The program with these arguments, in this directory, without settings of the machine.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let program = std::env::var_os("FAULTLINE_BIN")
            .unwrap_or_else(|| OsString::from(env!("CARGO_BIN_EXE_faultline")));
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let known = name.to_string_lossy().into_owned();
            if known.starts_with("FAULTLINE_") || known.starts_with("LC_") {
                command.env_remove(&name);
            }
        }
        for name in ["LANG", "TZ", "NO_COLOR", "COLUMNS", "TERM"] {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(self.root()).stdin(Stdio::null());
        command
    }

    /// Runs the program and checks the coverage.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Outcome {
        self.run_with(arguments, |_| {})
    }

    /// Like `run`, after `change` was applied to the command.
    pub fn run_with<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        change: impl FnOnce(&mut Command),
    ) -> Outcome {
        let mut command = self.command(arguments);
        change(&mut command);
        let output = command.output().unwrap();
        self.outcome(arguments, output)
    }

    /// Runs `scan ARGUMENTS -o out`.
    pub fn scan(&self, arguments: &[&str]) -> Outcome {
        self.run(&[&["scan"], arguments, &["-o", "out"]].concat())
    }

    /// Collects what a finished run wrote, and checks the coverage.
    pub fn outcome<S: AsRef<OsStr>>(&self, arguments: &[S], output: Output) -> Outcome {
        let words: Vec<&str> = arguments.iter().filter_map(|word| word.as_ref().to_str()).collect();
        let code = output.status.code();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(code.is_some(), "ended by a signal: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        let out = words.iter().position(|word| *word == "-o").and_then(|at| words.get(at + 1));
        let mut outcome = Outcome {
            code,
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr,
            report: Value::Null,
            files: out.map(|out| files(&self.path(out))).unwrap_or_default(),
        };
        if words.first() == Some(&"scan")
            && matches!(code, Some(0 | 1 | 3))
            && let Some(report) = outcome.files.get("report.json")
        {
            outcome.report = serde_json::from_slice(report).unwrap();
            coverage_check::check(&outcome, words.contains(&"--fail-on"));
        }
        outcome
    }
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(dir) else { return BTreeMap::new() };
    let entries = entries.map(|entry| entry.unwrap()).filter(|e| e.file_type().unwrap().is_file());
    entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// The coverage row of a source.
pub fn item<'r>(report: &'r Value, source: &str) -> &'r Value {
    let items = report["coverage"]["items"].as_array().unwrap();
    items
        .iter()
        .find(|item| item["source"] == source)
        .unwrap_or_else(|| panic!("{source} is not in coverage: {items:#?}"))
}

/// Incidents by id: signature, occurrences, records, jobs.
pub fn incidents(report: &Value) -> BTreeMap<String, (String, u64, u64, u64)> {
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let list = report["incidents"].as_array().unwrap();
    list.iter()
        .map(|incident| {
            let count = |name: &str| incident["counts"][name].as_u64().unwrap();
            let counts = (count("occurrences"), count("records"), count("jobs"));
            let signature = text(&incident["signature"]["id"]);
            (text(&incident["id"]), (signature, counts.0, counts.1, counts.2))
        })
        .collect()
}

/// The files of a run without the values that describe the run itself, so that equal inputs give
/// equal text.
pub fn normalised(outcome: &Outcome) -> BTreeMap<String, String> {
    let finished = outcome.report["run"]["finished_at"].as_str().unwrap();
    let run = regex::Regex::new(r#"(?s)"run": \{.*?\n  \},"#).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let same = |(name, bytes): (&String, &Vec<u8>)| {
        let shown = match name.as_str() {
            "report.json" => run.replace(&text(bytes), "").into_owned(),
            _ => text(bytes).replace(finished, "FINISHED"),
        };
        (name.clone(), shown)
    };
    outcome.files.iter().map(same).collect()
}
