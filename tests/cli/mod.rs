//! The command line: exit codes, inputs, outputs, streams, signatures.

mod authoring;
mod config;
mod doctor;
mod exit_codes;
mod generated;
mod hostile_signatures;
mod input;
mod memory;
mod names;
mod options;
mod output;
mod reports;
mod schedule;
mod secrets;
mod show;
pub mod signatures;
mod streams;

use crate::support::{Env, Row, connection, execution_log, missing};

/// A directory `logs` with the log of one robot: three failed jobs and one connection.
fn with_failures() -> Env {
    let env = Env::new();
    let rows: Vec<Row> = (1..=3)
        .flat_map(|job| {
            let second = job as u32 * 100;
            [Row::info(job, second), Row::error(job, second + 5, missing(&connection(1)))]
        })
        .collect();
    env.write("logs/2026-03-14_Execution.log", execution_log(&rows));
    env
}
