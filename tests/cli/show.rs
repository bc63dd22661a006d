//! `show`: from an incident to its evidence, its source lines, and all records of a job.

use super::with_failures;
use crate::support::{
    Env, Row, connection, execution_log, guid, gzip, job_row, missing, odata_page, zip,
};

/// The id of the first incident of the report in `out`.
fn id(env: &Env) -> String {
    let report = std::fs::read(env.path("out/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    report["incidents"][0]["id"].as_str().unwrap().to_string()
}

fn show(env: &Env, arguments: &[&str]) -> String {
    let outcome = env.run(&[&["show"], arguments, &["--from", "out"]].concat());
    assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
    outcome.stdout
}

#[test]
fn an_incident_says_why_who_and_what_to_do() {
    let env = with_failures();
    env.scan(&["logs"]);
    let id = id(&env);
    let text = show(&env, &[&id]);
    for words in [
        &*id,
        &connection(1),
        "Why it matched",
        "the messages name the connection id",
        "Verify the repair",
        "2026-03-14_Execution.log, line 2",
        "Failed to retrieve connection",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(show(&env, &[&id.to_lowercase()]), text);
    assert!(show(&env, &[&id, "--lang", "ja"]).contains("一致した理由"));
    let listed = show(&env, &[&id, "--occurrences"]);
    assert!(listed.starts_with(&text));
    for job in 1..=3 {
        assert!(listed.contains(&guid(0x10b, job)), "{listed}");
    }
}

#[test]
fn what_does_not_exist_is_reported_with_the_nearest() {
    let env = with_failures();
    assert_eq!(env.run(&["show", "FL-AAAAAA"]).code, Some(2), "no report");
    env.scan(&["logs"]);
    let id = id(&env);
    let near = format!("{}{}", &id[..8], if id.ends_with('A') { 'B' } else { 'A' });
    let outcome = env.run(&["show", &near, "--from", "out"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains(&format!("did you mean {id}?")), "{}", outcome.stderr);
    let nothing = env.run(&["show", "--from", "out"]);
    assert_eq!(nothing.code, Some(2), "{}", nothing.stderr);
    assert_eq!(env.run(&["show", "--job", "seven", "logs"]).code, Some(2));
}

#[test]
fn source_lines_are_read_again_wherever_they_stand() {
    let rows: Vec<Row> = (1..=40)
        .map(|n| if n == 30 { Row::error(1, n, missing(&connection(1))) } else { Row::info(1, n) })
        .collect();
    let log = execution_log(&rows);
    let other = execution_log(&[Row::info(9, 1)]);
    let inner = zip(&[("deep/b.log", &log)]);
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(String::from_utf8(log.clone()).unwrap().encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for (name, bytes) in [
        ("a.log", log.clone()),
        ("a.log.gz", gzip(&log)),
        ("a.zip", zip(&[("x.log", &other), ("R1/a.log", &log), ("z.log", &other)])),
        ("nested.zip", zip(&[("x.log", &other), ("inner.zip", &inner)])),
        ("wide.log", utf16),
    ] {
        let env = Env::new();
        env.write(&format!("logs/{name}"), bytes);
        env.scan(&["logs"]);
        let text = show(&env, &[&id(&env), "--raw", "--context", "2"]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{name}: {text}");
        assert!(lines[0].contains(name) && lines[0].ends_with(", line 30"), "{}", lines[0]);
        assert!(lines[1].starts_with("  28  ") && lines[1].contains("Item 28 done"));
        assert!(lines[3].starts_with("> 30  ") && lines[3].contains("Failed to retrieve"));
        assert!(lines[5].starts_with("  32  ") && lines[5].contains("Item 32 done"));
    }
}

#[test]
fn the_paths_are_those_of_the_report_or_given() {
    let env = with_failures();
    env.write("more/b.log", execution_log(&[Row::info(8, 1)]));
    env.scan(&["logs", "more"]);
    let id = id(&env);
    let wanted = show(&env, &[&id, "--raw"]);
    assert!(wanted.contains("Failed to retrieve"));
    // From another directory, and with the exports in another location.
    let out = env.path("out");
    let from = ["--from", out.to_str().unwrap()];
    let elsewhere = env.run_with(&[&["show", &id, "--raw"], &from[..]].concat(), |command| {
        command.current_dir("/");
    });
    assert_eq!(elsewhere.stdout, wanted, "{}", elsewhere.stderr);
    std::fs::create_dir(env.path("archive")).unwrap();
    std::fs::rename(env.path("logs"), env.path("archive/logs")).unwrap();
    let moved = env.run(&["show", &id, "--raw", "--from", "out"]);
    assert_eq!(moved.code, Some(3), "{}", moved.stderr);
    assert!(moved.stderr.contains("cannot be read again"), "{}", moved.stderr);
    assert_eq!(show(&env, &[&id, "--raw", "archive"]), wanted);
}

#[test]
fn secrets_and_controls_in_source_lines_do_not_reach_the_terminal() {
    let env = Env::new();
    let secret = "hunter2-Zx9";
    let text = format!("\u{1b}[2J {} password={secret}", missing(&connection(1)));
    // A line of its own follows the message.
    let log =
        [execution_log(&[Row::error(1, 1, text)]), b"password=hunter2-Zx9\n".to_vec()].concat();
    env.write("logs/a.log", log);
    env.scan(&["logs"]);
    let id = id(&env);
    for arguments in [&[&*id, "--raw"][..], &[&id], &["--job", &guid(0x10b, 1)]] {
        let shown = show(&env, arguments);
        assert!(!shown.contains(secret) && !shown.contains('\u{1b}'), "{shown}");
    }
    assert!(show(&env, &[&id, "--raw", "--no-redact"]).contains(secret));
}

#[test]
fn every_record_of_a_job_in_the_order_of_time() {
    let env = Env::new();
    let rows = [
        Row::info(1, 30).marked(3),
        Row::info(2, 20),
        Row::error(1, 10, missing(&connection(1))).marked(1),
    ];
    env.write("robots/a.log", execution_log(&rows));
    // A copy of the same row, and a row that occurs only here.
    let copies = [rows[2].clone(), Row::info(1, 20).marked(2)];
    env.write("api/b.zip", zip(&[("b.log", &execution_log(&copies))]));
    let page = odata_page("Jobs", &[job_row(1, "Faulted", 40, "It failed")], None);
    env.write("jobs.json", page);
    let key = guid(0x10b, 1);
    let outcome = env.run(&["show", "--job", &key.to_uppercase(), "."]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let locations: Vec<String> = outcome
        .stdout
        .lines()
        .filter(|line| line.starts_with("2026"))
        .map(|line| line.split_whitespace().skip(2).collect::<Vec<_>>().join(" "))
        .collect();
    let wanted =
        ["api/b.zip » b.log:1 (+1)", "api/b.zip » b.log:2", "robots/a.log:1", "jobs.json:1"];
    assert_eq!(locations, wanted, "{}", outcome.stdout);
    assert!(outcome.stdout.contains("It failed"));

    env.write("cut.log.gz", &gzip(&execution_log(&rows))[..60]);
    let partial = env.run(&["show", "--job", &key, "."]);
    assert_eq!(partial.code, Some(3), "{}", partial.stderr);
    assert!(partial.stderr.contains("cut.log.gz"), "{}", partial.stderr);
    let unknown = env.run(&["show", "--job", &guid(0x10b, 99), "robots"]);
    assert_eq!((unknown.code, &*unknown.stdout), (Some(0), ""));
    assert!(unknown.stderr.contains("no record of job"), "{}", unknown.stderr);
}

/// A robot that is stopped in the middle leaves no line end, and the next one writes on.
#[test]
fn rows_that_share_a_line_are_listed_each_with_its_own_location() {
    let env = Env::new();
    let failing = |job: u64| Row::error(job, job as u32 * 60, missing(&connection(1)));
    let [one, two, three] = [1, 2, 3].map(|job| failing(job).line());
    let log = format!("{one}\r\n{two}{three}\r\n");
    env.write("a.log", log);
    let key = guid(0x10b, 3);
    let outcome = env.run(&["show", "--job", &key, "."]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("a.log:2"), "{}", outcome.stdout);

    let lines =
        [1, 2, 3, 4].map(|job| Row::error(job, job as u32 * 60, missing(&connection(job))).line());
    let [one, two, three, four] = lines;
    env.write("b/b.log", format!("{one}\r\n{two}{three}\r\n{four}\r\n"));
    let outcome = env.scan(&["b"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let mut samples: Vec<(u64, u64)> = outcome.report["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|incident| incident["samples"].as_array().unwrap())
        .map(|sample| (sample["line"].as_u64().unwrap(), sample["record"].as_u64().unwrap()))
        .collect();
    samples.sort_unstable();
    assert_eq!(samples, [(1, 1), (2, 2), (2, 3), (3, 4)]);
}

#[test]
fn a_list_stored_under_the_key_of_its_job_is_its_job_s() {
    let env = Env::new();
    let key = guid(0x10b, 5);
    let rows = [serde_json::json!({
        "TimeStamp": "2026-03-14T07:00:01Z", "Level": "Info", "ProcessName": "P",
        "Message": "from the client",
    })];
    let reply = crate::support::envelope("JobLogs", serde_json::json!(rows));
    env.write(&format!("jobs-logs-{key}.json"), &reply);
    env.write("jobs-logs-other.json", &reply);
    let outcome = env.run(&["show", "--job", &key, "."]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.stdout.matches("from the client").count(), 1, "{}", outcome.stdout);
}
