//! From a log line to a valid signature: drafting, trying, listing, and the schema.

use serde_json::Value;

use super::with_failures;
use crate::support::{Env, Row, execution_log, guid, missing, zip};

/// A failure that no signature matches.
fn sleeping(tenant: u64) -> String {
    format!(
        "Post Invoice: The SAP gateway refused tenant {} after 3 tries. Authorization: Bearer \
         abcdef0123456789\r\nin Main.xaml\r\n    at ConnectorActivity \"Post Invoice\"\r\n\r\n--- .NET \
         stack trace ---\r\nAcme.Sap.SapTokenException: refused",
        guid(0x5a9, tenant)
    )
}

/// Number of the first line that contains `word`, from 1.
fn line_of(log: &[u8], word: &str) -> usize {
    String::from_utf8_lossy(log).lines().position(|line| line.contains(word)).unwrap() + 1
}

#[test]
fn unknown_errors_come_with_the_command_that_drafts_a_signature() {
    let env = Env::new();
    let row = |job: u64, tenant: u64| {
        // The texts of the jobs differ only in the number of tries.
        Row::error(job, 9, sleeping(tenant).replace("3 tries", &format!("{job} tries")))
    };
    env.write("logs/sap.log", execution_log(&[row(3, 1), row(4, 2), row(7, 3)]));
    let scanned = env.scan(&["logs"]);
    let unmatched = scanned.report["unmatched"].as_array().unwrap();
    assert_eq!(unmatched.len(), 1, "{unmatched:#?}");
    let cluster = &unmatched[0];
    assert_eq!(
        cluster["template"],
        "Acme.Sap.SapTokenException: The SAP gateway refused tenant <id> after # tries."
    );
    assert_eq!((&cluster["records"], &cluster["jobs"]), (&3.into(), &3.into()));
    assert!(cluster["sample"]["message"].as_str().unwrap().contains("[redacted:"), "{cluster}");
    assert_eq!(scanned.report["summary"]["incidents"], 0);

    let command = cluster["command"].as_str().unwrap();
    assert!(scanned.stdout.contains(command), "{}", scanned.stdout);
}

/// The arguments of a command, split as by a shell.
fn words(command: &str) -> Vec<String> {
    let parts = command.split('"').enumerate().flat_map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().map(str::to_string).collect(),
        _ => vec![part.to_string()],
    });
    parts.skip(1).collect()
}

/// The command in a rendered report, up to the text that follows it there.
fn printed(rendered: &str, end: &str) -> String {
    let from = rendered.find("faultline signatures new").unwrap();
    rendered[from..].split(end).next().unwrap().replace("&quot;", "\"").replace("&#x2f;", "/")
}

/// Every report format prints a command that can be run as it is, wherever the report was written.
#[test]
fn the_command_that_drafts_can_be_run_as_printed() {
    let out = tempfile::tempdir().unwrap();
    let outside = out.path().join("custom");
    for name in ["faultline-report", "custom", "reports 2026", outside.to_str().unwrap()] {
        let env = Env::new();
        env.write("deep/exports/logs/sap.log", execution_log(&[Row::error(3, 9, sleeping(1))]));
        let scanned = env.run(&["scan", "deep/exports/logs", "-o", name]);
        assert_eq!(scanned.code, Some(0), "{}", scanned.stderr);
        let render = |file: &str| String::from_utf8(scanned.files[file].clone()).unwrap();
        // A later report, whose file of the same name has other content.
        env.write("other/logs/sap.log", execution_log(&[Row::error(4, 9, sleeping(2))]));
        assert_eq!(env.run(&["scan", "other/logs", "-o", "other-out"]).code, Some(0));
        let command = scanned.report["unmatched"][0]["command"].as_str().unwrap();
        let shown = printed(&scanned.stdout, "\n");
        assert_eq!(shown, format!("{command} --report \"{name}\""));
        let drafted = env.run(&words(&shown));
        assert_eq!(drafted.code, Some(0), "{shown}: {}", drafted.stderr);
        assert!(drafted.stdout.contains("The SAP gateway refused tenant"), "{shown}");
        let texts = ["report.html", "summary.md"].map(render);
        for (text, end) in texts.iter().zip(["</", "`"]) {
            assert_eq!(printed(text, end), command);
            assert!(text.contains("run them in the directory that holds this report"));
        }
        let inside = env.run_with(&words(command), |run| {
            run.current_dir(env.path(name));
        });
        assert_eq!(inside.code, Some(0), "from the report's own directory: {}", inside.stderr);
        assert_eq!(inside.stdout, drafted.stdout);
    }
}

