//! The kind of a profile.

use super::{ProcessLine, Profile, key::Key};

impl Profile<'_> {
    /// Returns where the profile's credentials come from, as one word: `role`, `sso`, `keys`.
    pub fn kind(&self) -> &'static str {
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

    /// Whether the profile's `credential_process` is rolecall.
    pub(crate) fn is_managed(&self) -> bool {
        let line = ProcessLine::of(self);
        line.is_some_and(|line| line.is_ours() || self.has_own_settings())
    }
}
