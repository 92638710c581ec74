//! DER, as much as keys and certificates need: writing values, and walking through those of others.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const NULL: &[u8] = &[0x05, 0];
pub(super) const TRUE: &[u8] = &[BOOLEAN, 1, 0xff];

/// One value: tag, length, content.
pub(super) fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let used = &bytes[length.leading_zeros() as usize / 8..];
        out.push(0x80 | used.len() as u8);
        out.extend_from_slice(used);
    }
    out.extend_from_slice(content);
    out
}

/// A SEQUENCE of the given values.
pub(super) fn sequence(values: &[&[u8]]) -> Vec<u8> {
    value(SEQUENCE, &values.concat())
}

/// A non-negative INTEGER from its big-endian bytes.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|b| **b == 0).count();
    let significant = &bytes[zeros..];
    match significant.first() {
        Some(first) if *first < 0x80 => value(INTEGER, significant),
        _ => value(INTEGER, &[&[0], significant].concat()),
    }
}

/// A BIT STRING of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    value(BIT_STRING, &[&[0], bytes].concat())
}

/// A value that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// Tag, length and content.
    pub(super) whole: &'a [u8],
}

/// The first value and what is behind it. `None` = that is no DER.
pub(super) fn read(input: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let (tag, rest) = input.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if *first >= 0x80 {
        let count = usize::from(first & 0x7f);
        if !(1..=4).contains(&count) {
            return None;
        }
        let (bytes, behind) = rest.split_at_checked(count)?;
        length = bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b));
        rest = behind;
    }
    let (content, behind) = rest.split_at_checked(length)?;
    let whole = &input[..input.len() - behind.len()];
    let item = Item {
        tag: *tag,
        content,
        whole,
    };
    Some((item, behind))
}

/// All values in a content.
pub(super) fn items(mut content: &[u8]) -> Option<Vec<Item<'_>>> {
    let mut found = Vec::new();
    while !content.is_empty() {
        let (item, rest) = read(content)?;
        found.push(item);
        content = rest;
    }
    Some(found)
}

/// The values in a SEQUENCE that is all of the input.
pub(super) fn members(input: &[u8]) -> Option<Vec<Item<'_>>> {
    match read(input)? {
        (item, []) if item.tag == SEQUENCE => items(item.content),
        _ => None,
    }
}
