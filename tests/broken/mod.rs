//! One damaged file among good ones: only that file is affected, it is reported once, and the good
//! files are read as without it.

mod containers;
mod csv;
mod json;
mod text;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::{
    Env, Outcome, Row, connection, execution_log, guid, incidents, logs_csv, missing, odata_page,
    view_denied,
};

type Incidents = BTreeMap<String, (String, u64, u64, u64)>;

/// The outcome of a scan with one damaged file.
struct Observed {
    outcome: Outcome,
    file: String,
    /// Occurrences of failures that only this file reports.
    found: u64,
}

fn write_good(env: &Env) {
    let failing = |job: u64| Row::error(job, job as u32 * 60, missing(&connection(1)));
    env.write("logs/good/a.log", execution_log(&[Row::info(1, 1), failing(1), failing(2)]));
    env.write("logs/good/page.json", odata_page("RobotLogs", &[failing(2).api()], None));
    let denied = Row::error(3, 600, view_denied(&guid(0xf01d, 1)));
    env.write("logs/good/grid.csv", logs_csv(&[Row::info(3, 599), denied]));
}

fn good() -> &'static Incidents {
    static GOOD: OnceLock<Incidents> = OnceLock::new();
    GOOD.get_or_init(|| {
        let env = Env::new();
        write_good(&env);
        let outcome = env.scan(&["logs"]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        let found = incidents(&outcome.report);
        assert_eq!(found.len(), 2);
        found
    })
}

/// A failure of a connection that occurs in no good file; each job is an occurrence of its own.
fn failing(job: u64) -> Row {
    let job = 100 + job;
    Row::error(job, job as u32 * 3, missing(&connection(900)))
}

/// Scans `files` together with good ones. The first of `files` is observed.
fn with_good_file(files: &[(&str, &[u8])]) -> Observed {
    let env = Env::new();
    write_good(&env);
    for (file, contents) in files {
        env.write(&format!("logs/bad/{file}"), contents);
    }
    let outcome = env.scan(&["logs"]);
    let mut found = 0;
    let mut others = BTreeMap::new();
    for (id, incident) in incidents(&outcome.report) {
        if good().contains_key(&id) {
            others.insert(id, incident);
        } else {
            found += incident.1;
        }
    }
    assert_eq!(&others, good(), "what the other files tell changed");
    Observed { outcome, file: format!("bad/{}", files[0].0), found }
}

impl Observed {
    /// The coverage rows of the file and of its members.
    fn items(&self) -> Vec<&Value> {
        let mine = |item: &&Value| {
            item["source"].as_str().is_some_and(|source| {
                source == self.file || source.starts_with(&format!("{} »", self.file))
            })
        };
        let items = self.outcome.report["coverage"]["items"].as_array().unwrap();
        items.iter().filter(mine).collect()
    }

    fn item(&self) -> &Value {
        let items = self.items();
        assert_eq!(items.len(), 1, "{items:#?}");
        items[0]
    }

    /// The file was not read completely: exit code 3, this status, and one line that names the file
    /// under this code.
    fn costs(self, status: &str, code: &str) -> Observed {
        assert_eq!(self.outcome.code, Some(3), "{}", self.outcome.stderr);
        let unread: Vec<_> = self.items().into_iter().filter(|i| i["reason"] != "").collect();
        assert_eq!(unread.len(), 1, "{unread:#?}");
        assert_eq!(unread[0]["status"], status, "{:#}", unread[0]);
        let lines: Vec<&str> =
            self.outcome.stderr.lines().filter(|line| line.contains(&self.file)).collect();
        assert_eq!(lines.len(), 1, "{}", self.outcome.stderr);
        assert!(lines[0].contains(&format!("[{code}]")), "{}", lines[0]);
        self
    }

    /// The file was read to its end, and nothing is reported.
    fn complete(self) -> Observed {
        assert_eq!(self.outcome.code, Some(0), "{}", self.outcome.stderr);
        assert!(
            self.items().iter().all(|item| item["status"] == "complete"),
            "{:#?}",
            self.items()
        );
        assert!(self.outcome.stderr.is_empty(), "{}", self.outcome.stderr);
        self
    }

    /// The file was skipped because it is not an export.
    fn skipped(self) -> Observed {
        assert_eq!(self.outcome.code, Some(0), "{}", self.outcome.stderr);
        assert_eq!(self.item()["status"], "skipped");
        assert_eq!(self.found, 0);
        self
    }

    fn finds(self, occurrences: u64) -> Observed {
        assert_eq!(self.found, occurrences, "{:#?}", incidents(&self.outcome.report));
        self
    }

    fn counts(self, records: u64, rejected: u64) -> Observed {
        let sum = |name: &str| -> u64 {
            self.items().iter().map(|item| item[name].as_u64().unwrap()).sum()
        };
        assert_eq!((sum("records"), sum("rejected")), (records, rejected), "{:#?}", self.items());
        self
    }
}
