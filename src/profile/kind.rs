//! What a profile is, in one word.

use super::{ProcessLine, Profile};

impl Profile<'_> {
    /// Where the profile's credentials come from, in one word.
    pub fn kind(&self) -> &'static str {
        let has = |key: &str| self.either(key).is_some();
        let line = ProcessLine::of(self);
        match () {
            () if has("web_identity_token_file") => "web-identity",
            () if has("role_arn") => "role",
            () if has("credential_source") => "credential-source",
            () if has("sso_session") || has("sso_start_url") => "sso",
            () if has("login_session") => "login",
            () if matches!(&line, Some(ProcessLine::Ours(named)) if *named != self.name) => "alias",
            () if line.is_some_and(|line| !matches!(line, ProcessLine::Ours(_))) => "process",
            () if has("aws_access_key_id") || self.own("access_key_id").is_some() => "keys",
            () => "none",
        }
    }

    /// Whether the profile's credentials come through us.
    pub fn is_managed(&self) -> bool {
        let line = ProcessLine::of(self);
        line.is_some_and(|line| line.is_ours() || self.has_own_settings())
    }
}
