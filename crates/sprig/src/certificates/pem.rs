//! PEM, RFC 7468: DER in base64 between two lines that name it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

/// A PEM block.
pub(super) struct Block {
    pub(super) name: String,
    pub(super) der: Vec<u8>,
}

/// `pem.EncodeToMemory`.
pub(super) fn encode(name: &str, der: &[u8]) -> String {
    let mut out = format!("-----BEGIN {name}-----\n");
    for (at, c) in STANDARD.encode(der).chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out + "\n-----END " + name + "-----\n"
}

/// The first block of the text; headers are passed over. `None` = there is none.
pub(super) fn decode(text: &[u8]) -> Option<Block> {
    let text = String::from_utf8_lossy(text);
    let mut rest: &str = &text;
    loop {
        let (_, behind) = rest.split_once("-----BEGIN ")?;
        rest = behind;
        if let Some(block) = block(behind) {
            return Some(block);
        }
    }
}

fn block(text: &str) -> Option<Block> {
    let (first, body) = text.split_once('\n')?;
    let name = first.trim_end().strip_suffix("-----")?;
    let (body, _) = body.split_once(&format!("-----END {name}-----"))?;
    let lines = body.lines().filter(|line| !line.contains(':'));
    let encoded: String = lines.flat_map(str::split_whitespace).collect();
    let engine = GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new());
    let der = engine.decode(encoded).ok()?;
    Some(Block {
        name: name.to_owned(),
        der,
    })
}
