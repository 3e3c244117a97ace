//! A sandbox with an AWS to talk to: the STS stand-in, one user's keys, roles to assume.

use std::{
    any::Any,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    keyring::SessionBus,
    programs,
    run::{Output, Run},
    sandbox::Sandbox,
    sts::{Role, Sts, User, World},
};

pub(crate) const ROLE: &str = "arn:aws:iam::222222222222:role/MyApp/MyS3Access";
pub(crate) const EXTERNAL_ID: &str = "ext-42";
/// A role that only sessions of [`ROLE`] may assume.
pub(crate) const SECOND: &str = "arn:aws:iam::333333333333:role/Second";
/// A role that trusts the user and wants nothing else.
pub(crate) const PLAIN: &str = "arn:aws:iam::222222222222:role/Plain";

/// The stage of most tests.
pub(crate) struct Stage {
    pub(crate) sts: Sts,
    pub(crate) sandbox: Sandbox,
    /// The user's access key id, another one on each stage: the kernel's keyring and so on are
    /// shared by all tests, and sessions of other keys are other sessions.
    pub(crate) key_id: String,
    pub(crate) secret: String,
    /// Held by each stage that uses the user's kernel keyring: some want its quota for themselves.
    quota: Option<Box<dyn Any + Sync>>,
}

/// The quota of the user's kernel keyring.
static QUOTA: RwLock<()> = RwLock::new(());

impl Stage {
    /// The keys are profile `base`; `my-role` is managed and has an external ID; `second` is
    /// assumed from `my-role`; `plain` is not managed. No store unless a test chooses one.
    pub(crate) fn new() -> Self {
        let (key_id, secret) = new_keys();
        let user = User::new(&key_id, &secret, "111111111111", "natan");
        let role = Role {
            external_id: Some(EXTERNAL_ID.to_owned()),
            max_duration: 7200,
            ..Role::new(ROLE, &["111111111111"])
        };
        let world = World {
            users: vec![user],
            roles: vec![
                role,
                Role::new(SECOND, &["222222222222"]),
                Role::new(PLAIN, &["111111111111"]),
            ],
            buckets: vec!["my-app-data".to_owned()],
            ..World::default()
        };
        let sts = Sts::start(world);
        let sandbox = Sandbox::new();
        sandbox.secret("the user's secret key", &secret);
        let (secrets, issued) = (sandbox.secrets(), sts.secret_source());
        sts.on_call(move |_| {
            for secret in issued() {
                secrets.add("a secret of STS", &secret);
            }
        });
        sandbox.env("AWS_ENDPOINT_URL_STS", sts.endpoint()).env("LOGNAME", "natan");
        sandbox.credentials(format!(
            "[base]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
        ));
        sandbox.config(format!(
            "[profile my-role]\n\
             region = eu-west-1\n\
             credential_process = {} credential-process my-role\n\
             rolecall_role_arn = {ROLE}\n\
             rolecall_source_profile = base\n\
             rolecall_external_id = {EXTERNAL_ID}\n\
             \n\
             [profile second]\n\
             credential_process = {0} credential-process second\n\
             rolecall_role_arn = {SECOND}\n\
             rolecall_source_profile = my-role\n\
             \n\
             [profile plain]\n\
             role_arn = {PLAIN}\n\
             source_profile = base\n",
            programs::rolecall().display()
        ));
        Self { sts, sandbox, key_id, secret, quota: None }
    }

    /// A stage whose sessions go to the kernel's keyring; `None` where that can't be used.
    pub(crate) fn with_keyutils() -> Option<Self> {
        Self::with_quota(Box::new(QUOTA.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The same while no other test's sessions go there.
    pub(crate) fn alone_with_keyutils() -> Option<Self> {
        Self::with_quota(Box::new(QUOTA.write().unwrap_or_else(PoisonError::into_inner)))
    }

    fn with_quota(quota: Box<dyn Any + Sync>) -> Option<Self> {
        let mut stage = Self::new();
        stage.quota = Some(quota);
        stage.sandbox.store("keyutils");
        let arguments = ["status", "--output", "json", "--stores"];
        let status = stage.sandbox.rolecall(&arguments).run().ok().json();
        if status["stores"][0]["usable"] == true {
            return Some(stage);
        }
        let why = status["stores"][0]["reason"].as_str().unwrap_or_default().to_owned();
        super::clients::left_out("the kernel keyring", &why);
        None
    }

    /// Runs `test` with an unlocked GNOME Keyring as the store; leaves it out where there is none.
    pub(crate) fn with_keyring(test: impl FnOnce(&Self, SessionBus<'_>)) {
        let stage = Self::new();
        stage.sandbox.store("secret-service");
        test(&stage, need!(SessionBus::start(&stage.sandbox)));
    }

    /// `rolecall credential-process PROFILE`.
    pub(crate) fn helper(&self, profile: &str) -> Run<'_> {
        self.sandbox.rolecall(&["credential-process", profile])
    }

    /// The document that `credential-process` prints for `profile`.
    #[track_caller]
    pub(crate) fn document(&self, profile: &str) -> serde_json::Value {
        self.helper(profile).run().ok().json()
    }

    /// How many AssumeRole calls arrived.
    pub(crate) fn assumed(&self) -> usize {
        self.sts.count("AssumeRole")
    }

    /// Lets `minutes` go by, for rolecall as for STS; for the kernel they do not. `None`: the
    /// program for it is not there, and the test is left out.
    pub(crate) fn pass(&self, minutes: i64) -> Option<()> {
        let library = super::clients::require_faketime()?;
        self.sandbox
            .env("LD_PRELOAD", library)
            .env("FAKETIME", format!("{minutes:+}m"))
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        self.sts.set_clock_offset(chrono::Duration::minutes(minutes));
        Some(())
    }

    /// Replaces `from` by `to` in the config file.
    #[track_caller]
    pub(crate) fn edit_config(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.sandbox.config_path()).expect("the config");
        assert!(text.contains(from), "{from:?} is not in the config");
        self.sandbox.config(text.replace(from, to));
    }

    /// Many runs of `credential-process PROFILE` at once.
    #[track_caller]
    pub(crate) fn helpers_at_once(&self, profile: &str, count: usize) -> Vec<Output> {
        let running: Vec<_> = (0..count)
            .map(|_| self.helper(profile).time_limit(Duration::from_mins(2)).spawn())
            .collect();
        running.into_iter().map(|running| running.wait()).collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What a test leaves in the kernel's keyring would count against the user's quota.
        if !std::thread::panicking() {
            let forget = self.sandbox.rolecall(&["logout", "--all"]);
            let _output = forget.run();
        }
    }
}

/// The digits of base32, which the IDs of keys consist of.
const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// An access key that no other test has.
fn new_keys() -> (String, String) {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    #[expect(clippy::disallowed_methods, reason = "a seed, not a time")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let seed = format!("{now} {} {count}", std::process::id());
    let digest = <sha2::Sha256 as sha2::Digest>::digest(seed.as_bytes());
    let letters = |bytes: &[u8], alphabet: &[u8]| -> String {
        bytes.iter().map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])).collect()
    };
    // As real IDs do, it encodes the account.
    let bits = 1 << 49 | 111_111_111_111_u64 << 9;
    let account: String =
        (0..10).rev().map(|i| char::from(DIGITS[(bits >> (5 * i) & 31) as usize])).collect();
    let id = account + &letters(&digest[..6], DIGITS);
    let more = <sha2::Sha256 as sha2::Digest>::digest(digest);
    let secret = [&digest[..], &more[..8]].concat();
    (format!("AKIA{id}"), letters(&secret, b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLM/+23456789"))
}
