//! Decides what is remembered of an applied stage, and how: a Secret in `kube-system` of the workload cluster, beside what
//! it speaks of, like Helm's releases. With it a later render gives the same objects: certificates never rotate by accident.

use std::fmt;
use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster_stack::Digest;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use helm_engine::{Capabilities, Data, KubeVersion, Record};
use serde_json::{Value, json};

use super::{RELEASE_NAMESPACE, Values};
use crate::documents::{data, json as to_json};
use crate::manifests::{Kind, Manifest, ObjectId};

/// Format of the record; another one is not read.
const FORMAT: u64 = 1;
/// `type` of the Secret.
const SECRET_TYPE: &str = "clusterstack.x-k8s.io/stage-record.v1";
/// Key of the Secret.
const KEY: &str = "record";
/// Largest record as stored; an API server takes Secrets of 1 MiB.
const STORED: usize = 1_000_000;
/// Largest record unpacked.
const UNPACKED: u64 = 32 << 20;

/// What is remembered of an applied stage. `Debug` shows neither values nor recorded results.
#[derive(Clone, PartialEq)]
pub struct StageRecord {
    /// Name of the stage.
    pub stage: String,
    /// Name of the release.
    pub release: String,
    /// Digest of the release.
    pub digest: Digest,
    /// Digest of the rendered objects.
    pub manifest: Digest,
    /// The values it was rendered with.
    pub values: Values,
    /// What the workload cluster served when it was rendered.
    pub capabilities: Capabilities,
    /// What the render took from clock and randomness.
    pub ambient: Record,
}

impl fmt::Debug for StageRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "StageRecord({} of {}@{}: {})",
            self.stage, self.release, self.digest, self.manifest
        )
    }
}

/// Why a record cannot be stored or read. Names no content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Too large for a Secret.
    #[error(
        "the record of stage \"{stage}\" takes {size} bytes and a Secret at most {STORED}: make its values smaller"
    )]
    TooLarge {
        /// The stage.
        stage: String,
        /// Its size.
        size: usize,
    },
    /// Not what [`StageRecord::to_manifest`] writes.
    #[error(
        "Secret {RELEASE_NAMESPACE}/{name} is no record of a stage: {problem}; delete it, and the stage is rendered anew"
    )]
    Malformed {
        /// Name of the Secret.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
}

/// Name of the Secret of a stage. A name that Kubernetes does not take as it is gets a digest in its place.
pub fn record_name(stage: &str) -> String {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let fits = stage.len() <= 200
        && stage.bytes().all(plain)
        && !stage.starts_with('-')
        && !stage.ends_with('-');
    if fits {
        return format!("cluster-addon.{stage}");
    }
    let digest = Digest::of(stage.as_bytes());
    // A dot more than the plain form has, so that no stage can be called like another's digest.
    format!("cluster-addon.{}.stage", &digest.hex()[..40])
}

impl StageRecord {
    /// The Secret to apply in the workload cluster. The same record gives the same bytes.
    ///
    /// # Errors
    /// It is too large for a Secret.
    pub fn to_manifest(&self) -> Result<Manifest, RecordError> {
        let packed = packed(&self.to_json());
        if packed.len() > STORED {
            return Err(RecordError::TooLarge {
                stage: self.stage.clone(),
                size: packed.len(),
            });
        }
        let name = record_name(&self.stage);
        let body = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": RELEASE_NAMESPACE},
            "type": SECRET_TYPE,
            "data": {KEY: STANDARD.encode(packed)},
        });
        let id = ObjectId {
            kind: Kind::new("", "Secret"),
            namespace: Some(RELEASE_NAMESPACE.to_owned()),
            name,
        };
        Ok(Manifest::new(id, "v1".to_owned(), &body))
    }

    /// Reads the Secret of a stage.
    ///
    /// # Errors
    /// It is none, or of another format.
    pub fn read(stage: &str, secret: &Value) -> Result<Self, RecordError> {
        let malformed = |problem| RecordError::Malformed {
            name: record_name(stage),
            problem,
        };
        let encoded = secret
            .pointer("/data/record")
            .and_then(Value::as_str)
            .ok_or(malformed("it has no key \"record\""))?;
        let packed = STANDARD
            .decode(encoded)
            .map_err(|_| malformed("it is not in base64"))?;
        let value = unpacked(&packed).map_err(malformed)?;
        if value["format"].as_u64() != Some(FORMAT) {
            return Err(malformed("another version of the operator wrote it"));
        }
        let record = Self::of_json(&value).ok_or(malformed("it lacks a field"))?;
        if record.stage != stage {
            return Err(malformed("it is that of another stage"));
        }
        Ok(record)
    }

    fn to_json(&self) -> Value {
        let kube = &self.capabilities.kube_version;
        json!({
            "format": FORMAT,
            "stage": self.stage,
            "release": self.release,
            "digest": self.digest.as_str(),
            "manifest": self.manifest.as_str(),
            "values": to_json(Data::Map(self.values.clone())),
            "capabilities": {
                "version": kube.version,
                "major": kube.major,
                "minor": kube.minor,
                "apiVersions": self.capabilities.api_versions,
                "helmVersion": self.capabilities.helm_version,
                "goVersion": self.capabilities.go_version,
            },
            "ambient": to_json(self.ambient.to_data()),
        })
    }

    fn of_json(value: &Value) -> Option<Self> {
        let text = |pointer: &str| Some(value.pointer(pointer)?.as_str()?.to_owned());
        let Data::Map(values) = data(value.get("values")?) else {
            return None;
        };
        let versions = value.pointer("/capabilities/apiVersions")?.as_array()?;
        let versions = versions
            .iter()
            .map(|one| Some(one.as_str()?.to_owned().into()));
        Some(Self {
            stage: text("/stage")?,
            release: text("/release")?,
            digest: text("/digest")?.parse().ok()?,
            manifest: text("/manifest")?.parse().ok()?,
            values,
            capabilities: Capabilities {
                kube_version: KubeVersion {
                    version: text("/capabilities/version")?,
                    major: text("/capabilities/major")?,
                    minor: text("/capabilities/minor")?,
                },
                api_versions: versions.collect::<Option<_>>()?,
                helm_version: text("/capabilities/helmVersion")?,
                go_version: text("/capabilities/goVersion")?,
            },
            ambient: Record::from_data(&data(value.get("ambient")?))?,
        })
    }
}

