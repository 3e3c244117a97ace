//! Those who give out credentials besides STS, on the same port: the portal and the OIDC service of
//! IAM Identity Center, AWS Sign-In, the instance metadata service (version 2 alone) and a
//! container's credential service. What they give are sessions of this stand-in.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::arn::RoleArn;
use super::auth::{Caller, Kind};
use super::clock;
use super::directory;
use super::federation;
use super::identity_center;
use super::session::{self, Session};
use super::state::State;
use super::text;
use super::wire::{Params, Request};
use super::xml::Failure;

/// Whom a request is for, where it is one of these.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Giver {
    Portal,
    Oidc,
    RegisterClient,
    DeviceAuthorization,
    Authorize,
    Logout,
    Accounts,
    Roles,
    SignIn,
    MetadataToken,
    MetadataRole,
    Metadata,
    Container,
    /// The console's federation endpoint.
    Federation,
    FederationLogin,
}

const METADATA: &str = "/latest/meta-data/iam/security-credentials/";
/// The role that the metadata service speaks of.
const INSTANCE_ROLE: &str = "instance-role";
const HOUR: i64 = 3600;

impl Giver {
    pub(super) fn of(request: &Request) -> Option<Self> {
        match (request.method.as_str(), request.path()) {
            ("GET", "/federation/credentials") => Some(Self::Portal),
            ("POST", "/token") => Some(Self::Oidc),
            ("POST", "/client/register") => Some(Self::RegisterClient),
            ("POST", "/device_authorization") => Some(Self::DeviceAuthorization),
            ("GET", "/authorize") => Some(Self::Authorize),
            ("POST", "/logout") => Some(Self::Logout),
            ("GET", "/assignment/accounts") => Some(Self::Accounts),
            ("GET", "/assignment/roles") => Some(Self::Roles),
            ("POST", "/v1/token") => Some(Self::SignIn),
            ("PUT", "/latest/api/token") => Some(Self::MetadataToken),
            ("GET", METADATA) => Some(Self::MetadataRole),
            ("GET", path) if path.starts_with(METADATA) => Some(Self::Metadata),
            ("GET", "/container/credentials") => Some(Self::Container),
            ("POST", "/federation") => Some(Self::Federation),
            ("GET", "/federation") => Some(Self::FederationLogin),
            _ => None,
        }
    }

    /// The name under which its calls are counted.
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::Portal => "GetRoleCredentials",
            Self::Oidc => "CreateToken",
            Self::RegisterClient => "RegisterClient",
            Self::DeviceAuthorization => "StartDeviceAuthorization",
            Self::Authorize => "Authorize",
            Self::Logout => "Logout",
            Self::Accounts => "ListAccounts",
            Self::Roles => "ListAccountRoles",
            Self::SignIn => "CreateOAuth2Token",
            Self::MetadataToken => "MetadataToken",
            Self::MetadataRole => "MetadataRole",
            Self::Metadata => "Metadata",
            Self::Container => "Container",
            Self::Federation => "getSigninToken",
            Self::FederationLogin => "login",
        }
    }

    /// What it answers: JSON, but for the metadata service's own words.
    pub(super) fn answer(
        self,
        state: &mut State,
        now: DateTime<Utc>,
        request: &Request,
        params: &Params,
    ) -> Result<String, Failure> {
        match self {
            Self::Portal => portal(state, now, request, params),
            Self::Oidc => identity_center::create_token(state, now, request),
            Self::RegisterClient => identity_center::register_client(state, now, request),
            Self::DeviceAuthorization => identity_center::start_device(state, now, request),
            Self::Authorize => identity_center::authorize(state, params),
            Self::Logout => identity_center::logout(state, request),
            Self::Accounts => directory::list_accounts(state, request, params),
            Self::Roles => directory::list_account_roles(state, request, params),
            Self::SignIn => sign_in(state, now, request),
            Self::MetadataToken => metadata_token(state, request),
            Self::MetadataRole => {
                may_ask_metadata(state, request)?;
                match state.world.instance_role {
                    Some(_) => Ok(INSTANCE_ROLE.to_owned()),
                    None => Err(Failure::new(404, "NotFound", "there is no role")),
                }
            }
            Self::Metadata => {
                may_ask_metadata(state, request)?;
                let role = state.world.instance_role.clone();
                let role = role.ok_or_else(|| Failure::new(404, "NotFound", "there is no role"))?;
                Ok(document(&issue(state, now, &role, "i-0123456789abcdef0")).to_string())
            }
            Self::Container => container(state, now, request),
            Self::Federation => federation::sign_in_token(state, now, params),
            Self::FederationLogin => federation::login(state, now, params),
        }
    }
}

