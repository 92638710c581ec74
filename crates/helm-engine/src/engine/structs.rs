//! Go structs as templates see them: `.Chart`, `.Capabilities` and what is in them.

use std::any::Any;
use std::borrow::Cow;
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
    fields: Vec<Field>,
    /// The field whose value the pointer's `String()` and `GitVersion()` return.
    shown: Option<&'static str>,
}

/// A field of a struct.
#[derive(Clone)]
struct Field {
    name: &'static str,
    json: Json,
    value: Value,
}

/// How a field is written as JSON.
#[derive(Clone, Copy)]
enum Json {
    /// Under that name.
    Always(&'static str),
    /// Under that name, if it is not empty.
    UnlessEmpty(&'static str),
    /// Its own fields stand in its place.
    Embedded,
}

impl Field {
    fn new(name: &'static str, json: Json, value: impl Into<Value>) -> Self {
        Self {
            name,
            json,
            value: value.into(),
        }
    }

    fn to_json(&self) -> Vec<(Str, Value)> {
        match (self.json, &self.value) {
            (Json::Embedded, Value::Object(object)) => object.json_fields().unwrap_or_default(),
            (Json::UnlessEmpty(_), value) if !value.truth() => Vec::new(),
            (Json::Always(name) | Json::UnlessEmpty(name), value) => {
                vec![(name.into(), value.clone())]
            }
            (Json::Embedded, _) => Vec::new(),
        }
    }
}

impl Struct {
    fn get(&self, name: &str) -> Option<Value> {
        let found = self.fields.iter().find(|field| field.name == name);
        found.map(|field| field.value.clone())
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
        let fields = self.fields.iter();
        fields
            .map(|field| (field.name.into(), field.value.clone()))
            .collect()
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
        Some(self.fields.iter().flat_map(Field::to_json).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Collects the fields of a struct under their Go and JSON names.
#[derive(Default)]
struct Builder {
    fields: Vec<Field>,
}

impl Builder {
    fn text(self, name: &'static str, json: &'static str, value: &str) -> Self {
        self.field(name, Json::UnlessEmpty(json), value)
    }

    /// A string whose JSON stays when it is empty.
    fn required_text(self, name: &'static str, json: &'static str, value: &str) -> Self {
        self.field(name, Json::Always(json), value)
    }

    fn flag(self, name: &'static str, json: &'static str, value: bool) -> Self {
        self.field(name, Json::UnlessEmpty(json), value)
    }

    fn texts(self, name: &'static str, json: &'static str, values: Option<&Vec<String>>) -> Self {
        let items = values.map(|values| values.iter().map(|v| Value::from(v.as_str())).collect());
        self.list(name, json, "[]string", items)
    }

    /// A list of pointers to structs.
    fn structs(
        self,
        name: &'static str,
        json: &'static str,
        go_type: &'static str,
        items: Option<Vec<Rc<Struct>>>,
    ) -> Self {
        let items = items.map(|items| items.into_iter().map(|item| Value::Object(item)).collect());
        self.list(name, json, go_type, items)
    }

    /// A list, `None` for Go's nil.
    fn list(
        self,
        name: &'static str,
        json: &'static str,
        go_type: &'static str,
        items: Option<Vec<Value>>,
    ) -> Self {
        let value = match items {
            Some(items) => List::typed(go_type, items).into(),
            None => Value::TypedNil(Kind::Slice, go_type),
        };
        self.field(name, Json::UnlessEmpty(json), value)
    }

    fn field(mut self, name: &'static str, json: Json, value: impl Into<Value>) -> Self {
        self.fields.push(Field::new(name, json, value));
        self
    }

    fn build(self, type_name: &'static str, kind: Kind) -> Struct {
        Struct {
            type_name,
            kind,
            fields: self.fields,
            shown: None,
        }
    }
}

/// `.Chart` of a chart in the tree: its metadata, with the alias as name and the enabled dependencies, and `IsRoot`.
pub(super) fn chart(tree: &Tree<'_>, id: NodeId) -> Value {
    let metadata = Value::Object(Rc::new(metadata(tree, id)));
    let is_root = tree.node(id).parent.is_none();
    let chart = Builder::default()
        .field("Metadata", Json::Embedded, metadata)
        .field("IsRoot", Json::Always("IsRoot"), is_root)
        .build("struct { chart.Metadata; IsRoot bool }", Kind::Struct);
    Value::Object(Rc::new(chart))
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
    Builder::default()
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
        .flag("Deprecated", "deprecated", m.deprecated)
        .field(
            "Annotations",
            Json::UnlessEmpty("annotations"),
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
    let imports: Vec<Value> = d
        .import_values
        .iter()
        .flatten()
        .filter_map(import_value)
        .collect();
    Builder::default()
        .required_text("Name", "name", &d.name)
        .text("Version", "version", &d.version)
        .required_text("Repository", "repository", &d.repository)
        .text("Condition", "condition", &d.condition)
        .texts("Tags", "tags", d.tags.as_ref())
        .flag("Enabled", "enabled", d.enabled)
        .list(
            "ImportValues",
            "import-values",
            "[]interface {}",
            (!imports.is_empty()).then_some(imports),
        )
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
    let versions = Rc::new(VersionSet::of(&capabilities.api_versions));
    let object = |name, object| Field::new(name, Json::Always(name), Value::Object(object));
    Value::Object(Rc::new(Struct {
        type_name: "*chartutil.Capabilities",
        kind: Kind::Ptr,
        fields: vec![
            object("KubeVersion", kube),
            object("APIVersions", versions),
            object("HelmVersion", Rc::new(helm)),
        ],
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

/// `.Capabilities.APIVersions`, one behind the other.
struct VersionSet {
    text: String,
    /// Where each ends in the text.
    ends: Vec<usize>,
}

impl VersionSet {
    fn of(versions: &[Cow<'static, str>]) -> Self {
        let mut set = Self {
            text: String::with_capacity(versions.iter().map(|version| version.len()).sum()),
            ends: Vec::with_capacity(versions.len()),
        };
        for version in versions {
            set.text.push_str(version);
            set.ends.push(set.text.len());
        }
        set
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let version = &self.text[start..*end];
            start = *end;
            version
        })
    }
}

impl Object for VersionSet {
    fn type_name(&self) -> &'static str {
        "chartutil.VersionSet"
    }

    fn kind(&self) -> Kind {
        Kind::Slice
    }

    fn elements(&self) -> Option<Vec<Value>> {
        Some(self.iter().map(Value::from).collect())
    }

    fn call(&self, method: &str, args: &[Value]) -> Option<Result<Value, FuncError>> {
        if method != "Has" {
            return None;
        }
        let wanted = args.first().and_then(Value::as_str)?;
        Some(Ok(self.iter().any(|version| *wanted == *version).into()))
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