/// A file is never guessed: neither if the report is missing, nor if several reports mean different
/// files.
#[test]
fn a_source_that_several_reports_name_is_asked_for() {
    let env = Env::new();
    for day in ["mon", "tue"] {
        env.write(&format!("{day}/logs/sap.log"), execution_log(&[Row::error(3, 9, sleeping(1))]));
        let out = format!("out-{day}");
        assert_eq!(env.run(&["scan", &format!("{day}/logs"), "-o", &out]).code, Some(0));
    }
    let draft = ["signatures", "new", "own.sap", "--from", "sap.log:1"];
    let asked = env.run(&draft);
    assert_eq!(asked.code, Some(2), "{}", asked.stdout);
    for part in ["out-mon", "out-tue", "--report"] {
        assert!(asked.stderr.contains(part), "{}", asked.stderr);
    }
    assert_eq!(env.run(&[&draft[..], &["--report", "out-tue"]].concat()).code, Some(0));
    std::fs::remove_dir_all(env.path("out-mon")).unwrap();
    assert_eq!(env.run(&draft).code, Some(0));
    std::fs::remove_dir_all(env.path("out-tue")).unwrap();
    let lost = env.run(&draft);
    assert_eq!(lost.code, Some(2));
    assert!(lost.stderr.contains("--report DIR"), "{}", lost.stderr);
}

#[test]
fn the_rarest_unknown_errors_are_counted() {
    let env = Env::new();
    let word = |n: u32| {
        format!("{}{}", char::from(b'a' + (n / 26) as u8), char::from(b'a' + (n % 26) as u8))
    };
    let rows: Vec<Row> = (0..120u32)
        .flat_map(|n| {
            let text =
                sleeping(1).replace("refused tenant", &format!("refused {} tenant", word(n)));
            let twice = if n < 7 { 2 } else { 1 };
            (0..twice).map(move |again| Row::error(u64::from(n) + 1, 30 * n + again, text.clone()))
        })
        .collect();
    env.write("logs/sap.log", execution_log(&rows));
    let report = env.scan(&["logs"]).report;
    let unmatched = report["unmatched"].as_array().unwrap();
    let records: Vec<u64> = unmatched.iter().map(|u| u["records"].as_u64().unwrap()).collect();
    assert_eq!((unmatched.len(), &records[..8]), (100, &[2, 2, 2, 2, 2, 2, 2, 1][..]));
    let rest = &report["unmatched_rest"];
    assert_eq!(*rest, serde_json::json!({ "templates": 20, "records": 20, "jobs": 20 }));
}

