//! Decides how a registry is read: the OCI distribution protocol with bounds on everything that comes back.
//!
//! The types of the wire are `oci-client`'s. Its client is not used: it reads answers of any size into memory, hides
//! `Retry-After`, and cannot be told which redirects to follow.

mod auth;
mod chart;
mod pull;
mod push;
mod tags;

use std::sync::Mutex;

use reqwest::{Client, Method, Response, StatusCode};

use crate::error::Error;
use crate::http;
use crate::limits::Limits;
use crate::progress::Progress;
use crate::spec::{Access, Credentials, OciRepository};

pub use push::{Pushed, manifest, media_type};

/// A repository of a registry, and what was learnt about talking to it.
#[derive(Debug)]
pub(crate) struct Repository {
    place: OciRepository,
    credentials: Credentials,
    limits: Limits,
    client: Client,
    /// Value of the header that worked last.
    authorization: Mutex<Option<String>>,
    progress: Progress,
}

impl Repository {
    /// Prepares to talk; nothing is sent yet.
    ///
    /// # Errors
    /// When the certificates cannot be used.
    pub(crate) fn new(
        place: OciRepository,
        access: &Access,
        limits: Limits,
        progress: Progress,
    ) -> Result<Self, Error> {
        let authorization = match &access.credentials {
            Credentials::Bearer(token) => Some(format!("Bearer {}", token.reveal())),
            _ => None,
        };
        Ok(Self {
            place,
            credentials: access.credentials.clone(),
            limits,
            client: http::client(access)?,
            authorization: Mutex::new(authorization),
            progress,
        })
    }

    fn url(&self, path: &str) -> String {
        let scheme = if self.place.plain_http {
            "http"
        } else {
            "https"
        };
        let host = if self.place.registry == "docker.io" {
            "registry-1.docker.io"
        } else {
            &self.place.registry
        };
        format!("{scheme}://{host}/v2/{}/{path}", self.place.repository)
    }

    /// What a request is about, for messages.
    fn name(&self, reference: &str) -> String {
        let separator = if reference.starts_with("sha256:") {
            "@"
        } else {
            ":"
        };
        format!(
            "{}/{}{separator}{reference}",
            self.place.registry, self.place.repository
        )
    }

    /// Sends a request; when the registry asks who we are, answers and sends it again.
    async fn request(
        &self,
        what: &str,
        method: Method,
        url: &str,
        change: &(dyn Fn(reqwest::RequestBuilder) -> reqwest::RequestBuilder + Sync),
    ) -> Result<Response, Error> {
        let send = |authorization: Option<String>| {
            let request = change(self.client.request(method.clone(), url));
            let request = match authorization {
                Some(value) => request.header("authorization", value),
                None => request,
            };
            http::send(what, request)
        };
        let known = self
            .authorization
            .lock()
            .expect("no panic while it is held")
            .clone();
        let response = send(known).await?;
        if response.status() != StatusCode::UNAUTHORIZED
            || matches!(self.credentials, Credentials::Bearer(_))
        {
            return http::success(what, response).await;
        }
        let Some(value) = self.answer(what, &response).await? else {
            return http::success(what, response).await;
        };
        *self
            .authorization
            .lock()
            .expect("no panic while it is held") = Some(value.clone());
        http::success(what, send(Some(value)).await?).await
    }
}
