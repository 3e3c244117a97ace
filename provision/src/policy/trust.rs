//! Judges a role's trust policy, statement by statement, for one call of AssumeRole.
//!
//! Rules: IAM User Guide, "AWS JSON policy elements: Principal" and "IAM JSON policy elements:
//! Condition operators".

use rolecall::{Arn, IamKind, JudgedPart, Judgment, Principal, RoleCall, matches_pattern};
use serde_json::Value;

use super::{one_or_many, statements};

const ACTION: &str = "sts:AssumeRole";
/// At most this many principals are named.
const MOST_NAMED: usize = 3;

/// A call of AssumeRole, and who makes it.
pub(crate) struct TrustedCall<'c> {
    /// The call.
    pub(crate) call: &'c RoleCall,
    /// The ARN that GetCallerIdentity returns.
    pub(crate) caller: &'c str,
    /// The caller's account.
    pub(crate) account: &'c str,
}

/// How a condition or a statement fits the call.
enum Fit {
    Yes,
    No(JudgedPart, String),
    /// It depends on something that can't be seen from here.
    Unknown(String),
}

/// Returns what the statements of `trust` have to do with the refusal of the call.
pub(crate) fn judge_trust(trust: &Value, call: &TrustedCall<'_>) -> Vec<Judgment> {
    let (mut causes, mut denials, mut notes, mut allowed) =
        (Vec::new(), Vec::new(), Vec::new(), None);
    let judgment = |about, text: String| Judgment { about, text };
    for (number, statement) in (1..).zip(statements(trust)) {
        if !is_about_assuming(statement) {
            continue;
        }
        let fits = call.fits(statement);
        let unknown = fits.iter().find_map(|fit| match fit {
            Fit::Unknown(what) => Some(what),
            _ => None,
        });
        let misfits = fits.iter().filter_map(|fit| match fit {
            Fit::No(about, why) => Some((*about, why)),
            _ => None,
        });
        let misfits: Vec<_> = misfits.collect();
        let is_allow = statement["Effect"] == "Allow";
        match (is_allow, misfits.is_empty(), unknown) {
            (false, true, None) => denials.push(judgment(
                JudgedPart::Denial,
                format!("statement {number} of the trust policy denies the call"),
            )),
            (false, false, _) => {}
            (true, true, None) => allowed = allowed.or(Some(number)),
            (_, true, Some(what)) => notes.push(judgment(
                JudgedPart::Condition,
                format!(
                    "statement {number} of the trust policy {what}, which can't be judged from here"
                ),
            )),
            (true, false, _) => causes.extend(misfits.into_iter().map(|(about, why)| {
                judgment(about, format!("statement {number} of the trust policy {why}"))
            })),
        }
    }
    if !denials.is_empty() {
        return denials;
    }
    if let Some(number) = allowed {
        let text = format!("statement {number} of the trust policy allows the call");
        return vec![judgment(JudgedPart::Nothing, text)];
    }
    if causes.is_empty() && notes.is_empty() {
        let text = format!("no statement of the trust policy allows {ACTION}");
        causes.push(judgment(JudgedPart::Principal, text));
    }
    causes.extend(notes);
    causes
}

fn is_about_assuming(statement: &Value) -> bool {
    let among = |key: &str| {
        let patterns = one_or_many(&statement[key]).iter().filter_map(Value::as_str);
        let wanted = ACTION.to_ascii_lowercase();
        patterns.map(str::to_ascii_lowercase).any(|pattern| matches_pattern(&pattern, &wanted))
    };
    if statement.get("NotAction").is_some() { !among("NotAction") } else { among("Action") }
}

