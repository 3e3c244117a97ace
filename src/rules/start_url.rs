//! Start URLs of IAM Identity Center.

use super::Invalid;

/// Checks the form of a start URL. A name of the organization's own may be in front of AWS's, so the
/// host is not limited to AWS's.
///
/// Rule: IAM Identity Center User Guide, "Using the AWS access portal": `https://d-….awsapps.com/start`,
/// `https://ssoins-….portal.REGION.app.aws`, and the like.
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
    if host.ends_with(".awsapps.com") && !path.starts_with("start") {
        return invalid("lacks /start after the host name");
    }
    Ok(())
}

/// Returns the region that a start URL names; `None` for the older form, which names none.
pub(crate) fn region_of_start_url(url: &str) -> Option<&str> {
    let host = url.strip_prefix("https://")?.split(['/', '?', '#']).next()?;
    let labels: Vec<&str> = host.split('.').collect();
    match labels[..] {
        [_, "portal", region, "app", "aws"] | [_, region, "portal", "amazonaws", ..] => {
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
            "https://login.example.com",
        ] {
            assert!(check_start_url(url).is_ok(), "{url}");
        }
        for url in [
            "http://d-1.awsapps.com/start",
            "d-1.awsapps.com/start",
            "https://d-1.awsapps.com",
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
        assert_eq!(region_of_start_url("https://d-1.awsapps.com/start"), None);
    }
}
