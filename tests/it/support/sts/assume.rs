//! `AssumeRole` and `AssumeRoleWithWebIdentity`.

use chrono::{DateTime, Utc};

use super::arn::RoleArn;
use super::auth::{Caller, Kind};
use super::mfa;
use super::policies;
use super::session;
use super::state::State;
use super::trust::{self, Context};
use super::validate::{Checks, DIGITS, EXTERNAL_ID, NAME, SERIAL};
use super::wire::Params;
use super::xml::{Failure, Xml};

const HOUR: i64 = 3600;

/// What a request asks for, once its form is known to be right.
struct Wish<'a> {
    role_arn: &'a str,
    session_name: &'a str,
    seconds: Option<i64>,
    external_id: Option<&'a str>,
    serial: Option<&'a str>,
    token_code: Option<&'a str>,
    policy: Option<&'a str>,
    policy_arns: Vec<String>,
    source_identity: Option<&'a str>,
    /// The length of all that goes into the session beside its name: policies and tags.
    packed: usize,
}

pub(super) fn assume_role(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    params: &Params,
    xml: &mut Xml,
) -> Result<(), Failure> {
    let wish = Wish::read(params)?;
    let Some(role_arn) = RoleArn::parse(wish.role_arn) else {
        return Err(if wish.role_arn.starts_with("arn:") {
            Failure::validation("Request ARN is invalid")
        } else {
            Failure::validation(format!("{} is invalid", wish.role_arn))
        });
    };
    if role_arn.partition != caller.partition {
        return Err(Failure::validation("Request ARN is invalid"));
    }
    if let Some(policy) = wish.policy
        && !serde_json::from_str::<serde_json::Value>(policy).is_ok_and(|json| json.is_object())
    {
        let message = "This policy contains invalid Json";
        return Err(Failure::new(400, "MalformedPolicyDocument", message));
    }
    if !policies::allow(caller, "sts:AssumeRole", wish.role_arn) {
        return Err(Failure::denied(format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {} with an explicit deny in a session \
             policy",
            caller.arn, wish.role_arn
        )));
    }
    // A good code is used up here, also when the role then says no.
    let code = mfa::check(state, now, caller, wish.serial, wish.token_code)?;
    let mfa_at = match caller.kind {
        _ if code => Some(now),
        Kind::UserSession { mfa_at } => mfa_at,
        Kind::User | Kind::RoleSession { .. } => None,
    };
    let context = Context { now, external_id: wish.external_id, mfa_at };
    let role = state.world.roles.iter().find(|role| role.arn == wish.role_arn);
    let Some(role) = role.filter(|role| trust::admits(role, caller, &context)) else {
        return Err(Failure::denied(format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
            caller.arn, wish.role_arn
        )));
    };
    let seconds = duration(wish.seconds, caller, i64::from(role.max_duration))?;

    let mut assumed = wish.assumed(&role_arn);
    if state.world.judges_session_policies {
        assumed.session_policies = policies::documents(wish.policy, &wish.policy_arns);
    }
    let session = session::issue(state, now, seconds, assumed);
    if caller.kind == Kind::User {
        state.direct.insert(session.access_key_id.clone());
    }
    xml.open("AssumedRoleUser");
    xml.leaf("AssumedRoleId", &session.caller.user_id).leaf("Arn", &session.caller.arn);
    xml.close("AssumedRoleUser");
    session.write(xml);
    if wish.packed > 0 {
        xml.leaf("PackedPolicySize", &(wish.packed * 100).div_ceil(2048).min(100).to_string());
    }
    if let Some(source_identity) = wish.source_identity {
        xml.leaf("SourceIdentity", source_identity);
    }
    Ok(())
}

/// Whom a role's trust names that may be assumed with a web identity.
const WEB_IDENTITY: &str = "web-identity";

