//! What an execution was given from outside, and which call it belongs to.

use std::collections::BTreeMap;
use std::fmt;

use gotemplate::{Data, FuncError, Str, Value};
use sha2::{Digest as _, Sha256};

use crate::print;

/// The impure results of an execution, by function and arguments, in the order of the calls.
///
/// Arguments are kept as a digest only; results are kept as they are, generated keys included.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Record {
    pub(super) now: Option<i128>,
    pub(super) results: BTreeMap<String, Vec<Vec<String>>>,
}

impl fmt::Debug for Record {
    /// Which calls were recorded; not their results, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.results.keys()).finish()
    }
}

const NOW: &str = "now";
const RESULTS: &str = "results";

impl Record {
    pub(super) fn get(&self, key: &str, occurrence: usize) -> Option<&[String]> {
        self.results.get(key)?.get(occurrence).map(Vec::as_slice)
    }

    pub(super) fn push(&mut self, key: String, values: Vec<String>) {
        self.results.entry(key).or_default().push(values);
    }

    /// This record, and of the other one the calls that it does not have.
    #[must_use]
    pub fn or(mut self, other: &Self) -> Self {
        self.now = self.now.or(other.now);
        for (key, calls) in &other.results {
            let own = self.results.entry(key.clone()).or_default();
            own.extend(calls.iter().skip(own.len()).cloned().collect::<Vec<_>>());
        }
        self
    }

    /// The record as a document, to be stored as YAML or JSON.
    pub fn to_data(&self) -> Data {
        let texts = |values: &Vec<String>| {
            Data::List(
                values
                    .iter()
                    .map(|v| Data::Str(v.as_str().into()))
                    .collect(),
            )
        };
        let results = self.results.iter().map(|(key, calls)| {
            let calls = calls.iter().map(texts).collect();
            (Str::from(key.as_str()), Data::List(calls))
        });
        let mut document = BTreeMap::new();
        if let Some(now) = self.now {
            document.insert(NOW.into(), Data::Str(now.to_string().into()));
        }
        document.insert(RESULTS.into(), Data::Map(results.collect()));
        Data::Map(document)
    }

    /// Reads what [`Record::to_data`] wrote. `None` = it is no such document.
    pub fn from_data(data: &Data) -> Option<Self> {
        let Data::Map(document) = data else {
            return None;
        };
        let now = match document.get(NOW.as_bytes()) {
            Some(Data::Str(now)) => Some(now.as_str()?.parse().ok()?),
            None => None,
            Some(_) => return None,
        };
        let Some(Data::Map(entries)) = document.get(RESULTS.as_bytes()) else {
            return None;
        };
        let mut results = BTreeMap::new();
        for (key, calls) in entries {
            let calls: Option<Vec<Vec<String>>> = list(calls)?.iter().map(texts).collect();
            results.insert(key.as_str()?.to_owned(), calls?);
        }
        Some(Self { now, results })
    }
}

fn list(data: &Data) -> Option<&[Data]> {
    match data {
        Data::List(items) => Some(items),
        _ => None,
    }
}

fn texts(data: &Data) -> Option<Vec<String>> {
    let text = |item: &Data| match item {
        Data::Str(s) => s.as_str().map(str::to_owned),
        _ => None,
    };
    list(data)?.iter().map(text).collect()
}

/// How often each call was made so far.
#[derive(Debug, Default)]
pub(super) struct Occurrences(BTreeMap<String, usize>);

impl Occurrences {
    pub(super) fn next(&mut self, key: &str) -> usize {
        let count = self.0.entry(key.to_owned()).or_default();
        *count += 1;
        *count - 1
    }
}

/// The function's name and the first half of the SHA-256 of its arguments.
pub(super) fn key(function: &str, args: &[Value]) -> Result<String, FuncError> {
    let mut digest = Sha256::new();
    for arg in args {
        let shown = print::display(arg)?;
        digest.update(arg.type_name().as_bytes());
        digest.update((shown.len() as u64).to_be_bytes());
        digest.update(shown);
    }
    let hash = digest.finalize();
    let hex = print::hexadecimal(&hash[..16]);
    Ok(format!("{function}-{hex}"))
}
