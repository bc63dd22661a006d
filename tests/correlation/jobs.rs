//! Rows that name no job, rows that were exported twice, and the times of jobs.

use serde_json::{Value, json};

use super::{
    disabled, execution_log, found, incident, job, job_row, not_found, page, reply, report,
    robot_row, scan, time,
};
use crate::support::Env;

fn client_row(second: f64, message: &str) -> Value {
    json!({ "Level": "Error", "TimeStamp": time(second), "Message": message })
}

fn grid(rows: &[(f64, &str, &str)]) -> String {
    let line = |(second, host, message): &(f64, &str, &str)| {
        let at = time(*second).replace('T', " ").replace('Z', "");
        format!("{at},Error,P,{host},X\\r,\"{}\"\r\n", message.replace('"', "\"\""))
    };
    let lines: String = rows.iter().map(line).collect();
    format!("Time,Level,Process,Hostname,Host Identity,Message\r\n{lines}")
}

#[test]
fn an_unknown_field_narrows_nothing_and_a_known_one_does() {
    for (field, value, jobs) in [
        ("ProcessName", "P", 1),
        ("ProcessName", "Q", 0),
        ("HostMachineName", "bot1", 1),
        ("HostMachineName", "BOT2", 0),
        ("Unrelated", "x", 1),
    ] {
        let env = Env::new();
        let mut row = client_row(5.0, &not_found("Get mail", 1));
        row[field] = value.into();
        env.write("in/joblogs.json", reply("JobLogs", json!([row])));
        env.write("in/jobs.json", page("Jobs", "o/t", &[job_row(1, 0.0, 5.2, "Job faulted")]));
        let expected = incident(
            "conn-not-found",
            1,
            "exact",
            (1, jobs),
            if jobs == 1 { &["100"] } else { &[] },
        );
        assert_eq!(scan(&env), [expected], "{field} {value}");
    }
}

#[test]
fn an_account_is_not_the_name_of_a_robot() {
    let env = Env::new();
    let rows = [(5.0, "BOT1", disabled("Get mail"))];
    let rows: Vec<(f64, &str, &str)> = rows.iter().map(|(s, h, m)| (*s, *h, m.as_str())).collect();
    let text =
        grid(&rows).replace("Time,Level,", "Time,Level,Robot name,").replace("Error,", "Error,r1,");
    env.write("in/logs.csv", text);
    let mut row = job_row(1, 0.0, 6.0, "");
    row["LocalSystemAccount"] = "CORP\\svc".into();
    env.write("in/jobs.json", page("Jobs", "o/t", &[row.clone()]));
    assert_eq!(scan(&env)[0].jobs, 1);
    row["RobotName"] = "r2".into();
    env.write("in/jobs.json", page("Jobs", "o/t", &[row]));
    assert_eq!(scan(&env)[0].jobs, 0);
}

#[test]
fn two_jobs_that_fit_are_none() {
    let env = Env::new();
    env.write(
        "in/a/joblogs.json",
        reply("JobLogs", json!([client_row(5.0, &not_found("Get mail", 1))])),
    );
    let jobs = [job_row(1, 0.0, 6.0, ""), job_row(2, 0.0, 6.0, "")];
    env.write("in/a/jobs.json", page("Jobs", "o/t", &jobs[..1]));
    env.write("in/b/jobs.json", page("Jobs", "o/t", &jobs[1..]));
    // The directory of the row breaks no tie.
    assert_eq!(scan(&env), [incident("conn-not-found", 1, "exact", (1, 0), &[])]);
}

#[test]
fn the_name_of_the_file_decides_before_every_span() {
    for known in [true, false] {
        let env = Env::new();
        let rows = json!([client_row(5.0, &not_found("Get mail", 1))]);
        env.write(&format!("in/logs of {}.json", job(2)), reply("JobLogs", rows));
        let mut jobs = vec![job_row(1, 0.0, 9.0, "")];
        if known {
            // Its times are far away; they may be wrong, its key is not.
            jobs.push(job_row(2, 4000.0, 4009.0, ""));
        }
        env.write("in/jobs.json", page("Jobs", "o/t", &jobs));
        let folders: &[&str] = if known { &["100"] } else { &[] };
        assert_eq!(scan(&env), [incident("conn-not-found", 1, "exact", (1, 1), folders)]);
    }
}

