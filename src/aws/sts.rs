//! The calls to STS, through the SDK's client.

use aws_sdk_sts::{
    Client,
    types::{self, PolicyDescriptorType, Tag},
};
use chrono::{DateTime, Utc};

use super::{
    AssumeRole, Aws, Call, Failure, GetSessionToken, Identity, Issued, Provider, Sdk,
    client::{answer, block_on, sdk_config},
    failure::failure,
    federation,
    issued::Given,
    providers,
};
use crate::{credentials::Credentials, rules::account_of, secret::Secret};

impl Aws for Sdk {
    fn assume_role(
        &self,
        call: Call<'_>,
        source: &Credentials,
        role: &AssumeRole,
    ) -> Result<Issued, Failure> {
        let client = Client::new(&sdk_config(call.endpoint, Some(source), call.budget)?);
        let request = client
            .assume_role()
            .role_arn(&role.role_arn)
            .role_session_name(&role.session_name)
            .set_external_id(role.external_id.clone())
            .set_duration_seconds(role.duration_seconds.map(u32::cast_signed))
            .set_policy(role.policy.clone())
            .set_policy_arns(policy_arns(role))
            .set_tags(tags(role)?)
            .set_transitive_tag_keys(some(role.transitive_tag_keys.clone()))
            .set_source_identity(role.source_identity.clone())
            .set_serial_number(role.mfa.as_ref().map(|mfa| mfa.serial.clone()))
            .set_token_code(role.mfa.as_ref().map(|mfa| mfa.code.expose().to_owned()));
        let (output, date) =
            answer(call, failure, |date| request.customize().interceptor(date).send())?;
        let arn = output.assumed_role_user.map(|user| user.arn);
        Session { credentials: output.credentials, arn, asked: &role.role_arn }.issued(date)
    }

    fn assume_role_with_web_identity(
        &self,
        call: Call<'_>,
        token: &Secret,
        role: &AssumeRole,
    ) -> Result<Issued, Failure> {
        let client = Client::new(&sdk_config(call.endpoint, None, call.budget)?);
        let request = client
            .assume_role_with_web_identity()
            .role_arn(&role.role_arn)
            .role_session_name(&role.session_name)
            .web_identity_token(token.expose())
            .set_duration_seconds(role.duration_seconds.map(u32::cast_signed))
            .set_policy(role.policy.clone())
            .set_policy_arns(policy_arns(role));
        let (output, date) =
            answer(call, failure, |date| request.customize().interceptor(date).send())?;
        let arn = output.assumed_role_user.map(|user| user.arn);
        Session { credentials: output.credentials, arn, asked: &role.role_arn }.issued(date)
    }

    fn get_session_token(
        &self,
        call: Call<'_>,
        keys: &Credentials,
        session: &GetSessionToken,
    ) -> Result<Issued, Failure> {
        let client = Client::new(&sdk_config(call.endpoint, Some(keys), call.budget)?);
        let request = client
            .get_session_token()
            .duration_seconds(session.duration_seconds.cast_signed())
            .set_serial_number(session.mfa.as_ref().map(|mfa| mfa.serial.clone()))
            .set_token_code(session.mfa.as_ref().map(|mfa| mfa.code.expose().to_owned()));
        let (output, date) =
            answer(call, failure, |date| request.customize().interceptor(date).send())?;
        // The answer names no account, and the account of the keys is not known here.
        Session { credentials: output.credentials, arn: None, asked: "" }.issued(date)
    }

    fn caller_identity(
        &self,
        call: Call<'_>,
        credentials: &Credentials,
    ) -> Result<Identity, Failure> {
        let client = Client::new(&sdk_config(call.endpoint, Some(credentials), call.budget)?);
        let request = client.get_caller_identity().customize();
        let (output, _) = answer(call, failure, |date| request.interceptor(date).send())?;
        Ok(Identity {
            account: output.account.unwrap_or_default(),
            arn: output.arn.unwrap_or_default(),
            user_id: output.user_id.unwrap_or_default(),
        })
    }

    fn sign_in_token(
        &self,
        call: Call<'_>,
        session: &Credentials,
        seconds: Option<u32>,
    ) -> Result<Secret, Failure> {
        block_on(call.budget.limit, federation::sign_in_token(call, session, seconds))
    }

    fn fetch(&self, call: Call<'_>, provider: &Provider) -> Result<Issued, Failure> {
        block_on(call.budget.limit, providers::fetch(call, provider))
    }
}

/// An empty list is not sent at all.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    if list.is_empty() { None } else { Some(list) }
}

fn policy_arns(role: &AssumeRole) -> Option<Vec<PolicyDescriptorType>> {
    let descriptor = |arn: &String| PolicyDescriptorType::builder().arn(arn).build();
    some(role.policy_arns.iter().map(descriptor).collect())
}

fn tags(role: &AssumeRole) -> Result<Option<Vec<Tag>>, Failure> {
    let tag = |(key, value): &(String, String)| {
        let tag = Tag::builder().key(key).value(value).build();
        tag.map_err(|error| Failure::broken(error.to_string()))
    };
    Ok(some(role.tags.iter().map(tag).collect::<Result<_, _>>()?))
}

/// A session that STS issued.
struct Session<'a> {
    credentials: Option<types::Credentials>,
    /// Whose it is, as STS says.
    arn: Option<String>,
    /// The role that was asked for.
    asked: &'a str,
}

impl Session<'_> {
    fn issued(self, date: Option<DateTime<Utc>>) -> Result<Issued, Failure> {
        let Self { credentials, arn, asked } = self;
        let given = credentials.ok_or_else(|| Failure::broken("the answer has no credentials"))?;
        Given {
            access_key_id: Some(given.access_key_id),
            secret_access_key: Some(given.secret_access_key),
            session_token: Some(given.session_token),
            expiration: DateTime::from_timestamp(given.expiration.secs(), 0),
            account_id: account_of(arn.as_deref().unwrap_or(asked)).map(str::to_owned),
            arn,
        }
        .issued(date)
    }
}
