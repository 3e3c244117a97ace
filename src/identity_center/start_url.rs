//! The start URL as the service knows it, and the region that it belongs to.
//!
//! Tokens and registrations are kept under the URL of the config file, whatever it leads to.

use std::{path::PathBuf, time::Duration};

use super::{sign_in::SignInRequest, sign_ins::SignIns};
use crate::{
    aws::{Budget, Call, Endpoint, redirect_of, region_of_page},
    error::{Error, Result},
    rules::{check_region, is_access_portal, region_of_start_url},
};

/// The limit of a request for the start page. A person waits for it.
const LIMIT: Duration = Duration::from_secs(4);

impl SignIns<'_> {
    /// Returns the start URL that the calls of a sign-in have. A name of the organization's own is replaced
    /// by the access portal that it leads to. If that can't be found out, the service will judge it.
    ///
    /// # Errors
    /// Of kind `Config` if the URL leads elsewhere.
    pub(super) fn service_start_url(&self, request: &SignInRequest<'_>) -> Result<String> {
        let url = &request.session.start_url;
        if is_access_portal(url) {
            return Ok(plain(url).to_owned());
        }
        let page = page(plain(url), request.oidc.ca_bundle.clone());
        match redirect_of(Call { endpoint: &page, budget: Budget::new(LIMIT, 1) }) {
            Ok(Some(target)) if is_access_portal(&target) => Ok(plain(&target).to_owned()),
            Ok(Some(target)) if target.starts_with("http") => {
                let message =
                    format!("the start URL leads to {target}, which is not an AWS access portal");
                Err(Error::config(message)
                    .hint("correct sso_start_url: the access portal shows it under 'Access keys'"))
            }
            Ok(_) => Ok(plain(url).to_owned()),
            Err(_) => {
                self.log("could not find out where the start URL leads");
                Ok(plain(url).to_owned())
            }
        }
    }
}

/// Returns the region that a start URL seems to belong to, by its name, by what it leads to, or by the page
/// that is there; `None` if none of them tells.
pub(crate) fn likely_region(url: &str, ca_bundle: Option<PathBuf>) -> Option<String> {
    if let Some(region) = region_of_start_url(url) {
        return Some(region.to_owned());
    }
    let budget = Budget::new(LIMIT, 1);
    let mut page = page(plain(url), ca_bundle);
    if !is_access_portal(url) {
        let target = redirect_of(Call { endpoint: &page, budget }).ok()??;
        if !is_access_portal(&target) {
            return None;
        }
        if let Some(region) = region_of_start_url(&target) {
            return Some(region.to_owned());
        }
        page.url = Some(plain(&target).to_owned());
    }
    let region = region_of_page(Call { endpoint: &page, budget }).ok()??;
    check_region(&region).is_ok().then_some(region)
}

fn page(url: &str, ca_bundle: Option<PathBuf>) -> Endpoint {
    Endpoint { url: Some(url.to_owned()), ca_bundle, ..Endpoint::default() }
}

/// Returns the URL without `/#` at the end, which the portal shows.
fn plain(url: &str) -> &str {
    url.split('#').next().unwrap_or_default().trim_end_matches('/')
}
