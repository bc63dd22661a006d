//! Puts the signature files and the product knowledge into the program: each signature file as it
//! stands, for everything that tells an author of lines and examples, and the tables of all files as
//! JSON, which is read ten times as fast, for every run. What the tables mean is the business of
//! `src/model/signature.rs` and `src/model/knowledge.rs`; here they are only translated.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Where the signature files are, below the manifest.
const SIGNATURES: &str = "signatures";
const KNOWLEDGE: &str = "signatures/knowledge";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SIGNATURES}");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo gives OUT_DIR")?);
    let signatures: BTreeMap<String, toml::Table> = tables(SIGNATURES)?
        .into_iter()
        .map(|(stem, table)| (format!("{stem}.toml"), table))
        .collect();
    let mut list = String::from("&[\n");
    for name in signatures.keys() {
        let path = format!("/{SIGNATURES}/{name}");
        writeln!(
            list,
            "({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))),"
        )?;
    }
    list.push(']');
    fs::write(out.join("signature_files.rs"), list)?;
    fs::write(out.join("signatures.json"), serde_json::to_string(&signatures)?)?;
    fs::write(out.join("knowledge.json"), serde_json::to_string(&tables(KNOWLEDGE)?)?)?;
    Ok(())
}

/// The tables of a directory's TOML files by file name without extension.
fn tables(directory: &str) -> Result<BTreeMap<String, toml::Table>, Box<dyn Error>> {
    let mut tables = BTreeMap::new();
    for entry in fs::read_dir(Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(directory))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        println!("cargo::rerun-if-changed={}", path.display());
        let table = toml::from_str(&fs::read_to_string(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        tables.insert(stem.to_string(), table);
    }
    Ok(tables)
}
