//! Go structs as templates see them: `.Chart`, `.Capabilities` and what is in them.

use std::any::Any;
use std::rc::Rc;

use gotemplate::{FuncError, Kind, List, Map, Object, Signature, Str, Type, Value};

use crate::capabilities::{Capabilities, KubeVersion};
use crate::chart::{Dependency, ImportValue, Maintainer};
use crate::dependencies::{NodeId, Tree};

/// A struct or a pointer to one.
#[derive(Clone)]
struct Struct {
    type_name: &'static str,
    kind: Kind,
    /// In declaration order.
    fields: Vec<(Str, Value)>,
    /// As JSON: other names, empty fields left out, in declaration order.
    json: Vec<(Str, Value)>,
    /// The field whose value the pointer's `String()` and `GitVersion()` return.
    shown: Option<&'static str>,
}

impl Struct {
    fn get(&self, name: &str) -> Option<Value> {
        self.fields
            .iter()
            .find(|(field, _)| *field == *name)
            .map(|(_, value)| value.clone())
    }
}

impl Object for Struct {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.get(name).or_else(|| match self.get("Metadata") {
            Some(Value::Object(embedded)) => embedded.field(name),
            _ => None,
        })
    }

    fn fields(&self) -> Vec<(Str, Value)> {
        self.fields.clone()
    }

    fn call(&self, method: &str, _args: &[Value]) -> Option<Result<Value, FuncError>> {
        let shown = self
            .shown
            .filter(|_| method == "GitVersion" || method == "String")?;
        self.get(shown).map(Ok)
    }

    fn has_method(&self, method: &str) -> bool {
        self.shown.is_some() && (method == "GitVersion" || method == "String")
    }

    fn signature(&self, method: &str) -> Option<Signature> {
        self.has_method(method).then_some(Signature {
            params: &[],
            variadic: None,
        })
    }

    fn string_in_place(&self) -> Option<Str> {
        self.get(self.shown?)?.as_str().cloned()
    }

    fn copied(&self) -> Option<Value> {
        self.shown?;
        let copy = Self {
            shown: None,
            ..self.clone()
        };
        Some(Value::Object(Rc::new(copy)))
    }

    fn json_fields(&self) -> Option<Vec<(Str, Value)>> {
        Some(self.json.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Collects the fields of a struct under their Go and JSON names.
#[derive(Default)]
struct Builder {
    fields: Vec<(Str, Value)>,
    json: Vec<(Str, Value)>,
}

impl Builder {
    fn text(mut self, name: &str, json: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.json.push((json.into(), value.into()));
        }
        self.field(name, value.into())
    }

    /// A string whose JSON stays when it is empty.
    fn required_text(mut self, name: &str, json: &str, value: &str) -> Self {
        self.json.push((json.into(), value.into()));
        self.field(name, value.into())
    }

    fn flag(mut self, name: &str, json: &str, value: bool) -> Self {
        if value {
            self.json.push((json.into(), true.into()));
        }
        self.field(name, value.into())
    }

    fn texts(self, name: &str, json: &str, values: Option<&Vec<String>>) -> Self {
        let Some(values) = values else {
            return self.field(name, Value::TypedNil(Kind::Slice, "[]string"));
        };
        let items = values.iter().map(|v| Value::from(v.as_str())).collect();
        self.list(name, json, List::typed("[]string", items))
    }

    /// A list of pointers to structs.
    fn structs(
        self,
        name: &str,
        json: &str,
        go_type: &'static str,
        items: Option<Vec<Rc<Struct>>>,
    ) -> Self {
        let Some(items) = items else {
            return self.field(name, Value::TypedNil(Kind::Slice, go_type));
        };
        let items = items.into_iter().map(|item| Value::Object(item)).collect();
        self.list(name, json, List::typed(go_type, items))
    }

    fn list(mut self, name: &str, json: &str, items: List) -> Self {
        if !items.is_empty() {
            self.json.push((json.into(), items.clone().into()));
        }
        self.field(name, items.into())
    }

    fn field(mut self, name: &str, value: Value) -> Self {
        self.fields.push((name.into(), value));
        self
    }

    fn build(self, type_name: &'static str, kind: Kind) -> Struct {
        Struct {
            type_name,
            kind,
            fields: self.fields,
            json: self.json,
            shown: None,
        }
    }
}

/// `.Chart` of a chart in the tree: its metadata, with the alias as name and the enabled dependencies, and `IsRoot`.
pub(super) fn chart(tree: &Tree<'_>, id: NodeId) -> Value {
    let metadata = Rc::new(metadata(tree, id));
    let is_root = tree.node(id).parent.is_none();
    let mut json = metadata.json.clone();
    json.push(("IsRoot".into(), is_root.into()));
    Value::Object(Rc::new(Struct {
        type_name: "struct { chart.Metadata; IsRoot bool }",
        kind: Kind::Struct,
        fields: vec![
            ("Metadata".into(), Value::Object(metadata)),
            ("IsRoot".into(), is_root.into()),
        ],
        json,
        shown: None,
    }))
}

fn metadata(tree: &Tree<'_>, id: NodeId) -> Struct {
    let node = tree.node(id);
    let m = &node.chart.metadata;
    let annotations = m.annotations.as_ref().map(|entries| {
        let map = Map::typed("map[string]string");
        for (key, value) in entries {
            map.insert(key.as_str(), value.as_str());
        }
        map
    });
    let maintainers = m
        .maintainers
        .as_ref()
        .map(|list| list.iter().map(|m| Rc::new(maintainer(m))).collect());
    let dependencies: Vec<Rc<Struct>> = node
        .declared
        .iter()
        .map(|&d| Rc::new(dependency(tree.declared(d))))
        .collect();
    let mut builder = Builder::default()
        .text("Name", "name", &node.name)
        .text("Home", "home", &m.home)
        .texts("Sources", "sources", m.sources.as_ref())
        .text("Version", "version", &m.version)
        .text("Description", "description", &m.description)
        .texts("Keywords", "keywords", m.keywords.as_ref())
        .structs(
            "Maintainers",
            "maintainers",
            "[]*chart.Maintainer",
            maintainers,
        )
        .text("Icon", "icon", &m.icon)
        .text("APIVersion", "apiVersion", &m.api_version)
        .text("Condition", "condition", &m.condition)
        .text("Tags", "tags", &m.tags)
        .text("AppVersion", "appVersion", &m.app_version)
        .flag("Deprecated", "deprecated", m.deprecated);
    if let Some(map) = annotations.as_ref().filter(|map| !map.is_empty()) {
        let entry = ("annotations".into(), Value::Map(map.clone()));
        builder.json.push(entry);
    }
    builder
        .field(
            "Annotations",
            annotations.map_or(Value::TypedNil(Kind::Map, "map[string]string"), Value::Map),
        )
        .text("KubeVersion", "kubeVersion", &m.kube_version)
        .structs(
            "Dependencies",
            "dependencies",
            "[]*chart.Dependency",
            (!dependencies.is_empty()).then_some(dependencies),
        )
        .text("Type", "type", &m.kind)
        .build("chart.Metadata", Kind::Struct)
}

fn maintainer(m: &Maintainer) -> Struct {
    Builder::default()
        .text("Name", "name", &m.name)
        .text("Email", "email", &m.email)
        .text("URL", "url", &m.url)
        .build("*chart.Maintainer", Kind::Ptr)
}

fn dependency(d: &Dependency) -> Struct {
    let mut builder = Builder::default()
        .required_text("Name", "name", &d.name)
        .text("Version", "version", &d.version)
        .required_text("Repository", "repository", &d.repository)
        .text("Condition", "condition", &d.condition)
        .texts("Tags", "tags", d.tags.as_ref())
        .flag("Enabled", "enabled", d.enabled);
    let imports: Vec<Value> = d
        .import_values
        .iter()
        .flatten()
        .filter_map(import_value)
        .collect();
    let value = if imports.is_empty() {
        Value::TypedNil(Kind::Slice, "[]interface {}")
    } else {
        let list = Value::List(imports.into());
        builder.json.push(("import-values".into(), list.clone()));
        list
    };
    builder
        .field("ImportValues", value)
        .text("Alias", "alias", &d.alias)
        .build("*chart.Dependency", Kind::Ptr)
}

fn import_value(import: &ImportValue) -> Option<Value> {
    let entry = |key: &str, value: &str| (Str::from(key), Value::from(value));
    match import {
        ImportValue::Table { child, parent } | ImportValue::Done { child, parent } => {
            let map: Map = [entry("child", child), entry("parent", parent)]
                .into_iter()
                .collect();
            Some(map.into())
        }
        ImportValue::Export(name) => Some(name.as_str().into()),
        ImportValue::Other => None,
    }
}

/// `.Capabilities`.
pub(super) fn capabilities(capabilities: &Capabilities) -> Value {
    let kube = Rc::new(kube_version(&capabilities.kube_version));
    let helm = Builder::default()
        .text("Version", "version", &capabilities.helm_version)
        .text("GitCommit", "git_commit", "")
        .text("GitTreeState", "git_tree_state", "")
        .text("GoVersion", "go_version", &capabilities.go_version)
        .build("version.BuildInfo", Kind::Struct);
    let versions = capabilities
        .api_versions
        .iter()
        .map(|v| Str::from(v.as_str()))
        .collect();
    let versions = Rc::new(VersionSet(versions));
    let fields: Vec<(Str, Value)> = vec![
        ("KubeVersion".into(), Value::Object(kube)),
        ("APIVersions".into(), Value::Object(versions)),
        ("HelmVersion".into(), Value::Object(Rc::new(helm))),
    ];
    Value::Object(Rc::new(Struct {
        type_name: "*chartutil.Capabilities",
        kind: Kind::Ptr,
        json: fields.clone(),
        fields,
        shown: None,
    }))
}

fn kube_version(version: &KubeVersion) -> Struct {
    let mut built = Builder::default()
        .required_text("Version", "Version", &version.version)
        .required_text("Major", "Major", &version.major)
        .required_text("Minor", "Minor", &version.minor)
        .build("chartutil.KubeVersion", Kind::Struct);
    built.shown = Some("Version");
    built
}

/// `.Capabilities.APIVersions`.
struct VersionSet(Vec<Str>);

impl Object for VersionSet {
    fn type_name(&self) -> &'static str {
        "chartutil.VersionSet"
    }

    fn kind(&self) -> Kind {
        Kind::Slice
    }

    fn elements(&self) -> Option<Vec<Value>> {
        Some(self.0.iter().cloned().map(Value::Str).collect())
    }

    fn call(&self, method: &str, args: &[Value]) -> Option<Result<Value, FuncError>> {
        if method != "Has" {
            return None;
        }
        let wanted = args.first().and_then(Value::as_str)?;
        Some(Ok(self.0.contains(wanted).into()))
    }

    fn has_method(&self, method: &str) -> bool {
        method == "Has"
    }

    fn signature(&self, method: &str) -> Option<Signature> {
        (method == "Has").then_some(Signature {
            params: &[Type::String],
            variadic: None,
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
