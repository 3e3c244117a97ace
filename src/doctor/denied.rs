//! Why AWS refuses to let a role be assumed, as far as that can be learnt without guessing.

use super::{check::Check, finding::Finding, identity};
use crate::{
    aws::Identity,
    context::Context,
    plan::{Hop, Plan},
    profile::Files,
    rules::account_of,
};

/// What is known about a role that was denied.
#[derive(Default)]
pub(super) struct Explanation {
    pub(super) findings: Vec<Finding>,
    /// Questions for whoever owns the role, with the values filled in.
    pub(super) questions: Vec<String>,
    /// The values in them that only concern the owner.
    pub(super) private: Vec<String>,
}

/// Explains why the last role of `plan` could not be assumed.
pub(super) fn explain(context: &Context, files: &Files, store: &str, plan: &Plan) -> Explanation {
    let Some((hop, before)) = without_last_role(plan) else { return Explanation::default() };
    let mut findings = Vec::new();
    let source = match identity::identity(context, files, store, &before) {
        Ok(source) => source,
        Err(error) => {
            // Then this is what is wrong, and the role itself was never asked for.
            let finding = Finding::of_error(&error).of_profile(&before.base.profile);
            findings.push(Finding { check: Check::DeniedSource, ..finding });
            return Explanation { findings, ..Explanation::default() };
        }
    };
    let text = format!("the role is asked for as {}", source.arn);
    findings.push(Finding::ok(Check::DeniedSource, text).of_profile(plan.name()));
    let owner = account_of(&hop.role_arn).unwrap_or_default();
    if owner != source.account {
        let text = format!(
            "the role's trust policy can't be read: the role is in account {owner}, and you are in \
             {}: that needs iam:GetRole there",
            source.account
        );
        findings.push(
            Finding::warning(Check::UnreadTrust, text)
                .of_profile(plan.name())
                .at(hop.places.role_arn.clone())
                .remedy("send the questions below to whoever owns that account"),
        );
    }
    let values = [
        hop.external_id.as_ref(),
        Some(&hop.session_name),
        plan.mfa.as_ref().map(|mfa| &mfa.serial),
    ];
    let tags = hop.attributes.tags.iter().map(|(_, value)| value);
    let values = values.into_iter().flatten().chain(&hop.attributes.source_identity).chain(tags);
    let private = values.cloned().collect();
    Explanation { findings, questions: questions(plan, hop, &source), private }
}

/// The last role, and the plan of the credentials that ask for it.
fn without_last_role(plan: &Plan) -> Option<(&Hop, Plan)> {
    let (last, hops) = plan.hops.split_last()?;
    let mfa = plan.mfa.clone().filter(|mfa| !(mfa.direct && hops.is_empty()));
    Some((last, Plan { hops: hops.to_vec(), mfa, ..plan.clone() }))
}

/// What to ask whoever owns the role.
fn questions(plan: &Plan, hop: &Hop, source: &Identity) -> Vec<String> {
    let Identity { arn, account, .. } = source;
    let role = &hop.role_arn;
    let mfa = plan.mfa.as_ref().map(|mfa| mfa.serial.as_str());
    let attributes = &hop.attributes;
    let tags: Vec<String> =
        attributes.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let tags = Some(tags.join(", ")).filter(|tags| !tags.is_empty());
    let mut questions = vec![
        format!(
            "Does the trust policy of {role} allow sts:AssumeRole to {arn}, or to account {account}?"
        ),
        format!(
            "Does it require an external ID (sts:ExternalId)? {}.",
            match &hop.external_id {
                Some(id) => format!("The call sends the external ID {id}"),
                None => "The call sends no external ID".to_owned(),
            }
        ),
        format!(
            "Does it require MFA (aws:MultiFactorAuthPresent, aws:MultiFactorAuthAge)? {}.",
            match mfa {
                Some(serial) => format!("The call is made with a code of {serial}"),
                None => "The call is made without MFA".to_owned(),
            }
        ),
        format!(
            "Does it require a certain session name (sts:RoleSessionName)? The call sends the session name {}.",
            hop.session_name
        ),
        "Does it have other conditions, such as aws:SourceIp or aws:PrincipalOrgID?".to_owned(),
        format!(
            "Does a service control policy or a permissions boundary deny sts:AssumeRole on {role}?"
        ),
    ];
    if let Some(identity) = &attributes.source_identity {
        questions.push(format!(
            "Does it allow sts:SetSourceIdentity? The call sends the source identity {identity}."
        ));
    }
    if let Some(tags) = tags {
        questions.push(format!("Does it allow sts:TagSession? The call sends the tags {tags}."));
    }
    questions.push(format!("For whoever owns account {account}: do the policies of {arn} allow sts:AssumeRole on {role}?"));
    questions
}
