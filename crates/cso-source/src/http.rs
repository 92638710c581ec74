//! Decides how servers are talked to: deadlines, bounded bodies, redirects, retries, what a status means.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client, Identity, RequestBuilder, Response, StatusCode, redirect};

use crate::error::Error;
use crate::spec::{Access, Credentials};

/// Time for an answer to a small question.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// A longer `Retry-After` than this is the caller's to wait.
const PATIENCE: Duration = Duration::from_secs(10);
const REDIRECTS: usize = 5;
const DETAIL: usize = 200;

/// Makes the one client of a source.
pub(crate) fn client(access: &Access) -> Result<Client, Error> {
    // Fails only if a provider is installed already, which is all we want.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config = |what: &str, source: reqwest::Error| Error::Config {
        problem: format!("{what}: {}", innermost(&source)),
    };
    let mut builder = Client::builder()
        .user_agent(concat!(
            "cluster-stack-operator/",
            env!("CARGO_PKG_VERSION")
        ))
        .connect_timeout(Duration::from_secs(10))
        .redirect(redirect::Policy::custom(follow))
        .dns_resolver(Guarded)
        .danger_accept_invalid_certs(access.skip_tls_verification);
    if let Some(pem) = &access.ca_certificates {
        let roots = Certificate::from_pem_bundle(pem)
            .map_err(|e| config("the CA certificates are not PEM", e))?;
        builder = builder.tls_certs_merge(roots);
    }
    if let Some(pem) = &access.client_certificate {
        let identity = Identity::from_pem(pem.reveal().as_bytes());
        builder = builder.identity(
            identity.map_err(|e| config("the client certificate is not PEM with key", e))?,
        );
    }
    builder
        .build()
        .map_err(|e| config("no HTTP client can be made with these certificates", e))
}

/// The request of somebody.
pub(crate) fn by(credentials: &Credentials, request: RequestBuilder) -> RequestBuilder {
    match credentials {
        Credentials::Anonymous => request,
        Credentials::Basic { username, password } => {
            request.basic_auth(username, Some(password.reveal()))
        }
        Credentials::Bearer(token) => request.bearer_auth(token.reveal()),
    }
}

/// What is behind an error of the HTTP client, whose own words are "builder error".
fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}

/// Sends a request, with a deadline up to the answer's headers that grows with the body; any status is an answer.
pub(crate) async fn send(what: &str, request: RequestBuilder) -> Result<Response, Error> {
    let (client, request) = request.build_split();
    let request = request.map_err(|source| transport(what, source))?;
    let body = request.body().and_then(|body| body.as_bytes());
    let limit = transfer_deadline(body.map_or(0, <[u8]>::len) as u64);
    let answer = tokio::time::timeout(limit, client.execute(request)).await;
    let answer = answer.map_err(|_| Error::Timeout {
        what: what.to_owned(),
        limit,
    })?;
    answer.map_err(|source| transport(what, source))
}

/// An error that names the server without the query of its address, which may hold a signature.
fn transport(what: &str, source: reqwest::Error) -> Error {
    if source.is_redirect() {
        let target = source
            .url()
            .map(|url| url.origin().ascii_serialization())
            .unwrap_or_default();
        let reason = "too many redirects, plain HTTP after HTTPS, or a link-local address";
        return Error::Redirect {
            what: what.to_owned(),
            target,
            reason,
        };
    }
    Error::Unreachable {
        what: what.to_owned(),
        source: source.without_url(),
    }
}

/// Turns statuses other than 2xx into errors.
pub(crate) async fn success(what: &str, response: Response) -> Result<Response, Error> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let what = what.to_owned();
    if status.is_redirection() {
        let location = response.headers().get("location");
        let target = location.and_then(|value| reqwest::Url::parse(value.to_str().ok()?).ok());
        return Err(Error::Redirect {
            what,
            target: target.map_or_else(String::new, |url| url.origin().ascii_serialization()),
            reason: "it is not an HTTP address",
        });
    }
    let retry_after = retry_after(&response);
    let limited = response
        .headers()
        .get("x-ratelimit-remaining")
        .is_some_and(|left| left == "0");
    let body = bytes(&what, response, 64 << 10, DEADLINE)
        .await
        .unwrap_or_default();
    let detail: String = String::from_utf8_lossy(&body)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let detail: String = detail
        .chars()
        .filter(|c| !c.is_control())
        .take(DETAIL)
        .collect();
    Err(match status {
        StatusCode::TOO_MANY_REQUESTS => Error::RateLimited { what, retry_after },
        StatusCode::FORBIDDEN if limited => Error::RateLimited { what, retry_after },
        StatusCode::UNAUTHORIZED => Error::Unauthorized { what, detail },
        StatusCode::FORBIDDEN => Error::Forbidden { what, detail },
        StatusCode::NOT_FOUND | StatusCode::GONE => Error::NotFound { what },
        _ => Error::Server {
            what,
            status: status.as_u16(),
            detail,
        },
    })
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds: u64 = response
        .headers()
        .get("retry-after")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds.min(3600)))
}

