//! Builds the keys of files: paths with `/`, the same on every system, from which the name on disk
//! can be restored. Touches no file.

use std::path::{Component, Path};

use crate::model::MEMBER;

/// Renders a path as a key. Bytes that are not UTF-8, and a backslash or member separator inside a
/// name, are written as `\xHH`.
pub(crate) fn render_path(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rooted = false;
    for component in path.components() {
        match component {
            Component::Prefix(prefix) => {
                parts.push(prefix.as_os_str().to_string_lossy().replace('\\', "/"));
            }
            Component::RootDir => rooted = true,
            Component::CurDir => {}
            Component::ParentDir => parts.push("..".to_string()),
            Component::Normal(name) => parts.push(escape(name.as_encoded_bytes())),
        }
        if rooted && parts.is_empty() {
            parts.push(String::new());
        }
    }
    match parts.as_slice() {
        [part] if part.is_empty() => "/".to_string(),
        _ => parts.join("/"),
    }
}

/// `name` is the encoded form of an `OsStr`: UTF-8 on every system wherever the name is text.
fn escape(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        out.push_str(&chunk.valid().replace('\\', "\\x5C"));
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02X}"));
        }
    }
    out.replace(MEMBER, " \\xC2\\xBB ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_with_slashes() {
        for (path, expected) in [
            ("logs/daily/a.log", "logs/daily/a.log"),
            ("./logs/", "logs"),
            (".", ""),
            ("../x", "../x"),
            ("/", "/"),
            ("/var/x", "/var/x"),
            ("a.zip » b", "a.zip \\xC2\\xBB b"),
        ] {
            assert_eq!(render_path(Path::new(path)), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf8_are_escaped() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(OsStr::from_bytes(b"n\xffght/\\a\x83.log"));
        assert_eq!(render_path(path), "n\\xFFght/\\x5Ca\\x83.log");
    }
}
