//! Elections against a fake API server that holds one Lease, on a paused clock.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response};
use kube::client::Body;
use serde_json::{Value, json};

use super::*;

/// One Lease with optimistic locking; `broken` makes every request fail.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    lease: Option<Value>,
    version: u64,
    broken: bool,
    /// A renewal that is on its way: it arrives right after the next read.
    late: Option<Value>,
}

impl Server {
    fn client(&self) -> Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move {
                let (head, body) = request.into_parts();
                let sent = body.collect_bytes().await.unwrap();
                Ok::<_, Infallible>(server.answer(&head.method, serde_json::from_slice(&sent).ok()))
            }
        });
        Client::new(service, "default")
    }

    fn answer(&self, method: &Method, sent: Option<Value>) -> Response<Body> {
        let mut held = self.0.lock().unwrap();
        let status = |code: u16| {
            (
                code,
                json!({"kind": "Status", "status": "Failure", "code": code, "message": "no", "reason": if code == 404 { "NotFound" } else { "Conflict" }}),
            )
        };
        let (code, body) = match (method, held.lease.clone(), sent) {
            _ if held.broken => status(500),
            (&Method::GET, Some(lease), _) => {
                if let Some(late) = held.late.take() {
                    held.store(late);
                }
                (200, lease)
            }
            (&Method::GET, None, _) => status(404),
            (&Method::POST, None, Some(sent)) => (201, held.store(sent)),
            (&Method::PUT, Some(lease), Some(sent))
                if lease["metadata"]["resourceVersion"] == sent["metadata"]["resourceVersion"] =>
            {
                (200, held.store(sent))
            }
            _ => status(409),
        };
        Response::builder()
            .status(code)
            .body(Body::from(body.to_string().into_bytes()))
            .unwrap()
    }

    fn holder(&self) -> String {
        let held = self.0.lock().unwrap();
        held.lease
            .as_ref()
            .map(|lease| {
                lease["spec"]["holderIdentity"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
            .unwrap_or_default()
    }
}

impl Held {
    fn store(&mut self, mut lease: Value) -> Value {
        self.version += 1;
        lease["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.lease = Some(lease.clone());
        lease
    }
}

fn candidate(server: &Server, name: &str) -> Candidate {
    Candidate::new(
        server.client(),
        Settings::new("cso-system".to_owned(), name.to_owned()),
    )
}

#[tokio::test(start_paused = true)]
async fn the_first_candidate_takes_a_lease_that_does_not_exist() {
    let server = Server::default();
    candidate(&server, "a").acquire().await;
    assert_eq!(server.holder(), "a");
}

#[tokio::test(start_paused = true)]
async fn a_held_lease_is_taken_only_after_it_did_not_change_for_its_duration() {
    let server = Server::default();
    candidate(&server, "a").acquire().await;
    let began = Instant::now();
    candidate(&server, "b").acquire().await;
    assert_eq!(server.holder(), "b");
    assert!(
        began.elapsed() >= Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_renewed_is_never_taken() {
    let server = Server::default();
    let mut leader = candidate(&server, "a");
    leader.acquire().await;
    let mut other = candidate(&server, "b");
    let taken = tokio::select! {
        () = leader.hold() => true,
        () = other.acquire() => true,
        () = tokio::time::sleep(Duration::from_mins(5)) => false,
    };
    assert!(!taken);
    assert_eq!(server.holder(), "a");
}

#[tokio::test(start_paused = true)]
async fn a_released_lease_is_taken_at_the_next_attempt() {
    let server = Server::default();
    let mut leader = candidate(&server, "a");
    leader.acquire().await;
    let mut other = candidate(&server, "b");
    assert!(!other.attempt().await.unwrap());
    leader.release().await;
    let began = Instant::now();
    other.acquire().await;
    assert!(began.elapsed() <= Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn who_cannot_renew_stops_before_the_lease_expires() {
    let server = Server::default();
    let mut leader = candidate(&server, "a");
    leader.acquire().await;
    server.0.lock().unwrap().broken = true;
    let began = Instant::now();
    leader.hold().await;
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn two_candidates_who_see_the_same_free_lease_do_not_both_get_it() {
    let server = Server::default();
    let (mut a, mut b) = (candidate(&server, "a"), candidate(&server, "b"));
    a.acquire().await;
    a.release().await;
    let (one, two) = tokio::join!(a.attempt(), b.attempt());
    assert_eq!(u8::from(one.unwrap()) + u8::from(two.unwrap()), 1);
}

#[tokio::test(start_paused = true)]
async fn releasing_does_not_touch_the_lease_of_another() {
    let server = Server::default();
    candidate(&server, "a").acquire().await;
    candidate(&server, "b").release().await;
    assert_eq!(server.holder(), "a");
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_overtakes_the_release_does_not_keep_the_lease() {
    let server = Server::default();
    let mut leader = candidate(&server, "a");
    leader.acquire().await;
    {
        let mut held = server.0.lock().unwrap();
        held.late = held.lease.clone();
    }
    leader.release().await;
    assert_eq!(server.holder(), "");
}
