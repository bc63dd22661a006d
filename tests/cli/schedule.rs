//! `schedule`: its output is valid for the schedulers, and an installation changes only our own
//! entries. Scripts replace the schedulers; where the real one is installed, it checks the output,
//! too.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Env, Outcome, Row, connection, execution_log, missing};

/// A settings file in a directory whose name has every character that needs escaping.
const AWKWARD: &str = "it's 50% \"done\" $HOME 接続 &";

fn env_in(directory: &str) -> Env {
    let env = Env::new();
    let log = execution_log(&[Row::error(1, 1, missing(&connection(1)))]);
    env.write(&format!("{directory}/exports/a.log"), log);
    env.write(&format!("{directory}/faultline.toml"), "paths = [\"exports\"]\nout = \"report\"\n");
    env
}

fn printed(env: &Env, directory: &str, arguments: &[&str]) -> Outcome {
    let config = env.path(directory).join("faultline.toml");
    let config = ["--config", config.to_str().unwrap()];
    env.run(&[&["schedule", "print", "--at", "02:30"], &config[..], arguments].concat())
}

fn text(env: &Env, directory: &str, arguments: &[&str]) -> String {
    let outcome = printed(env, directory, arguments);
    assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
    outcome.stdout
}

/// True if a program is installed; prints a note if a test is skipped without it.
#[allow(clippy::print_stderr, reason = "what is left out has to be seen")]
fn there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        eprintln!("left out: {program} is not on this machine");
    }
    there
}

#[test]
fn systemd_takes_the_units() {
    for (directory, arguments) in [
        ("plain", &["--systemd"][..]),
        (AWKWARD, &["--systemd", "--zone", "Asia/Tokyo"]),
        ("plain", &["--system", "--account", "daemon"]),
    ] {
        let env = env_in(directory);
        let text = text(&env, directory, arguments);
        let (service, timer) = text.split_once("\n# faultline.timer\n").unwrap();
        for line in ["Persistent=true", "WantedBy=timers.target"] {
            assert!(timer.lines().any(|l| l == line), "{timer}");
        }
        let zone = if directory == AWKWARD { " Asia/Tokyo" } else { "" };
        assert!(timer.contains(&format!("OnCalendar=*-*-* 02:30:00{zone}\n")), "{timer}");
        assert_eq!(service.contains("User=daemon"), arguments.contains(&"--system"));
        if !there("systemd-analyze") {
            continue;
        }
        let units = [("faultline.service", service), ("faultline.timer", timer)];
        for (name, text) in units {
            env.write(&format!("units/{name}"), text);
        }
        let verified = Command::new("systemd-analyze")
            .args(["verify", "--man=no", "--recursive-errors=no"])
            .args(units.map(|(name, _)| env.path("units").join(name)))
            .output()
            .unwrap();
        let verify_output = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert!(
            verified.status.success() && verify_output.is_empty(),
            "{verify_output}\n{service}"
        );
    }
}

/// Cron passes the words of a shell command to `sh`, with `\%` replaced by `%`.
#[cfg(unix)]
#[test]
fn the_line_of_cron_runs_in_a_bare_environment() {
    let env = env_in(AWKWARD);
    let line = text(&env, AWKWARD, &["--cron"]);
    let fields: Vec<&str> = line.trim_end().splitn(6, ' ').collect();
    assert_eq!(fields[..5], ["30", "2", "*", "*", "*"]);
    let command = fields[5].replace("\\%", "%");
    assert!(!fields[5].replace("\\%", "").contains('%'), "{line}");
    let run = Command::new("/bin/sh")
        .args(["-c", &command])
        .env_clear()
        .current_dir("/")
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(run.stdout.is_empty() && run.stderr.is_empty(), "cron would send a mail");
    assert!(env.path(AWKWARD).join("report/report.json").exists());
}

