//! Who exists: users with their keys and MFA devices, roles with their trust, buckets.

use serde::{Deserialize, Deserializer, de};

use super::arn;
use super::directory::Portal;
use super::text;

/// All that the stand-in knows before the first request.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct World {
    /// IAM users; one entry an access key, so a user with two keys is listed twice.
    pub(crate) users: Vec<User>,
    /// Roles that can be assumed.
    pub(crate) roles: Vec<Role>,
    /// Names that `ListBuckets` answers with.
    pub(crate) buckets: Vec<String>,
    /// Whether what a session asks of S3 and STS is judged by its session policies. Then each bucket has an object.
    pub(crate) judges_session_policies: bool,
    /// Web identity tokens that are good for any role that trusts `web-identity`.
    pub(crate) web_identity_tokens: Vec<String>,
    /// Access tokens of IAM Identity Center that are good.
    pub(crate) sso_tokens: Vec<String>,
    /// The token with which its OIDC service gives a new access token.
    pub(crate) sso_refresh_token: Option<String>,
    /// What these tokens may have: accounts and names of permission sets.
    pub(crate) sso_roles: Vec<(String, String)>,
    /// How its OIDC service treats people who sign in.
    #[serde(skip)]
    pub(crate) sso_sign_in: SignInRules,
    /// The accounts that they list.
    pub(crate) sso_portal: Portal,
    /// The token with which AWS Sign-In renews a console session.
    pub(crate) sign_in_refresh_token: Option<String>,
    /// The role of the instance that the metadata service speaks of.
    pub(crate) instance_role: Option<String>,
    /// The role of the container, if not `task-role`.
    pub(crate) container_role: Option<String>,
    /// What a container must send as `Authorization`.
    pub(crate) container_token: Option<String>,
}

/// How the OIDC service of IAM Identity Center treats people who sign in.
#[derive(Clone, Debug)]
pub(crate) struct SignInRules {
    /// The only start URL that it knows; `None`: any.
    pub(crate) start_url: Option<String>,
    /// What the person does.
    pub(crate) person: Person,
    /// The seconds between two polls for a device code; more often is `slow_down`.
    pub(crate) interval: u32,
    /// How many seconds a device code lasts.
    pub(crate) code_seconds: u32,
    /// How many seconds an access token lasts.
    pub(crate) token_seconds: i64,
    /// Whether there is a refresh token.
    pub(crate) renews: bool,
}

/// What a person does on the page for a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Person {
    /// Consents.
    Consents,
    /// Refuses.
    Refuses,
    /// Has not done anything yet.
    Waits,
}

impl Default for SignInRules {
    fn default() -> Self {
        Self {
            start_url: None,
            person: Person::Consents,
            interval: 1,
            code_seconds: 600,
            token_seconds: 3600,
            renews: true,
        }
    }
}

/// An IAM user with one access key.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    /// The id of the long-lived key.
    pub(crate) access_key_id: String,
    /// The secret of the long-lived key.
    pub(crate) secret_access_key: String,
    /// The account's twelve digits.
    pub(crate) account: String,
    /// The user's name, with its path where it has one.
    pub(crate) name: String,
    /// `aws`, `aws-cn` or `aws-us-gov`: a key is unknown outside its partition.
    #[serde(default = "default_partition")]
    pub(crate) partition: String,
    /// False: the key is switched off.
    #[serde(default = "default_active")]
    pub(crate) active: bool,
    /// The user's MFA device.
    #[serde(default)]
    pub(crate) mfa: Option<Mfa>,
}

/// A virtual MFA device.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mfa {
    /// The device's ARN.
    pub(crate) serial: String,
    /// The shared secret; in a JSON file: base32, as authenticator apps take it.
    #[serde(deserialize_with = "from_base32")]
    pub(crate) totp_secret: Vec<u8>,
}

