//! Decides when a program of a bed counts as ready, and gives up with the end of its log.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::Error;
use super::process::Process;

/// Generous: a machine that builds something else at the same time is ten times slower than an idle one.
const DEADLINE: Duration = Duration::from_mins(2);
const INTERVAL: Duration = Duration::from_millis(50);

/// Waits for `ok` from `/readyz`.
pub(super) async fn apiserver(
    client: &kube::Client,
    processes: &mut [Process],
) -> Result<(), Error> {
    let started = Instant::now();
    loop {
        check(processes)?;
        let answer = async {
            let request = axum::http::Request::get("/readyz")
                .body(Vec::new())
                .map_err(|error| error.to_string())?;
            client
                .request_text(request)
                .await
                .map_err(|error| error.to_string())
        };
        let reason = match tokio::time::timeout(Duration::from_secs(10), answer).await {
            Ok(Ok(text)) if text == "ok" => return Ok(()),
            Ok(Ok(text) | Err(text)) => text,
            Err(_) => "no answer within 10 s".to_owned(),
        };
        pause(started, "kube-apiserver", reason, processes).await?;
    }
}

/// Waits for a success from `/v2/`.
pub(super) async fn registry(port: u16, processes: &mut [Process]) -> Result<(), Error> {
    http("registry", port, "/v2/", processes).await
}

/// Waits for a success from this path over plain HTTP.
pub(super) async fn http(
    name: &'static str,
    port: u16,
    path: &str,
    processes: &mut [Process],
) -> Result<(), Error> {
    let started = Instant::now();
    loop {
        check(processes)?;
        let reason = match status_line(port, path) {
            Ok(line) if line.starts_with("HTTP/1.1 200") => return Ok(()),
            Ok(line) => line,
            Err(error) => error.to_string(),
        };
        pause(started, name, reason, processes).await?;
    }
}

fn status_line(port: u16, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned())
}

/// A program that ended makes waiting pointless. The store is listed last and named first: it is the cause.
fn check(processes: &mut [Process]) -> Result<(), Error> {
    processes.iter_mut().rev().try_for_each(Process::check)
}

async fn pause(
    started: Instant,
    name: &'static str,
    reason: String,
    processes: &[Process],
) -> Result<(), Error> {
    if started.elapsed() < DEADLINE {
        tokio::time::sleep(INTERVAL).await;
        return Ok(());
    }
    let process = processes.iter().find(|process| process.name() == name);
    Err(Error::NotReady {
        name,
        deadline: DEADLINE,
        reason,
        log: process
            .map(|process| process.log().to_owned())
            .unwrap_or_default(),
        lines: process.map(Process::last_lines).unwrap_or_default(),
    })
}
