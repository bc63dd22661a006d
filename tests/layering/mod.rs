//! The import table, read from the code: who may import whom, no circle of files or of folders, which
//! file may name which crate, and the shape and names of every file. The table is the one of
//! `src/lib.rs`.

mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;

use tree::{SourceFile, circle, edges, sources};

/// Files below every room.
const ROOTS: [&str; 4] = ["lib", "main", "failpoint", "threads"];

/// The rows of the table in the essay of the crate: room → what it may import.
fn table(top_modules: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let essay = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"));
    let quoted = Regex::new("`([a-z]+)`").unwrap();
    let words = |cell: &str| -> BTreeSet<String> {
        quoted.captures_iter(cell).map(|word| word[1].to_string()).collect()
    };
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in essay.unwrap().lines() {
        let Some(row) = line.strip_prefix("//! | `") else { continue };
        let (importers, allowed) = row.split_once('|').unwrap();
        let allowed = match allowed.trim().split_once(" but ") {
            Some((all, but)) if all.starts_with("all of the above") => {
                let but = words(but);
                table.keys().filter(|top_module| !but.contains(*top_module)).cloned().collect()
            }
            _ => words(allowed),
        };
        for importer in words(&format!("`{importers}")) {
            let known = top_modules.contains(&importer) || importer == "threads";
            assert!(known, "{importer} stands in the table only");
            table.insert(importer, allowed.clone());
        }
    }
    table
}

fn top_modules(files: &[SourceFile]) -> BTreeSet<String> {
    let top_modules = files.iter().map(|file| file.top_module().to_string());
    top_modules.filter(|top_module| !ROOTS.contains(&top_module.as_str())).collect()
}

fn top_module_of(path: &str) -> &str {
    let first = path.split('/').next().unwrap();
    first.strip_suffix(".rs").unwrap_or(first)
}

#[test]
fn every_import_is_in_the_table() {
    let files = sources();
    let top_modules = top_modules(&files);
    let table = table(&top_modules);
    let listed: Vec<&String> = table.keys().filter(|top_module| *top_module != "threads").collect();
    assert_eq!(listed, top_modules.iter().collect::<Vec<_>>());
    for (file, targets) in edges(&files) {
        let top_module = top_module_of(&file);
        if ROOTS.contains(&top_module) {
            continue;
        }
        for (target, line) in targets {
            let other = top_module_of(&target);
            let free = other == top_module || other == "lib" || other == "failpoint";
            let allowed = free || table[top_module].contains(other);
            assert!(allowed, "src/{file}:{line}: {top_module} may not import {other}");
        }
    }
}

#[test]
fn the_table_has_no_circle() {
    let files = sources();
    let found = circle(&table(&top_modules(&files)));
    assert!(found.is_none(), "{found:?}");
}

#[test]
fn no_circle_of_files() {
    let files = sources();
    let test_only: BTreeSet<&str> =
        files.iter().filter(|file| file.test_only).map(|file| file.path.as_str()).collect();
    let graph: BTreeMap<String, BTreeSet<String>> = edges(&files)
        .into_iter()
        // A mod.rs only declares and re-exports; nobody imports its own.
        .filter(|(file, _)| !file.ends_with("mod.rs") && !test_only.contains(file.as_str()))
        .map(|(file, targets)| (file, targets.into_keys().collect()))
        .collect();
    let found = circle(&graph);
    assert!(found.is_none(), "{found:?}");
}

/// Sub-rooms are layered too: the children of a folder, files and folders, do not import in a circle.
#[test]
fn no_circle_among_the_children_of_a_folder() {
    let files = sources();
    let edges = edges(&files);
    let folders: BTreeSet<&str> =
        files.iter().filter_map(|file| Some(file.path.rsplit_once('/')?.0)).collect();
    for folder in folders {
        let prefix = format!("{folder}/");
        let child = |path: &str| -> Option<String> {
            let rest = path.strip_prefix(&prefix)?;
            let child = rest.split('/').next()?;
            (child != "mod.rs").then(|| child.to_string())
        };
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in files.iter().filter(|file| !file.test_only && !file.is_mod()) {
            let Some(from) = child(&file.path) else { continue };
            let to = edges[&file.path].keys().filter_map(|target| child(target));
            graph.entry(from.clone()).or_default().extend(to.filter(|to| *to != from));
        }
        let found = circle(&graph);
        assert!(found.is_none(), "src/{folder}: {found:?}");
    }
}

