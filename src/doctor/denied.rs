//! Why AWS refuses to let a role be assumed, as far as that can be learned without guessing.

use super::{
    check::Check,
    finding::Finding,
    identity::{self, Means},
};
use crate::{
    app::{JudgedPart, Judgment, SiblingReply, WhyDenied, ask_sibling},
    aws::Identity,
    error::{Kind, Result},
    plan::{Hop, Plan},
    profile::as_word,
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
pub(super) fn explain(means: &Means<'_>, plan: &Plan) -> Explanation {
    let Some((hop, before)) = plan.without_last_role() else { return Explanation::default() };
    let mut findings = Vec::new();
    let source = match identity::identity(means, &before) {
        Ok(source) => source,
        Err(error) => {
            // Then this is what is wrong, and the role itself was never asked for.
            let finding = Finding::of_error(&error).of_profile(&before.base.profile);
            findings.push(Finding { check: Check::DeniedSource, ..finding });
            return Explanation { findings, ..Explanation::default() };
        }
    };
    let text = format!("the role was requested by {}", source.arn);
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
                .remedy("send the questions below to the owner of that account"),
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
    if owner == source.account {
        findings.extend(judged(means, plan, hop));
    }
    Explanation { findings, questions: questions(plan, hop, &source), private }
}

/// What `rolecall-provision` learns from the policies, which only the role's own account can read.
fn judged(means: &Means<'_>, plan: &Plan, hop: &Hop) -> Vec<Finding> {
    let Means { context, store, .. } = *means;
    let mut arguments = vec!["iam".to_owned(), "why-denied".to_owned()];
    arguments.push(format!("--profile={}", plan.name()));
    arguments.push(format!("--store={store}"));
    let place = |finding: Finding| finding.of_profile(plan.name()).at(hop.places.role_arn.clone());
    let reply: Result<SiblingReply<WhyDenied>> = ask_sibling(context, &arguments);
    let why = match reply.and_then(|reply| reply.result) {
        Ok(why) => why,
        Err(error) => {
            let text = format!("the policies were not read: {}", error.message());
            let finding =
                Finding::warning(Check::UnreadTrust, text).remedy(error.hints().join("; "));
            return vec![place(finding)];
        }
    };
    let word = as_word(plan.name());
    let finding = |it: Judgment| {
        let (check, remedy) = match it.about {
            JudgedPart::Nothing => {
                return Finding::ok(Check::DeniedTrust, it.text).of_profile(plan.name());
            }
            JudgedPart::ExternalId => (
                Check::DeniedExternalId,
                format!(
                    "'rolecall profile set {word} rolecall_external_id=ID' with the ID that the owner gives you"
                ),
            ),
            JudgedPart::Mfa => (
                Check::DeniedMfa,
                format!(
                    "'rolecall profile set {word} rolecall_mfa_serial=ARN' with the MFA device of the source's user"
                ),
            ),
            JudgedPart::Principal => (
                Check::DeniedTrust,
                "use a source that the role trusts, or ask its owner to trust yours".to_owned(),
            ),
            JudgedPart::Condition | JudgedPart::Denial => {
                (Check::DeniedTrust, "ask the role's owner to change that statement".to_owned())
            }
            JudgedPart::Permission => {
                (Check::DeniedPermission, format!("ask for sts:AssumeRole on {}", hop.role_arn))
            }
            JudgedPart::SessionPolicy => (
                Check::DeniedSessionPolicy,
                "allow sts:AssumeRole in rolecall_session_policy of the source profile".to_owned(),
            ),
        };
        let problem = Finding::problem(check, it.text).remedy(remedy);
        place(Finding { kind: Kind::Denied, ..problem })
    };
    let missing = why.missing.iter().map(|right| {
        let text = format!("policies could not be read: you lack {right}");
        place(
            Finding::warning(Check::UnreadTrust, text)
                .remedy("ask for it, or send the questions below"),
        )
    });
    let missing: Vec<_> = missing.collect();
    why.judgments.into_iter().map(finding).chain(missing).collect()
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
    questions.push(format!(
        "For the owner of account {account}: do the policies of {arn} allow sts:AssumeRole on \
         {role}?"
    ));
    questions
}