#[test]
fn the_task_has_the_structure_that_is_published() {
    let env = env_in(AWKWARD);
    let xml = text(&env, AWKWARD, &["--windows"]);
    assert!(xml.is_ascii(), "{xml}");
    let elements = elements(&xml);
    // The elements whose children form a sequence, with the order of the published schema.
    for (parent, order) in [
        ("Task", &["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"][..]),
        ("CalendarTrigger", &["StartBoundary", "ScheduleByDay"]),
        ("ScheduleByDay", &["DaysInterval"]),
        ("Principal", &["LogonType", "RunLevel"]),
        (
            "Settings",
            &[
                "MultipleInstancesPolicy",
                "DisallowStartIfOnBatteries",
                "StopIfGoingOnBatteries",
                "StartWhenAvailable",
                "ExecutionTimeLimit",
                "Priority",
                "RestartOnFailure",
            ],
        ),
        ("RestartOnFailure", &["Interval", "Count"]),
        ("Exec", &["Command", "Arguments", "WorkingDirectory"]),
    ] {
        let children: Vec<&str> =
            elements.iter().filter(|e| e.parent == parent).map(|e| e.name.as_str()).collect();
        assert_eq!(children, order, "{parent}");
    }
    let value = |name: &str| elements.iter().find(|e| e.name == name).unwrap().text.clone();
    assert_eq!(value("MultipleInstancesPolicy"), "IgnoreNew");
    assert_eq!(value("StartWhenAvailable"), "true");
    assert!(value("StartBoundary").ends_with("T02:30:00"));
    assert_eq!(
        value("WorkingDirectory"),
        env.path(AWKWARD).canonicalize().unwrap().to_str().unwrap()
    );
    assert!(value("Arguments").contains("50% \\\"done\\\" $HOME 接続 &"), "{}", value("Arguments"));
    if there("xmllint") {
        let file = env.write("task.xml", &xml);
        let checked = Command::new("xmllint").arg("--noout").arg(file).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}

/// An element with the name of its parent.
struct Element {
    parent: String,
    name: String,
    text: String,
}

/// Parses the part of XML that the task uses.
fn elements(xml: &str) -> Vec<Element> {
    let tag = regex::Regex::new(r"<(/?)([A-Za-z]+)[^>]*>([^<]*)").unwrap();
    let (mut open, mut found): (Vec<String>, Vec<Element>) = (Vec::new(), Vec::new());
    for part in tag.captures_iter(xml) {
        if &part[1] == "/" {
            assert_eq!(open.pop().as_deref(), Some(&part[2]), "not nested");
        } else {
            let parent = open.last().cloned().unwrap_or_default();
            found.push(Element { parent, name: part[2].to_string(), text: unescaped(&part[3]) });
            open.push(part[2].to_string());
        }
    }
    assert!(open.is_empty() && found.len() > 20);
    found
}

fn unescaped(text: &str) -> String {
    let number = regex::Regex::new("&#x([0-9A-F]+);").unwrap();
    let text = number.replace_all(text, |found: &regex::Captures<'_>| {
        char::from_u32(u32::from_str_radix(&found[1], 16).unwrap()).unwrap().to_string()
    });
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[test]
fn accounts_and_zones_in_a_task() {
    let env = env_in("plain");
    let task = |arguments: &[&str]| text(&env, "plain", &[&["--windows"], arguments].concat());
    assert!(task(&["--account", "NT AUTHORITY\\NETWORK SERVICE"]).contains("<UserId>S-1-5-20<"));
    let own = task(&["--account", "NORDWIND\\svc-bot"]);
    assert!(
        own.contains("<UserId>NORDWIND\\svc-bot</UserId>\n      <LogonType>Password<"),
        "{own}"
    );
    assert!(task(&["--zone", "+09:00"]).contains("T02:30:00+09:00<"));
    assert!(task(&["--zone", "UTC"]).contains("T02:30:00Z<"));
}

#[test]
fn what_a_scheduler_cannot_do_is_refused() {
    let env = env_in("plain");
    env.write("%TEMP% x%/faultline.toml", "paths = [\"exports\"]");
    for (directory, arguments, wanted) in [
        ("plain", &["--cron", "--zone", "Asia/Tokyo"][..], "zone of the machine"),
        ("plain", &["--windows", "--zone", "Asia/Tokyo"], "+09:00"),
        ("plain", &["--systemd", "--zone", "+09:00"], "Asia/Tokyo"),
        ("plain", &["--systemd", "--zone", "Mars"], "Mars"),
        ("plain", &["--system"], "--account"),
        ("plain", &["--systemd", "--account", "x"], "--system"),
        ("plain", &["--cron", "--windows"], "cannot be used with"),
        ("plain", &["--cron", "--name", "a b"], "letters"),
        ("plain", &["--cron", "--", "--timezone", "Mars"], "Mars"),
        ("plain", &["--cron", "--", "a\nb"], "control"),
        ("%TEMP% x%", &["--windows"], "%TEMP%"),
    ] {
        let outcome = printed(&env, directory, arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.stdout);
        assert!(outcome.stderr.contains(wanted), "{arguments:?}: {}", outcome.stderr);
    }
    env.write("empty.toml", "lang = \"ja\"");
    for arguments in
        [&["--at", "02:30", "--config", "empty.toml"][..], &["--at", "02:30"], &["--at", "2:30"]]
    {
        let outcome = env.run(&[&["schedule", "print", "--cron"], arguments].concat());
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.stdout);
    }
    let outcome = env.run(&["schedule", "print", "--cron", "--at", "02:30", "--", "plain/exports"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("scan --quiet plain/exports"), "{}", outcome.stdout);
}

/// A machine whose schedulers are scripts that log their arguments.
#[cfg(unix)]
struct Machine {
    env: Env,
    bin: PathBuf,
}

#[cfg(unix)]
impl Machine {
    fn new() -> Machine {
        let env = env_in("etc");
        let bin = env.path("bin");
        std::fs::create_dir(&bin).unwrap();
        let machine = Machine { env, bin };
        machine.program("systemctl", "echo \"$@\" >> calls");
        machine.program(
            "crontab",
            "case \"$1\" in\n-l) cat table 2>/dev/null || { echo 'no crontab for me' >&2; exit 1; };;\n\
             -) cat > table;;\nesac",
        );
        machine.program(
            "schtasks",
            "echo \"$@\" >> calls\ncase \"$1\" in\n/Query) cat task 2>/dev/null;;\n\
             /Create) cp \"$5\" task;;\n/Delete) rm task;;\nesac",
        );
        machine
    }

    fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.bin.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let arguments = [&["schedule"], arguments].concat();
        self.env.run_with(&arguments, |command| {
            let path = format!("{}:/usr/bin:/bin", self.bin.display());
            command.env("PATH", path).env("XDG_CONFIG_HOME", self.env.path("config"));
        })
    }

    fn install(&self, scheduler: &str) -> Outcome {
        self.run(&["install", scheduler, "--at", "02:30", "--config", "etc/faultline.toml"])
    }

    fn done(&self, outcome: &Outcome, expected: &str) {
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert!(outcome.stdout.contains(expected), "{expected}: {}", outcome.stdout);
    }

    fn calls(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.env.path("calls")).unwrap_or_default();
        let _ = std::fs::remove_file(self.env.path("calls"));
        text.lines().map(str::to_string).collect()
    }
}