/// Reads a body of at most `limit` bytes within a deadline, however slowly it drips; silence ends it earlier.
pub(crate) async fn bytes(
    what: &str,
    mut response: Response,
    limit: u64,
    deadline: Duration,
) -> Result<Vec<u8>, Error> {
    let too_large = || Error::TooLarge {
        what: what.to_owned(),
        limit,
        unit: "bytes",
    };
    if response
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Err(too_large());
    }
    let silence = |_| Error::Timeout {
        what: what.to_owned(),
        limit: DEADLINE,
    };
    let read = async {
        let mut body = Vec::new();
        while let Some(chunk) = tokio::time::timeout(DEADLINE, response.chunk())
            .await
            .map_err(silence)?
            .map_err(|source| transport(what, source))?
        {
            if body.len() as u64 + chunk.len() as u64 > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    let timeout = |_| Error::Timeout {
        what: what.to_owned(),
        limit: deadline,
    };
    tokio::time::timeout(deadline, read)
        .await
        .map_err(timeout)?
}

/// The time a body of that many bytes may take: half a minute, and 64 KiB per second.
pub(crate) fn transfer_deadline(bytes: u64) -> Duration {
    DEADLINE + Duration::from_secs(bytes >> 16)
}

/// Tries a call three times when its failure is of the passing kind, waiting as long as the server asks.
pub(crate) async fn retry<T, F: Future<Output = Result<T, Error>>>(
    call: impl FnMut() -> F,
) -> Result<T, Error> {
    let pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_times(2);
    call.retry(pauses)
        .when(Error::is_transient)
        .adjust(|error, pause| match error {
            Error::RateLimited {
                retry_after: Some(wait),
                ..
            } => pause.and(Some(*wait)).filter(|wait| *wait <= PATIENCE),
            _ => pause,
        })
        .await
}

fn follow(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let downgrade = attempt.url().scheme() != "https"
        && attempt
            .previous()
            .last()
            .is_some_and(|url| url.scheme() == "https");
    if attempt.previous().len() > REDIRECTS || downgrade || !is_allowed(attempt.url()) {
        attempt.error("refused")
    } else {
        attempt.follow()
    }
}

/// Whether an address that a server gave us may be asked. Names are checked when they are resolved.
pub(crate) fn is_allowed(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    matches!(url.scheme(), "http" | "https")
        && host.parse().map_or(!host.is_empty(), |ip| !is_metadata(ip))
}

/// Addresses that only a confused deputy asks: link-local ones, among them every cloud's metadata service.
fn is_metadata(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            ip.is_link_local() || ip.is_unspecified() || ip.octets() == [100, 100, 100, 200]
        }
        IpAddr::V6(ip) => {
            ip.is_unicast_link_local()
                || ip.is_unspecified()
                || ip.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]
        }
    }
}

/// The system's resolver without addresses that [`is_metadata`] refuses.
struct Guarded;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| !is_metadata(address.ip())).collect();
            if allowed.is_empty() {
                return Err(
                    format!("\"{}\" has no address that may be asked", name.as_str()).into(),
                );
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_services_are_never_asked() {
        for url in [
            "http://169.254.169.254/",
            "http://[fe80::1]/",
            "http://[::ffff:169.254.169.254]/",
            "http://0.0.0.0/",
            "http://[fd00:ec2::254]/",
            "http://100.100.100.200/",
            "http://2852039166/",
            "file:///etc/passwd",
        ] {
            assert!(!is_allowed(&url.parse().unwrap()), "{url}");
        }
        for url in [
            "https://registry.example/",
            "http://127.0.0.1:5000/",
            "http://10.0.0.1/",
        ] {
            assert!(is_allowed(&url.parse().unwrap()), "{url}");
        }
    }
}