/// Gzip without name and time: the same content gives the same bytes.
fn packed(value: &Value) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let written = gzip.write_all(value.to_string().as_bytes());
    // Writing to memory cannot fail.
    written.and_then(|()| gzip.finish()).unwrap_or_default()
}

fn unpacked(bytes: &[u8]) -> Result<Value, &'static str> {
    let mut text = Vec::new();
    GzDecoder::new(bytes)
        .take(UNPACKED + 1)
        .read_to_end(&mut text)
        .map_err(|_| "it is not gzip")?;
    if text.len() as u64 > UNPACKED {
        return Err("it is too large");
    }
    serde_json::from_slice(&text).map_err(|_| "it is not JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::LiveObject;
    use helm_engine::{Ambient, Timestamp};

    fn record(values: Values) -> StageRecord {
        let ambient = Ambient::seeded(Timestamp::from_second(5).unwrap(), [1; 32]);
        StageRecord {
            stage: "metrics-server".to_owned(),
            release: "docker-scs-1-30-v1".to_owned(),
            digest: Digest::of(b"release"),
            manifest: Digest::of(b"manifest"),
            values,
            capabilities: Capabilities::default(),
            ambient: ambient.record().clone(),
        }
    }

    fn values() -> Values {
        let text = b"a: 1\nb: 1.5\nc: {d: [x, true, null]}\ne: hunter2\n";
        match goyaml::from_slice(text) {
            Ok(Data::Map(values)) => values,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_stored_is_read_back_unchanged_and_stored_the_same_again() {
        let record = record(values());
        let secret = record.to_manifest().unwrap();
        assert_eq!(
            secret.id().to_string(),
            "Secret kube-system/cluster-addon.metrics-server"
        );
        let read = StageRecord::read("metrics-server", &secret.body()).unwrap();
        assert_eq!(read, record);
        assert_eq!(read.to_manifest().unwrap().digest(), secret.digest());
        assert!(
            !LiveObject::of(&secret.body()).is_marked(),
            "whose it is says the caller"
        );
    }

    #[test]
    fn neither_debug_nor_an_error_shows_content() {
        let record = record(values());
        assert!(!format!("{record:?}").contains("hunter2"));
        let mut secret = record.to_manifest().unwrap().body();
        secret["data"][KEY] =
            Value::from(STANDARD.encode(packed(&json!({"format": 1, "e": "hunter2"}))));
        let error = StageRecord::read("metrics-server", &secret).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_no_record_is_told() {
        let stored = |bytes: &[u8]| json!({"data": {"record": STANDARD.encode(bytes)}});
        for secret in [
            json!({}),
            json!({"data": {"record": "%"}}),
            stored(b"no gzip"),
            stored(&packed(&json!([]))),
            stored(&packed(&json!({"format": 2}))),
        ] {
            assert!(StageRecord::read("a", &secret).is_err(), "{secret}");
        }
        let other = record(Values::new()).to_manifest().unwrap();
        let error = StageRecord::read("web", &other.body()).unwrap_err();
        assert!(error.to_string().contains("another stage"), "{error}");
    }

    #[test]
    fn a_record_that_grows_when_it_is_unpacked_is_not_read() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        for _ in 0..40 {
            gzip.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        let bomb = gzip.finish().unwrap();
        assert_eq!(unpacked(&bomb), Err("it is too large"));
    }

    #[test]
    fn values_that_a_secret_cannot_hold_are_refused() {
        let mut seed = 1_u64;
        let noise: String = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'!' + (seed >> 40) as u8 % 90)
        })
        .take(2_000_000)
        .collect();
        let values = Values::from([("a".into(), Data::Str(noise.as_str().into()))]);
        assert!(matches!(
            record(values).to_manifest(),
            Err(RecordError::TooLarge { .. })
        ));
    }

    #[test]
    fn every_stage_has_a_name_of_its_own_that_kubernetes_takes() {
        for stage in ["CNI", "a_b", "-a", "a.b", &"x".repeat(300)] {
            let name = record_name(stage);
            assert!(name.len() < 253 && name.matches('.').count() == 2, "{name}");
        }
        assert_ne!(record_name("CNI"), record_name("cni"));
    }
}
