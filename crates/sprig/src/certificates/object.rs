//! A certificate as templates see it: `.Cert` and `.Key`, both PEM.

use std::any::Any;
use std::rc::Rc;

use gotemplate::{Object, Str, Value};

/// The type as `%T` prints it.
pub(super) const TYPE: &str = "sprig.certificate";

/// A certificate and its private key.
pub(super) struct Certificate {
    pub(super) cert: Str,
    pub(super) key: Str,
}

impl Certificate {
    pub(super) fn value(cert: &str, key: &str) -> Value {
        Value::Object(Rc::new(Self {
            cert: cert.into(),
            key: key.into(),
        }))
    }

    /// The certificate in a value, if it is one.
    pub(super) fn of(value: &Value) -> Option<&Self> {
        match value {
            Value::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }
}

impl Object for Certificate {
    fn type_name(&self) -> &str {
        TYPE
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::Str(self.cert.clone())),
            "Key" => Some(Value::Str(self.key.clone())),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(Str, Value)> {
        vec![
            ("Cert".into(), Value::Str(self.cert.clone())),
            ("Key".into(), Value::Str(self.key.clone())),
        ]
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