#[cfg(unix)]
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[cfg(unix)]
#[test]
fn a_timer_is_installed_once_and_removed() {
    let machine = Machine::new();
    let units = machine.env.path("config/systemd/user");
    machine.done(&machine.install("--systemd"), "is installed in");
    assert_eq!(names(&units), ["faultline.service", "faultline.timer"]);
    let enabled = ["--user daemon-reload", "--user enable --now faultline.timer"];
    assert_eq!(machine.calls(), enabled);
    machine.done(&machine.install("--systemd"), "installed already");
    assert_eq!(machine.calls(), enabled);
    machine.done(&machine.run(&["remove", "--systemd"]), "disabled and removed");
    assert!(names(&units).is_empty());
    assert_eq!(machine.calls()[0], "--user disable --now faultline.timer");
    machine.done(&machine.run(&["remove", "--systemd"]), "there is no faultline.timer");
    assert!(machine.calls().is_empty());

    // A unit that another program wrote is not changed.
    machine.env.write("config/systemd/user/faultline.timer", "[Timer]\nOnBootSec=1\n");
    for outcome in [machine.install("--systemd"), machine.run(&["remove", "--systemd"])] {
        assert_eq!(outcome.code, Some(2), "{}", outcome.stdout);
        assert!(outcome.stderr.contains("it stays"), "{}", outcome.stderr);
    }
    assert_eq!(names(&units), ["faultline.timer"]);
    assert!(machine.calls().is_empty());
}

