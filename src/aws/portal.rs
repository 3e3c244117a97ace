//! The access portal of IAM Identity Center, through the SDK's client. Its calls are not signed:
//! they carry the access token of a sign-in.

use chrono::DateTime;

use super::{
    Call, Failure, Issued, SsoRoleCredentials,
    client::{block_on, sdk_config},
    date::DateHeader,
    failure::failure,
    issued::Given,
};
use crate::secret::Secret;

/// The error code of a token that has ended, or that the portal does not know.
///
/// Rule: IAM Identity Center Portal API reference, GetRoleCredentials, "Errors".
const UNAUTHORIZED: &str = "UnauthorizedException";

/// Calls GetRoleCredentials at the portal of `call`.
pub(super) async fn role_credentials(
    call: Call<'_>,
    role: &SsoRoleCredentials,
) -> Result<Issued, Failure> {
    let client = aws_sdk_sso::Client::new(&sdk_config(call.endpoint, None, call.budget)?);
    let date = DateHeader::default();
    let request = client
        .get_role_credentials()
        .account_id(&role.account_id)
        .role_name(&role.role_name)
        .access_token(role.access_token.expose())
        .customize()
        .interceptor(date.clone());
    let output = request.send().await.map_err(|error| with_sign_in(failure(&error, date.get())))?;
    let given =
        output.role_credentials.ok_or_else(|| Failure::broken("the answer has no credentials"))?;
    Given {
        access_key_id: given.access_key_id,
        secret_access_key: given.secret_access_key,
        session_token: given.session_token,
        expiration: DateTime::from_timestamp_millis(given.expiration),
        account_id: Some(role.account_id.clone()),
        arn: None,
    }
    .issued(date.get())
}

/// Ends the sign-in of `token` at the portal of `call` (Logout).
///
/// # Errors
/// [`Failure::SignIn`] if the token has ended already.
pub(crate) fn end_sign_in(call: Call<'_>, token: &Secret) -> Result<(), Failure> {
    let client = aws_sdk_sso::Client::new(&sdk_config(call.endpoint, None, call.budget)?);
    block_on(call.budget.limit, async {
        let answer = client.logout().access_token(token.expose()).send().await;
        answer.map(drop).map_err(|error| with_sign_in(failure(&error, None)))
    })
}

/// Returns `failure`, or that there is no sign-in if the portal refuses the token.
pub(super) fn with_sign_in(failure: Failure) -> Failure {
    match failure {
        Failure::Refused { code, .. } if code == UNAUTHORIZED => {
            Failure::SignIn { cause: "IAM Identity Center no longer accepts the token".to_owned() }
        }
        other => other,
    }
}
