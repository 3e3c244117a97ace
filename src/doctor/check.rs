//! The checks, as one table: their IDs, and what each finding means.
//!
//! A new check is one line here, and the code that finds it. A test compares these lines with the
//! tables in docs/doctor.md.

use crate::error::Reason;

/// What a check is about: the order in which findings are shown, and where they are documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// The two AWS files, as text.
    Files,
    /// Profiles and their sources.
    Profiles,
    /// Long-lived keys and credentials in files.
    Keys,
    /// Sign-ins to IAM Identity Center and to the console.
    SignIns,
    /// The environment.
    Environment,
    /// Programs that profiles run, and this one.
    Programs,
    /// Stores.
    Stores,
    /// The state directory.
    State,
    /// The network, and the profile's own credentials.
    Network,
    /// The AWS CLI and boto3.
    Callers,
    /// Why a role is denied.
    Denied,
}

macro_rules! checks {
    ($($check:ident: $topic:ident $id:literal $about:literal $meaning:literal;)*) => {
        /// Something that the doctor looks for.
        #[cfg_attr(
            not(target_os = "linux"),
            allow(dead_code, reason = "a check may be about one system")
        )]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Check {
            $(#[doc = $about] $check,)*
        }

        impl Check {
            /// All checks, in the order of their documentation.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$check),*];

            /// Returns the stable ID, in lower case with hyphens.
            pub(crate) const fn id(self) -> &'static str {
                match self {
                    $(Self::$check => $id,)*
                }
            }

            /// Returns what the check is about.
            pub(crate) const fn topic(self) -> Topic {
                match self {
                    $(Self::$check => Topic::$topic,)*
                }
            }

            /// Returns what is found, in one line.
            #[cfg(test)]
            pub(crate) const fn about(self) -> &'static str {
                match self {
                    $(Self::$check => $about,)*
                }
            }

            /// Returns what it means, and for which program; empty for what is only reported.
            pub(crate) const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$check => $meaning,)*
                }
            }
        }
    };
}

