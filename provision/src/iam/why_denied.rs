//! `rolecall iam why-denied`, which `rolecall doctor --online` runs.

use rolecall::{Access, Arn, IamKind, JudgedPart, Judgment, Kind, Result, WhyDenied};
use serde_json::Value;

use crate::{
    caller::{Caller, Invocation},
    failure::if_exists,
    permissions::{RequiredPermission, lacking},
    policy::{Statements, TrustedCall, Verdict, document_in, judge_trust},
};

const ASSUME: &str = "sts:AssumeRole";

/// Returns what could be learnt.
pub(super) fn why(invocation: Invocation<'_>, warn: &mut dyn FnMut(&str)) -> Result<WhyDenied> {
    let request = invocation.access_request();
    let (access, call) = Access::of_role_caller(invocation.context, request, warn)?;
    let caller = Caller::of(invocation, access)?;
    let identity = caller.identity()?;
    let mut found = WhyDenied::default();
    let role = Arn::parse(&call.role_arn);
    let role = role.filter(|role| role.account == identity.account);
    let name = role.and_then(|role| role.name_of(IamKind::Role));
    match name.map_or(Err(None), |name| trust_of(&caller, name)) {
        Ok(trust) => {
            let asked =
                TrustedCall { call: &call, caller: &identity.arn, account: &identity.account };
            found.judgments.extend(judge_trust(&trust, &asked));
        }
        Err(Some(gone)) => found.judgments.push(gone),
        Err(None) => found.missing.push(format!("iam:GetRole on {}", call.role_arn)),
    }
    if let Some(policy) =
        call.signer_policy.as_deref().and_then(|text| serde_json::from_str(text).ok())
        && Statements::of([&policy]).judge_one(ASSUME, &call.role_arn) == Verdict::Refused
    {
        let text = format!("the session policy of the source's session does not allow {ASSUME}");
        found.judgments.push(Judgment { about: JudgedPart::SessionPolicy, text });
    }
    let required =
        RequiredPermission { action: ASSUME.to_owned(), resource: call.role_arn.clone() };
    match lacking(&caller, &identity, &[required]) {
        Ok(lacking) if !lacking.is_empty() => {
            let text = format!(
                "the policies of {} don't allow {ASSUME} on {}",
                identity.arn, call.role_arn
            );
            found.judgments.push(Judgment { about: JudgedPart::Permission, text });
        }
        Err(error) if error.kind() == Kind::Denied => {
            found.missing.push("iam:SimulatePrincipalPolicy".to_owned());
        }
        _ => {}
    }
    Ok(found)
}

/// Returns a role's trust policy; `Err` with what is wrong if the role does not exist, and without if
/// it can't be read.
fn trust_of(caller: &Caller<'_>, name: &str) -> std::result::Result<Value, Option<Judgment>> {
    let role = caller.call(caller.iam().get_role().role_name(name).send());
    let document = match if_exists(role) {
        Ok(Some(answer)) => answer.role.and_then(|role| role.assume_role_policy_document),
        Ok(None) => {
            let text = format!("the account has no role '{name}'");
            return Err(Some(Judgment { about: JudgedPart::Principal, text }));
        }
        Err(_) => return Err(None),
    };
    document.as_deref().and_then(|document| document_in(document).ok()).ok_or(None)
}