impl TrustedCall<'_> {
    fn fits(&self, statement: &Value) -> Vec<Fit> {
        let conditions = statement["Condition"].as_object().into_iter().flatten();
        let conditions = conditions.flat_map(|(operator, keys)| {
            let keys = keys.as_object().into_iter().flatten();
            keys.map(move |(key, values)| self.condition(operator, key, values))
        });
        std::iter::once(self.principal(statement)).chain(conditions).collect()
    }

    fn principal(&self, statement: &Value) -> Fit {
        if statement.get("NotPrincipal").is_some() {
            return Fit::Unknown("has NotPrincipal".to_owned());
        }
        let principal = &statement["Principal"];
        let entries = if principal.is_string() { principal } else { &principal["AWS"] };
        let entries: Vec<&str> = one_or_many(entries).iter().filter_map(Value::as_str).collect();
        if entries.iter().any(|entry| self.is_trusted(entry)) {
            return Fit::Yes;
        }
        let named: Vec<&str> = entries.iter().take(MOST_NAMED).copied().collect();
        let more = if entries.len() > MOST_NAMED { " and others" } else { "" };
        let trusted = match &named[..] {
            [] => "trusts a service or an identity provider".to_owned(),
            named => format!("trusts {}{more}", named.join(", ")),
        };
        let why = format!("{trusted}, and you are {} in account {}", self.caller, self.account);
        Fit::No(JudgedPart::Principal, why)
    }

    fn is_trusted(&self, entry: &str) -> bool {
        let arn = Arn::parse(entry).filter(|arn| arn.account == self.account);
        entry == "*"
            || entry == self.account
            || entry == self.caller
            || arn.is_some_and(|arn| arn.resource == "root" || self.is_role(&arn))
    }

    /// Whether the caller is a session of the role `entry` of its account, whose path a session does not show.
    fn is_role(&self, entry: &Arn<'_>) -> bool {
        let name = entry.name_of(IamKind::Role);
        matches!(Principal::of(self.caller), Principal::RoleSession { role, .. } if name == Some(role))
    }

    fn condition(&self, operator: &str, key: &str, values: &Value) -> Fit {
        let lower = key.to_ascii_lowercase();
        let call = self.call;
        let (about, actual, missing, other) = match &*lower {
            "sts:externalid" => (
                JudgedPart::ExternalId,
                call.external_id.clone(),
                "requires an external ID, and the profile has none",
                "requires a different external ID than the profile's",
            ),
            "aws:multifactorauthpresent" => (
                JudgedPart::Mfa,
                call.has_mfa.then(|| "true".to_owned()),
                "requires MFA, and the call is made without it",
                "does not allow MFA, and the call is made with it",
            ),
            "aws:multifactorauthage" if call.has_mfa => {
                return Fit::Unknown("limits the age of MFA".to_owned());
            }
            "aws:multifactorauthage" => {
                (JudgedPart::Mfa, None, "requires MFA, and the call is made without it", "")
            }
            "sts:rolesessionname" => (
                JudgedPart::Condition,
                Some(call.session_name.clone()),
                "",
                "requires a different session name than the call's (rolecall_role_session_name)",
            ),
            "sts:sourceidentity" => (
                JudgedPart::Condition,
                call.source_identity.clone(),
                "requires a source identity, and the profile has none (rolecall_source_identity)",
                "requires a different source identity than the profile's (rolecall_source_identity)",
            ),
            "aws:principalaccount" => (
                JudgedPart::Principal,
                Some(self.account.to_owned()),
                "",
                "only allows callers from a different account than yours",
            ),
            "aws:principalarn" if matches!(Principal::of(self.caller), Principal::User(_)) => (
                JudgedPart::Principal,
                Some(self.caller.to_owned()),
                "",
                "only allows callers other than you (aws:PrincipalArn)",
            ),
            _ => return Fit::Unknown(format!("has a condition on {key}")),
        };
        match is_met(operator, actual.as_deref(), values) {
            Some(true) => Fit::Yes,
            Some(false) if actual.is_none() => Fit::No(about, missing.to_owned()),
            Some(false) => Fit::No(about, other.to_owned()),
            None => Fit::Unknown(format!("has a condition on {key} with {operator}")),
        }
    }
}

