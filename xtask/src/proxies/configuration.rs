//! The configurations in `xtask/proxies`, with other addresses in place of theirs.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::process::root;

/// Where the configurations are.
pub const FOLDER: &str = "xtask/proxies";

/// Writes a configuration into a folder. Each address of the list must occur in it, and is replaced.
pub fn write(name: &str, folder: &Path, addresses: &[(&str, SocketAddr)]) -> Outcome<PathBuf> {
    let source = root().join(FOLDER).join(name);
    let mut text = fs::read_to_string(&source).map_err(|error| format!("{}: {error}", source.display()))?;
    for (address, replacement) in addresses {
        if !text.contains(address) {
            return Err(format!("{} does not contain {address}", source.display()).into());
        }
        text = text.replace(address, &replacement.to_string());
    }
    let path = folder.join(name);
    fs::write(&path, text)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::{FOLDER, root};

    /// The indented blocks of a guide in one language, without indentation.
    fn blocks(guide: &str, language: &str) -> Vec<Vec<String>> {
        let start = format!("```{language}\n");
        let texts = guide.split(&start).skip(1).filter_map(|rest| rest.split("```").next());
        texts.map(lines).collect()
    }

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(|line| line.trim().to_string()).filter(|line| !line.is_empty()).collect()
    }

    #[test]
    fn guides_show_parts_of_the_tested_configurations() {
        for guide in ["docs/proxies.md", "docs/zh-CN/proxies.md"] {
            let text = std::fs::read_to_string(root().join(guide)).unwrap_or_default();
            for (language, name) in [("nginx", "nginx.conf"), ("haproxy", "haproxy.cfg")] {
                let path = root().join(FOLDER).join(name);
                // Comments are translated.
                let is_setting = |line: &String| !line.starts_with('#');
                let tested = lines(&std::fs::read_to_string(path).unwrap_or_default());
                let tested: Vec<String> = tested.into_iter().filter(is_setting).collect();
                let shown = blocks(&text, language);
                assert!(!shown.is_empty(), "{guide} shows nothing of {name}");
                for block in shown {
                    let block: Vec<String> = block.into_iter().filter(is_setting).collect();
                    let is_part = tested.windows(block.len()).any(|part| part == block);
                    assert!(is_part, "{guide}: not a part of {name}:\n{}", block.join("\n"));
                }
            }
        }
    }
}
