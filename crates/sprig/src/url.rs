//! URLs in parts: `urlParse` and `urlJoin`, by the rules of Go's `net/url`.

use std::net::{Ipv4Addr, Ipv6Addr};

use gotemplate::Type::{Map as Dict, String as Text};
use gotemplate::{Function, Map, Str, Value};

use crate::args::{NIL_DEREFERENCE, Outcome, bytes, fail, map};
use crate::print::quote;
use crate::table::function;
use crate::types::kind_name;

pub(crate) static FUNCTIONS: &[Function] = &[
    function("urlParse", &[Text], |_, a| match parse(bytes(a, 0)?) {
        Ok(url) => Ok(Value::Map(url.parts())),
        Err(message) => fail(format!("unable to parse url: {message}")),
    }),
    function("urlJoin", &[Dict], |_, a| join(map(a, 0)?.as_ref())),
];

/// A URL as Go splits it; path, fragment and host without escapes.
#[derive(Default)]
struct Url {
    scheme: Vec<u8>,
    opaque: Vec<u8>,
    /// As it is written, escapes and all.
    user: Option<Vec<u8>>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

/// A part of a URL: each has its own characters that need no escape.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    /// What follows the `%25` of an IPv6 address.
    Zone,
    User,
    Fragment,
}

impl Part {
    fn allows(self, byte: u8) -> bool {
        let also: &[u8] = match self {
            Self::Path => b"$&+,/:;=@",
            Self::Host | Self::Zone => b"!\"$&'()*+,:;<=>[]",
            Self::User => b"$&+,;=",
            Self::Fragment => b"!$&()*+,/:;=?@",
        };
        byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte)
    }
}

fn escape(text: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if part.allows(*byte) {
            out.push(*byte);
        } else {
            out.extend(format!("%{byte:02X}").into_bytes());
        }
    }
    out
}

fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let is_host = matches!(part, Part::Host | Part::Zone);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, behind @ ..] = rest {
        rest = behind;
        if *byte != b'%' {
            if is_host && byte.is_ascii() && !part.allows(*byte) {
                let shown = quote(&[*byte]);
                return Err(format!("invalid character {shown} in host name"));
            }
            out.push(*byte);
            continue;
        }
        let digit = |at: usize| behind.get(at).and_then(|b| char::from(*b).to_digit(16));
        let shown = || {
            let digits = &behind[..behind.len().min(2)];
            format!("invalid URL escape {}", quote(&[b"%", digits].concat()))
        };
        let (Some(high), Some(low)) = (digit(0), digit(1)) else {
            return Err(shown());
        };
        let value = (high * 16 + low) as u8;
        let wrong = match part {
            // RFC 6874 lets a zone begin with %25; other ASCII may not be escaped in hosts.
            Part::Host => value.is_ascii() && value != b'%',
            Part::Zone => value != b'%' && value != b' ' && !Part::Host.allows(value),
            _ => false,
        };
        if wrong {
            return Err(shown());
        }
        out.push(value);
        rest = &behind[2..];
    }
    Ok(out)
}

fn find(text: &[u8], byte: u8) -> Option<usize> {
    text.iter().position(|b| *b == byte)
}

fn rfind(text: &[u8], byte: u8) -> Option<usize> {
    text.iter().rposition(|b| *b == byte)
}

/// What is before the byte and what is behind it; everything is before a byte that is not there.
fn cut(text: &[u8], byte: u8) -> (&[u8], &[u8]) {
    match find(text, byte) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, b""),
    }
}

fn parse(source: &[u8]) -> Result<Url, String> {
    let (before, fragment) = cut(source, b'#');
    let failed = |shown: &[u8], why: String| format!("parse {}: {why}", quote(shown));
    let mut url = parse_before_fragment(before).map_err(|why| failed(before, why))?;
    url.fragment = unescape(fragment, Part::Fragment).map_err(|why| failed(source, why))?;
    Ok(url)
}

fn parse_before_fragment(source: &[u8]) -> Result<Url, String> {
    if source.iter().any(|b| *b < b' ' || *b == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut url = Url::default();
    if source == b"*" {
        url.path = source.to_vec();
        return Ok(url);
    }
    let (scheme, rest) = scheme(source)?;
    url.scheme = scheme.to_ascii_lowercase();
    let (rest, query) = cut(rest, b'?');
    url.query = query.to_vec();
    if !rest.starts_with(b"/") {
        if !scheme.is_empty() {
            url.opaque = rest.to_vec();
            return Ok(url);
        }
        if cut(rest, b'/').0.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let mut path = rest;
    let has_authority = !scheme.is_empty() || !rest.starts_with(b"///");
    if let (Some(behind), true) = (rest.strip_prefix(b"//"), has_authority) {
        let end = find(behind, b'/').unwrap_or(behind.len());
        url.authority(&behind[..end])?;
        path = &behind[end..];
    }
    url.path = unescape(path, Part::Path)?;
    Ok(url)
}

/// The scheme, possibly empty, and what follows its colon.
fn scheme(source: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (at, byte) in source.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&source[..at], &source[at + 1..])),
            _ => break,
        }
    }
    Ok((b"", source))
}

