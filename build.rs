//! Puts the signature files into the program: each as it stands, for everything that tells an
//! author of lines and examples, and all of them together in a form that is read ten times as
//! fast, for every run. What the tables mean is the business of `src/rules/files/load.rs`; here they
//! are only translated.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Where the files are, below the manifest.
const DIRECTORY: &str = "signatures";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DIRECTORY}");
    let mut tables = BTreeMap::new();
    let mut list = String::from("&[\n");
    for file in files()? {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        println!("cargo::rerun-if-changed={DIRECTORY}/{name}");
        let table: toml::Table = toml::from_str(&fs::read_to_string(&file)?)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        tables.insert(name.to_string(), table);
        writeln!(
            list,
            "({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{DIRECTORY}/{name}\"))),"
        )?;
    }
    list.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo gives OUT_DIR")?);
    fs::write(out.join("signature_files.rs"), list)?;
    fs::write(out.join("signatures.json"), serde_json::to_string(&tables)?)?;
    Ok(())
}

/// The files in order of their names.
fn files() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let directory = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(DIRECTORY);
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
