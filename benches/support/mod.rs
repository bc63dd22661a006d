//! Generates text for the benchmarks: rows as robots and Orchestrator write them, the same in every
//! run. Healthy rows measure the path of records without interest; failures are inserted on
//! request.

use std::fmt::Write as _;

/// A failure in every form; the digits that follow make different connections.
const FAILURE: &str = "Send Mail: Failed to retrieve connection. Consider using a different connection. - Connection [0000c0c0-0000-4000-8000-0000000#] is invalid or you do not have access to it. Error code: DAP-GE-3000.\r\nin Main.xaml\r\n    at ConnectorActivity \"Send Mail\"";

/// A generator that no library version changes.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Numbers {
        Numbers(seed)
    }

    /// The next number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

const MESSAGES: &[&str] = &[
    "Processing transaction item # of queue Orders",
    "Type Into 'INPUT  customer' completed in # ms",
    "Read range Sheet1!A1:Z# returned # rows",
    "Navigating to https://portal.example.com/home?session=#",
    "Opening connection to data source DS#",
    "Token acquired, expires in # s",
    "トランザクション # を処理しています",
    "ファイルを保存しました: C:\\データ\\出力_#.xlsx",
    "Data row: {\"id\":#,\"status\":\"new\",\"amount\":#}",
];

struct Said {
    level: &'static str,
    message: String,
    object: String,
}

/// A healthy row, or one with a failure.
fn robot(numbers: &mut Numbers, fails: bool) -> Said {
    let mut message = String::new();
    let template = numbers.below(MESSAGES.len() as u64) as usize;
    for c in if fails { FAILURE } else { MESSAGES[template] }.chars() {
        if c == '#' {
            let _ = write!(message, "{}", 10_000 + numbers.below(90_000));
        } else {
            message.push(c);
        }
    }
    let level = if fails { "Error" } else { "Information" };
    let second = numbers.below(86_400);
    let (h, m, s) = (second / 3600, second / 60 % 60, second % 60);
    let object = format!(
        "{{\"message\":{},\"level\":\"{level}\",\"logType\":\"Default\",\"timeStamp\":\"2026-03-14T{h:02}:{m:02}:{s:02}.1234567+01:00\",\"fingerprint\":\"{:08x}-0000-4000-8000-{:012x}\",\"windowsIdentity\":\"ACME\\\\svc-bot7\",\"machineName\":\"BOT-VM-07\",\"fileName\":\"Main\",\"processName\":\"InvoiceSync\",\"processVersion\":\"1.4.2\",\"jobId\":\"0f6f6a0e-2c55-4b8f-9d6e-3b0a51c7e9aa\",\"robotName\":\"svc-bot7\",\"machineId\":4112,\"organizationUnitId\":218844}}",
        serde_json::Value::from(message.as_str()),
        numbers.below(1 << 32),
        numbers.below(1 << 48),
    );
    Said { level, message, object }
}

#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// The log file of a robot.
    ExecutionLog,
    /// The Logs grid of Orchestrator.
    Csv,
    /// One object per line.
    Ndjson,
    /// One page: one array of rows.
    Odata,
}

/// Healthy rows of at least `bytes` bytes, and their number.
pub fn rows(form: Form, bytes: usize) -> (Vec<u8>, u64) {
    let (text, count, _) = rows_with_failures(form, bytes, 0);
    (text, count)
}

/// Rows of at least `bytes` bytes, their number, and the number of failures among them. Every row
/// whose number is a multiple of `every` is a failure; 0 means none.
pub fn rows_with_failures(form: Form, bytes: usize, every: u64) -> (Vec<u8>, u64, u64) {
    let mut numbers = Numbers::new(0x9E37_79B9_7F4A_7C15);
    let mut text = String::with_capacity(bytes + 4096);
    match form {
        Form::Csv => text.push_str("Time,Level,Process,Hostname,Message,RawMessage\r\n"),
        Form::Odata => text.push_str("{\"@odata.context\":\"x\",\"value\":["),
        Form::ExecutionLog | Form::Ndjson => {}
    }
    let (mut count, mut failures) = (0, 0);
    while text.len() < bytes {
        let fails = every > 0 && count % every == every - 1;
        failures += u64::from(fails);
        let Said { level, message, object } = robot(&mut numbers, fails);
        match form {
            Form::ExecutionLog => {
                let _ = write!(text, "08:14:03.2217 {} {object}\r\n", &level[..4]);
            }
            Form::Csv => {
                let quoted = object.replace('"', "\"\"");
                let _ = write!(
                    text,
                    "2026-03-14 07:14:02.117,{level},InvoiceSync,BOT-VM-07,\"{}\",\"{quoted}\"\r\n",
                    message.replace('"', "\"\"")
                );
            }
            Form::Ndjson | Form::Odata => {
                let raw = serde_json::Value::from(object.as_str());
                let message = serde_json::Value::from(message.as_str());
                let end = if matches!(form, Form::Odata) { "," } else { "\n" };
                let _ = write!(
                    text,
                    "{{\"Level\":\"{level}\",\"ProcessName\":\"InvoiceSync\",\"TimeStamp\":\"2026-03-14T07:14:09.9041Z\",\"Message\":{message},\"RawMessage\":{raw},\"Id\":0}}{end}"
                );
            }
        }
        count += 1;
    }
    if let Form::Odata = form {
        text.pop();
        text.push_str("]}");
    }
    (text.into_bytes(), count, failures)
}

/// Speed in GB/s of the fastest run, which other processes on a shared machine disturb least.
pub fn fastest(bytes: usize, mut run: impl FnMut()) -> f64 {
    const RUNS: usize = 7;
    let best = (0..RUNS)
        .map(|_| {
            let start = std::time::Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    bytes as f64 / best / 1e9
}
