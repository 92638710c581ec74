//! Decides how what is counted only when somebody asks for the metrics is shown: as a gauge with one series for each set of
//! labels.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

/// Labels and how many there are.
pub(super) type Series = (Vec<(&'static str, String)>, u64);

/// A gauge that is counted anew whenever it is shown.
pub(super) struct Counted<F> {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) count: F,
}

impl<F> Collector for Counted<F>
where
    F: Fn() -> Vec<Series> + Send + Sync + 'static,
{
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut metric =
            encoder.encode_descriptor(self.name, self.help, None, MetricType::Gauge)?;
        for (labels, count) in (self.count)() {
            ConstGauge::new(count).encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl<F> fmt::Debug for Counted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counted").field(&self.name).finish()
    }
}
