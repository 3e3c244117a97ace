//! `rolecall iam why-denied`, which `rolecall doctor --online` runs.

use rolecall::{
    Access, Arn, Failure, JudgedPart, Judgment, Kind, Result, SiblingReply, Streams, WhyDenied,
    is_access_denied,
};
use serde_json::Value;

use crate::{
    caller::{Caller, Invocation},
    permissions::{RequiredPermission, lacking},
    policy::{Statements, TrustedCall, Verdict, document_in, judge_trust},
};

const ASSUME: &str = "sts:AssumeRole";

/// Prints the reply to the calling program: what could be learnt, or the error, which is also
/// returned.
pub(super) fn run(invocation: Invocation<'_>, streams: &mut Streams<'_>) -> Result<()> {
    let mut warnings = Vec::new();
    let result = why(invocation, &mut warnings);
    let failed = result.as_ref().err().cloned();
    streams.print_json(&SiblingReply { warnings, result })?;
    failed.map_or(Ok(()), Err)
}

fn why(invocation: Invocation<'_>, warnings: &mut Vec<String>) -> Result<WhyDenied> {
    let mut warn = |warning: &str| warnings.push(warning.to_owned());
    let request = invocation.access_request();
    let (access, call) = Access::of_role_caller(invocation.context, request, &mut warn)?;
    let caller = Caller::of(invocation, access)?;
    let identity = caller.identity()?;
    let mut found = WhyDenied::default();
    let role = Arn::parse(&call.role_arn);
    let owner = role.as_ref().map(|role| role.account).unwrap_or_default();
    // The name follows the path.
    let name = call.role_arn.rsplit('/').next().unwrap_or_default();
    let trust = if owner == identity.account { trust_of(&caller, name) } else { Err(None) };
    match trust {
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
    let document = match role {
        Ok(answer) => answer.role.and_then(|role| role.assume_role_policy_document),
        Err(Failure::Refused { code, .. })
            if !is_access_denied(&code) && code == rolecall::NO_SUCH_ENTITY =>
        {
            let text = format!("the account has no role '{name}'");
            return Err(Some(Judgment { about: JudgedPart::Principal, text }));
        }
        Err(_) => return Err(None),
    };
    document.as_deref().and_then(|document| document_in(document).ok()).ok_or(None)
}
