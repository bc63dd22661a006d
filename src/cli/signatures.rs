//! `faultline signatures`: list, show, check, test, anchors.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::args::{SignatureArguments, SignatureCommand};
use super::exit::{Exit, Failure};
use super::{language, output};
use crate::model::report::{Bilingual, Lang};
use crate::model::signature::Signature;
use crate::signature::{Pack, Selection, check, test};

/// Runs the command.
pub fn run(arguments: &SignatureArguments) -> Result<Exit, Failure> {
    match &arguments.command {
        SignatureCommand::List { json, lang } => {
            let pack = load(&arguments.signatures)?;
            let text =
                if *json { listed_json(&pack)? } else { listed(&pack, language::shown(*lang)) };
            output::print(text.as_bytes())?;
        }
        SignatureCommand::Show { id, lang } => {
            let pack = load(&arguments.signatures)?;
            let signature = pack.get(id).ok_or_else(|| {
                Failure::usage(format!("no signature {id:?}; see faultline signatures list"))
            })?;
            output::print(shown(signature, language::shown(*lang)).as_bytes())?;
        }
        SignatureCommand::Check { paths } => {
            let own = paths.iter().chain(&arguments.signatures).cloned().collect::<Vec<_>>();
            return checked(&own);
        }
        SignatureCommand::Test { prefix } => {
            return tested(&load(&arguments.signatures)?, prefix.as_deref().unwrap_or_default());
        }
        SignatureCommand::Anchors => {
            let pack = load(&arguments.signatures)?;
            let mut text = pack.anchors().join("\n");
            text.push('\n');
            output::print(text.as_bytes())?;
        }
    }
    Ok(Exit::Done)
}

/// The pack with these files laid over it; a set that cannot be loaded whole is a usage error.
pub fn load(paths: &[PathBuf]) -> Result<Pack, Failure> {
    let texts = read(paths)?;
    Pack::load(&texts, &Selection::default()).map_err(|error| Failure::new(Exit::Usage, error))
}

/// Signature files by name, folders one level deep, in order of name.
fn read(paths: &[PathBuf]) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        if path.is_dir() {
            let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, error))?;
            for entry in entries {
                let file = entry.map_err(|error| unreadable(path, error))?.path();
                if file.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) {
                    files.push(file);
                }
            }
        } else {
            files.push(path.clone());
        }
        if files.len() == before {
            let message = format!("{} holds no signature files (*.toml)", path.display());
            return Err(Failure::usage(message));
        }
    }
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let text = std::fs::read_to_string(&file).map_err(|error| unreadable(&file, error))?;
            Ok((file.display().to_string(), text))
        })
        .collect()
}

fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    let reason = anyhow::Error::new(error).context(format!("cannot read {}", path.display()));
    Failure { exit: Exit::Usage, reason }
}

fn listed(pack: &Pack, lang: Lang) -> String {
    let width = pack.signatures().iter().map(|s| s.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for s in pack.signatures() {
        let off = if s.off { " (off)" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:width$}  {:16} {:8} {:16} {}{off}",
            s.id,
            s.category,
            s.severity,
            s.owner,
            s.title.get(lang)
        );
    }
    text
}

fn listed_json(pack: &Pack) -> Result<String, Failure> {
    serde_json::to_string_pretty(pack.signatures())
        .map(|text| text + "\n")
        .map_err(|error| Failure::new(Exit::Output, error))
}

fn shown(s: &Signature, lang: Lang) -> String {
    let mut text = String::new();
    let mut line = |words: String| {
        text.push_str(&words);
        text.push('\n');
    };
    line(format!("{}  {}", s.id, s.title.get(lang)));
    line(format!(
        "{}, {}, {}; {}; confidence {}; rank {}; since {}{}",
        s.category,
        s.severity,
        s.owner,
        s.surface,
        s.confidence,
        s.rank,
        s.since,
        if s.off { "; off" } else { "" }
    ));
    line(String::new());
    for when in &s.when {
        line(format!("  any of  {}", when.anchors.join(" | ")));
        if !when.all.is_empty() {
            line(format!("  and     {}", when.all.join(" & ")));
        }
        if let Some(regex) = &when.regex {
            line(format!("  matches {regex}"));
        }
    }
    if !s.veto.any.is_empty() {
        line(format!("  but not {}", s.veto.any.join(" | ")));
    }
    line(String::new());
    line(s.remedy.summary.get(lang).to_string());
    let list = |steps: &[Bilingual], line: &mut dyn FnMut(String)| {
        for (at, step) in steps.iter().enumerate() {
            line(format!("  {}. {}", at + 1, step.get(lang)));
        }
    };
    list(&s.remedy.steps, &mut line);
    if !s.remedy.verify.is_empty() {
        line(String::new());
        list(&s.remedy.verify, &mut line);
    }
    if !s.url.is_empty() {
        line(String::new());
        line(s.url.clone());
    }
    text
}

fn checked(paths: &[PathBuf]) -> Result<Exit, Failure> {
    let texts = if paths.is_empty() { Pack::builtin_texts() } else { read(paths)? };
    let problems = check(&texts);
    let mut text = String::new();
    for problem in &problems {
        text.push_str(&problem.to_string());
        text.push('\n');
    }
    let errors = problems.iter().filter(|p| p.is_error()).count();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{} files, {errors} errors, {} warnings",
        texts.len(),
        problems.len() - errors
    );
    output::print(text.as_bytes())?;
    Ok(if errors == 0 { Exit::Done } else { Exit::Usage })
}

fn tested(pack: &Pack, prefix: &str) -> Result<Exit, Failure> {
    let results = test(pack, |id| id.starts_with(prefix));
    let failed: Vec<_> = results.iter().filter(|r| !r.passed).collect();
    let mut text = String::new();
    for result in &failed {
        text.push_str(&result.to_string());
        text.push('\n');
    }
    let passed = results.len() - failed.len();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{passed} passed, {} failed", failed.len());
    output::print(text.as_bytes())?;
    Ok(if failed.is_empty() { Exit::Done } else { Exit::Usage })
}