#[test]
fn a_file_that_is_named_after_its_own_export_is_of_no_job() {
    let env = Env::new();
    let rows: Vec<Value> = ["P", "Q"]
        .iter()
        .map(|process| {
            let mut row = client_row(5.0, &not_found("Get mail", 1));
            row["ProcessName"] = (*process).into();
            row
        })
        .collect();
    env.write(&format!("in/export-{}.json", job(7)), reply("RobotLogs", rows.into()));
    let report = report(&env, &[]);
    assert_eq!(found(&report), [incident("conn-not-found", 1, "exact", (2, 0), &[])]);
    // Nor is a file of the job of another process.
    let env = Env::new();
    let mut row = client_row(5.0, &not_found("Get mail", 1));
    row["ProcessName"] = "Q".into();
    env.write(&format!("in/logs-{}.json", job(1)), reply("RobotLogs", json!([row])));
    env.write("in/jobs.json", page("Jobs", "o/t", &[job_row(1, 0.0, 9.0, "")]));
    assert_eq!(scan(&env), [incident("conn-not-found", 1, "exact", (1, 0), &[])]);
}

#[test]
fn back_to_back_jobs_keep_their_rows() {
    let env = Env::new();
    // The row of the first job is written after its recorded end, inside the span of the second.
    env.write("in/logs.csv", grid(&[(10.2, "BOT1", &not_found("Get mail", 1))]));
    env.write("in/robots/a.log", execution_log(&[robot_row(10.2, 1, &not_found("Get mail", 1))]));
    let jobs = [job_row(1, 0.0, 10.0, ""), job_row(2, 10.1, 20.0, "")];
    env.write("in/jobs.json", page("Jobs", "o/t", &jobs));
    assert_eq!(scan(&env), [incident("conn-not-found", 1, "exact", (1, 1), &["100"])]);
}

#[test]
fn equal_rows_count_as_often_as_in_the_source_with_most() {
    let message = disabled("Get mail");
    for (logged, gridded) in [(3, 3), (3, 2), (2, 4)] {
        let env = Env::new();
        let rows: Vec<Value> =
            (0..logged).map(|n| robot_row(f64::from(n) * 0.2, 1, &message)).collect();
        env.write("in/robots/a.log", execution_log(&rows));
        let rows: Vec<(f64, &str, &str)> =
            (0..gridded).map(|n| (f64::from(n) * 0.2, "BOT1", message.as_str())).collect();
        env.write("in/logs.csv", grid(&rows));
        let report = report(&env, &[]);
        let counts = &report["incidents"][0]["counts"];
        assert_eq!(counts["records"], logged.max(gridded), "{logged} {gridded}");
        assert_eq!(report["summary"]["incidents"], 1);
    }
}

#[test]
fn a_stated_time_takes_precedence_over_an_assumed_one() {
    let csv = "Key,Process,Robot,Machine,Hostname,Host Identity,Job type,Runtime type/license,State,\
               Priority,Started (absolute),Ended (absolute),Source,Created (absolute)\r\n";
    let line = format!(
        "{},P,,Pool,BOT1,X\\r,Service,Production,Faulted,Normal,2026-11-10 17:00:00.000,\
         2026-11-10 17:00:09.000,N,2026-11-10 17:00:00.000\r\n",
        job(1)
    );
    for (with_page, second, jobs) in
        [(true, 5.0, 1), (true, 3.0 * 3600.0, 0), (true, 9.0 * 3600.0, 0), (false, 9.0 * 3600.0, 1)]
    {
        let env = Env::new();
        env.write("in/logs.csv", grid(&[(second, "BOT1", &disabled("Get mail"))]));
        env.write("in/jobs.csv", format!("{csv}{line}"));
        if with_page {
            env.write("in/jobs.json", page("Jobs", "o/t", &[job_row(1, 0.0, 9.0, "")]));
        }
        let report = report(&env, &[]);
        assert_eq!(found(&report)[0].jobs, jobs, "{with_page} {second}");
        let differs = report.to_string().contains("format.zone-differs");
        assert_eq!(differs, with_page);
        if with_page {
            assert!(report.to_string().contains("use --timezone +09:00"), "{report:#}");
        }
    }
}

#[test]
fn a_machine_template_is_no_host_in_any_export() {
    for form in ["reply", "page", "grid"] {
        let env = Env::new();
        env.write("in/logs.csv", grid(&[(5.0, "BOT1", &disabled("Get mail"))]));
        let mut row = job_row(1, 0.0, 6.0, "");
        row.as_object_mut().unwrap().remove("HostMachineName");
        row["Machine"] = "Pool-A".into();
        match form {
            "reply" => env.write("in/jobs.json", reply("JobList", json!([row]))),
            "page" => env.write("in/jobs.json", page("Jobs", "o/t", &[row])),
            _ => {
                let (start, end) = ("2026-11-10 08:00:00.000", "2026-11-10 08:00:06.000");
                let head = "Key,Process,Machine,State,Started (absolute),Ended (absolute)";
                let line = format!("{},P,Pool-A,Faulted,{start},{end}", job(1));
                env.write("in/jobs.csv", format!("{head}\r\n{line}\r\n"))
            }
        };
        assert_eq!(scan(&env)[0].jobs, 1, "{form}");
    }
}
