//! faultline.toml: which source of a setting takes precedence, what paths are relative to, and how
//! an invalid file is refused.

use super::with_failures;
use crate::support::{Env, Outcome, Row, connection, execution_log, incidents, missing};

/// Failures in four minutes, and a settings file.
fn with_config(config: &str) -> Env {
    let env = Env::new();
    let rows: Vec<Row> =
        (1..=4).map(|n| Row::error(n, n as u32 * 60, missing(&connection(1)))).collect();
    env.write("exports/a.log", execution_log(&rows));
    env.write("faultline.toml", config);
    env
}

fn occurrences(outcome: &Outcome) -> u64 {
    outcome.report["summary"]["occurrences"].as_u64().unwrap()
}

/// The test support reads the files from `-o out`; all other arguments are those of the test.
fn scan(env: &Env, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let arguments = [&["scan", "-o", "out"], arguments].concat();
    env.run_with(&arguments, |command| {
        command.envs(variables.iter().copied());
    })
}

#[test]
fn flags_win_over_the_environment_that_over_the_file_that_over_defaults() {
    let env = with_config("paths = [\"exports\"]\nsince = \"2026-03-14T07:02:00Z\"\n");
    let file = scan(&env, &[], &[]);
    assert_eq!(occurrences(&file), 3, "{}", file.stderr);
    let variable = [("FAULTLINE_SINCE", "2026-03-14T07:03:00Z")];
    assert_eq!(occurrences(&scan(&env, &[], &variable)), 2);
    let flag = ["--since", "2026-03-14T07:04:00Z"];
    assert_eq!(occurrences(&scan(&env, &flag, &variable)), 1);
    std::fs::remove_file(env.path("faultline.toml")).unwrap();
    assert_eq!(occurrences(&scan(&env, &["exports"], &[])), 4);
}

#[test]
fn a_switch_of_the_file_can_be_turned_off_for_once() {
    let env = with_config("quiet = true\n");
    assert_eq!(scan(&env, &["exports"], &[]).stdout, "");
    assert_ne!(scan(&env, &["exports"], &[("FAULTLINE_QUIET", "0")]).stdout, "");
}