checks! {
    UnreadableFile: Files "unreadable-file" "a file that can't be read"
        "no AWS tool can use its profiles";
    NotUtf8: Files "not-utf8" "a file that is not UTF-8, such as UTF-16 from a Windows editor"
        "rolecall and the AWS CLI refuse it; some SDKs read it as if it were empty";
    Bom: Files "bom" "a byte order mark at the start of a file"
        "the AWS CLI and boto3 refuse the whole file";
    OpenFile: Files "open-file"
        "a file that other users can read or change, or whose directory they can change"
        "other users can read its keys, or make AWS programs run a command of theirs";
    ForeignFile: Files "foreign-file"
        "a file, or its directory, or a command in a file, that belongs to another user"
        "rolecall runs no command in a file of another user, other than root; other AWS programs do";
    Syntax: Files "syntax" "a line that can't be read"
        "no AWS tool can use the profile, and the AWS CLI and boto3 refuse the whole file";
    DuplicateSection: Files "duplicate-section" "two sections with the same header"
        "the AWS CLI and boto3 can't use any profile of this file; SDKs merge the sections";
    DuplicateKey: Files "duplicate-key" "a key that is in its section twice"
        "the AWS CLI and boto3 can't use any profile of this file; SDKs take the last one";
    IgnoredSection: Files "ignored-section" "a header that is not a profile's, above settings of one"
        "AWS tools ignore the section and all its settings";
    PaddedHeader: Files "padded-header" "spaces between the brackets and the name in a header"
        "the AWS CLI and boto3 don't find the profile";
    IgnoredDefault: Files "ignored-default" "both `[default]` and `[profile default]`"
        "SDKs ignore [default] and all its settings; the AWS CLI uses the one that comes last";
    MisspeltKey: Files "misspelt-key" "a key that resembles a known one"
        "no AWS tool reads it, so the setting has no effect";
    QuotedValue: Files "quoted-value" "a value in quotes"
        "AWS tools treat the quotes as part of the value";
    InlineComment: Files "inline-comment"
        "a comment after a value, as in `region = eu-west-1 # home`"
        "SDKs ignore the comment; the AWS CLI and boto3 take it as a part of the value";
    InvalidValue: Files "invalid-value" "a value that its setting can't have: a malformed ARN, serial, region or duration"
        "the profile provides no credentials, or AWS refuses the call";
    Profiles: Profiles "profiles" "how many profiles can be resolved" "";
    MissingProfile: Profiles "missing-profile" "the named profile does not exist"
        "no AWS tool can use it";
    MissingSource: Profiles "missing-source" "a source profile that does not exist"
        "the profile provides no credentials to any AWS tool";
    NoSource: Profiles "no-source" "a role without a source, or with two"
        "the profile provides no credentials to any AWS tool";
    Loop: Profiles "loop" "source profiles that form a loop"
        "none of these profiles provides credentials";
    NoCredentials: Profiles "no-credentials" "a profile with no source of credentials"
        "only its other settings can be used: a call with it needs credentials from elsewhere";
    HalfKeys: Profiles "half-keys" "one half of an access key, or halves in different files"
        "no AWS tool gets credentials from the profile";
    UnusableMfa: Profiles "unusable-mfa" "an MFA device that can't be used with these credentials"
        "STS takes a code only with the long-lived keys of the device's user";
    MfaAccount: Profiles "mfa-account"
        "an MFA device of a different account from the keys', as far as theirs is known: by \
         `aws_account_id`, by an earlier session, or (a warning) by their ID"
        "STS refuses every code: only the device of the keys' own user counts";
    IdentityCenter: Profiles "identity-center" "settings of IAM Identity Center that are incomplete or contradict each other"
        "AWS tools can't sign in for the profile";
    RefusedProfile: Profiles "refused-profile"
        "any other reason for which rolecall refuses a profile"
        "the profile provides no credentials";
    CappedDuration: Profiles "capped-duration" "a duration that role chaining limits to one hour"
        "sessions of the profile are shorter than it says";
    AgentPolicy: Profiles "agent-policy" "a `rolecall_agent_policy` for credentials that can't be narrowed"
        "coding agents get no credentials from the profile";
    ExpiredKeys: Keys "expired-keys" "credentials in a file that have expired"
        "AWS refuses every call with them, and every role that is assumed with them";
    PlainKeys: Keys "plain-keys" "long-lived keys in plain text in a file"
        "every program that you run can read them, and they never expire";
    OldKeys: Keys "old-keys" "long-lived keys that are older than 90 days"
        "the older a key is, the more copies of it there may be";
    StrayToken: Keys "stray-token" "a session token in a different file from the access key"
        "no AWS tool joins the two, so the token is not used";
    SignIn: SignIns "sign-in" "the sign-ins that profiles use: IAM Identity Center's and those of `aws login`" "";
    ExpiredSignIn: SignIns "expired-sign-in"
        "a sign-in that has expired and can't be renewed; for a named profile, also one that does \
         not exist yet"
        "programs get no credentials from it until someone signs in";
    UnrenewedSignIn: SignIns "unrenewed-sign-in" "a sign-in that can't be renewed: it has no refresh token, or its registration has expired"
        "someone must sign in again when it expires, after 8 hours at most";
    SharedStartUrl: SignIns "shared-start-url" "two `sso-session` sections with the same start URL, region and scopes"
        "signing in to one does not count for the other";
    SignInFolder: SignIns "sign-in-folder"
        "a directory or file of sign-ins that belongs to another user, or that can't be written"
        "the AWS CLI can't sign in, and no AWS tool can renew the sign-in";
    EnvironmentKeys: Environment "environment-keys" "access keys in the environment"
        "with AWS_PROFILE, AWS tools use these keys instead of the profile's; --profile overrides them";
    EnvironmentRole: Environment "environment-role" "a web identity token in the environment"
        "with AWS_PROFILE, AWS tools assume that role instead of running credential_process; --profile overrides it";
    EnvironmentProfile: Environment "environment-profile" "`AWS_PROFILE` that names no profile, or contradicts `AWS_DEFAULT_PROFILE`"
        "AWS tools fail or disagree on the profile if none is named";
    EnvironmentFile: Environment "environment-file" "`AWS_CONFIG_FILE` or `AWS_SHARED_CREDENTIALS_FILE` that names a missing file"
        "AWS tools see no profiles from that file";
    EnvironmentEndpoint: Environment "environment-endpoint" "an endpoint URL in the environment"
        "AWS tools call that address instead of AWS";
    PlainEndpoint: Environment "plain-endpoint" "an endpoint URL with `http://` that leads to another machine"
        "sessions and tokens cross the network in plain text";
    EnvironmentValue: Environment "environment-value" "a variable of rolecall's own with an unknown value"
        "every command of rolecall fails";
    Proxy: Environment "proxy"
        "a proxy that can't be used: its value is not a URL, or nothing listens there"
        "AWS can't be reached";
    CaBundle: Environment "ca-bundle" "a CA bundle that can't be used"
        "every call to AWS fails, because no certificate is trusted";
    HidingKeys: Programs "hiding-keys" "access keys in the credentials file that hide a `credential_process`"
        "AWS tools use these keys, even expired ones, and never run rolecall for the profile";
    EarlierSetting: Programs "earlier-setting" "a setting that AWS tools act on before `credential_process`"
        "AWS tools fail or use other credentials, and never run rolecall for the profile";
    Program: Programs "program" "this program, and what is installed with it" "";
    MissingProgram: Programs "missing-program" "a `credential_process` or `rolecall_mfa_process` whose program is missing"
        "AWS tools can't run it, so the profile provides no credentials";
    OtherRolecall: Programs "other-rolecall" "a `credential_process` that runs another copy of rolecall"
        "AWS tools get their credentials from that copy, which may be another version";
    ProcessPath: Programs "process-path" "a `credential_process` with a relative path, `~` or `$`"
        "the AWS CLI and boto3 can't run it";
    Store: Stores "store" "each store: whether an item can be written, read and deleted, and how long that takes" "";
    NoStore: Stores "no-store" "no store that can be used"
        "sessions can't be stored: every call goes to STS, and may need an MFA code";
    StoreQuota: Stores "store-quota" "a kernel keyring that is almost full"
        "new sessions can't be stored";
    State: State "state" "the state directory, and what is in it" "";
    StateDirectory: State "state-directory" "a state directory that can't be used, or a file in it"
        "what is recorded now will be lost; without a directory for locks, programs that start \
         together each call STS";
    HeldLock: State "held-lock" "a process that is creating a session now" "";
    LastFailure: State "last-failure" "a session that could not be created the last time"
        "the next call tries again, and may fail in the same way";
    Endpoint: Network "endpoint"
        "whether each service that the profiles call answers: STS, IAM Identity Center, AWS \
         Sign-In, a container's or the instance's" "";
    Unreachable: Network "unreachable" "a service that can't be reached, and the layer that failed: name, network, proxy, TLS or HTTP"
        "new sessions can't be created; stored ones can be used until they expire";
    Clock: Network "clock" "how far this machine's clock is off"
        "AWS refuses signatures that are more than 5 minutes off, and sessions look expired too early or too late";
    Identity: Network "identity" "the profile's identity according to AWS" "";
    Hop: Network "hop" "which identity assumes each role of a chain"
        "the role's next session can't be created, though the present one can be used";
    Assignment: Network "assignment" "whether the access portal of IAM Identity Center lists the profile's role"
        "the portal returns no credentials for the role";
    NeedsHuman: Network "needs-human"
        "credentials that need someone to act: an expired sign-in, or an MFA code"
        "programs get no credentials until someone signs in";
    UnusableKeychain: Network "unusable-keychain" "a keychain that has the long-lived key and can't be read"
        "no session can be created without that key";
    Denied: Denied "denied" "AWS refuses to issue the profile's credentials"
        "the profile provides no credentials";
    DeniedSource: Denied "denied-source" "which identity requested the role that was denied"
        "the role was never requested: its source has no credentials";
    DeniedExternalId: Denied "denied-external-id"
        "a trust policy that requires an external ID that the profile does not have"
        "AWS denies the role without saying why";
    DeniedMfa: Denied "denied-mfa" "a trust policy that requires MFA"
        "AWS denies the role without saying why";
    DeniedTrust: Denied "denied-trust"
        "a trust policy that trusts someone else, has another condition, or denies the call"
        "AWS denies the role without saying why";
    DeniedPermission: Denied "denied-permission" "policies of the source that don't allow sts:AssumeRole"
        "AWS denies the role, whatever its trust policy says";
    DeniedSessionPolicy: Denied "denied-session-policy" "a session policy of the source that does not allow sts:AssumeRole"
        "AWS denies the role, whatever its trust policy says";
    UnreadTrust: Denied "unread-trust" "a trust policy that can't be read, and the missing permission"
        "only the role's owner can say why it is denied";
    ProcessRun: Callers "process-run" "the `credential_process` of the profile, run through a shell and split into words, as SDKs run it"
        "AWS tools that run it this way get no credentials";
    Caller: Callers "caller" "what the AWS CLI and boto3 get for the profile, and from which provider" "";
    CallerFails: Callers "caller-fails" "the AWS CLI or boto3 gets no credentials"
        "programs that use it fail with this profile";
    CallerDiffers: Callers "caller-differs"
        "the AWS CLI or boto3 gets different credentials from rolecall's"
        "programs that use it act as a different identity from the profile's";
}