#[test]
fn a_line_becomes_a_signature_that_holds() {
    let env = with_failures();
    let log = execution_log(&[
        Row::info(3, 1),
        Row::error(3, 9, sleeping(1)),
        Row::error(3, 99, sleeping(2)),
    ]);
    env.write("logs/sap.log", &log);
    let line = line_of(&log, "SAP gateway");
    let from = format!("logs/sap.log:{line}");
    let before = env.scan(&["logs"]);
    assert_eq!(before.report["unmatched"].as_array().unwrap().len(), 1);

    let drafted =
        env.run(&["signatures", "new", "acme.sap-token", "--from", &from, "-o", "acme.toml"]);
    assert_eq!(drafted.code, Some(0), "{}", drafted.stderr);
    assert!(
        drafted.stdout.is_empty() && drafted.stderr.contains("acme.toml"),
        "{}",
        drafted.stderr
    );
    let text = std::fs::read_to_string(env.path("acme.toml")).unwrap();
    assert!(!text.contains("abcdef0123456789") && !text.contains(&guid(0x5a9, 1)), "{text}");
    assert!(text.contains("(?P<tenant>"), "{text}");
    let shown = env.run(&["signatures", "new", "acme.sap-token", "--from", &from]);
    assert_eq!(shown.stdout, text);

    let checked = env.run(&["signatures", "check", "acme.toml"]);
    assert_eq!(
        (checked.code, checked.stdout.as_str()),
        (Some(0), "1 file, no errors, no warnings\n")
    );
    let tested =
        env.run(&["signatures", "test", "acme.", "--signatures", "acme.toml", "--verbose"]);
    assert_eq!(tested.code, Some(0), "{}", tested.stdout);
    for part in
        ["3 passed, 0 failed", "tenant = ", "activity = Post Invoice", "mention: acme.sap-token"]
    {
        assert!(tested.stdout.contains(part), "{part}: {}", tested.stdout);
    }

    let after = env.scan(&["logs", "--signatures", "acme.toml"]);
    assert_eq!(after.report["unmatched"].as_array().unwrap().len(), 0);
    let own = |report: &Value| {
        let incidents = report["incidents"].as_array().unwrap();
        incidents.iter().filter(|i| i["signature"]["id"] == "acme.sap-token").count()
    };
    assert_eq!((own(&before.report), own(&after.report)), (0, 1));

    let tried =
        env.run(&["signatures", "try", "acme.sap-token", "logs", "--signatures", "acme.toml"]);
    assert_eq!(tried.code, Some(0), "{}", tried.stderr);
    for part in [
        "2 hits",
        &format!("sap.log:{line}"),
        "1 incidents move",
        "only with it",
        "unmatched: 2 records without it, 0 with it",
    ] {
        assert!(tried.stdout.contains(part), "{part}: {}", tried.stdout);
    }
    assert!(!tried.stdout.contains("abcdef0123456789"), "{}", tried.stdout);
}

#[test]
fn a_record_is_found_wherever_it_stands() {
    let env = Env::new();
    let log = execution_log(&[Row::info(3, 1), Row::error(3, 9, sleeping(1))]);
    env.write("night.zip", zip(&[("R1/a.log", b"x" as &[u8]), ("R1/b.log", &log)]));
    env.write("note.txt", "first\nSend Mail: the mail gateway of Tokyo is asleep\n");
    let csv = "Time,Level,Process,Hostname,Host Identity,Message\r\n2026-03-14 07:00:00,Error,P,H,I,\"a: the mail gateway of Tokyo is asleep\nin Main.xaml\"\r\n";
    env.write("logs.csv", csv);
    let line = line_of(&log, "SAP gateway");
    for (from, part) in [
        (format!("night.zip » R1/b.log:{line}"), "SAP gateway"),
        ("note.txt:2".to_string(), "the mail gateway of Tokyo is asleep"),
        ("logs.csv:3".to_string(), "in Main.xaml"),
    ] {
        let drafted = env.run(&["signatures", "new", "acme-x", "--from", &from]);
        assert_eq!(drafted.code, Some(0), "{from}: {}", drafted.stderr);
        assert!(drafted.stdout.contains(part), "{from}: {}", drafted.stdout);
    }
    for (from, expected) in [
        ("note.txt:9", "no line 9"),
        ("note.txt", "FILE:LINE"),
        ("note.txt:0", "FILE:LINE"),
        ("gone.txt:1", "file not found: gone.txt"),
        ("logs.csv:99", "no record stands on line 99"),
        ("night.zip » R1/c.log:1", "no record stands on line 1"),
    ] {
        let refused = env.run(&["signatures", "new", "acme-x", "--from", from]);
        assert_eq!(refused.code, Some(2), "{from}: {}", refused.stderr);
        assert!(refused.stderr.contains(expected), "{from}: {}", refused.stderr);
    }
    env.write("there.toml", "mine");
    let refused =
        env.run(&["signatures", "new", "acme-x", "--from", "note.txt:2", "-o", "there.toml"]);
    assert_eq!(refused.code, Some(4), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(env.path("there.toml")).unwrap(), "mine");
    let known = env.run(&["signatures", "new", "conn-not-found", "--from", "note.txt:2"]);
    assert_eq!(known.code, Some(2));
    assert!(known.stderr.contains("exists"), "{}", known.stderr);
}