/// A file names the file it needs: never the `mod.rs` of a folder it stands in.
#[test]
fn no_file_imports_its_own_mod() {
    let files = sources();
    let test_only: BTreeSet<String> =
        files.iter().filter(|file| file.test_only).map(|file| file.path.clone()).collect();
    for (file, targets) in edges(&files) {
        for (target, line) in targets {
            if let Some(folder) = target.strip_suffix("mod.rs") {
                let own = file.starts_with(folder) && !file.ends_with("mod.rs");
                let own = own && !test_only.contains(&file);
                assert!(!own, "src/{file}:{line} imports src/{target}");
            }
        }
    }
    // Inside a test module `super` is the file itself.
    let upwards = Regex::new(r"\bsuper::").unwrap();
    for file in files.iter().filter(|file| !file.test_only) {
        for (at, line) in file.code.iter().enumerate() {
            assert!(!upwards.is_match(line), "src/{}:{}: {}", file.path, at + 1, line.trim());
        }
    }
}

#[test]
fn a_mod_only_declares_and_reexports() {
    let allowed = Regex::new(
        r"^(\s*|#\[cfg\(.*\)\]|(pub(\(crate\))? )?(mod \w+;|use .*)|\s+[\w:, {}]+|\}.*;)$",
    )
    .unwrap();
    for file in sources().iter().filter(|file| file.is_mod() && !file.test_only) {
        for (at, line) in file.code.iter().enumerate() {
            assert!(allowed.is_match(line), "src/{}:{}: {line}", file.path, at + 1);
        }
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

/// A pattern that only files below these places may hold.
const REFINED: &[(&str, &[&str])] = &[
    (r"\b(clap|clap_complete|clap_mangen|indicatif|console|anyhow)::", &["cli/"]),
    (r"\bblake3::", &["redact/"]),
    (r"\bgetrandom::", &["cli/"]),
    (r"\brayon::", &["scan/workers.rs", "discover/walk.rs"]),
    (r"\baho_corasick::", &["search/"]),
    (r"\bignore::", &["discover/"]),
    (r"\bglobset::", &["discover/"]),
    (r"\bzip::", &["open/"]),
    (r"\bflate2::", &["open/", "state/"]),
    (r"\b(rusqlite|toml_edit)::", &["state/"]),
    (r"\bsignal_hook::", &["cli/"]),
    (r"\bchardetng::", &["decode/"]),
    (r"\b(comfy_table|minijinja|unicode_width)::", &["report/"]),
    (r"\bfs4::", &["cli/commands/doctor/"]),
    (r"\btoml::", &["rules/files/", "authoring/", "cli/values/config/"]),
    (r"\bregex_syntax::", &["search/", "rules/", "authoring/"]),
    (r"\b(e?println?|dbg)!", &[]),
    (r"\b(stdout|stderr)\(\)", &["cli/"]),
    (r"\bstd::env::(var|args)", &["cli/", "main.rs", "failpoint.rs"]),
    (r"\b(SystemTime|Timestamp::now|Zoned::now)\b", &["cli/"]),
    (r"\bprocess::exit\b", &[]),
    // Nothing here opens a connection, and only the system's scheduler is started.
    (r"\bstd::net\b", &[]),
    (r"\bprocess::(\{|Command\b)", &["cli/commands/schedule_install.rs"]),
    (r"\bunsafe (\{|fn|impl)", &[]),
    (r"\b(todo|unimplemented)!", &[]),
];

#[test]
fn each_part_knows_only_its_own_libraries() {
    let files = sources();
    for (pattern, allowed_paths) in REFINED {
        let pattern = Regex::new(pattern).unwrap();
        for file in &files {
            if file.test_only
                || allowed_paths.iter().any(|allowed_path| file.path.starts_with(allowed_path))
            {
                continue;
            }
            for (at, line) in file.code.iter().enumerate() {
                assert!(!pattern.is_match(line), "src/{}:{}: {}", file.path, at + 1, line.trim());
            }
        }
    }
}

#[test]
fn every_file_says_what_it_is_for_and_fits() {
    for file in sources() {
        assert!(file.text.starts_with("//! "), "src/{} does not begin with //!", file.path);
        let lines = file.text.lines().count();
        assert!(lines <= LONGEST_FILE, "src/{} has {lines} lines", file.path);
        let wide = file.text.lines().find(|line| line.contains('\t'));
        assert!(wide.is_none(), "src/{}: {wide:?}", file.path);
    }
}

/// Lines of the longest file; beyond 400 look for a seam.
const LONGEST_FILE: usize = 450;

#[test]
fn every_function_fits_a_screen() {
    let start = Regex::new(r"^( *)(?:pub(?:\([^)]*\))? )?(?:const )?fn (\w+)").unwrap();
    for file in sources().iter().filter(|file| !file.test_only) {
        for (at, line) in file.code.iter().enumerate() {
            // A declaration without a body ends on its line.
            let found = start.captures(line).filter(|_| !line.ends_with(';'));
            let Some(found) = found else { continue };
            let end = format!("{}}}", &found[1]);
            let body = file.code[at..].iter().position(|line| *line == end).unwrap_or(0);
            let (name, location) = (&found[2], format!("src/{}:{}", file.path, at + 1));
            assert!(body + 1 < LONGEST_FUNCTION, "{location}: {name} has {} lines", body + 1);
        }
    }
}

/// Lines of a function, its signature included, are fewer.
const LONGEST_FUNCTION: usize = 60;

/// Type names that say nothing outside their file, or that the field has another word for.
const RETIRED: &[&str] = &[
    "About",
    "Account",
    "Anchors",
    "Ask",
    "Base",
    "Behind",
    "Broken",
    "Carrier",
    "Case",
    "Ceiling",
    "Chosen",
    "Collector",
    "Columns",
    "Concluded",
    "Content",
    "Continuations",
    "Done",
    "Drawer",
    "Earlier",
    "Either",
    "Entry",
    "Evidence",
    "Face",
    "Failure",
    "Few",
    "File",
    "Fixed",
    "Folded",
    "Foreign",
    "Format",
    "Found",
    "Group",
    "Held",
    "Hunt",
    "Input",
    "Kept",
    "KeptReport",
    "Key",
    "Kind",
    "Known",
    "Learned",
    "Level",
    "Life",
    "Line",
    "Literals",
    "Lived",
    "Loaded",
    "Look",
    "Made",
    "Marked",
    "Met",
    "Moment",
    "Named",
    "Names",
    "Needs",
    "Night",
    "Origin",
    "Own",
    "Pack",
    "PackError",
    "Packed",
    "Part",
    "Past",
    "Piece",
    "Pieces",
    "Place",
    "Places",
    "Planned",
    "Progress",
    "Proof",
    "Ranked",
    "Read",
    "Reading",
    "Reason",
    "Reasons",
    "Resolution",
    "Resolved",
    "Room",
    "Row",
    "RowSum",
    "Rungs",
    "Scanned",
    "Scanner",
    "School",
    "Screen",
    "Searched",
    "Seen",
    "Selection",
    "Shape",
    "Shelf",
    "Signs",
    "Silent",
    "Sink",
    "Spans",
    "Stamp",
    "State",
    "Step",
    "Stop",
    "Struck",
    "Table",
    "Taken",
    "Taker",
    "Teller",
    "Telling",
    "Text",
    "TextScan",
    "Texts",
    "Told",
    "Trial",
    "Vetting",
    "View",
    "Visited",
    "Way",
    "When",
    "Which",
    "WhyNot",
    "Words",
];

#[test]
fn one_name_is_one_type() {
    let defined =
        Regex::new(r"^(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait|union|type) (\w+)").unwrap();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for file in sources() {
        for (at, line) in file.code.iter().enumerate() {
            let Some(found) = defined.captures(line) else { continue };
            let (name, location) = (found[1].to_string(), format!("src/{}:{}", file.path, at + 1));
            assert!(!RETIRED.contains(&name.as_str()), "{location}: {name} says nothing");
            if file.test_only {
                continue;
            }
            if let Some(other) = known.insert(name.clone(), location.clone()) {
                panic!("{name} is defined at {other} and {location}");
            }
        }
    }
}