impl Url {
    fn authority(&mut self, authority: &[u8]) -> Result<(), String> {
        let Some(at) = rfind(authority, b'@') else {
            self.host = host(&self.scheme, authority)?;
            return Ok(());
        };
        self.host = host(&self.scheme, &authority[at + 1..])?;
        let user = &authority[..at];
        let valid = |b: &u8| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(b);
        if !user.iter().all(valid) {
            return Err("net/url: invalid userinfo".to_owned());
        }
        let (name, password) = cut(user, b':');
        let mut written = escape(&unescape(name, Part::User)?, Part::User);
        if user.contains(&b':') {
            written.push(b':');
            written.extend(escape(&unescape(password, Part::User)?, Part::User));
        }
        self.user = Some(written);
        Ok(())
    }

    fn parts(&self) -> Map {
        let user = self.user.clone().unwrap_or_default();
        let parts = [
            ("scheme", self.scheme.as_slice()),
            ("host", &self.host),
            ("hostname", self.hostname()),
            ("path", &self.path),
            ("query", &self.query),
            ("opaque", &self.opaque),
            ("fragment", &self.fragment),
            ("userinfo", &user),
        ];
        parts
            .into_iter()
            .map(|(name, part)| (Str::from(name), Value::str(part)))
            .collect()
    }

    /// The host without port and brackets.
    fn hostname(&self) -> &[u8] {
        let host = match rfind(&self.host, b':') {
            Some(colon) if is_port(&self.host[colon..]) => &self.host[..colon],
            _ => &self.host,
        };
        let inner = host.strip_prefix(b"[").and_then(|h| h.strip_suffix(b"]"));
        inner.unwrap_or(host)
    }

    /// `URL.String`.
    fn text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            self.push_hierarchy(&mut out);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend(escape(&self.fragment, Part::Fragment));
        }
        out
    }

    /// Authority and path.
    fn push_hierarchy(&self, out: &mut Vec<u8>) {
        let has_authority = !self.host.is_empty() || self.user.is_some();
        if has_authority || !self.scheme.is_empty() && !self.path.is_empty() {
            out.extend_from_slice(b"//");
        }
        if let Some(user) = &self.user {
            out.extend_from_slice(user);
            out.push(b'@');
        }
        out.extend(escape(&self.host, Part::Host));
        let path = match self.path.as_slice() {
            b"*" => b"*".to_vec(),
            path => escape(path, Part::Path),
        };
        if !path.is_empty() && path[0] != b'/' && !self.host.is_empty() {
            out.push(b'/');
        }
        // A colon in the first segment would make it a scheme.
        if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        out.extend(path);
    }
}

/// A colon and digits, or nothing.
fn is_port(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Checks host and port; returns them without escapes.
fn host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, String> {
    let invalid_port = |port: &[u8]| Err(format!("invalid port {} after host", quote(port)));
    match rfind(host, b'[') {
        Some(0) => {}
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {
            let web = matches!(scheme, b"http" | b"https");
            let colon = if web {
                find(host, b':')
            } else {
                rfind(host, b':')
            };
            if let Some(colon) = colon
                && !is_port(&host[colon..])
            {
                return invalid_port(&host[colon..]);
            }
            return unescape(host, Part::Host);
        }
    }
    let Some(close) = rfind(host, b']') else {
        return Err("missing ']' in host".to_owned());
    };
    let port = &host[close + 1..];
    if !is_port(port) {
        return invalid_port(port);
    }
    let literal = &host[1..close];
    let zone = literal.windows(3).position(|w| w == b"%25");
    let (address, zone) = literal.split_at(zone.unwrap_or(literal.len()));
    let mut address = unescape(address, Part::Host)?;
    address.extend(unescape(zone, Part::Zone)?);
    check_address(&address)?;
    Ok([b"[", address.as_slice(), b"]", port].concat())
}

/// An IPv6 address, maybe with a zone.
fn check_address(literal: &[u8]) -> Result<(), String> {
    let (address, zone) = cut(literal, b'%');
    let address = String::from_utf8_lossy(address);
    if address.parse::<Ipv4Addr>().is_ok() && !literal.contains(&b'%') {
        return Err("invalid IP-literal".to_owned());
    }
    let why = match address.parse::<Ipv6Addr>() {
        Ok(_) if literal.contains(&b'%') && zone.is_empty() => "zone must be a non-empty string",
        Ok(_) => return Ok(()),
        Err(_) => "unable to parse IP",
    };
    Err(format!(
        "invalid host: ParseAddr({}): {why}",
        quote(literal)
    ))
}

/// The part of that name; nothing when it is not there.
fn part(parts: Option<&Map>, name: &str) -> Result<Vec<u8>, gotemplate::FuncError> {
    match parts.and_then(|parts| parts.get(name.as_bytes())) {
        None => Ok(Vec::new()),
        Some(Value::Str(s)) => Ok(s.as_bytes().to_vec()),
        Some(Value::Nil) => fail(NIL_DEREFERENCE),
        Some(other) => {
            let kind = kind_name(other.kind());
            fail(format!(
                "unable to parse {name} key, must be of type string, but {kind} found"
            ))
        }
    }
}

fn join(parts: Option<&Map>) -> Outcome {
    let mut url = Url {
        scheme: part(parts, "scheme")?,
        host: part(parts, "host")?,
        path: part(parts, "path")?,
        query: part(parts, "query")?,
        opaque: part(parts, "opaque")?,
        fragment: part(parts, "fragment")?,
        user: None,
    };
    let user = part(parts, "userinfo")?;
    if !user.is_empty() {
        // Sprig reads the user by way of a URL around it.
        match parse(&[b"proto://", user.as_slice(), b"@host"].concat()) {
            Ok(around) => url.user = around.user,
            Err(message) => return fail(format!("unable to parse userinfo in dict: {message}")),
        }
    }
    Ok(Value::str(url.text()))
}