#[test]
fn trying_reports_near_misses_and_what_is_read_instead() {
    let env = with_failures();
    env.write(
        "logs/c.log",
        execution_log(&[
            Row::error(
                7,
                1,
                "Send: Connection [sql-main] is invalid or you do not have access to it",
            ),
            Row::new("Info", 8, 1, missing(&guid(0xc0c0, 9))),
        ]),
    );
    let tried = env.run(&["signatures", "try", "conn-not-found", "logs"]);
    assert_eq!(tried.code, Some(0), "{}", tried.stderr);
    for part in ["1 near misses", "`regex` does not match", "1 mentions", "c.log:1", "only with it"]
    {
        assert!(tried.stdout.contains(part), "{part}: {}", tried.stdout);
    }
    let instead = env.run(&["signatures", "try", "conn-resolve-unknown", "logs"]);
    assert!(instead.stdout.contains("read as conn-not-found of rank"), "{}", instead.stdout);
    assert!(instead.stdout.contains("\n0 hits"), "{}", instead.stdout);
    let unknown = env.run(&["signatures", "try", "conn-not-fond", "logs"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("did you mean `conn-not-found`?"), "{}", unknown.stderr);
    assert_eq!(env.run(&["signatures", "try", "conn-not-found", "nowhere"]).code, Some(2));
}

#[test]
fn lists_are_filtered() {
    let env = Env::new();
    let ids = |arguments: &[&str]| -> Vec<String> {
        let listed = env.run(&[&["signatures", "list"], arguments].concat());
        assert_eq!(listed.code, Some(0), "{}", listed.stderr);
        let first = |line: &str| line.split_whitespace().next().unwrap().to_string();
        listed.stdout.lines().map(first).collect()
    };
    let all = ids(&[]);
    for (arguments, with, without) in [
        (["--category", "permission"], "conn-view-denied", "conn-not-found"),
        (["--category", "neighbour"], "orch-folder-no-access", "conn-not-found"),
        (["--owner", "folder-admin"], "conn-view-denied", "net-dns"),
        (["--severity", "high"], "conn-view-denied", "orch-folder-no-access"),
        (["--family", "network"], "net-dns", "conn-view-denied"),
        (["--text", "接続フォルダーに対する"], "conn-view-denied", "net-dns"),
        (["--text", "connections.VIEW PERMISSION"], "conn-view-denied", "net-dns"),
    ] {
        let listed = ids(&arguments);
        let has = |id: &str| listed.iter().any(|known| known == id);
        assert!(
            has(with) && !has(without) && listed.len() < all.len(),
            "{arguments:?}: {listed:?}"
        );
    }
    assert!(ids(&["conn-"]).iter().all(|id| id.starts_with("conn-")));
    for (arguments, expected) in [
        (["--owner", "folder-admn"], "did you mean folder-admin?"),
        (["--family", "nobody"], "one of "),
    ] {
        let refused = env.run(&[&["signatures", "list"], &arguments[..]].concat());
        assert_eq!(refused.code, Some(2));
        assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    }
    let json = env.run(&["signatures", "list", "--format", "json", "--family", "network"]);
    let json: Vec<Value> = serde_json::from_str(&json.stdout).unwrap();
    assert!(json.iter().all(|s| s["family"] == "network"), "{json:?}");
}

#[test]
fn a_selection_is_searched_and_nothing_else() {
    let env = with_failures();
    let count = |arguments: &[&str]| {
        let outcome = env.scan(&[&["logs"], arguments].concat());
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        let incidents = outcome.report["incidents"].as_array().unwrap().len();
        (incidents, outcome.report["signatures"]["count"].as_u64().unwrap())
    };
    let (incidents, all) = count(&[]);
    assert!(incidents == 1 && all > 50);
    assert_eq!(count(&["--select", "conn-not-found"]), (1, 1));
    assert_eq!(count(&["--select", "net-"]).0, 0);
    assert_eq!(count(&["--ignore", "conn-,net-"]).0, 0);
    for arguments in [["--select", "conn-not-fond"], ["--ignore", "zzz"]] {
        let refused = env.scan(&[&["logs"], &arguments[..]].concat());
        assert_eq!(refused.code, Some(2), "{}", refused.stderr);
        assert!(refused.stderr.contains(arguments[1]), "{}", refused.stderr);
    }
}
