//! What Helm calls problems, recorded from it.

use serde_json::json;

use super::describe;

fn words(schema: &serde_json::Value, instance: &serde_json::Value) -> String {
    let validator = jsonschema::Validator::new(schema).unwrap();
    describe(
        instance,
        &validator.iter_errors(instance).collect::<Vec<_>>(),
    )
}

/// Recorded from real Helm.
const GROUPED: [(&str, &str); 7] = [
    (
        r#"{"properties": {"a": {"required": ["z"], "minProperties": 9}}}"#,
        "- at '/a': minProperties: got 1, want 9\n- at '/a': missing property 'z'\n",
    ),
    (
        r#"{"properties": {"a": {"required": ["z"], "minProperties": 9}}, "required": ["kk"]}"#,
        "- at '': missing property 'kk'\n- at '/a': validation failed\n  - at '/a': minProperties: got 1, want 9\n  - at '/a': missing property 'z'\n",
    ),
    (
        r#"{"allOf": [{"allOf": [{"required": ["zz"]}, {"required": ["yy"]}]}, {"required": ["xx"]}]}"#,
        "- at '': 'allOf' failed\n  - at '': 'allOf' failed\n    - at '': missing property 'zz'\n    - at '': missing property 'yy'\n  - at '': missing property 'xx'\n",
    ),
    (
        r##"{"allOf": [{"$ref": "#/$defs/x"}], "$defs": {"x": {"required": ["zz"], "minProperties": 99}}}"##,
        "- at '': 'allOf' failed\n  - at '': validation failed\n    - at '': minProperties: got 2, want 99\n    - at '': missing property 'zz'\n",
    ),
    (
        r#"{"properties": {"l": {"allOf": [{"items": {"type": "string"}}, {"minItems": 9}]}}}"#,
        "- at '/l': 'allOf' failed\n  - at '/l': validation failed\n    - at '/l/0': got number, want string\n    - at '/l/2': got number, want string\n  - at '/l': minItems: got 3, want 9\n",
    ),
    (
        r#"{"anyOf": [{"required": ["zz"], "minProperties": 99}, {"required": ["yy"]}]}"#,
        "- at '': 'anyOf' failed\n  - at '': validation failed\n    - at '': minProperties: got 2, want 99\n    - at '': missing property 'zz'\n  - at '': missing property 'yy'\n",
    ),
    (
        r##"{"properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"required": ["zz"], "minProperties": 99}}}"##,
        "- at '/a': validation failed\n  - at '/a': minProperties: got 1, want 99\n  - at '/a': missing property 'zz'\n",
    ),
];

/// Recorded from real Helm.
#[test]
fn problems_are_worded_as_in_helm() {
    let instance = json!({"a": 1, "l": [1, "x", 1], "s": "str"});
    for (schema, expected) in [
        (
            json!({"required": ["b", "c"]}),
            "- at '': missing properties 'b', 'c'\n",
        ),
        (
            json!({"properties": {"a": {"enum": ["x", 2, null]}}}),
            "- at '/a': value must be one of 'x', 2, <nil>\n",
        ),
        (
            json!({"properties": {"l": {"uniqueItems": true}}}),
            "- at '/l': items at 0 and 2 are equal\n",
        ),
        (
            json!({"oneOf": [{"required": ["q"]}, {"type": "array"}]}),
            "- at '': 'oneOf' failed, none matched\n  - at '': missing property 'q'\n  - at '': got object, want array\n",
        ),
        (
            json!({"properties": {"a": {"multipleOf": 2}}}),
            "- at '/a': multipleOf: got 1, want 2\n",
        ),
        (
            json!({"properties": {"s": {"minLength": 9}, "a": {"minimum": 5000}}}),
            "- at '/a': minimum: got 1, want 5,000\n- at '/s': minLength: got 3, want 9\n",
        ),
        (
            json!({"properties": {"l": {"type": "string", "const": 1, "uniqueItems": true}}}),
            "- at '/l': got array, want string\n",
        ),
        (
            json!({"const": 1, "enum": [2], "properties": {"a": {"minimum": 5}}}),
            "- at '': value must be 1\n",
        ),
        (
            json!({"additionalProperties": false}),
            "- at '': additional properties 'a', 'l', 's' not allowed\n",
        ),
        (
            json!({"properties": {"s": {"pattern": "^\\d'"}}}),
            "- at '/s': 'str' does not match pattern '^\\\\d\\''\n",
        ),
        (
            json!({"maxProperties": 1}),
            "- at '': maxProperties: got 3, want 1\n",
        ),
    ] {
        assert_eq!(words(&schema, &instance), expected, "{schema}");
    }
    for (schema, expected) in GROUPED {
        let schema = serde_json::from_str(schema).unwrap();
        let instance = json!({"a": {"b": 1}, "l": [1, "x", 1]});
        assert_eq!(words(&schema, &instance), expected, "{schema}");
    }
    let names = words(
        &json!({"propertyNames": {"pattern": "^z"}}),
        &json!({"a": 1}),
    );
    assert_eq!(
        names,
        "- at '': invalid propertyName 'a'\n  - at '': 'a' does not match pattern '^z'\n"
    );
}

#[test]
fn what_is_wrong_with_a_name_is_told_branch_by_branch() {
    let schema = json!({"propertyNames": {"anyOf": [{"maxLength": 1}, {"pattern": "^z"}]}});
    let expected = "- at '': invalid propertyName 'bbb'
  - at '': 'anyOf' failed
    - at '': maxLength: got 3, want 1
    - at '': 'bbb' does not match pattern '^z'
";
    assert_eq!(words(&schema, &json!({"bbb": 1})), expected);
}
