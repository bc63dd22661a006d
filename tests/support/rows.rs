//! Synthetic rows in the forms in which exports contain them. All names and ids are invented.

use serde_json::{Value, json};

/// An id that differs from all ids of other kinds.
pub fn guid(kind: u32, number: u64) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

pub fn connection(number: u64) -> String {
    guid(0xc0c0, number)
}

/// The message that the connection with this id does not resolve.
pub fn missing(connection: &str) -> String {
    format!(
        "Send Mail: Failed to retrieve connection. Consider using a different connection. - \
         Connection [{connection}] is invalid or you do not have access to it. \
         Error code: DAP-GE-3000.\r\nin Main.xaml\r\n    at ConnectorActivity \"Send Mail\""
    )
}

/// The message that the robot may not use the connections of this folder.
pub fn view_denied(folder: &str) -> String {
    format!(
        "Post Invoice: Failed to retrieve connection. Consider using a different connection. - \
         The robot does not have the Connections.View permission in the folder where this \
         connection lives. (Folder: {folder}) Error code: DAP-GE-3000.\r\nin Main.xaml\r\n    \
         at ConnectorActivity \"Post Invoice\""
    )
}

/// The message that the provider answered 403.
pub fn provider_refused() -> String {
    "Download File: Request failed with error:\nProviderMessage : not allowed\r\n\
     ProviderErrorCode : 403\nRequestId : 5f00c0de\nMessage : Forbidden\n\
     Status code: Forbidden. Error code: DAP-RT-1101.\r\nin Main.xaml\n    \
     at ConnectorActivity \"Download File\""
        .to_string()
}

/// 2026-03-14T07:00:00Z, the hour of all rows.
const HOUR: &str = "2026-03-14T";

#[derive(Clone, Debug)]
pub struct Row {
    pub level: &'static str,
    pub message: String,
    /// Seconds after 07:00:00 UTC.
    pub second: u32,
    pub job: u64,
    pub fingerprint: Option<u64>,
    /// The workflow itself wrote the row.
    pub user: bool,
}

impl Row {
    pub fn new(level: &'static str, job: u64, second: u32, message: impl Into<String>) -> Row {
        let message = message.into();
        Row { level, message, second, job, fingerprint: None, user: false }
    }

    pub fn error(job: u64, second: u32, message: impl Into<String>) -> Row {
        Row::new("Error", job, second, message)
    }

    pub fn info(job: u64, second: u32) -> Row {
        Row::new("Info", job, second, format!("Item {second} done"))
    }

    /// The row with a `fingerprint` of its own.
    pub fn marked(mut self, number: u64) -> Row {
        self.fingerprint = Some(number);
        self
    }

    fn process(&self) -> String {
        format!("Process{}", self.job)
    }

    fn clock(&self, hour: u32, between: char) -> String {
        let (minute, second) = (self.second / 60, self.second % 60);
        format!("{}{between}{:02}:{minute:02}:{second:02}", &HOUR[..10], hour + minute / 60)
    }

    /// The object that the robot writes.
    pub fn robot_object(&self) -> Value {
        let level = match self.level {
            "Info" => "Information",
            "Warn" => "Warning",
            "Fatal" => "Critical",
            other => other,
        };
        let mut object = json!({
            "message": self.message,
            "level": level,
            "logType": if self.user { "User" } else { "Default" },
            "timeStamp": format!("{}.2040000+01:00", self.clock(8, 'T')),
        });
        if let Some(number) = self.fingerprint {
            object["fingerprint"] = guid(0xf1f1, number).into();
        }
        let rest = json!({
            "windowsIdentity": "NORDWIND\\svc-bot",
            "machineName": "BOT-VM-01",
            "fileName": "Main",
            "processName": self.process(),
            "processVersion": "1.4.2",
            "jobId": guid(0x10b, self.job),
            "robotName": "svc-bot",
            "machineId": 4112,
            "organizationUnitId": 218844,
        });
        for (key, value) in rest.as_object().unwrap() {
            object[key] = value.clone();
        }
        object
    }

    /// A line of an execution log, without its line end.
    pub fn line(&self) -> String {
        let (minute, second) = (self.second / 60, self.second % 60);
        format!("08:{minute:02}:{second:02}.2042 {} {}", self.level, self.robot_object())
    }

