//! Decides how the tags of a repository are listed: page by page, bounded, never in circles.

use std::collections::BTreeSet;

use reqwest::{Method, Url};
use serde::Deserialize;

use super::Repository;
use crate::error::Error;
use crate::http;

#[derive(Deserialize)]
struct Page {
    // Registries answer `null` for a repository without tags.
    tags: Option<Vec<String>>,
}

impl Repository {
    /// All tags, as they are spelt in the registry.
    ///
    /// # Errors
    /// Anything the registry says, and [`Error::TooLarge`], [`Error::Malformed`] when it does not come to an end.
    pub(crate) async fn list_tags(&self) -> Result<BTreeSet<String>, Error> {
        let what = format!("tags of {}/{}", self.place.registry, self.place.repository);
        let malformed = |problem: String| Error::Malformed {
            what: what.clone(),
            problem,
        };
        let mut url =
            Url::parse(&self.url("tags/list?n=1000")).map_err(|e| malformed(e.to_string()))?;
        let (mut tags, mut visited) = (BTreeSet::new(), BTreeSet::new());
        loop {
            if !visited.insert(url.to_string()) {
                return Err(malformed(
                    "the pages of the listing form a circle".to_owned(),
                ));
            }
            if visited.len() > self.limits.pages {
                return Err(Error::TooLarge {
                    what,
                    limit: self.limits.pages as u64,
                    unit: "pages",
                });
            }
            let (page, next) = http::retry(|| self.page(&what, &url)).await?;
            tags.extend(page.tags.unwrap_or_default());
            if tags.len() > self.limits.tags {
                return Err(Error::TooLarge {
                    what,
                    limit: self.limits.tags as u64,
                    unit: "tags",
                });
            }
            match next {
                None => return Ok(tags),
                // Only the query is the registry's to choose: a page lives where the first one does.
                Some(next) => {
                    let next = url.join(&next).map_err(|e| malformed(e.to_string()))?;
                    url.set_query(next.query());
                }
            }
        }
    }

    async fn page(&self, what: &str, url: &Url) -> Result<(Page, Option<String>), Error> {
        let response = self
            .request(what, Method::GET, url.as_str(), &|request| request)
            .await?;
        let next = response
            .headers()
            .get("link")
            .and_then(|link| next_page(link.to_str().ok()?));
        let body = http::bytes(what, response, self.limits.page_bytes, http::DEADLINE).await?;
        let page = serde_json::from_slice(&body).map_err(|e| Error::Malformed {
            what: what.to_owned(),
            problem: format!("the answer is not a list of tags: {e}"),
        })?;
        Ok((page, next))
    }
}

/// The target of `<…>; rel="next"`, RFC 8288.
fn next_page(link: &str) -> Option<String> {
    link.split(',').find_map(|part| {
        let (target, parameters) = part.split_once('>')?;
        let is_next = parameters
            .split(';')
            .any(|p| p.trim().trim_matches('"').replace('"', "") == "rel=next");
        is_next.then(|| target.trim().trim_start_matches('<').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        assert_eq!(
            next_page(r#"</v2/a/tags/list?last=b&n=1>; rel="next""#).unwrap(),
            "/v2/a/tags/list?last=b&n=1"
        );
        assert_eq!(next_page(r#"<x>; rel="prev", <y>; rel=next"#).unwrap(), "y");
        assert_eq!(next_page(r#"<x>; rel="prev""#), None);
    }
}
