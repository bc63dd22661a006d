//! Runs `faultline doctor`: collects findings and prints them. Reads heads of files only.

use crate::cli::commands::doctor::{inputs, machine, state};
use crate::cli::commands::signatures::run;
use crate::cli::exit::{CliError, Exit};
use crate::cli::parse;
use crate::cli::terminal::{language, output};
use crate::cli::values::scan_options::ScanArguments;
use crate::cli::values::settings;
use crate::cli::values::time;
use crate::inspect::InspectSettings;
use crate::model::Lang;
use crate::pipeline;
use crate::pipeline::{Output, Settings};
use crate::report::{Style, escape_for_terminal as shown};
use clap::Args;
use std::path::{Path, PathBuf};
/// Free space below which a night may end without a report: a page of 5 MiB and tables of many
/// thousand rows, beside those they replace.
const ROOM: u64 = 200 << 20;

/// `faultline doctor`.
#[derive(Args, Debug)]
pub struct DoctorArguments {
    /// What the night's scan will take.
    #[command(flatten)]
    pub scan: ScanArguments,
}

/// How a thing stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FindingLevel {
    Ok,
    /// Worth a thought; changes nothing.
    Note,
    /// The night would end with this code.
    Bad(Exit),
}

/// One thing that was looked at.
pub(crate) struct Finding {
    level: FindingLevel,
    topic: &'static str,
    text: String,
    pub(crate) details: Vec<String>,
}

/// What was found, in the order in which one asks.
pub(crate) struct Findings {
    pub(crate) lang: Lang,
    all: Vec<Finding>,
}

