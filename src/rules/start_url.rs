//! Start URLs of IAM Identity Center.

use super::Invalid;

/// The domains that AWS gives access portals names in.
///
/// Rule: the AWS CLI, `customizations/sso/resolve.py`.
const PORTAL_DOMAINS: [&str; 8] = [
    ".app.aws",
    ".portal.amazonaws.com",
    ".portal.amazonaws.com.cn",
    ".app.amazonwebservices.com.cn",
    ".portal.amazonaws.eu",
    ".api.amazonwebservices.eu",
    ".awsapps.com",
    ".awsapps.cn",
];
/// The hosts of issuer URLs, which stand for the access portal, too.
///
/// Rule: as above.
const ISSUERS: [&str; 4] = [
    "identitycenter.amazonaws.com",
    "identitycenter.amazonaws.com.cn",
    "identitycenter.amazonaws.eu",
    "identitycenter.us-gov.amazonaws.com",
];

/// Checks the form of a start URL. A name of the organization's own may be in front of AWS's, so the
/// host is not limited to AWS's.
///
/// Rule: IAM Identity Center User Guide, "Using the AWS access portal": `https://d-….awsapps.com/start`,
/// `https://ssoins-….portal.REGION.app.aws`, and the like. AWS GovCloud (US) User Guide and "AWS in
/// China", "IAM Identity Center": `https://start.us-gov-home.awsapps.com/directory/d-…` and
/// `https://start.home.awsapps.cn/directory/…`.
pub(crate) fn check_start_url(url: &str) -> Result<(), Invalid> {
    const FORM: &str =
        "must look like https://d-1234567890.awsapps.com/start, as the access portal shows it";
    let invalid = |why: &'static str| Err(Invalid::new(why, FORM));
    let Some(rest) = url.strip_prefix("https://") else {
        return invalid("does not start with https://");
    };
    if url
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>'))
    {
        return invalid("has characters that no URL has");
    }
    let (host, path) =
        rest.split_once(['/', '?', '#']).map_or((rest, ""), |(host, path)| (host, path));
    let is_host = host.contains('.')
        && host.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
    if !is_host {
        return invalid("has no valid host name");
    }
    let is_of_directory = host.starts_with("start.") && path.starts_with("directory/");
    if host.ends_with(".awsapps.com") && !path.starts_with("start") && !is_of_directory {
        return invalid("lacks /start after the host name");
    }
    Ok(())
}

/// Whether `url` is at a host of AWS's, and not at one that leads there.
pub(crate) fn is_access_portal(url: &str) -> bool {
    host(url).is_some_and(|host| {
        let host = host.to_ascii_lowercase();
        ISSUERS.contains(&&*host) || PORTAL_DOMAINS.iter().any(|domain| host.ends_with(domain))
    })
}

/// Returns the host of an https URL, without its port.
fn host(url: &str) -> Option<&str> {
    let authority = url.strip_prefix("https://")?.split(['/', '?', '#']).next()?;
    // A user's name in front would hide which host it is.
    (!authority.contains('@')).then(|| authority.split(':').next().unwrap_or_default())
}

/// Returns the region that a start URL names; `None` for the older form, which names none.
pub(crate) fn region_of_start_url(url: &str) -> Option<&str> {
    if !is_access_portal(url) {
        return None;
    }
    let labels: Vec<&str> = host(url)?.split('.').collect();
    match labels[..] {
        [_, "portal", region, "app" | "api", ..] | [_, region, "portal", "amazonaws", ..] => {
            Some(region)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_start_urls() {
        for url in [
            "https://d-1234567890.awsapps.com/start",
            "https://corp.awsapps.com/start/#/",
            "https://ssoins-1234567890abcdef.portal.us-east-1.app.aws",
            "https://ssoins-1.eu-west-1.portal.amazonaws.com/?x=1",
            "https://start.us-gov-home.awsapps.com/start",
            "https://start.us-gov-home.awsapps.com/directory/d-1",
            "https://start.home.awsapps.cn/directory/corp",
            "https://identitycenter.amazonaws.com/ssoins-1234567890abcdef",
            "https://login.example.com",
        ] {
            assert!(check_start_url(url).is_ok(), "{url}");
        }
        for url in [
            "http://d-1.awsapps.com/start",
            "d-1.awsapps.com/start",
            "https://d-1.awsapps.com",
            "https://d-1.awsapps.com/directory/x",
            "https://localhost/start",
            "https://a..b/start",
            "https://d-1.awsapps.com/start\"",
            "https://d-1.awsapps.com/ start",
            "",
        ] {
            assert!(check_start_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn newer_forms_name_the_region() {
        assert_eq!(
            region_of_start_url("https://ssoins-1.portal.us-east-1.app.aws"),
            Some("us-east-1")
        );
        assert_eq!(
            region_of_start_url("https://ssoins-1.eu-west-1.portal.amazonaws.com/x"),
            Some("eu-west-1")
        );
        assert_eq!(
            region_of_start_url("https://ssoins-1.portal.cn-north-1.app.amazonwebservices.com.cn"),
            Some("cn-north-1")
        );
        assert_eq!(
            region_of_start_url("https://ssoins-1.eusc-de-east-1.portal.amazonaws.eu/"),
            Some("eusc-de-east-1")
        );
        for other in ["https://d-1.awsapps.com/start", "https://a.portal.b.app.example"] {
            assert_eq!(region_of_start_url(other), None);
        }
    }

    #[test]
    fn only_hosts_of_aws_are_access_portals() {
        for url in [
            "https://d-1.awsapps.com/start",
            "https://D-1.AWSAPPS.COM:443/start#x",
            "https://ssoins-1.portal.us-east-1.app.aws",
            "https://identitycenter.amazonaws.eu/ssoins-1",
        ] {
            assert!(is_access_portal(url), "{url}");
        }
        for url in [
            "https://sso.example.com",
            "https://awsapps.com.example.com/start",
            "https://d-1.awsapps.com@example.com/start",
            "https://evilawsapps.com/start",
            "http://d-1.awsapps.com/start",
            "https://example.com/?x=.awsapps.com",
        ] {
            assert!(!is_access_portal(url), "{url}");
        }
    }
}
