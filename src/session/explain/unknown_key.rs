//! Explains why AWS does not know the access key that signed a call. AWS has one code for several
//! causes, so all that fit what is known are named.

use super::signer::{Signer, SignerKind};
use crate::{
    error::{Error, Kind},
    plan::{Plan, RegionFrom},
    rules::{is_opt_in_region, partition_of_region},
};

/// A refusal that says that the key is not known.
#[derive(Clone, Copy)]
pub(super) struct UnknownKey<'r> {
    /// The error code.
    pub(super) code: &'r str,
    /// The plan that the call belongs to.
    pub(super) plan: &'r Plan,
    /// What it was signed with.
    pub(super) signer: &'r Signer,
}

/// Returns the error of such a refusal.
pub(super) fn unknown_key(refusal: &UnknownKey<'_>) -> Error {
    let UnknownKey { code, plan, signer } = *refusal;
    let of_region = of_region(plan, signer.kind);
    let place =
        if of_region.is_some() { format!("AWS in {}", plan.aws.region) } else { "AWS".into() };
    let error = Error::new(
        Kind::Denied,
        format!("{place} does not know the access key of {signer} ({code})"),
    );
    let of_key = of_key(plan, signer);
    match of_region {
        Some(of_region) => error.hint(of_region).hint(format!("or {of_key}")),
        None => error.hint(of_key),
    }
}

/// Returns the cause that lies in the region, if there can be one.
fn of_region(plan: &Plan, signer: SignerKind) -> Option<String> {
    let region = &plan.aws.region;
    let (of_region, of_plan) = (partition_of_region(region), plan.partition());
    let names_partition = !plan.hops.is_empty() || plan.mfa.is_some();
    if names_partition && of_region != of_plan {
        return Some(format!(
            "set a region of {of_plan}, where the role is: {region} is one of {of_region}, which has \
             other access keys"
        ));
    }
    // Rules: AWS Account Management reference guide, "Enable or disable AWS Regions in your account";
    // IAM user guide, "Managing AWS STS in an AWS Region".
    is_opt_in_region(region).then(|| {
        let global = if signer == SignerKind::Session {
            ", and sessions from the old global endpoint of STS don't work there"
        } else {
            ""
        };
        format!(
            "the region {region} may not be enabled for the account{global}: enable it, or use \
             another region such as us-east-1"
        )
    })
}

/// Returns the cause that lies in the access key.
fn of_key(plan: &Plan, signer: &Signer) -> String {
    match signer.kind {
        SignerKind::WithoutToken => {
            return format!(
                "add the aws_session_token of {signer} in the same file: its access key is a \
                 session's, and the token is missing there"
            );
        }
        SignerKind::Session => {
            return format!(
                "get new credentials for {signer}: its session may have expired or been revoked"
            );
        }
        SignerKind::LongLived | SignerKind::WebIdentity => {}
    }
    // Keys of another partition are common where nobody has chosen a region.
    let partition = match plan.aws.region_from {
        RegionFrom::Partition => "; keys of AWS China or GovCloud need one of its regions",
        RegionFrom::Flag | RegionFrom::Environment | RegionFrom::Profile => "",
    };
    format!(
        "check whether the access key of {signer} was deleted, deactivated or mistyped{partition}"
    )
}
