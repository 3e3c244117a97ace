//! moto's server, for one test alone: an account with an administrator, and access control.

use std::{
    error::Error as StdError,
    fs::File,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use chrono::TimeDelta;
use rolecall::{
    AssumeRole, Aws as _, Budget, Call, Credentials, Endpoint, Failure, Sdk, block_on, failure,
    sdk_config,
};

use crate::support::{
    clients::require_moto,
    run::{Run, until_some},
    sandbox::Sandbox,
};

const PATIENCE: Duration = Duration::from_mins(1);
/// A policy of next to nothing.
pub(crate) const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::nothing/*"}]}"#;
const EVERYTHING: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

/// A sandbox whose profile `admin` is an administrator of an empty account at moto's.
pub(crate) struct Account {
    pub(crate) sandbox: Sandbox,
    /// The server's URL; the sandbox's environment names it.
    pub(crate) endpoint: String,
    pub(crate) admin: Credentials,
    server: Child,
}

impl Account {
    /// `None`: moto is not installed, and the test is left out.
    #[track_caller]
    pub(crate) fn new() -> Option<Self> {
        Self::start(false)
    }

    /// With the policies that AWS manages, which takes moto a while.
    #[track_caller]
    pub(crate) fn with_managed_policies() -> Option<Self> {
        Self::start(true)
    }

    #[track_caller]
    fn start(managed_policies: bool) -> Option<Self> {
        let program = require_moto()?;
        let sandbox = Sandbox::new();
        // A file, for nobody reads a pipe, and it logs every call.
        let log = sandbox.path("moto.log");
        let server = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", managed_policies.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let (endpoint, admin) = (String::new(), keys("AKIANOBODY", "none"));
        let mut account = Self { sandbox, endpoint, admin, server };
        account.endpoint = until_some(PATIENCE, || {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let (_, rest) = text.split_once("Running on ")?;
            Some(rest.split_once('\n')?.0.trim().to_owned())
        })
        .expect("moto_server says where it listens");
        account.admin = account.new_user("admin", EVERYTHING);
        account.judge_after(0);
        let Credentials { access_key_id, secret_access_key, .. } = &account.admin;
        account.sandbox.env("AWS_ENDPOINT_URL", &account.endpoint).credentials(format!(
            "[admin]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {}\n",
            secret_access_key.expose()
        ));
        account.sandbox.env("AWS_PROFILE", "admin");
        Some(account)
    }

    /// A managed policy of next to nothing; gives its ARN.
    pub(crate) fn managed_policy(&self) -> String {
        let create = self.iam(&self.admin).create_policy().policy_name("managed");
        let made = call(create.policy_document(compact(NOTHING)).send()).unwrap();
        made.policy.unwrap().arn.unwrap()
    }

    /// From now on profile `other` calls AWS, and is this one.
    pub(crate) fn act_as(&self, who: &Credentials) {
        let secret = who.secret_access_key.expose();
        self.sandbox.env("AWS_PROFILE", "other").credentials(format!(
            "[other]\naws_access_key_id = {}\naws_secret_access_key = {secret}\n",
            who.access_key_id
        ));
    }

    /// `rolecall s3 …` and the like.
    pub(crate) fn rolecall(&self, arguments: &[&str]) -> Run<'_> {
        self.sandbox.rolecall(arguments)
    }

    /// IAM, called by `who`.
    pub(crate) fn iam(&self, who: &Credentials) -> aws_sdk_iam::Client {
        let (endpoint, budget) = self.at();
        aws_sdk_iam::Client::new(&sdk_config(&endpoint, Some(who), budget).unwrap())
    }

    /// S3, called by `who`.
    pub(crate) fn s3(&self, who: &Credentials) -> aws_sdk_s3::Client {
        let (endpoint, budget) = self.at();
        aws_sdk_s3::Client::new(&sdk_config(&endpoint, Some(who), budget).unwrap())
    }

    /// Somebody of another account. As long as nobody is judged, he may do all.
    pub(crate) fn somebody_of(&self, account: &str) -> Credentials {
        let (endpoint, budget) = self.at();
        let role = AssumeRole {
            role_arn: format!("arn:aws:iam::{account}:role/nobody"),
            session_name: "setup".to_owned(),
            ..AssumeRole::default()
        };
        let call = Call { endpoint: &endpoint, budget };
        Sdk.assume_role(call, &self.admin, &role).unwrap().credentials
    }

    fn at(&self) -> (Endpoint, Budget) {
        let url = Some(self.endpoint.clone());
        let endpoint = Endpoint { region: "us-east-1".to_owned(), url, ..Endpoint::default() };
        (endpoint, Budget { limit: PATIENCE, attempts: 3, clock_offset: TimeDelta::zero() })
    }

    /// A user with a key and one inline policy.
    pub(crate) fn new_user(&self, name: &str, policy: &str) -> Credentials {
        let iam = self.iam(&self.admin);
        call(iam.create_user().user_name(name).send()).unwrap();
        let put = iam
            .put_user_policy()
            .user_name(name)
            .policy_name(name)
            .policy_document(compact(policy));
        call(put.send()).unwrap();
        let key = call(iam.create_access_key().user_name(name).send()).unwrap().access_key.unwrap();
        self.sandbox.secret(&format!("the secret key of {name}"), &key.secret_access_key);
        keys(&key.access_key_id, &key.secret_access_key)
    }

    /// From so many calls on, moto lets nobody do what no policy allows.
    ///
    /// Rule: moto's documentation, "IAM-like access control".
    pub(crate) fn judge_after(&self, calls: u8) {
        assert!(calls < 10, "one digit");
        let host = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        let request = format!(
            "POST /moto-api/reset-auth HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\n\
             Content-Length: 1\r\nConnection: close\r\n\r\n{calls}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// A policy without white space: moto takes the signature of a form with a space in it for wrong.
pub(crate) fn compact(policy: &str) -> String {
    serde_json::from_str::<serde_json::Value>(policy).unwrap().to_string()
}

/// A policy as IAM's answers have it.
pub(crate) fn document_in(answer: &str) -> serde_json::Result<serde_json::Value> {
    serde_json::from_str(&decoded(answer))
}

/// A text of a URL.
pub(crate) fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).unwrap()
}

/// Long-lived keys.
pub(crate) fn keys(id: &str, secret: &str) -> Credentials {
    Credentials {
        access_key_id: id.to_owned(),
        secret_access_key: secret.into(),
        session_token: None,
        expiration: None,
        account_id: None,
    }
}

/// The error code with which AWS refuses a call of a test's own.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug, E>(
    it: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
) -> String
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match call(it) {
        Err(Failure::Refused { code, .. }) => code,
        other => panic!("not refused, but {other:?}"),
    }
}

/// Makes a call of a test's own.
pub(crate) fn call<T, E>(
    call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
) -> Result<T, Failure>
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    block_on(PATIENCE, async { call.await.map_err(|error| failure(&error, None)) })
}
