//! No secret is written: each kind is planted in every field of every form of export, and nothing
//! that the program writes, prints or stores may contain it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{
    Env, Outcome, Row, connection, envelope, execution_log, guid, incidents, job_row, logs_csv,
    missing, odata_page, zip,
};

/// Kind, a text with the secret in a typical context, and the secret.
const SECRETS: &[(&str, &str, &str)] = &[
    ("password", "password=pW4-oNe.tWo!", "pW4-oNe.tWo"),
    ("JSON", r#"{"client_secret":"jS0n-oNe.tWo"}"#, "jS0n-oNe.tWo"),
    ("doubled", r#"client_secret=""dB1-oNe.tWo"" x"#, "dB1-oNe.tWo"),
    ("header", "Authorization: Bearer hEad3r.oNe.tWo", "hEad3r.oNe.tWo"),
    ("basic", "Authorization: Basic YmFzaWM6b25lOnR3bw==", "YmFzaWM6b25lOnR3bw"),
    ("jwt", "with eyJhbGciOiJIUzI1.eyJzdWIiOiJvbmUi.c2lnbmVkT25l in it", "eyJzdWIiOiJvbmUi"),
    ("aws", "key AKIAQ7ONETWOTHREE4XY of it", "AKIAQ7ONETWOTHREE4XY"),
    (
        "github",
        "by ghp_oNetWothReefOuRfiVesIxsEveNeight9TeN0 ok",
        "oNetWothReefOuRfiVesIxsEveNeight9TeN0",
    ),
    ("slack", "xoxb-718293645546-oNetWo", "718293645546-oNetWo"),
    ("hook", "https://hooks.slack.com/services/T0NE/B0TWO/thReefOuR5", "thReefOuR5"),
    ("google", "AIzaSyOneTwoThreeFourFiveSixSevenEigh7_9 x", "AIzaSyOneTwoThreeFour"),
    (
        "azure",
        "secret abc8Q~oNetWothReefOuRfiVesIxsEveNeig_h9 x",
        "oNetWothReefOuRfiVesIxsEveNeig_h9",
    ),
    (
        "refresh",
        "rt_0123456789ABCDEF0123456789ABCDEF01234567-1",
        "0123456789ABCDEF0123456789ABCDEF01234567",
    ),
    ("credentials", "https://bob:uRl-pW1@host.example/x", "uRl-pW1"),
    ("signature", "https://b.example/c?sv=1&sig=sIgn3dOneTwo%3D", "sIgn3dOneTwo"),
    ("connection string", "Server=a;User ID=sa;Password=dB-0netwo;Encrypt=1", "dB-0netwo"),
    ("storage", "AccountKey=st0rAgeKeyOne==;EndpointSuffix=x", "st0rAgeKeyOne"),
    ("cookie", "Cookie: sid=c00kieOneTwo", "c00kieOneTwo"),
    (
        "private key",
        "-----BEGIN PRIVATE KEY-----\nMIIpr1vateOne\n-----END PRIVATE KEY-----",
        "MIIpr1vateOne",
    ),
];

/// Fields whose values are interpreted.
const STRUCTURE: [&str; 13] = [
    "level",
    "Level",
    "logType",
    "timeStamp",
    "TimeStamp",
    "jobId",
    "JobKey",
    "Key",
    "State",
    "StartTime",
    "EndTime",
    "CreationTime",
    "fingerprint",
];

fn planted_rows() -> Vec<(Row, &'static str)> {
    let row = |(n, (_, text, _)): (usize, &(&'static str, &'static str, &'static str))| {
        let n = n as u64 + 1;
        (Row::error(n, n as u32 * 30, format!("{text}\n{}", missing(&connection(n)))), *text)
    };
    SECRETS.iter().enumerate().map(row).collect()
}

/// Sets every free-text field except the message to `text`, also in the inner object.
fn plant(value: &mut Value, text: &str) {
    for (name, field) in value.as_object_mut().unwrap() {
        let Value::String(old) = field else { continue };
        if name == "RawMessage" {
            let mut inner: Value = serde_json::from_str(old).unwrap();
            plant(&mut inner, text);
            *old = inner.to_string();
        } else if !STRUCTURE.contains(&&**name)
            && !["message", "Message", "Info"].contains(&&**name)
        {
            *old = text.to_string();
        }
    }
}

fn within_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_string()
}

fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn robot_log(rows: &[(Row, &str)], escape: bool) -> Vec<u8> {
    let line = |(row, text): &(Row, &str)| {
        let mut object = row.robot_object();
        plant(&mut object, text);
        let line = row.line();
        let line = format!("{}{object}\r\n", &line[..line.find('{').unwrap()]);
        if escape { line.replace(&within_json(text), &escaped(text)) } else { line }
    };
    rows.iter().map(line).collect::<String>().into_bytes()
}

fn csv(rows: &[(Row, &str)]) -> String {
    let tables = rows.iter().enumerate().map(|(n, (row, text))| {
        let table = String::from_utf8(logs_csv(std::slice::from_ref(row))).unwrap();
        let cell = format!("\"{}\"", text.replace('"', "\"\""));
        let planted = table.replace("svc-bot", "\u{1}").replace("BOT-VM-01", "\u{1}");
        let planted = planted.replace(&format!("Process{}", row.job), "\u{1}");
        let planted = planted.replace("NORDWIND\\\u{1}", "\u{1}").replace('\u{1}', &cell);
        // All rows share one header.
        if n == 0 { planted } else { planted.split_once("\r\n").unwrap().1.to_string() }
    });
    tables.collect()
}

fn inventories(env: &Env, rows: &[(Row, &str)]) {
    let connections: Vec<Value> = rows
        .iter()
        .enumerate()
        .map(|(n, (_, text))| {
            json!({
                "Id": connection(n as u64 + 1), "Name": text, "State": text, "Folder": text,
                "ConnectorKey": text, "ConnectorName": text, "FolderKey": guid(0xf01d, n as u64),
            })
        })
        .collect();
    env.write("in/connections.json", envelope("ConnectionList", json!(connections)));
    let folders: Vec<Value> = rows
        .iter()
        .enumerate()
        .map(|(n, (_, text))| {
            let id = 500 + n;
            json!({ "Key": guid(0xf01d, n as u64), "DisplayName": text, "FullyQualifiedName": text, "Id": id })
        })
        .collect();
    env.write("in/folders.json", odata_page("Folders", &folders, None));
}

fn written() -> Env {
    let env = Env::new();
    let rows = planted_rows();
    env.write("in/raw.log", robot_log(&rows, false));
    env.write("in/escaped.log", robot_log(&rows, true));
    let api: Vec<Value> = rows
        .iter()
        .map(|(row, text)| {
            let mut value = row.api();
            plant(&mut value, text);
            value
        })
        .collect();
    let next = "https://orchestrator.example/odata/RobotLogs?api_key=pAge-oNe.tWo&$skip=9";
    env.write("in/api.json", odata_page("RobotLogs", &api, Some(next)));
    let jobs: Vec<Value> = rows
        .iter()
        .map(|(row, text)| {
            let mut value = job_row(row.job, "Faulted", row.second + 1, &row.message);
            plant(&mut value, text);
            value
        })
        .collect();
    env.write("in/jobs.json", odata_page("Jobs", &jobs, None));
    let table = csv(&rows);
    env.write("in/logs.csv", &table);
    let marked = format!("\u{feff}{table}");
    let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    env.write("in/wide.csv", wide);
    let (bytes, _, lost) = encoding_rs::SHIFT_JIS.encode(&table);
    assert!(!lost);
    env.write("in/cp932.csv", [&bytes[..], &encoding_rs::SHIFT_JIS.encode("2026-03-14 07:59:00.204,Info,ロボット,請求処理,ホスト,svc,処理を開始しました\r\n").0].concat());
    for (n, (row, text)) in rows.iter().enumerate() {
        let reply = json!({
            "Result": "Failure", "Code": "ConnectionPing", "Message": row.message,
            "Instructions": text, "Data": { "Id": connection(n as u64 + 1), "Name": text },
        });
        env.write(&format!("in/replies/{n}.json"), reply.to_string());
    }
    inventories(&env, &rows);
    // Names of members and of their directories; a URL can be neither.
    let members: Vec<(String, Vec<u8>)> = rows
        .iter()
        .filter(|(_, text)| !text.contains("://"))
        .map(|(row, text)| {
            let name = text.replace(['\n', '/'], " ");
            (format!("{name}/{name}.log"), execution_log(std::slice::from_ref(row)))
        })
        .collect();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(n, b)| (&**n, &**b)).collect();
    env.write("in/members.zip", zip(&members));
    // Records that cannot be parsed are reported, too.
    let broken: String = rows
        .iter()
        .map(|(_, text)| format!("07:00:00.0000 Error {{\"message\":\"{text}\" DAP-RT-1101\r\n"))
        .collect();
    env.write("in/broken.log", [&robot_log(&rows, false)[..], broken.as_bytes()].concat());
    let header: String =
        rows.iter().map(|(_, text)| format!(",\"{}\"", text.replace('"', "\"\""))).collect();
    env.write(
        "in/header.csv",
        format!("Time,Level,Message{header}\r\n2026-03-14 07:00:00,Error,x\r\n"),
    );
    env.write("in/unknown.csv", format!("Zeit,Level,Robot name{header}\r\n1,2,3\r\n"));
    env
}

fn leaks(texts: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut found = Vec::new();
    for (artifact, bytes) in texts {
        let shown = String::from_utf8_lossy(bytes);
        for (kind, _, secret) in SECRETS.iter().chain([&("page", "", "pAge-oNe.tWo")]) {
            if let Some(at) = shown.find(secret) {
                let from = shown.floor_char_boundary(at.saturating_sub(60));
                let to = shown.ceil_char_boundary((at + 40).min(shown.len()));
                found.push(format!("{kind} in {artifact}: {:?}", &shown[from..to]));
            }
        }
    }
    found
}

fn collect(texts: &mut BTreeMap<String, Vec<u8>>, name: &str, outcome: Outcome) {
    texts.insert(format!("{name}: stdout"), outcome.stdout.into_bytes());
    texts.insert(format!("{name}: stderr"), outcome.stderr.into_bytes());
    for (file, bytes) in outcome.files {
        texts.insert(format!("{name}: {file}"), bytes);
    }
}

#[test]
fn f45_no_secret_is_written_printed_or_stored() {
    let env = written();
    let mut texts = BTreeMap::new();
    let formats = ["-f", "json,csv,html,md,ndjson,prom", "-v", "--state", "state.db"];
    let first = env.scan(&[&["in"], &formats[..]].concat());
    assert_eq!(first.code, Some(3), "{}", first.stderr);
    // No form was ignored: every form has hits, and the output shows that something was redacted.
    let matched = first.report["coverage"]["records"]["matched"].as_u64().unwrap();
    assert!(matched >= 9 * SECRETS.len() as u64, "{matched}");
    let ids: Vec<String> = incidents(&first.report).into_keys().collect();
    assert!(ids.len() >= SECRETS.len());
    let shown = String::from_utf8_lossy(&first.files["report.json"]).matches("[redacted:").count();
    assert!(shown > 10 * SECRETS.len(), "{shown}");
    collect(&mut texts, "scan", first);
    collect(&mut texts, "scan again", env.scan(&[&["in"], &formats[..]].concat()));
    for file in std::fs::read_dir(env.root()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            texts.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    collect(&mut texts, "ja", env.scan(&["in", "--lang", "ja", "-v"]));
    let mut ran = |arguments: &[&str]| {
        collect(&mut texts, &arguments.join(" "), env.run(arguments));
    };
    ran(&["state", "export", "--state", "state.db"]);
    ran(&["state", "info", "--state", "state.db"]);
    ran(&["names", "check", "in"]);
    ran(&["names", "check", "in", "--format", "json"]);
    ran(&["doctor", "in"]);
    ran(&["diff", "out", "out"]);
    ran(&["report", "--from", "out", "-o", "again"]);
    ran(&["signatures", "try", "conn-not-found", "in"]);
    for id in &ids {
        ran(&["show", id, "--from", "out", "--occurrences"]);
        ran(&["show", id, "--from", "out", "--raw", "--context", "2"]);
    }
    for n in 1..=SECRETS.len() {
        ran(&["show", "--job", &guid(0x10b, n as u64), "in"]);
        ran(&["signatures", "new", "acme.x", "--from", &format!("in/raw.log:{n}")]);
    }
    let found = leaks(&texts);
    assert!(found.is_empty(), "{} leaks:\n{}", found.len(), found.join("\n"));
}

#[test]
fn recognisable_secrets_are_removed_even_with_no_redact() {
    let env = Env::new();
    let text = format!("password=pW4-oNe key AKIAQ7ONETWOTHREE4XY {}", missing(&connection(1)));
    env.write("a.log", execution_log(&[Row::error(1, 1, text)]));
    let outcome = env.scan(&["a.log", "--no-redact"]);
    let report = String::from_utf8_lossy(&outcome.files["report.json"]).into_owned();
    assert!(report.contains("password=pW4-oNe") && !report.contains("AKIAQ7ONETWOTHREE4XY"));
}

const PEOPLE: [&str; 3] = ["ann.o@example.com", "ANN.O@example.com", "bob@example.org"];

fn with_people() -> Env {
    let env = Env::new();
    let rows: Vec<Row> = (1..)
        .zip(PEOPLE)
        .map(|(n, who)| Row::error(n, n as u32, format!("for {who}: {}", missing(&connection(7)))))
        .collect();
    let log =
        String::from_utf8(execution_log(&rows)).unwrap().replace("svc-bot", "ann.o@example.com");
    env.write("in/ann.o@example.com/a.log", log);
    let list = [json!({
        "Id": connection(7), "Name": "mail@example.net", "State": "Enabled",
        "ConnectorKey": "uipath-microsoft-outlook365", "ConnectorName": "Outlook",
    })];
    env.write("in/connections.json", envelope("ConnectionList", json!(list)));
    env
}

fn pseudonyms(report: &str) -> std::collections::BTreeSet<String> {
    let pattern = regex::Regex::new(r"\[person:\d{12}\]").unwrap();
    pattern.find_iter(report).map(|found| found.as_str().to_string()).collect()
}

#[test]
fn f45_users_get_pseudonyms_that_stay_the_same() {
    let env = with_people();
    let formats = ["-f", "json,csv,html,md,ndjson,prom", "-v"];
    let run = |more: &[&str]| env.scan(&[&["in", "--pseudonymise"], &formats[..], more].concat());
    let first = run(&["--state", "state.db"]);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    let report =
        |outcome: &Outcome| String::from_utf8_lossy(&outcome.files["report.json"]).into_owned();
    let pseudonymised = pseudonyms(&report(&first));
    assert_eq!(pseudonymised.len(), 2, "{pseudonymised:?}");
    assert_eq!(first.report["incidents"][0]["connection"]["name"], "mail@example.net");
    let key = std::fs::read(env.path("state.db.key")).unwrap();
    let key = String::from_utf8(key).unwrap();
    // Only the state needs to know where a file is on disk.
    let export = env.run(&["state", "export", "--state", "state.db"]).stdout;
    let export: String =
        export.lines().filter(|line| !line.trim_start().starts_with("\"path\":")).collect();
    let mut texts: Vec<(String, String)> = vec![
        ("stdout".into(), first.stdout.clone()),
        ("stderr".into(), first.stderr.clone()),
        ("export".into(), export),
    ];
    texts.extend(
        first.files.iter().map(|(n, b)| (n.clone(), String::from_utf8_lossy(b).into_owned())),
    );
    for (artifact, text) in &texts {
        for secret in PEOPLE.iter().chain([&key.trim()]) {
            assert!(!text.contains(secret), "{secret} in {artifact}");
        }
    }
    // Another run with the same key and without the state has the same pseudonyms; another key
    // gives others.
    assert_eq!(pseudonyms(&report(&run(&["--pseudonym-key", "state.db.key"]))), pseudonymised);
    let other = pseudonyms(&report(&run(&["--pseudonym-key", "other.key"])));
    assert!(other.is_disjoint(&pseudonymised) && other.len() == 2);
    // Digests that were stored with names of people are read again.
    assert_eq!(env.scan(&["in", "--state", "b.db"]).code, Some(0));
    let again = run(&["--state", "b.db", "--pseudonym-key", "state.db.key"]);
    assert_eq!(pseudonyms(&report(&again)), pseudonymised);
    assert!(!report(&again).contains(PEOPLE[0]));
}

#[test]
fn pseudonyms_need_a_key() {
    let env = with_people();
    let without = env.scan(&["in", "--pseudonymise"]);
    assert_eq!(without.code, Some(2));
    assert!(without.stderr.contains("--pseudonym-key"), "{}", without.stderr);
    env.write("short.key", "abc\n");
    let short = env.scan(&["in", "--pseudonymise", "--pseudonym-key", "short.key"]);
    assert_eq!(short.code, Some(2));
    assert!(!short.stderr.contains("abc") && short.files.is_empty(), "{}", short.stderr);
}

#[cfg(unix)]
#[test]
fn the_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let env = with_people();
    env.scan(&["in", "--pseudonymise", "--pseudonym-key", "people.key"]);
    let mode = std::fs::metadata(env.path("people.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// A Windows account is replaced, too, in every escaped form; a path is not.
#[test]
fn accounts_get_pseudonyms_and_paths_stay() {
    let env = Env::new();
    let logged = format!(
        "NORDWIND\\kenji in C:\\Robots\\kenjiro, {{\"user\":\"NORDWIND\\\\kenji\"}}: {}",
        missing(&connection(7))
    );
    env.write("in/a.log", execution_log(&[Row::error(1, 1, logged)]));
    let key = env.write("people.key", "0123456789abcdef0123456789abcdef");
    let key = key.to_str().unwrap();
    let formats = ["-f", "json,csv,html,md,ndjson,prom"];
    let scanned =
        env.scan(&[&["in", "--pseudonymise", "--pseudonym-key", key], &formats[..]].concat());
    assert_eq!(scanned.code, Some(0), "{}", scanned.stderr);
    for (name, bytes) in &scanned.files {
        let text = String::from_utf8_lossy(bytes).replace("kenjiro", "");
        assert!(!text.contains("kenji") && !text.contains("NORDWIND"), "{name}: {text}");
    }
    let report = String::from_utf8_lossy(&scanned.files["report.json"]).into_owned();
    assert_eq!(pseudonyms(&report).len(), 1, "{report}");
    assert!(report.contains(r"C:\\Robots\\kenjiro"), "{report}");
}