#[cfg(unix)]
#[test]
fn a_line_of_cron_is_installed_once_and_removed() {
    let machine = Machine::new();
    let mine = "MAILTO=ops\n# 接続\n0 1 * * * backup 100\\%\n";
    machine.env.write("table", mine);
    let table = || std::fs::read_to_string(machine.env.path("table")).unwrap();
    machine.done(&machine.install("--cron"), "cron has a line of faultline now");
    let with = table();
    assert!(with.starts_with(mine) && with.matches("30 2 * * *").count() == 1, "{with}");
    machine.done(&machine.install("--cron"), "already");
    assert_eq!(table(), with);
    let later = ["install", "--cron", "--at", "03:45", "--config", "etc/faultline.toml"];
    machine.done(&machine.run(&later), "45 3 * * *");
    assert!(!table().contains("30 2 * * *"));
    let named = [&later[..], &["--name", "second"]].concat();
    machine.done(&machine.run(&named), "second");
    assert_eq!(table().matches("45 3 * * *").count(), 2);
    machine.done(&machine.run(&["remove", "--cron", "--name", "second"]), "is removed");
    machine.done(&machine.run(&["remove", "--cron"]), "is removed");
    assert_eq!(table(), mine);
    machine.done(&machine.run(&["remove", "--cron"]), "has no line");

    // A table that cannot be read is not treated as an empty one.
    machine.program(
        "crontab",
        "case \"$1\" in -l) echo 'cannot open' >&2; exit 1;; -) cat > table;; esac",
    );
    let outcome = machine.install("--cron");
    assert_eq!(outcome.code, Some(4), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("cannot open"), "{}", outcome.stderr);
    assert_eq!(table(), mine);
}

#[cfg(unix)]
#[test]
fn a_task_is_registered_once_and_removed() {
    let machine = Machine::new();
    machine.program("true", "");
    machine.env.write("task", "");
    std::fs::remove_file(machine.env.path("task")).unwrap();
    machine.done(&machine.install("--windows"), "is registered");
    let calls = machine.calls();
    assert_eq!(calls[0], "/Query /TN faultline /XML");
    assert!(calls[1].starts_with("/Create /TN faultline /XML ") && calls[1].ends_with(" /F"));
    let leftover = calls[1].split(' ').nth(4).unwrap();
    assert!(!Path::new(leftover).exists(), "{leftover}");
    machine.done(&machine.install("--windows"), "is registered");
    machine.done(&machine.run(&["remove", "--windows"]), "is removed");
    machine.done(&machine.run(&["remove", "--windows"]), "there is no task");
    machine.env.write("task", "<Task>somebody's</Task>");
    machine.calls();
    for outcome in [machine.install("--windows"), machine.run(&["remove", "--windows"])] {
        assert_eq!(outcome.code, Some(2), "{}", outcome.stdout);
    }
    assert!(machine.calls().iter().all(|call| call.starts_with("/Query")));
    std::fs::remove_file(machine.env.path("task")).unwrap();

    // A password is never requested without a terminal.
    let outcome = machine.run(&[
        "install",
        "--windows",
        "--at",
        "02:30",
        "--config",
        "etc/faultline.toml",
        "--account",
        "D\\u",
    ]);
    assert_eq!(outcome.code, Some(2), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("password"), "{}", outcome.stderr);
}

#[cfg(unix)]
#[test]
fn a_scheduler_that_fails_or_is_missing_is_4() {
    let machine = Machine::new();
    machine.program("systemctl", "echo 'Failed to connect to bus' >&2; exit 1");
    let outcome = machine.install("--systemd");
    assert_eq!(outcome.code, Some(4));
    assert!(outcome.stderr.contains("Failed to connect to bus"), "{}", outcome.stderr);
    std::fs::remove_file(machine.bin.join("crontab")).unwrap();
    let arguments =
        ["schedule", "install", "--cron", "--at", "02:30", "--config", "etc/faultline.toml"];
    let outcome = machine.env.run_with(&arguments, |command| {
        command.env("PATH", &machine.bin);
    });
    assert_eq!(outcome.code, Some(4));
    assert!(outcome.stderr.contains("cannot run crontab"), "{}", outcome.stderr);
}