#[test]
fn every_kind_of_value_is_taken() {
    let env = with_config(
        "formats = [\"json\", 'csv']\nthreads = 2\nfail-on = [\"critical\", \"regressed\"]\n\
         include = \"*.log\"\ncsv-plain = true\n",
    );
    env.write("exports/b.txt", "no log");
    let outcome = env.run(&["scan", "exports", "-o", "out"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.files.len(), 5);
    assert_eq!(outcome.report["run"]["threads"], 2);
    assert_eq!(outcome.report["coverage"]["sources"]["found"], 1);
    assert!(outcome.files["incidents.csv"].starts_with(b"incident_id"));
    env.write("faultline.toml", "fail-on = \"any\"\n");
    let outcome = env.run(&["scan", "exports", "-o", "only-md", "-f", "md"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
}

#[test]
fn paths_are_relative_to_the_file() {
    let env = with_config("");
    env.write("etc/night.toml", "paths = [\"../exports\"]\nout = \"reports\"\n");
    let outcome = env.run(&["scan", "--config", "etc/night.toml", "-q"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(env.path("etc/reports/report.json").exists());
    assert!(!env.path("faultline-report").exists());
    let elsewhere = env.run_with(&["scan", "-q"], |command| {
        command.env("FAULTLINE_CONFIG", env.path("etc/night.toml")).current_dir("/");
    });
    assert_eq!(elsewhere.code, Some(0), "{}", elsewhere.stderr);
}

#[test]
fn a_bad_file_is_refused_with_its_position() {
    for (config, wanted) in [
        ("\n  formts = \"json\"\n", &["faultline.toml:2:3: ", "`formts`", "`formats`"][..]),
        ("fail_on = \"new\"", &["faultline.toml:1:1: ", "did you mean `fail-on`"]),
        ("webhook-url = true", &["faultline.toml:1:1: ", "known keys are paths, out"]),
        ("[scan]\nout = \"x\"", &["faultline.toml:1:2: ", "unknown key `scan`"]),
        ("out = \"a\"\nout = \"b\"", &["faultline.toml:2:1: ", "duplicate"]),
        ("quiet = \"yes\"", &["faultline.toml:1:9: ", "true or false"]),
        ("since = [\"1h\"]", &["faultline.toml:1:9: ", "one value"]),
        ("names = [1.5]", &["faultline.toml:1:9: ", "a list"]),
        ("# 接続\nlang = \"de\"", &["faultline.toml:2:8: ", "'de'", "en, ja"]),
        ("timezone = \"Mars\"", &["faultline.toml:1:12: ", "Asia/Tokyo"]),
        ("formats = [\"json\", \"pdf\"]", &["faultline.toml:1:11: ", "known are json"]),
        ("encoding = \"ebcdic\"", &["faultline.toml:1:12: ", "shift_jis"]),
        ("threads = \"many\"", &["faultline.toml:1:11: ", "many"]),
        ("out = ", &["faultline.toml:1:"]),
    ] {
        let outcome = with_config(config).run(&["scan", "exports", "-o", "out"]);
        assert_eq!(outcome.code, Some(2), "{config}: {}", outcome.stderr);
        for words in wanted {
            assert!(outcome.stderr.contains(words), "{config}: {}", outcome.stderr);
        }
        assert!(outcome.files.is_empty(), "nothing was scanned");
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let outcome = with_failures().run(&["scan", "logs", "--config", "gone.toml"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("gone.toml"), "{}", outcome.stderr);
}

#[test]
fn init_writes_a_file_that_holds_and_never_over_another() {
    let env = with_failures();
    let outcome = env.run(&["config", "init"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let written = std::fs::read_to_string(env.path("faultline.toml")).unwrap();
    assert_eq!(env.run(&["scan", "logs"]).code, Some(0));
    let again = env.run(&["config", "init"]);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("was not overwritten"), "{}", again.stderr);
    assert_eq!(std::fs::read_to_string(env.path("faultline.toml")).unwrap(), written);

    // Every line of it is valid when it is uncommented.
    let uncommented: String =
        written.lines().map(|line| format!("{}\n", uncomment(line))).collect();
    assert!(uncommented.lines().filter(|line| line.contains(" = ")).count() > 20, "{uncommented}");
    env.write("all.toml", &uncommented);
    let shown = env.run(&["config", "show", "--config", "all.toml"]);
    assert_eq!(shown.code, Some(0), "{}{uncommented}", shown.stderr);
}

fn uncomment(line: &str) -> &str {
    match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with([' ', '#']) => setting,
        _ => line,
    }
}

#[test]
fn show_prints_effective_settings_and_their_origin() {
    let env = with_config("# two\nout = 'night'\nnames = [\"a\", \"b c\"]\nlang = \"ja\"\n");
    let outcome = env.run_with(&["config", "show", "--origin"], |command| {
        command.env("FAULTLINE_LANG", "en").env("FAULTLINE_STRICT", "1");
    });
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let line = |key: &str| {
        let of = |line: &&str| {
            line.starts_with(&format!("{key} ")) || line.starts_with(&format!("# {key} "))
        };
        let line = outcome.stdout.lines().find(of).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("out"), "out = \"night\" # faultline.toml:2");
    assert_eq!(line("names"), "names = [\"a\", \"b c\"] # faultline.toml:3");
    assert_eq!(line("lang"), "lang = \"en\" # environment, FAULTLINE_LANG");
    assert_eq!(line("strict"), "strict = true # environment, FAULTLINE_STRICT");
    assert_eq!(line("timezone"), "timezone = \"UTC\" # default");
    assert_eq!(line("since"), "# since is not set # default");

    // Its output is a settings file.
    let plain = env.run(&["config", "show"]).stdout;
    env.write("shown.toml", &plain);
    assert_eq!(env.run(&["config", "show", "--config", "shown.toml"]).stdout, plain);
}

#[test]
fn the_same_results_as_with_flags() {
    let env = with_config("timezone = \"Asia/Tokyo\"\nfolder = \"Shared\"\n");
    let by_file = env.run(&["scan", "exports", "-o", "out"]);
    std::fs::remove_file(env.path("faultline.toml")).unwrap();
    let by_flags = env.scan(&["exports", "--timezone", "Asia/Tokyo", "--folder", "Shared"]);
    assert_eq!(incidents(&by_file.report), incidents(&by_flags.report));
    assert_eq!(by_file.report["window"], by_flags.report["window"]);
}

#[test]
fn manual_commands_find_the_state_of_the_scan() {
    let env = Env::new();
    env.write("in/a.log", execution_log(&[Row::error(1, 9, missing(&connection(1)))]));
    let settings = "paths = [\"../in\"]\nout = \"../out\"\nstate = \"nights.state\"\n";
    env.write("conf/faultline.toml", settings);
    let config = ["--config", "conf/faultline.toml"];
    let stdout_of = |words: &[&str]| {
        let outcome = env.run(&[words, &config[..]].concat());
        assert_eq!(outcome.code, Some(0), "{words:?}: {}", outcome.stderr);
        outcome.stdout
    };
    stdout_of(&["scan", "-q"]);
    let report = std::fs::read_to_string(env.path("out/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let id = report["incidents"][0]["id"].as_str().unwrap();
    assert!(stdout_of(&["state", "info"]).starts_with("conf/nights.state\n"));
    assert!(stdout_of(&["state", "check"]).contains("checked, no damage"));
    assert!(stdout_of(&["mute", id, "--until", "14d", "--reason", "known"]).contains("is muted"));
    assert!(env.path("conf/mutes.toml").exists());
    stdout_of(&["unmute", id]);
    stdout_of(&["resolve", id, "--note", "signed in"]);
    // Arguments take precedence, before and after the subcommand.
    for words in [["state", "--state", "no.db", "info"], ["state", "info", "--state", "no.db"]] {
        let outcome = env.run(&[&words[..], &config[..]].concat());
        assert_eq!(outcome.code, Some(2), "{words:?}");
        assert!(outcome.stderr.contains("state not found: no.db"), "{}", outcome.stderr);
    }
}
