//! What lines after `--set` and its kin do, recorded from real Helm: each is laid over the same three values, and what it
//! changed is compared.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use Answer::{Becomes, Fails};
use goyaml::json::{self, Escaping, Layout};
use helm_engine::values::{SetError, Setting, parse_values, set};
use helm_engine::{Data, Str};

/// What the line does.
enum Answer {
    /// The values that are new or changed, as JSON.
    Becomes(&'static str),
    /// The error. Helm keeps back what is wrong with JSON.
    Fails(&'static str),
}

type Case = (&'static str, Answer);
type Values = BTreeMap<Str, Data>;

/// What Helm makes of `--set`.
const TYPED: &[Case] = &[
    ("a=1", Becomes(r#"{"a":1}"#)),
    ("a=1.5", Becomes(r#"{"a":"1.5"}"#)),
    ("a=01", Becomes(r#"{"a":"01"}"#)),
    ("a=0", Becomes(r#"{"a":0}"#)),
    ("a=-0", Becomes(r#"{"a":0}"#)),
    ("a=-5", Becomes(r#"{"a":-5}"#)),
    ("a=+5", Becomes(r#"{"a":5}"#)),
    ("a=1e3", Becomes(r#"{"a":"1e3"}"#)),
    ("a=0x1F", Becomes(r#"{"a":"0x1F"}"#)),
    (
        "a=9223372036854775807",
        Becomes(r#"{"a":9223372036854775807}"#),
    ),
    (
        "a=9223372036854775808",
        Becomes(r#"{"a":"9223372036854775808"}"#),
    ),
    ("a=true", Becomes(r#"{"a":true}"#)),
    ("a=TRUE", Becomes(r#"{"a":true}"#)),
    ("a=null", Becomes(r#"{"a":null}"#)),
    ("a=Null", Becomes(r#"{"a":null}"#)),
    ("a=~", Becomes(r#"{"a":"~"}"#)),
    ("a=", Becomes(r#"{"a":""}"#)),
    ("a", Fails(r#"key "a" has no value"#)),
    ("a=b,c", Fails(r#"key "c" has no value"#)),
    ("a=b,", Becomes(r#"{"a":"b"}"#)),
    (",", Fails(r#"key "" has no value (cannot end with ,)"#)),
    ("", Becomes("{}")),
    ("=", Becomes("{}")),
    ("=b", Becomes("{}")),
    ("a=b=c", Becomes(r#"{"a":"b=c"}"#)),
    ("a.b=c", Becomes(r#"{"a":{"b":"c"}}"#)),
    ("a.b.c=1,a.b.d=2", Becomes(r#"{"a":{"b":{"c":1,"d":2}}}"#)),
    ("a.=1", Fails(r#"key map "a" has no value"#)),
    ("a.", Becomes("{}")),
    (".a=1", Becomes("{}")),
    ("a..b=1", Fails(r#"key map "a" has no value"#)),
    (r"a\.b=1", Becomes(r#"{"a.b":1}"#)),
    (r"a\,b=1", Becomes(r#"{"a,b":1}"#)),
    (r"a=x\,y", Becomes(r#"{"a":"x,y"}"#)),
    (r"a=x\=y", Becomes(r#"{"a":"x=y"}"#)),
    (r"a=\", Becomes(r#"{"a":""}"#)),
    (r"a=x\\y", Becomes(r#"{"a":"x\\y"}"#)),
    ("a={1,2,x}", Becomes(r#"{"a":[1,2,"x"]}"#)),
    ("a={}", Becomes(r#"{"a":[""]}"#)),
    ("a={", Fails("list must terminate with '}'")),
    ("a={1", Fails("list must terminate with '}'")),
    ("a={1,2}x", Fails(r#"key "x" has no value"#)),
    ("a={1,2},b=1", Becomes(r#"{"a":[1,2],"b":1}"#)),
    ("a={ 1, 2 }", Becomes(r#"{"a":[" 1"," 2 "]}"#)),
    (r"a={a\,b}", Becomes(r#"{"a":["a,b"]}"#)),
    ("a={{1},2}", Fails(r#"key "2}" has no value"#)),
    ("a[0]=1", Becomes(r#"{"a":[1]}"#)),
    ("a[2]=1", Becomes(r#"{"a":[null,null,1]}"#)),
    ("a[0]", Becomes(r#"{"a":[]}"#)),
    ("a[0", Fails("error parsing index: EOF")),
    ("a[", Fails("error parsing index: EOF")),
    (
        "a[]=1",
        Fails(r#"error parsing index: strconv.Atoi: parsing "": invalid syntax"#),
    ),
    (
        "a[x]=1",
        Fails(r#"error parsing index: strconv.Atoi: parsing "x": invalid syntax"#),
    ),
    ("a[-1]=1", Fails("negative -1 index not allowed")),
    (
        "a[65537]=1",
        Fails("index of 65537 is greater than maximum supported index of 65536"),
    ),
    (
        "a[99999999999999999999]=1",
        Fails(
            r#"error parsing index: strconv.Atoi: parsing "99999999999999999999": value out of range"#,
        ),
    ),
    ("a[0].b=1", Becomes(r#"{"a":[{"b":1}]}"#)),
    ("a[0].b=1,a[0].c=2", Becomes(r#"{"a":[{"b":1,"c":2}]}"#)),
    ("a[1].b=", Becomes(r#"{"a":[]}"#)),
    ("a[0].b", Fails(r#"key "b" has no value"#)),
    ("a[0].", Becomes(r#"{"a":[]}"#)),
    ("a[0][1]=x", Becomes(r#"{"a":[[null,"x"]]}"#)),
    (
        "a[0][1].b=x,a[0][0]=y",
        Becomes(r#"{"a":[["y",{"b":"x"}]]}"#),
    ),
    (
        "a[0]x=1",
        Fails("unexpected data at end of array index: ['x']"),
    ),
    ("a[0]={1,2}", Becomes(r#"{"a":[[1,2]]}"#)),
    ("a[0]=,b=1", Becomes(r#"{"a":[""],"b":1}"#)),
    ("a[0]=", Becomes(r#"{"a":[""]}"#)),
    ("m.k=2", Becomes(r#"{"m":{"k":2,"l":[1,2]}}"#)),
    ("m=1", Becomes(r#"{"m":1}"#)),
    ("m.l[0]=9", Becomes(r#"{"m":{"k":1,"l":[9,2]}}"#)),
    ("m.l[3]=9", Becomes(r#"{"m":{"k":1,"l":[1,2,null,9]}}"#)),
    (
        "m.k.x=1",
        Fails(
            "unable to parse key: interface conversion: interface {} is float64, not map[string]interface {}",
        ),
    ),
    (
        "s.x=1",
        Fails(
            "unable to parse key: interface conversion: interface {} is string, not map[string]interface {}",
        ),
    ),
    (
        "s[0]=1",
        Fails(
            "unable to parse key: interface conversion: interface {} is string, not []interface {}",
        ),
    ),
    (
        "m[0]=1",
        Fails(
            "unable to parse key: interface conversion: interface {} is map[string]interface {}, not []interface {}",
        ),
    ),
    ("n.x=1", Becomes(r#"{"n":{"x":1}}"#)),
    ("n[0]=1", Becomes(r#"{"n":[1]}"#)),
    ("m=null", Becomes(r#"{"m":null}"#)),
    ("m.k=null", Becomes(r#"{"m":{"k":null,"l":[1,2]}}"#)),
    ("s=null", Becomes(r#"{"s":null}"#)),
    ("m.l=null", Becomes(r#"{"m":{"k":1,"l":null}}"#)),
    ("m.l[0]=null", Becomes(r#"{"m":{"k":1,"l":[null,2]}}"#)),
    ("n=null", Becomes(r#"{"n":null}"#)),
    (
        "a[0]=1,a.b=2",
        Fails(
            "unable to parse key: interface conversion: interface {} is []interface {}, not map[string]interface {}",
        ),
    ),
    (
        "a=1,a.b=2",
        Fails(
            "unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}",
        ),
    ),
    (
        "a=1,a[0]=2",
        Fails(
            "unable to parse key: interface conversion: interface {} is int64, not []interface {}",
        ),
    ),
    ("a.b=1,a=2", Becomes(r#"{"a":2}"#)),
    ("a b=1", Becomes(r#"{"a b":1}"#)),
    (" a=1", Becomes(r#"{" a":1}"#)),
    ("a= 1", Becomes(r#"{"a":" 1"}"#)),
    ("é.ü=1", Becomes(r#"{"é":{"ü":1}}"#)),
    ("a=faſ", Becomes(r#"{"a":"faſ"}"#)),
    ("a=falſe", Becomes(r#"{"a":false}"#)),
    ("a=tRue", Becomes(r#"{"a":true}"#)),
    ("a=1_000", Becomes(r#"{"a":"1_000"}"#)),
    ("a.b=,c=1", Becomes(r#"{"a":{"b":""},"c":1}"#)),
    ("a.b={1,2}", Becomes(r#"{"a":{"b":[1,2]}}"#)),
    ("a[0].b={x,y}", Becomes(r#"{"a":[{"b":["x","y"]}]}"#)),
    (
        "a=x,b[0].c=y,b[1].c=z",
        Becomes(r#"{"a":"x","b":[{"c":"y"},{"c":"z"}]}"#),
    ),
    ("a[1]=x,a[0].c=y", Becomes(r#"{"a":[{"c":"y"},"x"]}"#)),
    ("a[0]=x,a[0].c=y", Becomes(r#"{"a":[{"c":"y"}]}"#)),
    (
        "a[0]=x,a[0][0]=y",
        Fails(
            "unable to parse key: interface conversion: interface {} is string, not []interface {}",
        ),
    ),
    ("a[0][0]=y,a[0].c=1", Becomes(r#"{"a":[{"c":1}]}"#)),
    ("a]=1", Becomes(r#"{"a]":1}"#)),
    ("a}=1", Becomes(r#"{"a}":1}"#)),
    ("a=}", Becomes(r#"{"a":"}"}"#)),
    ("a=]", Becomes(r#"{"a":"]"}"#)),
    ("a=[1]", Becomes(r#"{"a":"[1]"}"#)),
    (r#"a="x""#, Becomes(r#"{"a":"\"x\""}"#)),
    ("a={1,,2}", Becomes(r#"{"a":[1,"",2]}"#)),
    ("a={,}", Becomes(r#"{"a":["",""]}"#)),
    ("a={true,null,0,01}", Becomes(r#"{"a":[true,null,0,"01"]}"#)),
    ("a[0][0][0]=1", Becomes(r#"{"a":[[[1]]]}"#)),
    ("a[1][1]=x,a[1].k=2", Becomes(r#"{"a":[null,{"k":2}]}"#)),
    ("a[0].b[1].c=3", Becomes(r#"{"a":[{"b":[null,{"c":3}]}]}"#)),
    (
        "a.b[0].c.d[2]=x",
        Becomes(r#"{"a":{"b":[{"c":{"d":[null,null,"x"]}}]}}"#),
    ),
    ("[0]=1", Becomes("{}")),
    (
        "a[ 0]=1",
        Fails(r#"error parsing index: strconv.Atoi: parsing " 0": invalid syntax"#),
    ),
    ("a[+1]=1", Becomes(r#"{"a":[null,1]}"#)),
    (r"a=b\", Becomes(r#"{"a":"b"}"#)),
    (r"a\=b=1", Becomes(r#"{"a=b":1}"#)),
    (
        r"a[0]\.b=1",
        Fails("unexpected data at end of array index: ['.' 'b']"),
    ),
    (r"a={x\}y}", Becomes(r#"{"a":["x}y"]}"#)),
    ("a={x}}", Fails(r#"key "}" has no value"#)),
    ("a[0]={", Fails("list must terminate with '}'")),
    ("a[0]={x", Fails("list must terminate with '}'")),
    ("m.k=1,m.k=2", Becomes(r#"{"m":{"k":2,"l":[1,2]}}"#)),
    ("global.x=1", Becomes(r#"{"global":{"x":1}}"#)),
    ("a='q'", Becomes(r#"{"a":"'q'"}"#)),
    ("a=-", Becomes(r#"{"a":"-"}"#)),
    ("a=+", Becomes(r#"{"a":"+"}"#)),
    ("a=--1", Becomes(r#"{"a":"--1"}"#)),
    ("a=0,b=00", Becomes(r#"{"a":0,"b":"00"}"#)),
    ("a[1]=1,a[0]=null", Becomes(r#"{"a":[null,1]}"#)),
];

/// What Helm makes of `--set-string`.
const TEXT: &[Case] = &[
    ("a=1", Becomes(r#"{"a":"1"}"#)),
    ("a=true", Becomes(r#"{"a":"true"}"#)),
    ("a=", Becomes(r#"{"a":""}"#)),
    ("a={1,null}", Becomes(r#"{"a":["1","null"]}"#)),
    ("a[1]=0", Becomes(r#"{"a":[null,"0"]}"#)),
    ("a=b,", Becomes(r#"{"a":"b"}"#)),
    (r"a=x\,y", Becomes(r#"{"a":"x,y"}"#)),
    ("m.k=2", Becomes(r#"{"m":{"k":"2","l":[1,2]}}"#)),
    (
        "s.x=1",
        Fails(
            "unable to parse key: interface conversion: interface {} is string, not map[string]interface {}",
        ),
    ),
];

/// What Helm makes of `--set-literal`.
const LITERAL: &[Case] = &[
    ("a=1", Becomes(r#"{"a":"1"}"#)),
    ("a=b,c", Becomes(r#"{"a":"b,c"}"#)),
    ("a={1,2}", Becomes(r#"{"a":"{1,2}"}"#)),
    ("a[0].b=x,y", Becomes(r#"{"a":[{"b":"x,y"}]}"#)),
    (r"a\.b=1", Becomes(r#"{"a\\":{"b":"1"}}"#)),
    (r"a=\", Becomes(r#"{"a":"\\"}"#)),
    ("a.b", Fails(r#"key "b" has no value"#)),
    ("m.l[0]=q", Becomes(r#"{"m":{"k":1,"l":["q",2]}}"#)),
    (
        "s.x=1",
        Fails(
            "unable to parse key: interface conversion: interface {} is string, not map[string]interface {}",
        ),
    ),
    (
        r"a[0]\.b=1",
        Fails(r"unexpected data at end of array index: ['\\']"),
    ),
    ("", Becomes("{}")),
];

/// What Helm makes of `--set-json`.
const JSON: &[Case] = &[
    ("a=1", Becomes(r#"{"a":1}"#)),
    (r#"a="x""#, Becomes(r#"{"a":"x"}"#)),
    (
        r#"a={"b":[1,null,true]},c=2"#,
        Becomes(r#"{"a":{"b":[1,null,true]},"c":2}"#),
    ),
    ("a=[1,2", Fails("")),
    ("a=", Becomes(r#"{"a":null}"#)),
    ("a=,b=1", Becomes(r#"{"a":null,"b":1}"#)),
    ("a= ,b= 2 , c=3", Becomes(r#"{" c":3,"a":null,"b":2}"#)),
    ("a", Fails("")),
    ("a=x", Fails("")),
    (r#"a={"b":1}}"#, Fails("")),
    (r#"a={"b":1} x=2"#, Becomes(r#"{"a":{"b":1},"x":2}"#)),
    (r#"a[0]={"b":1}"#, Becomes(r#"{"a":[{"b":1}]}"#)),
    ("a[0].c=[1]", Becomes(r#"{"a":[{"c":[1]}]}"#)),
    (r#"{"a":1,"m":{"z":3}}"#, Fails("")),
    (r#"{"a":1"#, Fails("")),
    ("[1]", Becomes("{}")),
    (r#"m={"z":1}"#, Becomes(r#"{"m":{"z":1}}"#)),
    ("m.k=null", Becomes(r#"{"m":{"k":null,"l":[1,2]}}"#)),
    (r#"a="x" "y""#, Fails("")),
    ("a=1 2", Fails("")),
    ("a=tru", Fails("")),
    ("a[1]=", Becomes(r#"{"a":[null,null]}"#)),
    (r#"a[0]=1,a[1]="q""#, Becomes(r#"{"a":[1,"q"]}"#)),
    ("a=1e400", Fails("")),
    (
        "a=12345678901234567890",
        Becomes(r#"{"a":12345678901234567000}"#),
    ),
    ("a='x'", Fails("")),
    (
        r#"m.k={"a":null}"#,
        Becomes(r#"{"m":{"k":{"a":null},"l":[1,2]}}"#),
    ),
    ("a.b", Fails("")),
    ("a.b=", Becomes(r#"{"a":{"b":null}}"#)),
    ("{}", Fails("")),
    ("null", Fails("")),
    (r#"a="\u00e9\ud83d\ude00""#, Becomes(r#"{"a":"é😀"}"#)),
    ("a=nullx", Fails("")),
    (r#"a="x",b="y""#, Becomes(r#"{"a":"x","b":"y"}"#)),
    ("a=1.50", Becomes(r#"{"a":1.5}"#)),
    (
        r#"a= [ 1 , {"b" : "c,d" } ] , d=true"#,
        Becomes(r#"{" d":true,"a":[1,{"b":"c,d"}]}"#),
    ),
    (r"a\.b=1", Becomes(r#"{"a.b":1}"#)),
];

const BASE: &[u8] = b"m: {k: 1, l: [1, 2]}\ns: str\nz: null\n";

fn changed(line: &str, setting: Setting<'_>) -> Result<String, SetError> {
    let base: Values = parse_values(BASE).unwrap();
    let mut values = base.clone();
    set(&mut values, line, setting)?;
    values.retain(|key, value| base.get(key) != Some(value));
    let text = json::data_to_vec(&Data::Map(values), Escaping::Plain, Layout::Compact);
    Ok(String::from_utf8(text.unwrap()).unwrap())
}

fn check(cases: &[Case], setting: impl Fn() -> Setting<'static>) {
    for (line, answer) in cases {
        match (changed(line, setting()), answer) {
            (Ok(values), Becomes(expected)) => {
                assert_eq!(read(&values), read(expected), "{line:?}");
            }
            (Err(error), Fails(expected)) => {
                assert!(error.to_string().starts_with(expected), "{line:?}: {error}");
            }
            (Ok(values), Fails(expected)) => panic!("{line:?} became {values}, not {expected:?}"),
            (Err(error), Becomes(expected)) => panic!("{line:?}: {error}, not {expected}"),
        }
    }
}

fn read(text: &str) -> Data {
    json::from_slice(text.as_bytes()).unwrap()
}

#[test]
fn set_follows_paths_and_reads_words_as_helm_does() {
    check(TYPED, || Setting::Typed);
}

#[test]
fn set_string_and_set_literal_make_strings_only() {
    check(TEXT, || Setting::Text);
    check(LITERAL, || Setting::Literal);
}

#[test]
fn set_json_reads_json_and_says_what_is_wrong_with_it() {
    check(JSON, || Setting::Json);
    let error = changed("a=tru", Setting::Json).unwrap_err().to_string();
    assert_eq!(
        error,
        "invalid character ' ' in literal true (expecting 'e')"
    );
}

#[test]
fn set_file_asks_for_each_word() {
    let mut asked = Vec::new();
    let mut file = |name: &str| {
        asked.push(name.to_owned());
        if name == "missing" {
            Err("no such file".to_owned())
        } else {
            Ok(Str::from("content"))
        }
    };
    let values = changed("a={x,y},b[0]=z", Setting::File(&mut file)).unwrap();
    assert_eq!(values, r#"{"a":["content","content"],"b":["content"]}"#);
    let error = changed("a=missing", Setting::File(&mut file)).unwrap_err();
    assert_eq!(error.to_string(), "no such file");
    assert_eq!(asked, ["x", "y", "z", "missing"]);
}

#[test]
fn integers_are_integers_and_numbers_of_json_floats() {
    let mut values = Values::new();
    set(&mut values, "a=1", Setting::Typed).unwrap();
    set(&mut values, "b=1", Setting::Json).unwrap();
    assert_eq!(values[&b"a"[..]], Data::Int(1));
    assert_eq!(values[&b"b"[..]], Data::Float(1.0));
}

#[test]
fn indexes_and_depth_have_limits() {
    let error = |line: &str| changed(line, Setting::Typed).unwrap_err().to_string();
    assert!(changed("a[65536]=1", Setting::Typed).is_ok());
    assert_eq!(
        error("a[65537]=1"),
        "index of 65537 is greater than maximum supported index of 65536"
    );
    let dots = |n| format!("{}b=1", "a.".repeat(n));
    assert!(changed(&dots(30), Setting::Typed).is_ok());
    assert!(error(&dots(31)).ends_with("nested level of 30"));
    assert!(error(&format!("a{}=1", "[0]".repeat(100_000))).ends_with("deeper than 500 levels"));
    assert!(error(&format!("{}b=1", "a[0].".repeat(100_000))).ends_with("500 levels"));
}
