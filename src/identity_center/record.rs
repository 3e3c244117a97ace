//! The records of sign-ins in the state directory, without secrets: `status` and `logout` read
//! them, because a locked keychain can't list what it has.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::token::TokenKey;
use crate::{
    context::Context,
    error::{Error, Kind},
    plan::SsoSession,
    secret::{Secret, hex},
    state::{Records, StateRecord},
};

/// How the name of a record's file starts.
const PREFIX: &str = "sso-";

/// The record of one sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignInRecord {
    /// The name of the `sso-session` section; `None` for a profile without one.
    pub(crate) session: Option<String>,
    /// The start URL.
    pub(crate) start_url: String,
    /// The region of IAM Identity Center.
    pub(crate) region: String,
    /// The scopes of the registration.
    pub(crate) scopes: Vec<String>,
    /// The store that has the token; `None` if no store has one.
    pub(crate) store: Option<String>,
    /// Whether `sso login --aws-cache` also wrote it to the AWS CLI's folder.
    #[serde(default)]
    pub(crate) aws_cache: bool,
    /// When a person last signed in (UTC).
    pub(crate) signed_in: Option<DateTime<Utc>>,
    /// When the access token expires (UTC).
    pub(crate) ends: Option<DateTime<Utc>>,
    /// Until when it can be renewed without a person, at most (UTC); `None` if it can't be.
    pub(crate) renewable_until: Option<DateTime<Utc>>,
    /// The token in the AWS CLI's folder that this program renewed last.
    #[serde(default)]
    pub(super) aws_token: Option<RenewedToken>,
    /// No early renewal is attempted before this time (UTC).
    #[serde(default)]
    pub(super) no_renewal_before: Option<DateTime<Utc>>,
    /// The digest of a refresh token that the service refused.
    #[serde(default)]
    pub(super) refused: Option<String>,
    /// How the last sign-in for programs failed.
    #[serde(default)]
    pub(super) failure: Option<FailedSignIn>,
}

/// A token that was renewed, and the sign-in that it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RenewedToken {
    /// The digest of the access token.
    digest: String,
    /// The digest of the sign-in's first access token that is known.
    sign_in: String,
}

/// A failed sign-in for programs, as those that waited for it report it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FailedSignIn {
    pub(super) at: DateTime<Utc>,
    pub(super) kind: Kind,
    pub(super) message: String,
    pub(super) hints: Vec<String>,
}

/// The name of a sign-in's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignInId(String);

impl SignInId {
    pub(super) fn of(session: &SsoSession) -> Self {
        Self(format!("{PREFIX}{}", TokenKey::of_token(session).as_str()))
    }
}

impl fmt::Display for SignInId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StateRecord for SignInRecord {
    type Id = SignInId;
    const FOLDER: &'static str = "";
    const SUFFIX: &'static str = ".json";
    const VERSION: Option<u32> = Some(1);

    fn parse_id(text: &str) -> Option<SignInId> {
        let digits = text.strip_prefix(PREFIX)?;
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (digits.len() == 64 && digits.bytes().all(is_hex)).then(|| SignInId(text.to_owned()))
    }

    fn has_id(&self, id: &SignInId) -> bool {
        SignInId::of(&self.sso_session()) == *id
    }
}

/// The records of all sign-ins.
pub(crate) type SignInRecords = Records<SignInRecord>;

impl SignInRecord {
    /// Returns the records of all sign-ins that were made, sorted by session. Nothing is created.
    pub(crate) fn all(context: &Context) -> Vec<Self> {
        let records = SignInRecords::existing(context).map(|records| records.all());
        let records = records.unwrap_or_default().into_iter();
        let mut records: Vec<_> = records.map(|(_, record)| record).collect();
        records.retain(|record| record.signed_in.is_some());
        records.sort_by(|one, other| {
            (&one.session, &one.start_url).cmp(&(&other.session, &other.start_url))
        });
        records
    }

    /// Returns an empty record of `session`.
    pub(super) fn new(session: &SsoSession) -> Self {
        Self {
            session: session.name.clone(),
            start_url: session.start_url.clone(),
            region: session.region.clone(),
            scopes: session.scopes.clone(),
            ..Self::default()
        }
    }

    /// Returns the settings that the sign-in was made with.
    pub(crate) fn sso_session(&self) -> SsoSession {
        SsoSession {
            name: self.session.clone(),
            start_url: self.start_url.clone(),
            region: self.region.clone(),
            scopes: self.scopes.clone(),
            use_device_code: false,
            auto_login: false,
        }
    }

    /// Whether this is the record of `session`.
    pub(crate) fn is_of(&self, session: &SsoSession) -> bool {
        SignInId::of(&self.sso_session()) == SignInId::of(session)
    }

    /// Returns what identifies the sign-in with the access token `token` in the AWS CLI's folder: the
    /// same for all its tokens, as long as this program renews them.
    pub(super) fn sign_in_of(&self, token: &Secret) -> String {
        let digest = digest(token);
        match &self.aws_token {
            Some(known) if known.digest == digest => known.sign_in.clone(),
            _ => digest,
        }
    }

    /// Notes that `new` is the next access token after `old` in the AWS CLI's folder.
    pub(super) fn note_aws_token(&mut self, old: &Secret, new: &Secret) {
        let sign_in = self.sign_in_of(old);
        self.aws_token = Some(RenewedToken { digest: digest(new), sign_in });
    }

    /// Whether the service refused this refresh token before.
    pub(super) fn has_refused(&self, token: &Secret) -> bool {
        self.refused.as_deref() == Some(&digest(token))
    }

    /// Notes that the service refused this refresh token.
    pub(super) fn refuse(&mut self, token: &Secret) {
        self.refused = Some(digest(token));
    }

    /// Notes that a sign-in for programs failed at `at`.
    pub(super) fn note_failure(&mut self, error: &Error, at: DateTime<Utc>) {
        let (kind, message) = (error.kind(), error.for_record());
        self.failure = Some(FailedSignIn { at, kind, message, hints: error.hints().to_vec() });
    }

    /// Returns that failure if it happened since this process started.
    pub(super) fn new_failure(&self, context: &Context) -> Option<Error> {
        let failure = self.failure.as_ref().filter(|failure| context.is_since_start(failure.at))?;
        let error = Error::new(failure.kind, failure.message.clone());
        Some(failure.hints.iter().fold(error, |error, hint| error.hint(hint.clone())))
    }
}

/// A digest of a token, which is long and random, so nobody can find the token from it.
pub(super) fn digest(token: &Secret) -> String {
    hex(&Sha256::digest(token.expose().as_bytes())[..16])
}
