//! A record is counted once, however often and in however many forms it was exported.

use faultline::model::Report;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Named, cases, counted, digests, forms, merged, named, rows};
use crate::support::{
    Env, Row, connection, execution_log, gzip, incidents, logs_csv, missing, odata_page, report_of,
    view_denied, zip,
};

fn report_on(sources: &[Named]) -> Report {
    report_of(&merged(digests(sources)))
}

/// The report without coverage and locations.
fn without_locations(report: &Report) -> Value {
    let mut value = serde_json::to_value(report).unwrap();
    let mut occurrences = serde_json::to_value(&report.occurrences).unwrap();
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for field in ["source", "line", "offset", "record", "command"] {
                    members.remove(field);
                }
                members.values_mut().for_each(strip);
            }
            Value::Array(values) => values.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut value);
    strip(&mut occurrences);
    let part = |name: &str| value[name].clone();
    json!([
        part("incidents"),
        part("connections"),
        part("neighbours"),
        part("mentions"),
        part("unmatched"),
        part("unmatched_rest"),
        part("summary"),
        occurrences,
    ])
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn copies_change_nothing_but_coverage(rows in rows()) {
        let sources = forms(&rows);
        let mut more = sources.clone();
        for (name, bytes) in &sources {
            more.push(named(&format!("copy of/{name}"), bytes.clone()));
            more.push(named(&format!("packed/{name}.gz"), gzip(bytes)));
        }
        let members: Vec<(&str, &[u8])> =
            sources.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        more.push(named("delivery.zip", zip(&members)));
        prop_assert_eq!(without_locations(&report_on(&more)), without_locations(&report_on(&sources)));
    }

    #[test]
    fn one_export_in_all_forms_is_one_alone(rows in rows()) {
        let all = forms(&rows);
        let forms: Vec<Named> =
            all.iter().filter(|(name, _)| !name.contains("jobs")).cloned().collect();
        prop_assert_eq!(counted(&report_on(&forms)), counted(&report_on(&all[..1])));
    }

    #[test]
    fn rows_may_lie_in_any_files(
        rows in rows(),
        shares in prop::collection::vec(1_u8..8, 14),
    ) {
        // Without a `fingerprint`, equal rows in different files would be copies.
        let rows: Vec<Row> =
            rows.into_iter().enumerate().map(|(n, row)| row.marked(n as u64)).collect();
        let whole = counted(&report_on(&[named("whole.log", execution_log(&rows))]));
        let part = |file: u8| {
            let mine = rows.iter().zip(&shares).filter(|(_, share)| *share & (1 << file) != 0);
            let mine: Vec<Row> = mine.map(|(row, _)| row.clone()).collect();
            named(&format!("part{file}/a.log"), execution_log(&mine))
        };
        prop_assert_eq!(counted(&report_on(&[part(0), part(1), part(2)])), whole);
    }
}

/// The same failures as a robot log, a page of Orchestrator, the grid, a compressed file, and a zip
/// of all of these.
#[test]
fn the_built_program_counts_every_form_once() {
    let mut rows = Vec::new();
    for job in 1..=6 {
        let second = job as u32 * 120;
        let text = match job % 3 {
            0 => view_denied(&crate::support::guid(0xf01d, 2)),
            kind => missing(&connection(kind)),
        };
        rows.extend([Row::info(job, second), Row::error(job, second + 4, text)]);
    }
    let env = Env::new();
    let log = execution_log(&rows);
    let api: Vec<Value> = rows.iter().map(Row::api).collect();
    let page = odata_page("RobotLogs", &api, None);
    env.write("alone/2026-03-14_Execution.log", &log);
    let alone = incidents(&env.scan(&["alone"]).report);
    assert_eq!(alone.values().map(|incident| incident.1).sum::<u64>(), 6);

    env.write("all/robot/2026-03-14_Execution.log", &log);
    env.write("all/api/logs_0.json", &page);
    env.write("all/grid/logs.csv", logs_csv(&rows));
    env.write("all/packed/2026-03-14_Execution.log.gz", gzip(&log));
    env.write("all/night.zip", zip(&[("a.log", &log), ("b.json", &page)]));
    let all = env.scan(&["all"]);
    assert_eq!(all.code, Some(0), "{}", all.stderr);
    assert_eq!(all.report["coverage"]["sources"]["found"], 6);
    assert_eq!(incidents(&all.report), alone);
}
