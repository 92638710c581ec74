//! Values in Go syntax, as go-yaml's errors about map keys show them.

use std::collections::BTreeMap;

use crate::compose::{NodeId, NodeKind, Tree};
use crate::resolve::Scalar;
use crate::text::go_quote;

use super::resolve_scalar;

/// The text is cut here: keys come from the document, and so may be of any size.
const MAX_LENGTH: usize = 1 << 16;

/// `sigs.k8s.io/yaml`'s error about a key that JSON cannot have.
pub(super) fn unsupported_key(tree: &Tree<'_>, key: &Scalar<'_>, value: NodeId) -> String {
    let (go_type, go_key) = match key {
        Scalar::Uint(u) => ("uint64", format!("{u:#x}")),
        _ => ("%!s(<nil>)", "<nil>".to_owned()),
    };
    let value = match go_value(tree, value) {
        nil if nil == NIL => "<nil>".to_owned(),
        value => value,
    };
    format!("unsupported map key of type: {go_type}, key: {go_key}, value: {value}")
}

const NIL: &str = "interface {}(nil)";

/// The node as `%#v` prints its decoded value. The decoder has accepted it before.
pub(super) fn go_value(tree: &Tree<'_>, id: NodeId) -> String {
    let mut out = String::new();
    write(tree, id, &mut out);
    out
}

fn write(tree: &Tree<'_>, id: NodeId, out: &mut String) {
    if out.len() > MAX_LENGTH {
        return;
    }
    let node = tree.node(id);
    match &node.kind {
        NodeKind::Alias { target, .. } => write(tree, *target, out),
        NodeKind::Scalar { value, implicit } => {
            if let Ok(scalar) = resolve_scalar(&node.tag, value, *implicit) {
                out.push_str(&go_scalar(&scalar, value));
            }
        }
        NodeKind::Sequence => {
            out.push_str("[]interface {}{");
            let mut next = node.first_child;
            while let Some(child) = next {
                write(tree, child, out);
                next = tree.node(child).next_sibling;
                if next.is_some() {
                    out.push_str(", ");
                }
            }
            out.push('}');
        }
        NodeKind::Mapping => {
            let mut pairs = BTreeMap::new();
            let mut next = node.first_child;
            while let Some(key) = next {
                let Some(value) = tree.node(key).next_sibling else {
                    break;
                };
                next = tree.node(value).next_sibling;
                pairs.insert(go_value(tree, key), value);
            }
            out.push_str("map[interface {}]interface {}{");
            for (i, (key, value)) in pairs.into_iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                out.push_str(&key);
                out.push(':');
                write(tree, value, out);
            }
            out.push('}');
        }
    }
}

fn go_scalar(scalar: &Scalar<'_>, text: &[u8]) -> String {
    match scalar {
        Scalar::Null => NIL.to_owned(),
        Scalar::Bool(b) => b.to_string(),
        Scalar::Int(i) => i.to_string(),
        Scalar::Uint(u) => format!("{u:#x}"),
        Scalar::Float(f) => crate::float::go_g(*f),
        Scalar::Timestamp => go_quote(text),
        Scalar::Str(s) => go_quote(s),
    }
}
