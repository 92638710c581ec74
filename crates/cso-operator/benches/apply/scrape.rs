//! Reads the figures an operator tells about itself.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Pause between two looks at the figures.
const PAUSE: Duration = Duration::from_millis(200);

/// A page of metrics.
pub(crate) struct Figures(String);

impl Figures {
    /// The figures, once they stand still: whatever followed the last event is over.
    pub(crate) async fn settled(address: SocketAddr) -> Self {
        let mut before = Self::of(address).await;
        loop {
            tokio::time::sleep(PAUSE).await;
            let now = Self::of(address).await;
            if now.requests() <= before.requests() {
                return now;
            }
            before = now;
        }
    }

    async fn of(address: SocketAddr) -> Self {
        loop {
            if let Some((200, page)) = get(address, "/metrics").await {
                return Self(page);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Requests to the API server, watches excepted.
    pub(crate) fn requests(&self) -> f64 {
        self.sum("cso_api_requests_total{", |labels| {
            !labels.contains("verb=\"watch\"")
        })
    }

    /// How many requests of each verb and status there are more than `before`.
    pub(crate) fn since(&self, before: &Self) -> String {
        let count = |figures: &Self| -> std::collections::BTreeMap<String, f64> {
            figures
                .lines("cso_api_requests_total{")
                .map(|(labels, value)| (labels.to_owned(), value))
                .collect()
        };
        let before = count(before);
        count(self)
            .into_iter()
            .map(|(labels, now)| (now - before.get(&labels).unwrap_or(&0.0), labels))
            .filter(|(more, _)| *more > 0.0)
            .map(|(more, labels)| format!("{more} {}", labels.replace(['"', '='], " ")))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Requests to the API server that may change something.
    pub(crate) fn writes(&self) -> f64 {
        self.sum("cso_api_requests_total{", |labels| {
            !labels.contains("verb=\"watch\"") && !labels.contains("verb=\"get\"")
        })
    }

    /// How often something was rendered.
    pub(crate) fn renders(&self) -> f64 {
        self.sum("cso_step_duration_seconds_count{", |labels| {
            labels.contains("step=\"render\"")
        })
    }

    /// Seconds spent applying objects.
    pub(crate) fn apply_seconds(&self) -> f64 {
        self.sum("cso_step_duration_seconds_sum{", |labels| {
            labels.contains("step=\"apply\"")
        })
    }

    fn sum(&self, metric: &str, counts: impl Fn(&str) -> bool) -> f64 {
        self.lines(metric)
            .filter(|(labels, _)| counts(labels))
            .map(|(_, value)| value)
            .sum()
    }

    /// Labels and value of each line of a metric.
    fn lines(&self, metric: &str) -> impl Iterator<Item = (&str, f64)> {
        self.0
            .lines()
            .filter_map(move |line| line.strip_prefix(metric)?.split_once("} "))
            .map(|(labels, value)| (labels, value.parse().unwrap()))
    }
}

/// Status and body of a page, if anybody answers.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    Some((status, body.to_owned()))
}

/// An address on loopback that is free now.
pub(crate) async fn free_address() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    listener.local_addr().unwrap()
}
