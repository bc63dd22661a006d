//! Keys of files: paths with `/`, the same on every system, from which the name on disk can be
//! told again.

use crate::model::MEMBER;
use std::path::{Component, Path};
/// A path as text. Bytes that are no UTF-8, and a backslash or a member sign that belongs to a
/// name, are written `\xHH`.
pub(crate) fn text(path: &Path) -> String {
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
        [only] if only.is_empty() => "/".to_string(),
        _ => parts.join("/"),
    }
}

/// The encoded bytes of a name are UTF-8 on every system as far as the name is text.
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
            ("logs/night/a.log", "logs/night/a.log"),
            ("./logs/", "logs"),
            (".", ""),
            ("../x", "../x"),
            ("/", "/"),
            ("/var/x", "/var/x"),
            ("a.zip » b", "a.zip \\xC2\\xBB b"),
        ] {
            assert_eq!(text(Path::new(path)), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_are_escaped() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(OsStr::from_bytes(b"n\xffght/\\a\x83.log"));
        assert_eq!(text(path), "n\\xFFght/\\x5Ca\\x83.log");
    }
}
