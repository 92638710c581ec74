//! Closed chart, values and capabilities in, manifests out: what `helm template` of Helm 3.22 does, as a function.

#![doc = include_str!("../README.md")]

pub mod capabilities;
pub mod chart;
mod dependencies;
mod engine;
mod error;
pub mod manifest;
mod name;
mod render;
pub mod repository;
pub mod values;

pub use capabilities::{Capabilities, KubeVersion};
pub use chart::{Chart, ChartFile, LoadError};
pub use error::{RenderError, TemplateError, TemplateErrorDetails, chain};
pub use gotemplate::{Data, Frame, Limits, Str};
pub use manifest::{Hook, HookEvent, Manifest};
pub use name::{NameError, render_name};
pub use render::{Release, RenderInput, Rendered, render};
pub use sprig::jiff::Timestamp;
pub use sprig::{Ambient, Record};