impl Findings {
    /// Adds a finding, in English or Japanese.
    pub(crate) fn add(
        &mut self,
        level: FindingLevel,
        topic: &'static str,
        en: String,
        ja: String,
    ) -> &mut Finding {
        let text = if self.lang == Lang::Ja { ja } else { en };
        self.all.push(Finding { level, topic, text, details: Vec::new() });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    /// The code the night would end with, as far as can be told today.
    fn exit(&self) -> Exit {
        let codes = self.all.iter().map(|finding| match finding.level {
            FindingLevel::Bad(exit) => exit,
            _ => Exit::Done,
        });
        codes.min().unwrap_or(Exit::Done)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for Finding { level, topic, text: words, details } in &self.all {
            let mark = match level {
                FindingLevel::Ok => "ok  ",
                FindingLevel::Note => "note",
                FindingLevel::Bad(_) => "BAD ",
            };
            text.push_str(&format!("{mark}  {topic:10}  {}\n", shown(words)));
            for detail in details {
                text.push_str(&format!("                  {}\n", shown(detail)));
            }
        }
        let exit = self.exit().code();
        text.push_str(&match (self.lang, exit) {
            (Lang::En, 0) => "\nA night like this ends with code 0.\n".to_string(),
            (Lang::En, _) => format!("\nA night like this ends with code {exit}.\n"),
            (Lang::Ja, _) => format!("\nこのままの設定では終了コード {exit} になります。\n"),
        });
        text
    }
}

/// Runs the command.
pub fn run(arguments: &DoctorArguments) -> Result<Exit, CliError> {
    let scan_arguments = &arguments.scan;
    settings::require_path(&scan_arguments.paths)?;
    let now = time::now();
    let settings = settings::settings(scan_arguments, now)?;
    let mut findings = Findings { lang: language::shown(scan_arguments.lang), all: Vec::new() };
    machine::account(&mut findings);
    machine::clock(&mut findings);
    settings_file(scan_arguments, &mut findings)?;
    pack(scan_arguments, &mut findings);
    let plan = match pipeline::sources(settings.selection.clone(), &settings.redaction) {
        Ok(plan) => plan,
        Err(error) => {
            let text = error.to_string();
            findings.add(FindingLevel::Bad(Exit::Usage), "inputs", text.clone(), text);
            return finish(&findings);
        }
    };
    let reading = InspectSettings {
        zone: settings.zone.clone(),
        encoding: settings.encoding,
        limits: settings.limits,
    };
    inputs::look_at(&plan, &reading, &settings, now, &mut findings);
    names(&settings, &mut findings);
    for path in &scan_arguments.paths {
        machine::share(path, "inputs", &mut findings);
    }
    written(scan_arguments, &mut findings);
    if let Some(file) = scan_arguments.state.as_deref().filter(|_| !scan_arguments.no_state) {
        state::look_at(file, now, &mut findings);
    }
    finish(&findings)
}

fn finish(findings: &Findings) -> Result<Exit, CliError> {
    output::print(findings.text().as_bytes())?;
    Ok(findings.exit())
}

fn settings_file(arguments: &ScanArguments, findings: &mut Findings) -> Result<(), CliError> {
    match parse::find(arguments.config.config.as_deref())? {
        Some(file) => {
            let path = file.path.display().to_string();
            let en = format!("settings of {path}");
            findings.add(FindingLevel::Ok, "config", en, format!("設定ファイル {path}"));
        }
        None => {
            let en = "no faultline.toml here: flags and environment alone".to_string();
            let ja = "faultline.toml なし(フラグと環境変数のみ)".to_string();
            findings.add(FindingLevel::Ok, "config", en, ja);
        }
    }
    Ok(())
}

fn pack(arguments: &ScanArguments, findings: &mut Findings) {
    match run::load(&arguments.signatures) {
        Ok(pack) => {
            let count = pack.signatures().iter().filter(|s| !s.off).count();
            let own = arguments.signatures.len();
            let en = format!("{count} are searched; {own} own files or folders");
            let ja = format!("{count} 件を検索(独自ファイルまたはフォルダー {own} 件)");
            findings.add(FindingLevel::Ok, "signatures", en, ja);
        }
        Err(failure) => {
            let text = failure.message();
            findings.add(FindingLevel::Bad(failure.exit), "signatures", text.clone(), text);
        }
    }
}

fn names(settings: &Settings, findings: &mut Findings) {
    for path in settings.names.iter().filter(|path| !path.exists()) {
        let path = path.display();
        let en = format!("{path} does not exist; names will be missing");
        let ja = format!("{path} がありません。名前が不足します");
        findings.add(FindingLevel::Bad(Exit::Partial), "names", en, ja);
    }
}

/// Whether reports can be written, and whether there is room.
fn written(arguments: &ScanArguments, findings: &mut Findings) {
    let out = &arguments.out;
    let there = nearest_directory(out);
    let dir = there.clone().unwrap_or_else(|| out.clone());
    let output = Output { dir, formats: Vec::new(), style: Style::default(), threads: 1 };
    let path = out.display();
    if let Err(error) = pipeline::check_output(&output) {
        let text = error.to_string();
        findings.add(FindingLevel::Bad(Exit::Output), "output", text.clone(), text);
        return;
    }
    let (en, ja) = match out.exists() {
        true => (format!("{path} is writable"), format!("{path} に書き込めます")),
        false => (
            format!("{path} does not exist yet and can be made"),
            format!("{path} はまだありませんが作成できます"),
        ),
    };
    findings.add(FindingLevel::Ok, "output", en, ja);
    machine::share(out, "output", findings);
    if let Some(free) = there.and_then(|dir| fs4::available_space(dir).ok()) {
        let mib = free >> 20;
        let level = if free < ROOM { FindingLevel::Note } else { FindingLevel::Ok };
        let en = format!("{mib} MiB free for reports");
        findings.add(level, "disk", en, format!("レポート用の空き容量 {mib} MiB"));
    }
}

/// The directory, or the one above it that is there.
pub(crate) fn nearest_directory(path: &Path) -> Option<PathBuf> {
    let full = std::path::absolute(path).ok()?;
    full.ancestors().find(|directory| directory.exists()).map(Path::to_path_buf)
}
