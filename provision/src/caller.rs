//! Who calls AWS: the credentials, and the clients made with them.

use std::{error::Error as StdError, time::Duration};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use chrono::TimeDelta;
use rolecall::{
    aws::{Budget, Endpoint, Failure, failure, sdk_config},
    cli::{Streams, access::Access},
    context::Context,
    error::{Error, Kind, Result},
};

use crate::args;

/// How much longer the credentials must last: a command takes minutes at most, and must not be left
/// half-way without any.
const LEAST_LIFE: TimeDelta = TimeDelta::minutes(15);
/// How long one call may take, its attempts together.
const CALL_LIMIT: Duration = Duration::from_secs(30);

/// The one who calls AWS.
pub struct Caller {
    access: Access,
    iam: aws_sdk_iam::Client,
    s3: aws_sdk_s3::Client,
    /// For all calls: they share their connections.
    runtime: tokio::runtime::Runtime,
}

impl Caller {
    /// Finds the credentials; a human may be asked for an MFA code.
    pub fn new(context: &Context, args: &args::Access, streams: &mut Streams<'_>) -> Result<Self> {
        let (profile, store) = (args.profile.clone(), args.store.clone());
        let mut warn = |warning: &str| streams.warn(warning);
        let access = Access::of(context, profile, store, LEAST_LIFE, &mut warn)?;
        let endpoint = |service: &str| -> Result<Endpoint> {
            let mut endpoint = access.endpoint(context, service)?;
            if args.endpoint_url.is_some() {
                endpoint.url.clone_from(&args.endpoint_url);
            }
            Ok(endpoint)
        };
        let config = |endpoint: &Endpoint| {
            let budget = Budget { limit: CALL_LIMIT, attempts: 3, clock_offset: TimeDelta::zero() };
            sdk_config(endpoint, Some(&access.credentials), budget)
                .map_err(|failure| explain(&failure, "call AWS"))
        };
        let iam = aws_sdk_iam::Client::new(&config(&endpoint("iam")?)?);
        let at = endpoint("s3")?;
        // Another server than AWS's may have no names of the form BUCKET.HOST.
        let s3 =
            aws_sdk_s3::config::Builder::from(&config(&at)?).force_path_style(at.url.is_some());
        let s3 = aws_sdk_s3::Client::from_conf(s3.build());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            Error::new(Kind::Other, format!("the network can't be used: {error}"))
        })?;
        Ok(Self { access, iam, s3, runtime })
    }

    /// The profile whose credentials these are.
    pub fn profile(&self) -> &str {
        &self.access.profile
    }

    /// Makes a call and waits for its end.
    pub fn call<T, E>(
        &self,
        call: impl Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
    ) -> std::result::Result<T, Failure>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        self.runtime.block_on(call).map_err(|error| failure(&error, None))
    }

    /// IAM.
    pub fn iam(&self) -> &aws_sdk_iam::Client {
        &self.iam
    }

    /// S3.
    pub fn s3(&self) -> &aws_sdk_s3::Client {
        &self.s3
    }
}

/// A failed call as the user is told of it; `what` is what could not be done: `list the buckets`.
pub fn explain(failure: &Failure, what: &str) -> Error {
    let (kind, cause) = match failure {
        Failure::Refused { code, message, .. } if message.is_empty() => {
            (Kind::Denied, code.clone())
        }
        Failure::Refused { code, message, .. } => (Kind::Denied, format!("{code}: {message}")),
        Failure::Unable { cause } => (Kind::Unreachable, format!("AWS can't answer now: {cause}")),
        Failure::Unreachable { cause, .. } => {
            (Kind::Unreachable, format!("AWS can't be reached: {cause}"))
        }
        Failure::SignIn { cause } => (Kind::NeedsHuman, cause.clone()),
        Failure::Broken { cause } => (Kind::Other, cause.clone()),
    };
    Error::new(kind, format!("cannot {what}: {cause}"))
}