impl Check {
    /// Returns the check for an error of the plan or the files.
    pub(super) fn of(reason: Option<Reason>) -> Self {
        match reason {
            Some(Reason::UnreadableFile) => Self::UnreadableFile,
            Some(Reason::NotUtf8) => Self::NotUtf8,
            Some(Reason::Syntax) => Self::Syntax,
            Some(Reason::InvalidValue) => Self::InvalidValue,
            Some(Reason::MissingProfile) => Self::MissingProfile,
            Some(Reason::MissingSource) => Self::MissingSource,
            Some(Reason::NoSource) => Self::NoSource,
            Some(Reason::Loop) => Self::Loop,
            Some(Reason::NoCredentials) => Self::NoCredentials,
            Some(Reason::HalfKeys) => Self::HalfKeys,
            Some(Reason::UnusableMfa) => Self::UnusableMfa,
            Some(Reason::Stranger) => Self::ForeignFile,
            Some(Reason::IdentityCenter) => Self::IdentityCenter,
            None => Self::RefusedProfile,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The table in docs/doctor.md of the checks of one topic.
    fn table(topic: Topic) -> String {
        let mut text = "| id | finds | what it means |\n| --- | --- | --- |\n".to_owned();
        for check in Check::ALL.iter().filter(|check| check.topic() == topic) {
            let meaning = match check.meaning() {
                "" => String::new(),
                meaning => format!(" {meaning}"),
            };
            writeln!(text, "| `{}` | {} |{meaning} |", check.id(), check.about()).unwrap();
        }
        text
    }

    #[test]
    fn every_check_is_documented_with_these_words() {
        let page = include_str!("../../docs/doctor.md");
        let mut topics: Vec<Topic> = Check::ALL.iter().map(|check| check.topic()).collect();
        topics.sort_unstable();
        topics.dedup();
        let missing = topics.into_iter().map(table).filter(|table| !page.contains(table));
        let missing: Vec<String> = missing.collect();
        assert!(missing.is_empty(), "docs/doctor.md should have:\n{}", missing.join("\n"));
        let rows = page.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, Check::ALL.len(), "rows of docs/doctor.md that are of no check");
    }

    #[test]
    fn an_id_is_that_of_one_check() {
        for (i, check) in Check::ALL.iter().enumerate() {
            assert!(
                check.id().bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            );
            let first = Check::ALL.iter().position(|other| other.id() == check.id());
            assert_eq!(first, Some(i), "{}", check.id());
        }
    }
}
