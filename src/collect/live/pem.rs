//! PEM as Go reads it: what is broken, and what stands between the blocks, is passed over.

use base64::{Engine, engine::general_purpose::STANDARD};

/// One block.
pub(super) struct Block {
    /// What it says it is: `CERTIFICATE`.
    pub(super) label: String,
    /// Whether lines such as `Proc-Type: 4,ENCRYPTED` stand before its data.
    pub(super) has_headers: bool,
    /// What it holds.
    pub(super) der: Vec<u8>,
}

/// All blocks of a text.
pub(super) fn blocks(text: &[u8]) -> Vec<Block> {
    let lines: Vec<&[u8]> = text
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end)
        .collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let Some(label) = label(line, b"-----BEGIN ") else {
            continue;
        };
        let Some(length) = lines[at..]
            .iter()
            .position(|line| line.starts_with(b"-----END ") || line.starts_with(b"-----BEGIN "))
        else {
            break;
        };
        let body = &lines[at..at + length];
        // A block that is broken off by the next one ends there.
        if self::label(lines[at + length], b"-----END ") != Some(label) {
            at += length;
            continue;
        }
        at += length + 1;
        let headers = body.iter().take_while(|line| line.contains(&b':')).count();
        let data: Vec<u8> = body[headers..]
            .iter()
            .flat_map(|line| line.iter().copied())
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        if let (Ok(der), Ok(label)) = (STANDARD.decode(data), str::from_utf8(label)) {
            blocks.push(Block {
                label: label.to_owned(),
                has_headers: headers > 0,
                der,
            });
        }
    }
    blocks
}

/// One block, as openssl writes it.
pub(super) fn text(label: &str, der: &[u8]) -> String {
    let data = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (place, character) in data.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// The label of a line that begins or ends a block.
fn label<'a>(line: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    line.strip_prefix(start)?.strip_suffix(b"-----")
}

#[cfg(test)]
mod tests {
    use super::blocks;

    fn read(text: &str) -> Vec<(String, bool, Vec<u8>)> {
        blocks(text.as_bytes())
            .into_iter()
            .map(|block| (block.label, block.has_headers, block.der))
            .collect()
    }

    #[test]
    fn what_stands_between_blocks_and_what_is_broken_is_passed_over() {
        let text = "Bag Attributes: x\n-----BEGIN A-----\r\nAQ ID\r\n-----END A-----  \n# junk\n\
             -----BEGIN B-----\nAQ\n-----END C-----\n-----BEGIN D-----\n!!\n-----END D-----\n\
             -----BEGIN E-----\nAQID\n-----BEGIN F-----\nProc-Type: 4,ENCRYPTED\n\nAQID\n-----END F-----\n\
             -----BEGIN G-----\nAQID";
        let der = vec![1, 2, 3];
        assert_eq!(
            read(text),
            [
                ("A".to_owned(), false, der.clone()),
                ("F".to_owned(), true, der)
            ]
        );
        for length in [1, 48, 49, 100] {
            let der = vec![7; length];
            let [(label, false, back)] = &read(&super::text("X Y", &der))[..] else {
                panic!("{length}")
            };
            assert_eq!((label.as_str(), back), ("X Y", &der));
        }
        assert!(read("").is_empty() && read("-----BEGIN X-----").is_empty());
    }
}
