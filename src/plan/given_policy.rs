//! A policy that narrows a session, as a person names it.

use std::path::Path;

use super::{
    Environment,
    attributes::{compact, from_file},
    s3_policy,
};
use crate::rules::{aws_managed_policy, check_policy_arn, is_name_char};

/// The paths in the names of AWS's managed policies.
const PATHS: [&str; 4] = ["job-function/", "service-role/", "aws-service-role/", "root-task/"];

/// A policy that narrows a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GivenPolicy {
    /// A managed policy of AWS's, by its name with the path: `job-function/ViewOnlyAccess`.
    AwsManaged(String),
    /// A managed policy, by its ARN.
    Arn(String),
    /// JSON, or a short form that becomes JSON when the role's partition is known.
    Document(String),
}

impl GivenPolicy {
    /// Reads JSON, a short form, ARNs separated by commas, the name of a managed policy of AWS's, or the path of a
    /// file with JSON, which may be relative to `folder`. The error says what is wrong with it.
    ///
    /// What a text means doesn't depend on which files exist: a file that happens to have the name of a policy must
    /// not take its place.
    pub(crate) fn parse(
        text: &str,
        folder: Option<&Path>,
        environment: Environment<'_>,
    ) -> Result<Vec<Self>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("is empty".to_owned());
        }
        if text.starts_with('{') {
            return Ok(vec![Self::Document(compact(text)?)]);
        }
        if s3_policy::is_short(text) {
            s3_policy::check(text)?;
            return Ok(vec![Self::Document(text.to_owned())]);
        }
        if text.starts_with("arn:") {
            let arns = text.split(',').map(str::trim).filter(|arn| !arn.is_empty());
            return arns
                .map(|arn| match check_policy_arn(arn) {
                    Ok(()) => Ok(Self::Arn(arn.to_owned())),
                    Err(_) => Err(format!("has '{arn}', which is not the ARN of a policy")),
                })
                .collect();
        }
        if is_aws_name(text) {
            return Ok(vec![Self::AwsManaged(text.to_owned())]);
        }
        let path = environment.context().expand_home(text.as_ref());
        let path = folder.map_or(path.clone(), |folder| folder.join(path));
        Ok(vec![Self::Document(from_file(&path)?)])
    }

    /// Returns the ARN for a role of `partition`; `None` if it is a document.
    pub(super) fn arn(&self, partition: &str) -> Option<String> {
        match self {
            Self::AwsManaged(name) => Some(aws_managed_policy(partition, name)),
            Self::Arn(arn) => Some(arn.clone()),
            Self::Document(_) => None,
        }
    }

    /// Returns the document for a role of `partition`; `None` if it is a managed policy.
    pub(super) fn document(&self, partition: &str) -> Option<String> {
        let Self::Document(text) = self else { return None };
        Some(s3_policy::expand(text, partition))
    }
}

/// Whether `text` has the form of the names of AWS's managed policies, which all start with a capital letter.
pub(super) fn is_aws_name(text: &str) -> bool {
    let name = PATHS.iter().find_map(|path| text.strip_prefix(path)).unwrap_or(text);
    let is_file = Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(is_name_char) && !is_file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_from_a_path_by_its_form_alone() {
        for name in ["ReadOnlyAccess", "job-function/ViewOnlyAccess", "AmazonS3ReadOnlyAccess"] {
            assert!(is_aws_name(name), "{name}");
        }
        for path in ["policy.json", "Policy.json", "./ReadOnlyAccess", "a/B", "readonly", "~/P", ""]
        {
            assert!(!is_aws_name(path), "{path}");
        }
    }
}