/// Whether a condition is met; `None` for an operator that is not judged here.
fn is_met(operator: &str, actual: Option<&str>, values: &Value) -> Option<bool> {
    let operator = operator.rsplit(':').next().unwrap_or(operator);
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let texts = one_or_many(values).iter().map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let texts: Vec<String> = texts.collect();
    if operator == "Null" {
        return Some(texts.iter().any(|text| (text == "true") == actual.is_none()));
    }
    let (operator, is_negated) = match operator.split_once("Not") {
        Some((start, end)) => (format!("{start}{end}"), true),
        None => (operator.to_owned(), false),
    };
    let Some(actual) = actual else { return Some(if_exists || is_negated) };
    let fits = |text: &String| match &*operator {
        "StringEquals" => Some(text == actual),
        "StringEqualsIgnoreCase" | "Bool" => Some(text.eq_ignore_ascii_case(actual)),
        "StringLike" | "ArnLike" | "ArnEquals" => Some(matches_pattern(text, actual)),
        _ => None,
    };
    let fitting: Option<Vec<bool>> = texts.iter().map(fits).collect();
    Some(fitting?.contains(&true) != is_negated)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CALLER: &str = "arn:aws:iam::111111111111:user/team/natan";

    fn call() -> RoleCall {
        RoleCall {
            role_arn: "arn:aws:iam::111111111111:role/r".to_owned(),
            external_id: None,
            session_name: "natan".to_owned(),
            source_identity: None,
            has_mfa: false,
            signer_policy: None,
        }
    }

    fn judged(call: &RoleCall, statements: &Value) -> Vec<(JudgedPart, String)> {
        let call = TrustedCall { call, caller: CALLER, account: "111111111111" };
        let judgments = judge_trust(&json!({ "Statement": statements }), &call);
        judgments.into_iter().map(|it| (it.about, it.text)).collect()
    }

    fn allow(principal: Value, condition: Value) -> Value {
        json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, "Condition": condition })
    }

    #[test]
    fn each_condition_that_is_not_met_is_named() {
        let root = || json!({ "AWS": "arn:aws:iam::111111111111:root" });
        let cases = [
            (
                json!({ "StringEquals": { "sts:ExternalId": "x" } }),
                JudgedPart::ExternalId,
                "has none",
            ),
            (
                json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
                JudgedPart::Mfa,
                "requires MFA",
            ),
            (
                json!({ "Bool": { "aws:multifactorauthpresent": true } }),
                JudgedPart::Mfa,
                "requires MFA",
            ),
            (
                json!({ "NumericLessThan": { "aws:MultiFactorAuthAge": "60" } }),
                JudgedPart::Mfa,
                "requires MFA",
            ),
            (
                json!({ "StringLike": { "sts:RoleSessionName": "ci-*" } }),
                JudgedPart::Condition,
                "session name",
            ),
            (
                json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } }),
                JudgedPart::Condition,
                "can't be judged",
            ),
        ];
        for (condition, about, words) in cases {
            let found = judged(&call(), &json!([allow(root(), condition.clone())]));
            let [(part, text)] = &*found else { panic!("{condition}: {found:?}") };
            assert!(*part == about && text.contains(words), "{condition}: {found:?}");
        }
        let good = [
            json!({ "StringLike": { "sts:RoleSessionName": "nat*" } }),
            json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "true" } }),
            json!({ "StringNotEquals": { "sts:ExternalId": "x" } }),
            json!({ "Null": { "sts:ExternalId": "true" } }),
        ];
        for condition in good {
            let found = judged(&call(), &json!([allow(root(), condition.clone())]));
            assert_eq!(found[0].0, JudgedPart::Nothing, "{condition}: {found:?}");
        }
        let with = RoleCall { external_id: Some("y".to_owned()), has_mfa: true, ..call() };
        let other = json!({ "StringEquals": { "sts:ExternalId": ["x", "z"] } });
        assert!(
            judged(&with, &json!([allow(root(), other)]))[0].1.contains("a different external ID")
        );
        let mfa = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
        assert_eq!(judged(&with, &json!([allow(root(), mfa)]))[0].0, JudgedPart::Nothing);
    }

    #[test]
    fn who_is_trusted_is_told_with_who_calls() {
        let none = || json!({});
        for principal in [
            json!("*"),
            json!({ "AWS": "111111111111" }),
            json!({ "AWS": ["arn:aws:iam::333333333333:root", CALLER] }),
        ] {
            let found = judged(&call(), &json!([allow(principal.clone(), none())]));
            assert_eq!(found[0].0, JudgedPart::Nothing, "{principal}: {found:?}");
        }
        let found = judged(
            &call(),
            &json!(allow(json!({ "AWS": "arn:aws:iam::333333333333:root" }), none())),
        );
        assert_eq!(found[0].0, JudgedPart::Principal);
        assert!(found[0].1.contains("333333333333") && found[0].1.contains(CALLER), "{found:?}");
        let service = json!({ "Service": "ec2.amazonaws.com" });
        assert_eq!(judged(&call(), &json!([allow(service, none())]))[0].0, JudgedPart::Principal);
        let session = TrustedCall {
            call: &call(),
            caller: "arn:aws:sts::111111111111:assumed-role/Deploy/natan",
            account: "111111111111",
        };
        let role = json!({ "Statement": [allow(json!({ "AWS": "arn:aws:iam::111111111111:role/p/Deploy" }), none())] });
        assert_eq!(judge_trust(&role, &session)[0].about, JudgedPart::Nothing);
    }

    #[test]
    fn a_denial_decides_and_other_actions_do_not_count() {
        let all = || allow(json!("*"), json!({}));
        let mut denial = all();
        denial["Effect"] = json!("Deny");
        let found = judged(&call(), &json!([all(), denial]));
        assert_eq!(
            found,
            [(JudgedPart::Denial, "statement 2 of the trust policy denies the call".to_owned())]
        );
        let mut other = all();
        other["Action"] = json!("sts:TagSession");
        assert!(judged(&call(), &json!([other]))[0].1.starts_with("no statement"));
    }
}
