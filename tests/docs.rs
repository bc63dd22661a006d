//! Compares the documents with the program: what one of them lists exists in the other. Does not
//! judge the text of a document.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn text(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Codes of diagnostics that some stage reports: those of `DiagnosticCode` whose variant is used.
fn codes_in_source() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    // The translations and the definition name every code and report none.
    files.retain(|file| {
        !file.ends_with("report/text/diagnostics.rs") && !file.ends_with("model/diagnostic_code.rs")
    });
    let stages: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let definition = text("src/model/diagnostic_code.rs");
    let variants = definition.lines().filter_map(|line| {
        let (variant, code) = line.trim().split_once(" = \"")?;
        Some((variant, code.strip_suffix("\",")?))
    });
    let is_used = |variant: &str| {
        let mut uses = stages.split("DiagnosticCode::").skip(1);
        uses.any(|rest| {
            rest.strip_prefix(variant).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        })
    };
    variants.filter(|(variant, _)| is_used(variant)).map(|(_, code)| code.to_string()).collect()
}

/// The code between backticks at the start of each table row.
fn codes_in_document() -> BTreeSet<String> {
    text("docs/diagnostics.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(code, _)| code.to_string())
        .collect()
}

/// Options such as `--since` in a text.
fn options(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_lowercase() || c == '-'))
        .filter(|word| word.strip_prefix("--").is_some_and(|name| name.len() > 1))
        .map(str::to_string)
        .collect()
}

/// Commands in the shell blocks under a heading, without comments.
fn commands(file: &str, heading: &str) -> Vec<String> {
    let text = text(file);
    let section = text.split_once(heading).unwrap().1;
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    let mut blocks = section.split("```");
    let mut commands = Vec::new();
    while let (Some(_), Some(block)) = (blocks.next(), blocks.next()) {
        if let Some(lines) = block.strip_prefix("sh\n") {
            commands.extend(lines.lines().map(str::to_string));
        }
    }
    commands
}

#[test]
fn every_diagnostic_is_explained() {
    let (source, document) = (codes_in_source(), codes_in_document());
    assert!(source.contains("open.truncated-stream"), "{source:?}");
    let missing: Vec<_> = source.difference(&document).collect();
    let outdated: Vec<_> = document.difference(&source).collect();
    assert!(missing.is_empty(), "not in docs/diagnostics.md: {missing:?}");
    assert!(outdated.is_empty(), "in docs/diagnostics.md and not in src: {outdated:?}");
}

#[test]
fn options_in_the_documents_exist() {
    let mut page = String::new();
    help(&[], &mut page);
    let known = options(&page);
    assert!(known.contains("--since"), "{known:?}");
    for file in ["README.md", "docs/operations.md", "docs/queries.md"] {
        // Options of other programs are not checked; after ` -- ` the options are ours again.
        let lines: Vec<String> = text(file)
            .lines()
            .map(|line| match line.trim_start().starts_with("cargo ") {
                true => line.split_once(" -- ").map_or("", |(_, ours)| ours).to_string(),
                false => line.replace("journalctl --user", ""),
            })
            .collect();
        let unknown: Vec<_> =
            options(&lines.join("\n")).into_iter().filter(|word| !known.contains(word)).collect();
        assert!(unknown.is_empty(), "{file} promises {unknown:?}");
    }
}

#[test]
fn the_readme_shows_what_its_first_command_shows() {
    let out = tempfile::tempdir().unwrap();
    let shown = Command::new(env!("CARGO_BIN_EXE_faultline"))
        .args(["scan", "fixtures/corpora/first-look/exports", "--lang", "en", "-o"])
        .arg(out.path())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let readme = text("README.md");
    let excerpt = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(excerpt.lines().count() > 10);
    for line in excerpt.lines() {
        assert!(
            shown.lines().any(|other| other.trim_end() == line.trim_end()),
            "{line:?}\n{shown}"
        );
    }
}

#[test]
fn the_build_server_runs_the_commands_of_the_readme() {
    let run = text(".ci/run");
    let commands = commands("README.md", "## Two commands");
    assert_eq!(commands.len(), 2, "{commands:?}");
    for command in commands {
        assert!(run.contains(&command), "{command:?} is not in .ci/run");
    }
}

