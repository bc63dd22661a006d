//! Checks the architecture: which module may import which, which part may name which library, and
//! the form of every file. The table is that of `src/lib.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;

/// One file of `src/`: its path below `src/`, and its lines without comments.
struct File {
    path: String,
    text: String,
    code: Vec<String>,
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    assert!(paths.len() > 50);
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let relative = path.strip_prefix(&root).unwrap().components();
        let parts: Vec<_> =
            relative.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        let code = text.lines().map(without_comment).collect();
        File { path: parts.join("/"), text, code }
    };
    paths.into_iter().map(read).collect()
}

fn collect(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

fn without_comment(line: &str) -> String {
    let code = line.trim_start();
    let end = if code.starts_with("//") { 0 } else { line.find(" // ").unwrap_or(line.len()) };
    line[..end].to_string()
}

impl File {
    /// The module of the crate to which the file belongs.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Number of modules between the crate root and the items of this file.
    fn depth(&self) -> usize {
        let parts = self.path.split('/').count();
        parts - usize::from(self.path.ends_with("/mod.rs"))
    }

    /// Modules of the crate that the code names, each with the first line that names it.
    fn imports(&self) -> BTreeMap<String, usize> {
        let named = Regex::new(r"\bcrate::(\w+|\{)").unwrap();
        let upwards = Regex::new(r"((?:\bsuper::)+)(\w+)").unwrap();
        let mut found = BTreeMap::new();
        let mut depth = self.depth();
        for (at, line) in self.code.iter().enumerate() {
            // A module inside the file is one level deeper.
            depth += usize::from(line.starts_with("mod tests {"));
            for import in named.captures_iter(line) {
                assert_ne!(&import[1], "{", "{}:{}: one module a line", self.path, at + 1);
                found.entry(import[1].to_string()).or_insert(at + 1);
            }
            for import in upwards.captures_iter(line) {
                if import[1].matches("super").count() >= depth {
                    found.entry(import[2].to_string()).or_insert(at + 1);
                }
            }
        }
        found
    }
}

/// The rows of the table in `src/lib.rs`: module and modules that it may import.
fn table(modules: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let essay = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"));
    let quoted = Regex::new("`([a-z]+)`").unwrap();
    let words = |cell: &str| -> BTreeSet<String> {
        quoted.captures_iter(cell).map(|word| word[1].to_string()).collect()
    };
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in essay.unwrap().lines() {
        let Some(row) = line.strip_prefix("//! | `") else { continue };
        let (importers, allowed) = row.split_once('|').unwrap();
        let allowed = match allowed.trim() {
            all if all.starts_with("all of the above") => table.keys().cloned().collect(),
            _ => words(allowed),
        };
        for importer in words(&format!("`{importers}")) {
            assert!(modules.contains(&importer), "{importer} stands in the table only");
            table.insert(importer, allowed.clone());
        }
    }
    table
}

#[test]
fn every_import_is_in_the_table() {
    let files = sources();
    // Files of the crate root, which the table does not list; failpoints are compiled for tests
    // only.
    let roots = ["lib", "main", "failpoint", "threads"];
    let modules: BTreeSet<String> = files
        .iter()
        .map(|file| file.module().to_string())
        .filter(|module| !roots.contains(&module.as_str()))
        .collect();
    let table = table(&modules);
    assert_eq!(table.keys().collect::<Vec<_>>(), modules.iter().collect::<Vec<_>>());
    for file in files.iter().filter(|file| !roots.contains(&file.module())) {
        let mine = file.module();
        for (import, line) in file.imports() {
            if modules.contains(&import) && import != mine {
                let allowed = table[mine].contains(&import);
                assert!(allowed, "src/{}:{line}: {mine} may not import {import}", file.path);
            }
        }
    }
}

#[test]
fn the_table_has_no_circle() {
    let files = sources();
    let modules = files.iter().map(|file| file.module().to_string()).collect();
    let mut left = table(&modules);
    while !left.is_empty() {
        let names: BTreeSet<String> = left.keys().cloned().collect();
        let before = left.len();
        left.retain(|_, allowed| allowed.iter().any(|module| names.contains(module)));
        assert!(left.len() < before, "a circle among {names:?}");
    }
}

#[test]
fn main_only_starts_the_command_line() {
    let files = sources();
    let main = files.iter().find(|file| file.path == "main.rs").unwrap();
    let used = Regex::new(r"\bfaultline::(\w+)").unwrap();
    let code = main.code.join("\n");
    assert!(used.captures_iter(&code).all(|module| &module[1] == "cli"));
    assert!(main.text.lines().count() <= 60);
}

/// Patterns that may occur only in files below these paths.
const REFINED: &[(&str, &[&str])] = &[
    (r"\b(clap|clap_complete|clap_mangen|indicatif|console|anyhow)::", &["cli/"]),
    (r"\bblake3::", &["signature/"]),
    (r"\bgetrandom::", &["cli/"]),
    (r"\brayon::", &["scan/parallel.rs", "discover/walk.rs"]),
    (r"\baho_corasick::", &["signature/"]),
    (r"\bignore::", &["discover/"]),
    (r"\bglobset::", &["discover/"]),
    (r"\bzip::", &["open/"]),
    (r"\bflate2::", &["open/", "state/"]),
    (r"\b(rusqlite|toml_edit)::", &["state/"]),
    (r"\bsignal_hook::", &["cli/"]),
    (r"\bchardetng::", &["decode/"]),
    (r"\b(comfy_table|minijinja|unicode_width)::", &["report/"]),
    (r"\bfs4::", &["cli/doctor/"]),
    (r"\btoml::", &["signature/", "cli/config/"]),
    (r"\bregex_syntax::", &["signature/"]),
    (r"\b(e?println?|dbg)!", &[]),
    (r"\b(stdout|stderr)\(\)", &["cli/"]),
    (r"\bstd::env::(var|args)", &["cli/", "main.rs", "failpoint.rs"]),
    (r"\b(SystemTime|Timestamp::now|Zoned::now)\b", &["cli/"]),
    (r"\bprocess::exit\b", &[]),
    // The program opens no network connection and starts no process but the scheduler of the
    // system.
    (r"\bstd::net\b", &[]),
    (r"\bprocess::(\{|Command\b)", &["cli/schedule/install.rs"]),
    (r"\bunsafe (\{|fn|impl)", &[]),
    (r"\b(todo|unimplemented)!", &[]),
];

#[test]
fn each_part_knows_only_its_own_libraries() {
    for (pattern, places) in REFINED {
        let pattern = Regex::new(pattern).unwrap();
        for file in sources() {
            // Goldens are rewritten only if the developer asks for it.
            let asks_to_bless = |line: &str| line.contains("\"BLESS\"");
            if places.iter().any(|place| file.path.starts_with(place)) {
                continue;
            }
            for (at, line) in file.code.iter().enumerate() {
                let known = !pattern.is_match(line) || asks_to_bless(line);
                assert!(known, "src/{}:{}: {}", file.path, at + 1, line.trim());
            }
        }
    }
}

#[test]
fn every_file_says_what_it_is_for_and_fits() {
    for file in sources() {
        assert!(file.text.starts_with("//! "), "src/{} does not begin with //!", file.path);
        let lines = file.text.lines().count();
        assert!(lines <= 600, "src/{} has {lines} lines", file.path);
        let wide = file.text.lines().find(|line| line.contains('\t'));
        assert!(wide.is_none(), "src/{}: {wide:?}", file.path);
    }
}
