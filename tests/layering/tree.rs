//! The source tree as the layering tests see it: every file with its code and what it imports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;

/// One file of `src/`.
pub struct SourceFile {
    /// Path below `src/`, with `/`.
    pub path: String,
    pub text: String,
    /// Lines without comments and string contents; test modules are blank.
    pub code: Vec<String>,
    /// The file is compiled for tests only.
    pub test_only: bool,
}

/// All files of `src/`, by path.
pub fn sources() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    assert!(paths.len() > 100, "{} files", paths.len());
    let mut files: Vec<SourceFile> = paths.into_iter().map(|path| read(&root, path)).collect();
    let test_only = test_only_files(&files);
    for file in &mut files {
        file.test_only = test_only.iter().any(|stem| {
            file.path == format!("{stem}.rs") || file.path.starts_with(&format!("{stem}/"))
        });
    }
    files
}

fn read(root: &Path, path: PathBuf) -> SourceFile {
    let text = std::fs::read_to_string(&path).unwrap();
    let relative = path.strip_prefix(root).unwrap().components();
    let parts: Vec<_> =
        relative.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let code = without_tests(&without_comments_and_strings(&text));
    SourceFile { path: parts.join("/"), text, code, test_only: false }
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

/// The text with comments and the contents of strings blank.
fn without_comments_and_strings(text: &str) -> String {
    let token = Regex::new(
        r####"(?s)//[^\n]*|/\*.*?\*/|r###".*?"###|r##".*?"##|r#".*?"#|\br".*?"|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\\n])'"####,
    )
    .unwrap();
    let blank = |found: &regex::Captures<'_>| {
        found[0].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect::<String>()
    };
    token.replace_all(text, blank).into_owned()
}

/// Lines of the code; those of modules for tests are blank.
fn without_tests(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    let mut inside = false;
    for at in 0..lines.len() {
        if lines[at].starts_with("#[cfg(")
            && lines[at].contains("test")
            && lines.get(at + 1).is_some_and(|next| next.starts_with("mod ") && next.ends_with('{'))
        {
            inside = true;
        }
        let ends = inside && lines[at] == "}";
        if inside {
            lines[at].clear();
        }
        inside &= !ends;
    }
    lines
}

/// Paths, without their ending, of modules that are declared for tests only.
fn test_only_files(files: &[SourceFile]) -> Vec<String> {
    let declared = Regex::new(r"(?m)^#\[cfg\(test\)\]\n(?:pub(?:\(crate\))? )?mod (\w+);").unwrap();
    let mut stems = Vec::new();
    for file in files {
        let base = file.path.trim_end_matches("mod.rs").trim_end_matches(".rs");
        let base = if base.is_empty() || base.ends_with('/') {
            base.to_string()
        } else {
            format!("{base}/")
        };
        stems
            .extend(declared.captures_iter(&file.text).map(|found| format!("{base}{}", &found[1])));
    }
    stems
}

impl SourceFile {
    /// The room of the crate the file belongs to.
    pub fn top_module(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    pub fn is_mod(&self) -> bool {
        self.path.ends_with("/mod.rs")
    }

    /// Absolute paths the code names, each with its line, from 1: `["model", "text", "cut"]`. Paths
    /// of a `use` with braces are given one by one, to the first brace inside.
    pub fn imports(&self) -> Vec<(Vec<String>, usize)> {
        let code = self.code.join("\n");
        let path = Regex::new(r"\bcrate((?:::\w+)+)(?:::\{([^{}]*)\})?").unwrap();
        let mut found = Vec::new();
        for import in path.captures_iter(&code) {
            let line = code[..import.get(0).unwrap().start()].matches('\n').count() + 1;
            let base: Vec<String> = import[1].split("::").skip(1).map(str::to_string).collect();
            match import.get(2) {
                Some(names) => {
                    for name in names.as_str().split(',').map(str::trim) {
                        let name = name.split(" as ").next().unwrap_or_default();
                        if !name.is_empty() {
                            let mut full = base.clone();
                            full.extend((name != "self").then(|| name.to_string()));
                            found.push((full, line));
                        }
                    }
                }
                None => found.push((base, line)),
            }
        }
        found
    }
}

/// The file that defines what an absolute path names: the longest prefix that is a file, else the
/// `mod.rs` of the longest prefix that is a directory.
pub fn target(path: &[String], files: &BTreeSet<String>) -> Option<String> {
    (1..=path.len()).rev().find_map(|length| {
        let stem = path[..length].join("/");
        [format!("{stem}.rs"), format!("{stem}/mod.rs")].into_iter().find(|f| files.contains(f))
    })
}

/// What each file imports: file → imported file → first line that does.
pub fn edges(files: &[SourceFile]) -> BTreeMap<String, BTreeMap<String, usize>> {
    let known: BTreeSet<String> = files.iter().map(|file| file.path.clone()).collect();
    let mut edges: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for file in files {
        let targets = edges.entry(file.path.clone()).or_default();
        for (path, line) in file.imports() {
            if let Some(target) = target(&path, &known).filter(|target| *target != file.path) {
                targets.entry(target).or_insert(line);
            }
        }
    }
    edges
}

/// A circle in a graph, if there is one.
pub fn circle(graph: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut left: BTreeMap<String, BTreeSet<String>> = graph.clone();
    loop {
        let names: BTreeSet<String> = left.keys().cloned().collect();
        let before = left.len();
        left.retain(|_, targets| targets.iter().any(|target| names.contains(target)));
        if left.is_empty() {
            return None;
        }
        if left.len() == before {
            // Follow edges until a node comes again.
            let mut path: Vec<String> = vec![left.keys().next()?.clone()];
            loop {
                let last = path.last()?.clone();
                let next = left[&last].iter().find(|target| left.contains_key(*target))?.clone();
                if let Some(at) = path.iter().position(|node| *node == next) {
                    return Some(path.split_off(at));
                }
                path.push(next);
            }
        }
    }
}