pub(super) fn assume_role_with_web_identity(
    state: &mut State,
    now: DateTime<Utc>,
    params: &Params,
    xml: &mut Xml,
) -> Result<(), Failure> {
    let mut checks = Checks::new(params);
    let token = checks.required("WebIdentityToken", (4, 20_000), None);
    checks.finish()?;
    let wish = Wish::read(params)?;
    let Some(role_arn) = RoleArn::parse(wish.role_arn) else {
        return Err(Failure::validation("Request ARN is invalid"));
    };
    if !state.world.web_identity_tokens.iter().any(|known| known == token) {
        let message = "The ID Token provided is not a valid JWT.";
        return Err(Failure::new(400, "InvalidIdentityToken", message));
    }
    let role = state.world.roles.iter().find(|role| role.arn == wish.role_arn);
    let Some(role) = role.filter(|role| role.trust.iter().any(|who| who == WEB_IDENTITY)) else {
        return Err(Failure::denied(
            "Not authorized to perform sts:AssumeRoleWithWebIdentity".to_owned(),
        ));
    };
    // No session of anybody's is behind it: this is not role chaining.
    let most = i64::from(role.max_duration);
    let seconds = wish.seconds.unwrap_or(HOUR.min(most));
    if seconds > most {
        return Err(Failure::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    let session = session::issue(state, now, seconds, wish.assumed(&role_arn));
    xml.leaf("SubjectFromWebIdentityToken", "system:serviceaccount:default:natan");
    xml.open("AssumedRoleUser");
    xml.leaf("AssumedRoleId", &session.caller.user_id).leaf("Arn", &session.caller.arn);
    xml.close("AssumedRoleUser");
    session.write(xml);
    Ok(())
}

/// How long the session is to last.
fn duration(wished: Option<i64>, caller: &Caller, most: i64) -> Result<i64, Failure> {
    let seconds = wished.unwrap_or(HOUR.min(most));
    // Sessions of GetSessionToken count as chaining too, whatever the name says.
    if caller.kind != Kind::User && seconds > HOUR {
        return Err(Failure::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining.",
        ));
    }
    if seconds > most {
        return Err(Failure::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(seconds)
}

impl<'a> Wish<'a> {
    /// Who has the session that is asked for.
    fn assumed(&self, role_arn: &RoleArn<'_>) -> Caller {
        Caller {
            arn: role_arn.session(self.session_name),
            user_id: format!("{}:{}", session::unique_id("AROA", self.role_arn), self.session_name),
            account: role_arn.account.to_owned(),
            partition: role_arn.partition.to_owned(),
            kind: Kind::RoleSession { role_arn: self.role_arn.to_owned() },
            session_policies: None,
        }
    }

    fn read(params: &'a Params) -> Result<Self, Failure> {
        let mut checks = Checks::new(params);
        let mut wish = Self {
            role_arn: checks.required("RoleArn", (20, 2048), None),
            session_name: checks.required("RoleSessionName", (2, 64), Some(&NAME)),
            seconds: checks.number("DurationSeconds", (900, 43_200))?,
            external_id: checks.optional("ExternalId", (2, 1224), Some(&EXTERNAL_ID)),
            serial: checks.optional("SerialNumber", (9, 256), Some(&SERIAL)),
            token_code: checks.optional("TokenCode", (6, 6), Some(&DIGITS)),
            policy: checks.optional("Policy", (1, 2048), None),
            policy_arns: Vec::new(),
            source_identity: checks.optional("SourceIdentity", (2, 64), Some(&NAME)),
            packed: 0,
        };
        let policy_arns = params.list("PolicyArns", ".arn");
        checks.list("PolicyArns", &policy_arns, 10);
        for arn in &policy_arns {
            checks.text("PolicyArns", arn, (20, 2048), None);
        }
        let tags = params.pairs("Tags");
        checks.list("Tags", &tags, 50);
        for (key, value) in &tags {
            checks.text("Tags", key, (1, 128), None);
            checks.text("Tags", value, (0, 256), None);
        }
        checks.list("TransitiveTagKeys", &params.list("TransitiveTagKeys", ""), 50);
        checks.finish()?;
        wish.packed = wish.policy.map_or(0, str::len)
            + policy_arns.iter().map(String::len).sum::<usize>()
            + tags.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
        wish.policy_arns = policy_arns;
        Ok(wish)
    }
}
