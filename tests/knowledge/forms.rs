//! The forms in which exports contain failures, and the encodings of their files.

use serde_json::{Value, json};

use super::corpus::Case;
use crate::support::{Row, execution_log, job_row, logs_csv, odata_page};

#[derive(Clone, Copy)]
pub enum Form {
    /// The log file of a robot.
    ExecutionLog,
    /// A page of Orchestrator with the robot's object in a string.
    RobotLogs,
    /// The same with only ASCII in the inner string, as some writers escape it.
    RobotLogsAsciiInside,
    /// A page of jobs; `Info` contains the text and its inner exceptions.
    Jobs,
    /// The Logs grid.
    LogsCsv,
    /// The client's list of the logs of a job.
    JobLogs,
}

pub const FORMS: &[Form] = &[
    Form::ExecutionLog,
    Form::RobotLogs,
    Form::RobotLogsAsciiInside,
    Form::Jobs,
    Form::LogsCsv,
    Form::JobLogs,
];

impl Form {
    /// `None` if no writer makes this form in this encoding.
    pub fn file_name(self, encoding: Encoding) -> Option<String> {
        let (stem, ending) = match self {
            Form::ExecutionLog => ("2026-03-14_Execution", "log"),
            Form::RobotLogs => ("logs", "json"),
            Form::RobotLogsAsciiInside => ("inside", "json"),
            Form::Jobs => ("jobs", "json"),
            Form::LogsCsv if encoding == Encoding::Ascii => return None,
            Form::LogsCsv => ("logs", "csv"),
            Form::JobLogs => ("reply", "json"),
        };
        Some(format!("{}_{stem}.{ending}", encoding.name()))
    }

    /// False for a form that is a variant of another one.
    pub fn is_whole(self) -> bool {
        !matches!(self, Form::RobotLogsAsciiInside | Form::JobLogs)
    }

    pub fn text(self, cases: &[&Case]) -> String {
        let rows: Vec<Row> = cases.iter().flat_map(|case| [healthy(case), case.row()]).collect();
        let bytes = match self {
            Form::ExecutionLog => execution_log(&rows),
            Form::RobotLogs => {
                odata_page("RobotLogs", &rows.iter().map(Row::api).collect::<Vec<_>>(), None)
            }
            Form::RobotLogsAsciiInside => {
                odata_page("RobotLogs", &rows.iter().map(ascii_inside).collect::<Vec<_>>(), None)
            }
            Form::Jobs => {
                let jobs: Vec<Value> = cases.iter().map(|case| job(case)).collect();
                odata_page("Jobs", &jobs, None)
            }
            Form::LogsCsv => logs_csv(&rows),
            Form::JobLogs => {
                let data: Vec<Value> = rows.iter().map(client_row).collect();
                let reply = json!({ "Result": "Success", "Code": "JobLogs", "Data": data });
                serde_json::to_vec_pretty(&reply).unwrap()
            }
        };
        let text = String::from_utf8(bytes).unwrap();
        text.trim_start_matches('\u{feff}').to_string()
    }
}

/// A row of a job without a failure, so that the file has text in a language.
fn healthy(case: &Case) -> Row {
    Row::new("Info", case.job, case.second() - 1, "請求書の処理を開始しました。")
        .marked(case.job + 10_000)
}

fn ascii_inside(row: &Row) -> Value {
    let mut api = row.api();
    api["RawMessage"] = in_ascii(&row.robot_object().to_string()).into();
    api
}

/// The text, its inner exceptions and its stack, as a job shows them.
fn job(case: &Case) -> Value {
    let first = case.message.lines().next().unwrap_or_default();
    let info = format!(
        "{}\r\n\r\nSystem.AggregateException: One or more errors occurred. ({first})\r\n \
         ---> System.InvalidOperationException: {first}\r\n   at Orders.Main.Execute()\r\n",
        case.message
    );
    job_row(case.job, "Faulted", case.second(), &info)
}

fn client_row(row: &Row) -> Value {
    let api = row.api();
    json!({
        "Level": api["Level"],
        "TimeStamp": api["TimeStamp"],
        "Message": api["Message"],
        "ProcessName": api["ProcessName"],
    })
}

/// A failure reply of a client with this text.
pub fn reply(case: &Case) -> Vec<u8> {
    let reply = json!({
        "Result": "Failure",
        "Message": case.message,
        "Instructions": "See the connection in the portal.",
    });
    serde_json::to_vec_pretty(&reply).unwrap()
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    Utf8,
    /// JSON whose writer escapes everything that is not ASCII.
    Ascii,
    Cp932,
    Utf16,
}

impl Encoding {
    pub const ALL: &[Encoding] =
        &[Encoding::Utf8, Encoding::Ascii, Encoding::Cp932, Encoding::Utf16];

    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf8",
            Encoding::Ascii => "ascii",
            Encoding::Cp932 => "cp932",
            Encoding::Utf16 => "utf16",
        }
    }

    pub fn can_write(self, text: &str) -> bool {
        self != Encoding::Cp932 || !encoding_rs::SHIFT_JIS.encode(text).2
    }

    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Ascii => in_ascii(text).into_bytes(),
            Encoding::Cp932 => encoding_rs::SHIFT_JIS.encode(text).0.into_owned(),
            Encoding::Utf16 => {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                units.flat_map(u16::to_le_bytes).collect()
            }
        }
    }
}

fn in_ascii(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => ascii.push(char::from(byte)),
            _ => ascii.push_str(&format!("\\u{unit:04x}")),
        }
    }
    ascii
}
