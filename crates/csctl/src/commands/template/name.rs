//! Decides the release's name and which argument is the chart.

use anyhow::{Result, anyhow, bail};
use helm_engine::{Ambient, NameError};

use super::explain;
use crate::args::Template;

/// What Helm calls a release whose name was not given.
const DEFAULT: &str = "release-name";

/// The release's name and the chart.
pub(super) fn name_and_chart(args: &Template, ambient: Ambient) -> Result<(String, &str)> {
    match args.names.as_slice() {
        [] => bail!(
            "\"csctl template\" requires at least 1 argument\n\nUsage:  csctl template [OPTIONS] [NAME] CHART"
        ),
        [chart] => {
            let name = match &args.name_template {
                Some(template) => {
                    helm_engine::render_name(template, ambient).map_err(|error: NameError| {
                        anyhow!(explain::in_template(&error.to_string(), &error.0))
                    })?
                }
                None => DEFAULT.to_owned(),
            };
            Ok((name, chart))
        }
        [_, _] if args.generate_name => {
            bail!("cannot set --generate-name and also specify a name")
        }
        [_, _] if args.name_template.as_deref().is_some_and(|t| !t.is_empty()) => {
            bail!("cannot set --name-template and also specify a name")
        }
        [name, chart] => Ok((name.clone(), chart)),
        [_, _, more @ ..] => bail!(
            "expected at most two arguments, unexpected arguments: {}",
            more.join(", ")
        ),
    }
}
