//! Decides what `<< .ClusterAddonVersion >>` in a source file becomes.

const START: &str = "<< ";
const END: &str = " >>";

/// Replaces each `<< name >>` by its value, by nothing where the name is unknown. What is no text, or has a start
/// without an end, stays as it is from there on: upstream damages the one and fails on the other.
pub(crate) fn substitute(bytes: Vec<u8>, value: &dyn Fn(&str) -> Option<String>) -> Vec<u8> {
    let text = match String::from_utf8(bytes) {
        Ok(text) if text.contains(START) && !text.contains('\0') => text,
        Ok(text) => return text.into_bytes(),
        Err(binary) => return binary.into_bytes(),
    };
    let (mut out, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some((before, after)) = rest.split_once(START)
        && let Some((name, next)) = after.split_once(END)
    {
        out.push_str(before);
        out.push_str(&value(name).unwrap_or_default());
        rest = next;
    }
    out.push_str(rest);
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_replaced_unknown_ones_vanish_and_binaries_stay() {
        let value = |name: &str| (name == ".V").then(|| "v1".to_owned());
        let run = |bytes: &[u8]| substitute(bytes.to_vec(), &value);
        assert_eq!(run(b"a << .V >> b << .X >>c"), b"a v1 b c");
        assert_eq!(run(b"cat <<EOF\n<< open"), b"cat <<EOF\n<< open");
        assert_eq!(run(b"\xff<< .V >>"), b"\xff<< .V >>");
    }
}