/// The error of one of these, as JSON.
pub(super) fn error(failure: &Failure) -> String {
    let oauth = identity_center::oauth_error(&failure.code);
    json!({
        "__type": failure.code,
        "message": failure.message,
        "error": oauth,
        "error_description": failure.message,
    })
    .to_string()
}

fn issue(state: &mut State, now: DateTime<Utc>, role: &str, name: &str) -> Session {
    let arn = RoleArn::parse(role).expect("the world's roles are roles");
    let caller = Caller {
        arn: arn.session(name),
        user_id: format!("{}:{name}", session::unique_id("AROA", role)),
        account: arn.account.to_owned(),
        partition: arn.partition.to_owned(),
        kind: Kind::RoleSession { role_arn: role.to_owned() },
        session_policies: None,
    };
    session::issue(state, now, HOUR, caller)
}

/// The form of the metadata service and of containers.
fn document(session: &Session) -> Value {
    json!({
        "Code": "Success",
        "Type": "AWS-HMAC",
        "LastUpdated": "2026-01-01T00:00:00Z",
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "Token": session.token,
        "Expiration": clock::iso8601(session.ends),
    })
}

fn portal(
    state: &mut State,
    now: DateTime<Utc>,
    request: &Request,
    params: &Params,
) -> Result<String, Failure> {
    let token = request.header("x-amz-sso_bearer_token").unwrap_or_default();
    if !state.world.sso_tokens.contains(&token) {
        let message = "Session token not found or invalid";
        return Err(Failure::new(401, "UnauthorizedException", message));
    }
    let account = params.get("account_id").unwrap_or_default().to_owned();
    let name = params.get("role_name").unwrap_or_default().to_owned();
    if !state.world.sso_roles.contains(&(account.clone(), name.clone())) {
        return Err(Failure::new(403, "ForbiddenException", "No access"));
    }
    let role = format!(
        "arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_{name}_0123456789abcdef"
    );
    let session = issue(state, now, &role, "natan");
    let credentials = json!({
        "accessKeyId": session.access_key_id,
        "secretAccessKey": session.secret_access_key,
        "sessionToken": session.token,
        "expiration": session.ends.timestamp_millis(),
    });
    Ok(json!({ "roleCredentials": credentials }).to_string())
}

fn sign_in(state: &mut State, now: DateTime<Utc>, request: &Request) -> Result<String, Failure> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let given = body["refreshToken"].as_str().unwrap_or_default();
    if request.header("dpop").is_none()
        || state.world.sign_in_refresh_token.as_deref() != Some(given)
    {
        return Err(Failure::new(401, "AccessDeniedException", "The token has expired"));
    }
    // Each refresh token can be used once.
    let next = format!("{given}-next");
    state.secrets.insert(next.clone());
    state.world.sign_in_refresh_token = Some(next.clone());
    let session = issue(state, now, "arn:aws:iam::111111111111:role/Admin", "admin");
    let credentials = json!({
        "accessKeyId": session.access_key_id,
        "secretAccessKey": session.secret_access_key,
        "sessionToken": session.token,
    });
    Ok(json!({
        "accessToken": credentials,
        "tokenType": "aws_sigv4",
        "expiresIn": 900,
        "refreshToken": next,
    })
    .to_string())
}

fn metadata_token(state: &mut State, request: &Request) -> Result<String, Failure> {
    if request.header("x-aws-ec2-metadata-token-ttl-seconds").is_none() {
        return Err(Failure::new(400, "BadRequest", "a token needs a lifetime"));
    }
    let token = text::base64(&text::random::<40>());
    state.metadata_tokens.insert(token.clone());
    Ok(token)
}

fn may_ask_metadata(state: &State, request: &Request) -> Result<(), Failure> {
    let token = request.header("x-aws-ec2-metadata-token").unwrap_or_default();
    if state.metadata_tokens.contains(&token) {
        return Ok(());
    }
    Err(Failure::new(401, "Unauthorized", "version 1 is not answered"))
}

fn container(state: &mut State, now: DateTime<Utc>, request: &Request) -> Result<String, Failure> {
    if request.header("authorization") != state.world.container_token {
        return Err(Failure::new(403, "AccessDenied", "the authorization token is wrong"));
    }
    let role = state.world.container_role.clone();
    let role = role.unwrap_or_else(|| "arn:aws:iam::111111111111:role/task-role".to_owned());
    Ok(document(&issue(state, now, &role, "task")).to_string())
}