/// The help of a command and of all its subcommands.
fn help(words: &[String], page: &mut String) {
    let output = Command::new(env!("CARGO_BIN_EXE_faultline"))
        .args(words)
        .arg("--help")
        .env_clear()
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let name = [&["faultline".to_string()], words].concat().join(" ");
    page.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", text.trim_end()));
    let commands = text.split("\nCommands:\n").nth(1).unwrap_or_default();
    for line in commands.lines().take_while(|line| !line.is_empty()) {
        // A name is indented by two blanks; the lines of its text are indented further.
        let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '));
        let name = name.and_then(|rest| rest.split(' ').next());
        if let Some(name) = name.filter(|name| *name != "help") {
            help(&[words, &[name.to_string()]].concat(), page);
        }
    }
}

/// `BLESS=1` rewrites the page.
#[test]
fn the_page_of_commands_is_what_the_program_says() {
    let mut page =
        "# Commands\n\nEvery command with every option, as `--help` prints it.\n".to_string();
    help(&[], &mut page);
    if std::env::var_os("BLESS").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md"), &page).unwrap();
    }
    assert!(page.contains("## faultline signatures list"), "{page}");
    let differs = page != text("docs/cli.md");
    assert!(!differs, "docs/cli.md is not what --help says; BLESS=1 cargo test --test docs");
}

#[test]
fn one_import_table() {
    let table = |file: &str| -> Vec<String> {
        text(file)
            .lines()
            .map(|line| line.trim_start_matches("//! "))
            .skip_while(|line| *line != "| room | may import |")
            .take_while(|line| line.starts_with('|'))
            .map(str::to_string)
            .collect()
    };
    let essay = table("src/lib.rs");
    assert!(essay.len() > 5, "{essay:?}");
    assert_eq!(table("ARCHITECTURE.md"), essay);
}

#[test]
fn the_architecture_names_files_that_exist_and_every_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = text("ARCHITECTURE.md");
    assert!(page.lines().count() <= 150, "{} lines", page.lines().count());
    let quoted: Vec<&str> = page.split('`').skip(1).step_by(2).collect();
    let mut checked = 0;
    for name in quoted.iter().filter(|name| !name.contains(' ') && name.contains('/')) {
        if name.ends_with(".rs") || name.ends_with('/') {
            let found = root.join("src").join(name).exists() || root.join(name).exists();
            assert!(found, "ARCHITECTURE.md names {name}");
            checked += 1;
        }
    }
    assert!(checked > 40, "{checked} paths");
    for entry in fs::read_dir(root.join("src")).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            let row = format!("| `{}/` |", entry.file_name().to_string_lossy());
            assert!(page.contains(&row), "ARCHITECTURE.md has no row for {row}");
        }
    }
}

#[test]
fn every_link_to_a_file_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/diagnostics.md",
        "docs/formats.md",
        "docs/operations.md",
        "docs/queries.md",
        "docs/signatures.md",
        "signatures/README.md",
        "fuzz/README.md",
    ] {
        let directory = root.join(file);
        let directory = directory.parent().unwrap();
        for link in text(file).split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let target = link.0.split('#').next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                assert!(directory.join(target).exists(), "{file} links to {target}");
            }
        }
    }
}

#[test]
fn every_category_stands_in_the_page_on_signatures() {
    let page = text("signatures/README.md");
    for category in faultline::model::Category::ALL {
        assert!(page.contains(&format!("`{category}`")), "{category} is missing");
    }
}

/// The table that users copy is valid, and its fields have the described effect.
#[test]
fn the_signature_in_the_page_on_signatures_holds() {
    let page = text("signatures/README.md");
    let table = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("my.toml");
    fs::write(&file, table).unwrap();
    let run = |words: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_faultline"))
            .args(words)
            .arg(&file)
            .current_dir(directory.path())
            .output()
            .unwrap();
        let printed = [done.stdout, done.stderr].concat();
        (done.status.code(), String::from_utf8(printed).unwrap())
    };
    let (code, printed) = run(&["signatures", "check"]);
    assert!(code == Some(0) && printed.contains("no errors, no warnings"), "{code:?} {printed}");
    let (code, printed) = run(&["signatures", "test", "own.", "--signatures"]);
    assert!(code == Some(0) && printed.contains("4 passed, 0 failed"), "{code:?} {printed}");
}

#[test]
fn every_owner_stands_in_the_page_on_signatures() {
    let page = text("signatures/README.md");
    for owner in faultline::model::Owner::ALL {
        assert!(page.contains(&format!("`{}`", owner.as_str())), "{owner:?} is missing");
    }
}
