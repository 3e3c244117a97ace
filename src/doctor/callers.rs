//! What the AWS CLI and boto3 see: they are run once with the profile, as people run them.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::{check::Check, finding::Finding};
use crate::{
    aws::Identity,
    child::{ChildProgram, ProgramFailure},
    context::Context,
    error::{DOCTOR, Kind},
    output::shorten,
    plan::Plan,
    redact,
};

/// How long a caller may take. The AWS CLI waits up to a minute for a network that is not there.
const TIMEOUT: Duration = Duration::from_secs(40);
/// At most this many characters of a caller's error are shown.
const MAX_CAUSE: usize = 400;

/// What a caller got.
struct Call {
    /// Its name and version.
    name: String,
    /// The provider of its credentials, in its own word.
    provider: Option<String>,
    /// Who AWS says it is, or its error.
    arn: Result<String, String>,
}

/// Returns what the callers that are installed get for `plan`. `own` is what rolecall gets.
pub(super) fn check(context: &Context, plan: &Plan, own: Option<&Identity>) -> Vec<Finding> {
    let Some(profile) = plan.profile.as_deref() else { return Vec::new() };
    let call = Caller { context, profile, endpoint: plan.aws.endpoint_url.as_deref() };
    let calls = [call.aws_cli(), call.boto3()].into_iter().flatten();
    calls.map(|call| finding(&call, profile, own)).collect()
}

fn finding(call: &Call, profile: &str, own: Option<&Identity>) -> Finding {
    let name = &call.name;
    let provider = call.provider.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
    match &call.arn {
        Err(why) => {
            // Whoever reads this has run it.
            let why = why.split(DOCTOR).next().unwrap_or_default();
            let text = format!("{name} gets no credentials{provider}: {}", shorten(why, MAX_CAUSE));
            let problem = Finding::problem(Check::CallerFails, text).of_profile(profile);
            let remedy = match own {
                Some(_) => {
                    "rolecall has credentials for this profile: see the other findings about it"
                }
                None => "see what rolecall itself reports for this profile",
            };
            Finding { kind: Kind::Other, ..problem }.remedy(remedy)
        }
        Ok(arn) if own.is_some_and(|own| own.arn != *arn) => {
            let own = own.map(|own| own.arn.as_str()).unwrap_or_default();
            let text = format!(
                "{name} gets different credentials from rolecall's{provider}: {arn}, not {own}"
            );
            let problem = Finding::problem(Check::CallerDiffers, text).of_profile(profile);
            Finding { kind: Kind::Config, ..problem }
                .remedy("remove what takes precedence: see the other findings about this profile")
        }
        Ok(arn) => {
            let text = format!("{name} gets the credentials of {arn}{provider}");
            Finding::ok(Check::Caller, text).of_profile(profile)
        }
    }
}

/// The profile that callers are run with.
struct Caller<'c> {
    context: &'c Context,
    profile: &'c str,
    endpoint: Option<&'c str>,
}

/// Prints who boto3 is, as JSON. Its arguments: the profile, and the endpoint of STS.
const SCRIPT: &str = r#"
import json, sys
try:
    import boto3
except ImportError:
    sys.exit(77)
seen = {"version": boto3.__version__}
try:
    session = boto3.Session(profile_name=sys.argv[1])
    found = session.get_credentials()
    seen["provider"] = found.method if found else None
    sts = session.client("sts", endpoint_url=sys.argv[2] or None, region_name=session.region_name or "us-east-1")
    seen["arn"] = sts.get_caller_identity()["Arn"]
except Exception as error:
    seen["error"] = "%s: %s" % (type(error).__name__, error)
print(json.dumps(seen))
"#;

impl Caller<'_> {
    fn aws_cli(&self) -> Option<Call> {
        let program = self.context.find_program("aws")?;
        let version = self.run(&program, &["--version"]).ok()?;
        let version = version.split_whitespace().next()?;
        let version = version.strip_prefix("aws-cli/")?;
        let mut words =
            vec!["sts", "get-caller-identity", "--output", "json", "--profile", self.profile];
        if let Some(url) = self.endpoint {
            words.extend(["--endpoint-url", url]);
        }
        let answer = self.run(&program, &words);
        let arn = answer.and_then(|text| {
            let answer: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            Ok(answer["Arn"].as_str().unwrap_or_default().to_owned())
        });
        // A table: the key, what is left of its value, where it comes from.
        let listed = self.run(&program, &["configure", "list", "--profile", self.profile]);
        let provider = listed.ok().and_then(|text| {
            let line = text.lines().find(|line| line.trim_start().starts_with("access_key"))?;
            let word = line.split([' ', ':']).filter(|word| !word.is_empty()).nth(2)?;
            word.chars()
                .all(|c| c.is_ascii_lowercase() || "-_".contains(c))
                .then(|| word.to_owned())
        });
        Some(Call { name: format!("the AWS CLI {version}"), provider, arn })
    }

    fn boto3(&self) -> Option<Call> {
        let program = self.context.find_program("python3")?;
        let words = ["-c", SCRIPT, self.profile, self.endpoint.unwrap_or_default()];
        let seen: Value = serde_json::from_str(&self.run(&program, &words).ok()?).ok()?;
        let text = |key: &str| seen[key].as_str().map(str::to_owned);
        Some(Call {
            name: format!("boto3 {}", text("version").unwrap_or_default()),
            provider: text("provider"),
            arn: text("arn").ok_or_else(|| text("error").unwrap_or_default()),
        })
    }

    /// Runs a program without stdin and returns what it prints, or why it failed.
    fn run(&self, program: &Path, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new(program);
        command.args(words).env_clear().envs(self.context.environment());
        // No pager, and no prompt.
        command.env("AWS_PAGER", "").stdin(Stdio::null()).stderr(Stdio::piped());
        let child = ChildProgram { command, input: &[], limit: TIMEOUT, is_cancelled: &|| false };
        match child.output() {
            Ok(output) => Ok(String::from_utf8_lossy(&output).into_owned()),
            Err(ProgramFailure::Failed { stderr, how, .. }) => {
                let lines: Vec<&str> =
                    stderr.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
                Err(if lines.is_empty() { how } else { redact::foreign(&lines.join(" ")) })
            }
            Err(ProgramFailure::TooSlow(limit)) => {
                Err(format!("no answer in {} s", limit.as_secs()))
            }
            Err(failure) => Err(format!("{failure:?}")),
        }
    }
}
