//! The kind of a profile.

use super::{ProcessLine, Profile, key::Key};
use crate::rules::account_of;

impl Profile<'_> {
    /// Returns where the profile's credentials come from, as one word: `role`, `sso`, `keys`.
    pub(crate) fn kind(&self) -> &'static str {
        let has = |key: Key| self.get(key).is_some();
        let line = ProcessLine::of(self);
        match () {
            () if has(Key::WebIdentityTokenFile) => "web-identity",
            () if has(Key::RoleArn) => "role",
            () if has(Key::CredentialSource) => "credential-source",
            () if has(Key::SsoSession) || has(Key::SsoStartUrl) => "sso",
            () if has(Key::LoginSession) => "login",
            () if matches!(&line, Some(ProcessLine::Ours(named)) if *named != self.name) => "alias",
            () if line.is_some_and(|line| !matches!(line, ProcessLine::Ours(_))) => "process",
            () if has(Key::AwsAccessKeyId) || has(Key::AccessKeyId) => "keys",
            () => "none",
        }
    }

    /// Returns the account of the profile's role, or the one that the profile names.
    pub(crate) fn account_id(&self) -> Option<&str> {
        let role = self.get(Key::RoleArn).and_then(|(arn, _)| account_of(arn));
        role.or_else(|| self.get(Key::SsoAccountId).map(|(account, _)| account))
            .or_else(|| self.get(Key::AwsAccountId).map(|(account, _)| account))
    }

    /// Whether the profile's `credential_process` is rolecall.
    pub(crate) fn is_managed(&self) -> bool {
        let line = ProcessLine::of(self);
        line.is_some_and(|line| line.is_ours() || self.has_own_settings())
    }
}