    /// A row of Orchestrator, with the robot's object inside.
    pub fn api(&self) -> Value {
        json!({
            "Level": self.level,
            "WindowsIdentity": "NORDWIND\\svc-bot",
            "ProcessName": self.process(),
            "TimeStamp": format!("{}.204Z", self.clock(7, 'T')),
            "Message": self.message,
            "JobKey": guid(0x10b, self.job),
            "RawMessage": serde_json::to_string_pretty(&self.robot_object()).unwrap(),
            "RobotName": "svc-bot",
            "HostMachineName": "BOT-VM-01",
            "MachineId": 4112,
            "Id": 0,
        })
    }

    /// A row of the Logs grid, without its line end.
    fn csv(&self) -> String {
        let cells = [
            format!("{}.204", self.clock(7, ' ')),
            self.level.to_string(),
            "svc-bot".to_string(),
            self.process(),
            "BOT-VM-01".to_string(),
            "NORDWIND\\svc-bot".to_string(),
            self.message.clone(),
        ];
        let quoted = |cell: &String| match cell.contains(['"', ',', '\n', '\r']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell.clone(),
        };
        cells.iter().map(quoted).collect::<Vec<_>>().join(",")
    }
}

/// A log file as robots on Windows write it: with a byte order mark and CRLF.
pub fn execution_log(rows: &[Row]) -> Vec<u8> {
    let lines: String = rows.iter().map(|row| row.line() + "\r\n").collect();
    format!("\u{feff}{lines}").into_bytes()
}

/// A page of an OData reply.
pub fn odata_page(set: &str, rows: &[Value], next: Option<&str>) -> Vec<u8> {
    let context = format!("https://orchestrator.example/odata/$metadata#{set}");
    let mut page = json!({ "@odata.context": context, "value": rows });
    if let Some(next) = next {
        page["@odata.nextLink"] = next.into();
    }
    serde_json::to_vec(&page).unwrap()
}

/// The Logs grid as CSV.
pub fn logs_csv(rows: &[Row]) -> Vec<u8> {
    let head = "Time,Level,Robot name,Process,Hostname,Host Identity,Message";
    let lines: String = rows.iter().map(|row| row.csv() + "\r\n").collect();
    format!("{head}\r\n{lines}").into_bytes()
}

/// A reply of the command line client.
pub fn envelope(code: &str, data: Value) -> Vec<u8> {
    let reply = json!({ "Result": "Success", "Code": code, "Data": data });
    serde_json::to_vec_pretty(&reply).unwrap()
}

/// A row of the jobs page.
pub fn job_row(job: u64, state: &str, end: u32, info: &str) -> Value {
    let row = Row::info(job, end);
    json!({
        "Key": guid(0x10b, job),
        "StartTime": "2026-03-14T06:59:00.117Z",
        "EndTime": format!("{}.53Z", row.clock(7, 'T')),
        "State": state,
        "Info": info,
        "CreationTime": "2026-03-14T06:58:59.913Z",
        "ReleaseName": row.process(),
        "HostMachineName": "BOT-VM-01",
        "OrganizationUnitId": 218844,
        "OrganizationUnitFullyQualifiedName": "Finance/Invoices",
        "Id": 90_000 + job,
    })
}

/// The Jobs grid as CSV.
pub fn jobs_csv(jobs: &[(u64, &str)]) -> Vec<u8> {
    let head = "Key,Process,Robot,Machine,Hostname,Host Identity,Job type,Runtime type/license,\
                State,Priority,Started (absolute),Ended (absolute),Source,Created (absolute)";
    let line = |(job, state): &(u64, &str)| {
        let key = guid(0x10b, *job);
        format!(
            "{key},Process{job},,Pool,BOT-VM-01,NORDWIND\\svc-bot,Service unattended,\
             Production (Unattended),{state},Normal,2026-03-14 06:59:00.117,\
             2026-03-14 07:30:00.530,Nightly,2026-03-14 06:58:59.913\r\n"
        )
    };
    let lines: String = jobs.iter().map(line).collect();
    format!("{head}\r\n{lines}").into_bytes()
}
