//! Runs `faultline doctor`: collects findings and prints them. Reads heads of files only.

use clap::Args;

use crate::cli::commands::doctor::findings::{FindingLevel, Findings, nearest_directory};
use crate::cli::commands::doctor::{inputs, machine, state};
use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::config::file;
use crate::cli::values::scan_options::ScanArguments;
use crate::cli::values::{language, settings, signature_files, time};
use crate::pipeline;
use crate::pipeline::{Output, Settings};
use crate::report::Style;

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

/// Runs the command.
pub fn run(arguments: &DoctorArguments) -> Result<Exit, CliError> {
    let scan_arguments = &arguments.scan;
    settings::require_path(&scan_arguments.paths)?;
    let now = time::now();
    let settings = settings::build_settings(scan_arguments, now)?;
    let mut findings =
        Findings { lang: language::terminal_language(scan_arguments.lang), all: Vec::new() };
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
    let reading = pipeline::read_settings(&settings);
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
    match file::find_settings(arguments.config.config.as_deref())? {
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
    match signature_files::load(&arguments.signatures) {
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
