//! Charts made to use up everything: each ends with a clear error, or small.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use helm_engine::{
    Ambient, Capabilities, Chart, ChartFile, Limits, Release, RenderError, RenderInput,
    TemplateError, Timestamp, render,
};

fn outcome(template: &str) -> Result<(), TemplateError> {
    let chart = Chart::from_files(vec![
        ChartFile::new("Chart.yaml", b"apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ChartFile::new("templates/t.yaml", template.as_bytes()),
    ]);
    let input = RenderInput {
        release: Release {
            name: "r".into(),
            namespace: "ns".into(),
            revision: 1,
            is_upgrade: false,
        },
        values: BTreeMap::new(),
        capabilities: Capabilities::default(),
        ambient: Ambient::seeded(Timestamp::UNIX_EPOCH, [0; 32]),
        limits: Limits {
            steps: 500_000,
            ..Limits::default()
        },
    };
    match render(&chart.unwrap(), input) {
        Ok(_) => Ok(()),
        Err(RenderError::Template(error)) => Err(error),
        Err(other) => panic!("{template}: {other}"),
    }
}

/// What the template fails with; it must be a limit.
fn limit(template: &str) -> String {
    let Err(error) = outcome(template) else {
        panic!("{template} must not render");
    };
    assert!(error.is_limit(), "{template}: {error}");
    error.to_string()
}

/// A few maps that hold each other twice: 2 to the 40th power of values to whoever walks through them.
const SHARED: &str =
    "{{ $x := dict \"a\" 1 }}{{ range until 40 }}{{ $x = dict \"a\" $x \"b\" $x }}{{ end }}";

#[test]
fn shared_maps_cannot_be_written_or_copied_without_end() {
    for write in [
        "toYaml",
        "toYamlPretty",
        "toJson",
        "toPrettyJson",
        "toRawJson",
        "mustToJson",
        "toToml",
        "deepCopy",
    ] {
        let error = limit(&format!("{SHARED}{{{{ {write} $x | len }}}}"));
        assert!(error.contains("maximum number of steps"), "{error}");
    }
}

#[test]
fn texts_cannot_be_made_without_end() {
    for template in [
        "{{ join (repeat 100000 \"x\") (until 100000) }}",
        "{{ repeat 1000000000 \"x\" }}",
        "{{ range until 1000000000 }}x{{ end }}",
        "{{ replace \"\" (repeat 10000 \"x\") (repeat 1000000 \"y\") }}",
        "{{ randAlphaNum 1000000000 }}",
        "{{ seq 1 1000000000 }}",
    ] {
        limit(template);
    }
}

/// Two structures of the same shape that share nothing with each other, but everything within.
const TWINS: &str = "{{ $x := list 1 }}{{ $y := list 1 }}{{ range until 40 }}{{ $x = list $x $x }}{{ $y = list $y $y }}{{ end }}";

#[test]
fn shared_lists_cannot_be_compared_or_printed_without_end() {
    for template in [
        "{{ deepEqual $x $y }}",
        "{{ has $x (list 1 $y) }}",
        "{{ list $x $y | uniq | len }}",
        "{{ without (list $x) $y | len }}",
        "{{ $x }}",
        "{{ print $x | len }}",
        "{{ printf \"%d %v\" $x $x | len }}",
        "{{ quote $x | len }}",
        "{{ squote $x | len }}",
        "{{ cat $x $x | len }}",
        "{{ toString $x | len }}",
        "{{ html $x | len }}",
        "{{ list $x | join \"\" | len }}",
        "{{ list $x | sortAlpha | len }}",
        "{{ list $x | toStrings | len }}",
        "{{ dict $x 1 | len }}",
        "{{ genPrivateKey (toString $x) }}",
    ] {
        limit(&format!("{TWINS}{template}"));
    }
}

#[test]
fn long_texts_cannot_be_worked_on_without_end() {
    let long = "{{ $s := repeat 1000000 \"a b\" }}{{ range until 100000 }}";
    for work in [
        "upper $s",
        "title $s",
        "swapcase $s",
        "snakecase $s",
        "camelcase $s",
        "initials $s",
        "nospace $s",
        "trim $s",
        "contains \"zz\" $s",
        "replace \"zz\" \"y\" $s",
        "substr 1 9 $s",
        "trunc 9 $s",
        "wrap 80 $s",
        "quote $s",
        "squote $s",
        "cat $s",
        "toString $s",
        "indent 2 $s",
        "split \",\" $s",
        "splitList \",\" $s",
        "splitn \",\" 2 $s",
        "b64enc $s",
        "b64dec $s",
        "b32enc $s",
        "b32dec $s",
        "sha1sum $s",
        "sha256sum $s",
        "sha512sum $s",
        "adler32sum $s",
        "regexMatch \"x\" $s",
        "regexFind \"x\" $s",
        "regexFindAll \"x\" $s -1",
        "regexReplaceAll \"x\" $s \"y\"",
        "regexSplit \"x\" $s -1",
        "regexQuoteMeta $s",
        "urlParse $s",
        "html $s",
        "js $s",
        "urlquery $s",
        "printf \"%q\" $s",
        "print $s",
        "eq $s \"a\"",
        "toYaml $s",
        "toJson $s",
        "fromYaml $s",
        "fromJson $s",
        "fromToml $s",
        "int $s",
        "float64 $s",
        "atoi $s",
        "semver $s",
        "semverCompare $s \"1\"",
        "toDate \"2006\" $s",
        "date $s 0",
        "duration $s",
        "base $s",
        "clean $s",
        "tpl $s .",
        "encryptAES \"key\" $s",
        "decryptAES \"key\" $s",
        "htpasswd $s \"p\"",
        "plural $s $s 1",
        "sortAlpha $s",
        "abbrev 9 $s",
        "untitle $s",
        "trimAll \"a\" $s",
        "trimSuffix \"z\" $s",
        "hasPrefix \"z\" $s",
        "fail $s",
    ] {
        let template = format!("{long}{{{{ $_ := {work} }}}}{{{{ end }}}}");
        if let Err(other) = outcome(&template) {
            // Some of them fail the first time, which is an end as well.
            assert!(
                other.is_limit() || !other.to_string().is_empty(),
                "{work}: {other}"
            );
        } else {
            panic!("{work} must not be free");
        }
    }
}

#[test]
fn texts_cannot_double_without_end() {
    for template in [
        "{{ $s := \"x\" }}{{ range until 60 }}{{ $s = cat $s $s }}{{ end }}",
        "{{ $s := \"x\" }}{{ range until 60 }}{{ $s = print $s $s }}{{ end }}",
        "{{ $s := \"x\" }}{{ range until 60 }}{{ $s = printf \"%s%s\" $s $s }}{{ end }}",
        "{{ $s := \"x\" }}{{ range until 60 }}{{ $s = list $s $s | join \"\" }}{{ end }}",
        "{{ $s := \"x\" }}{{ range until 60 }}{{ $s = replace \"x\" \"xx\" $s }}{{ end }}",
        "{{ $s := \"x\" }}{{ range until 60 }}{{ $s = regexReplaceAll \"x\" $s \"$0$0\" }}{{ end }}",
        "{{ $s := \"x\" }}{{ range until 200 }}{{ $s = b64enc $s }}{{ end }}",
        "{{ $s := \"x\" }}{{ range until 200 }}{{ $s = b32enc $s }}{{ end }}",
        "{{ $s := \"x\" }}{{ range until 200 }}{{ $s = quote $s | quote }}{{ end }}",
        "{{ $s := \"<\" }}{{ range until 200 }}{{ $s = html $s $s }}{{ end }}",
        "{{ $s := \" \" }}{{ range until 200 }}{{ $s = urlquery $s $s }}{{ end }}",
        "{{ $d := dict \"s\" \"x\" }}{{ range until 60 }}{{ $_ := set $d \"s\" (print $d.s $d.s) }}{{ end }}",
        "{{ $s := \"x\" }}{{ range until 60 }}{{ $s = tpl \"{{ . }}{{ . }}\" $s }}{{ end }}",
        "{{ regexReplaceAll \".*\" (repeat 100000 \"x\") (repeat 100000 \"$0\") | len }}",
        "{{ range until 1000 }}{{ $_ := printf (repeat 100 \"%1000000d\") 1 }}{{ end }}",
        "{{ wrapWith 1 (repeat 100000 \"x\") (repeat 100000 \"y \") | len }}",
        "{{ indent 100000 (repeat 100000 \"\\n\") | len }}",
    ] {
        limit(template);
    }
}

#[test]
fn lists_and_maps_cannot_grow_without_end() {
    for template in [
        "{{ $l := list 1 }}{{ range until 60 }}{{ $l = concat $l $l }}{{ end }}",
        "{{ $l := list }}{{ range until 100000 }}{{ $l = append $l 1 }}{{ end }}",
        "{{ $l := list }}{{ range until 100000 }}{{ $l = prepend $l 1 }}{{ end }}",
        "{{ $d := dict }}{{ range until 400000 }}{{ $_ := set $d (toString .) . }}{{ end }}",
        "{{ until 1000000000 | len }}",
        "{{ untilStep 0 1000000000 1 | len }}",
        "{{ chunk 1 (until 1000000) | len }}",
        "{{ splitList \"\" (repeat 5000000 \"x\") | len }}",
        "{{ regexFindAll \".\" (repeat 5000000 \"x\") -1 | len }}",
        "{{ fromYaml (printf \"a: [%s]\" (repeat 2000000 \",\")) | len }}",
        "{{ fromJsonArray (printf \"[%s1]\" (repeat 2000000 \"1,\")) | len }}",
        "{{ range until 1000 }}{{ $_ := tpl (print . (repeat 10000 \"{{.}}\")) 1 }}{{ end }}",
    ] {
        limit(template);
    }
}

#[test]
fn keys_and_slow_hashes_cannot_be_made_without_end() {
    for work in [
        "genCA \"a\" 1",
        "genSelfSignedCert \"a\" nil nil 1",
        "genPrivateKey \"rsa\"",
        "genPrivateKey \"dsa\"",
        "genPrivateKey \"ecdsa\"",
        "bcrypt \"a\"",
        "htpasswd \"a\" \"b\"",
        "derivePassword 1 \"long\" \"a\" \"b\" \"c\"",
    ] {
        limit(&format!(
            "{{{{ range until 1000 }}}}{{{{ $_ := {work} }}}}{{{{ end }}}}"
        ));
    }
}

#[test]
fn patterns_cannot_be_searched_with_without_end() {
    for template in [
        "{{ regexReplaceAll \"a.*z|a\" (repeat 1000000 \"a\") \"b\" | len }}",
        "{{ regexFindAll \"a.*z|a\" (repeat 1000000 \"a\") -1 | len }}",
        "{{ range until 100000 }}{{ $_ := regexMatch (printf \"a{%d}\" .) \"x\" }}{{ end }}",
        "{{ regexMatch \"((a?){30}){30}((a?){30}){30}a{900}\" (repeat 1000000 \"a\") }}",
        "{{ range until 100000 }}{{ $_ := regexMatch \"\\\\p{L}{50}\" \"x\" }}{{ end }}",
    ] {
        limit(template);
    }
}

#[test]
fn templates_cannot_run_without_end() {
    limit("{{ range until 5000 }}{{ range until 5000 }}{{ end }}{{ end }}");
    limit("{{ tpl \"{{ tpl .t . }}\" (dict \"t\" \"{{ tpl .t . }}\") }}");
}
