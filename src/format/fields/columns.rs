//! Detects the columns of a CSV export by their headers, in English and Japanese and in any order.
//! The position of a column is never used. Reads no rows but the header.

/// A field a CSV column can hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Field {
    /// Time of a log row.
    Time,
    Level,
    Robot,
    Process,
    Host,
    /// Account. Not read; listed so that the header is recognised.
    Identity,
    Message,
    Folder,
    FolderId,
    /// Folder path on the PowerShell drive.
    DrivePath,
    /// Job key of a log row.
    JobKey,
    /// The JSON object that the robot wrote.
    RawMessage,
    /// Key of a job row.
    Key,
    /// State of a job row.
    State,
    Started,
    Ended,
    Created,
    /// Another column of a known export. Not read.
    Known,
}

const ALIASES: &[(&str, Field)] = &[
    ("time", Field::Time),
    ("timestamp", Field::Time),
    ("@timestamp", Field::Time),
    ("timestamputc", Field::Time),
    ("時刻", Field::Time),
    ("時間", Field::Time),
    ("日時", Field::Time),
    ("level", Field::Level),
    ("レベル", Field::Level),
    ("robot", Field::Robot),
    ("robotname", Field::Robot),
    ("ロボット", Field::Robot),
    ("ロボット名", Field::Robot),
    ("process", Field::Process),
    ("processname", Field::Process),
    ("releasename", Field::Process),
    ("プロセス", Field::Process),
    ("プロセス名", Field::Process),
    ("hostname", Field::Host),
    ("hostmachinename", Field::Host),
    ("machinename", Field::Host),
    ("ホスト名", Field::Host),
    ("hostidentity", Field::Identity),
    ("windowsidentity", Field::Identity),
    ("ホストid", Field::Identity),
    ("message", Field::Message),
    ("メッセージ", Field::Message),
    ("folder", Field::Folder),
    ("foldername", Field::Folder),
    ("folderpath", Field::Folder),
    ("organizationunitfullyqualifiedname", Field::Folder),
    ("フォルダー", Field::Folder),
    ("organizationunitid", Field::FolderId),
    ("path", Field::DrivePath),
    ("jobkey", Field::JobKey),
    ("jobid", Field::JobKey),
    ("rawmessage", Field::RawMessage),
    ("key", Field::Key),
    ("キー", Field::Key),
    ("state", Field::State),
    ("ステート", Field::State),
    ("状態", Field::State),
    ("started", Field::Started),
    ("starttime", Field::Started),
    ("開始", Field::Started),
    ("ended", Field::Ended),
    ("endtime", Field::Ended),
    ("終了", Field::Ended),
    ("created", Field::Created),
    ("creationtime", Field::Created),
    ("作成", Field::Created),
    ("machine", Field::Known),
    ("マシン", Field::Known),
    ("jobtype", Field::Known),
    ("runtimetype/license", Field::Known),
    ("runtimetype", Field::Known),
    ("priority", Field::Known),
    ("source", Field::Known),
    ("id", Field::Known),
    ("tenantid", Field::Known),
    ("machineid", Field::Known),
    ("machinekey", Field::Known),
    ("userkey", Field::Known),
    ("component", Field::Known),
    ("user", Field::Known),
    ("action", Field::Known),
    ("operation", Field::Known),
];

/// The columns of a header row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CsvColumns {
    fields: Vec<Option<Field>>,
    pub table: TableKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TableKind {
    Logs,
    Jobs,
    /// Audit rows, which are counted and not read.
    Audit,
}

impl CsvColumns {
    /// `None` if the header is not that of a known export.
    pub fn from_header<'a>(cells: impl Iterator<Item = &'a str>) -> Option<CsvColumns> {
        let fields: Vec<Option<Field>> = cells.map(field).collect();
        let has = |field: Field| fields.contains(&Some(field));
        let known = fields.iter().flatten().count();
        let table = if has(Field::Message) && (has(Field::Level) || has(Field::Time)) {
            TableKind::Logs
        } else if has(Field::Key) && has(Field::State) {
            TableKind::Jobs
        } else if known >= 4 && known == fields.len() && has(Field::Time) {
            TableKind::Audit
        } else {
            return None;
        };
        Some(CsvColumns { fields, table })
    }

    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Field of the first column.
    pub fn first(&self) -> Option<Field> {
        self.fields.first().copied().flatten()
    }

    /// The trimmed cell of a field; `None` if it is empty or the literal `NULL`.
    pub fn cell<'r>(&self, row: &'r csv::StringRecord, field: Field) -> Option<&'r str> {
        let column = self.fields.iter().position(|known| *known == Some(field))?;
        row.get(column).map(str::trim).filter(|cell| !cell.is_empty() && *cell != "NULL")
    }
}

/// True when a cell is the header of a known column.
pub fn is_known_header(cell: &str) -> bool {
    field(cell).is_some()
}

/// The field of a header cell, ignoring blanks, case, `(absolute)` and quotes.
fn field(cell: &str) -> Option<Field> {
    let name: String = cell
        .trim_start_matches('\'')
        .replace("(absolute)", "")
        .replace("（絶対）", "")
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '\u{a0}' && *c != '_' && *c != '"')
        .flat_map(char::to_lowercase)
        .collect();
    ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, field)| *field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(header: &str) -> Option<TableKind> {
        CsvColumns::from_header(header.split(',')).map(|c| c.table)
    }

    #[test]
    fn known_headers() {
        for (header, want) in [
            ("Time,Level,Robot name,Process,Hostname,Host Identity,Message", Some(TableKind::Logs)),
            ("時刻,レベル,プロセス,ホスト名,ホスト ID,メッセージ", Some(TableKind::Logs)),
            (
                "Path,Level,TimeStamp,ProcessName,RobotName,HostMachineName,Message,JobKey",
                Some(TableKind::Logs),
            ),
            (
                "Key,Process,Robot,Machine,Hostname,Host Identity,Job type,Runtime type/license,State,Priority,Started (absolute),Ended (absolute),Source,Created (absolute)",
                Some(TableKind::Jobs),
            ),
            ("Component,User,Action,Operation,Time", Some(TableKind::Audit)),
            ("name,amount,date", None),
            ("Name,Path,Message count", None),
        ] {
            assert_eq!(table(header), want, "{header}");
        }
    }
}