/// A role and what its trust policy asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Role {
    /// The role's ARN, with its path.
    pub(crate) arn: String,
    /// Who may assume it: ARNs of users, roles or role sessions, account ids (or `…:root` ARNs),
    /// `*` for anyone.
    pub(crate) trust: Vec<String>,
    /// The external ID that a caller must name.
    #[serde(default)]
    pub(crate) external_id: Option<String>,
    /// Whether the caller must have used MFA.
    #[serde(default)]
    pub(crate) require_mfa: bool,
    /// The longest session in seconds.
    #[serde(default = "default_max_duration")]
    pub(crate) max_duration: u32,
    /// How many seconds ago MFA may have been used; callers without MFA are refused.
    #[serde(default)]
    pub(crate) max_mfa_age: Option<u32>,
    /// Refuses everyone.
    #[serde(default)]
    pub(crate) denied: bool,
}

impl World {
    /// One user with keys and an MFA device, one role in another account that asks for an
    /// external ID, two buckets. AWS's own documentation uses this key.
    pub(crate) fn sample() -> Self {
        let mut user = User::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "111111111111",
            "natan",
        );
        user.mfa = Some(Mfa {
            serial: "arn:aws:iam::111111111111:mfa/natan".to_owned(),
            totp_secret: b"12345678901234567890".to_vec(),
        });
        let role = Role {
            external_id: Some("ext-42".to_owned()),
            ..Role::new("arn:aws:iam::222222222222:role/MyApp/MyS3Access", &["111111111111"])
        };
        Self {
            users: vec![user],
            roles: vec![role],
            buckets: vec!["my-app-data".to_owned(), "my-app-logs".to_owned()],
            ..Self::default()
        }
    }

    /// Reads a world from JSON with the field names of these structs; a TOTP secret is base32.
    pub(crate) fn from_json(json: &str) -> Result<Self, String> {
        let world: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        world.check()?;
        Ok(world)
    }

    /// Says what can't be true of any AWS account.
    fn check(&self) -> Result<(), String> {
        for user in &self.users {
            if user.access_key_id.is_empty() || user.secret_access_key.is_empty() {
                return Err(format!("user '{}' has an empty key", user.name));
            }
            if !arn::is_account(&user.account) {
                return Err(format!("user '{}': an account has twelve digits", user.name));
            }
            if !arn::PARTITIONS.contains(&user.partition.as_str()) {
                return Err(format!("user '{}': unknown partition", user.name));
            }
        }
        match self.roles.iter().find(|role| arn::RoleArn::parse(&role.arn).is_none()) {
            Some(role) => Err(format!("'{}' is not the ARN of a role", role.arn)),
            None => Ok(()),
        }
    }

    /// The user that a long-lived key belongs to, switched off or not.
    pub(super) fn user_of_key(&self, access_key_id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.access_key_id == access_key_id)
    }

    /// The MFA device with this serial, whoever has it.
    pub(super) fn device(&self, serial: &str) -> Option<&Mfa> {
        self.users.iter().filter_map(|user| user.mfa.as_ref()).find(|mfa| mfa.serial == serial)
    }
}

impl User {
    /// An active user of the partition `aws` without MFA.
    pub(crate) fn new(
        access_key_id: &str,
        secret_access_key: &str,
        account: &str,
        name: &str,
    ) -> Self {
        Self {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.to_owned(),
            account: account.to_owned(),
            name: name.to_owned(),
            partition: default_partition(),
            active: true,
            mfa: None,
        }
    }

    /// The user's ARN.
    pub(crate) fn arn(&self) -> String {
        format!("arn:{}:iam::{}:user/{}", self.partition, self.account, self.name)
    }
}

impl Role {
    /// A role with sessions of up to an hour, which asks nothing but whom it trusts.
    pub(crate) fn new(arn: &str, trust: &[&str]) -> Self {
        Self {
            arn: arn.to_owned(),
            trust: trust.iter().map(|&principal| principal.to_owned()).collect(),
            external_id: None,
            require_mfa: false,
            max_duration: default_max_duration(),
            max_mfa_age: None,
            denied: false,
        }
    }
}

fn default_partition() -> String {
    "aws".to_owned()
}

fn default_active() -> bool {
    true
}

fn default_max_duration() -> u32 {
    3600
}

fn from_base32<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text::unbase32(&text).ok_or_else(|| de::Error::custom("totp_secret is not base32"))
}
