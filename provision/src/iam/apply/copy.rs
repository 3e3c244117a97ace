//! The master copy: the applied file, in a bucket that keeps its former versions.

use aws_sdk_s3::{
    error::SdkError,
    primitives::ByteStream,
    types::{BucketVersioningStatus, VersioningConfiguration},
};
use rolecall::{
    aws::{Failure, Identity},
    error::{Error, Kind, Result},
    output::{escape, unified_diff},
    plan::partition_of,
};

use crate::{
    buckets::{self, BucketIs, NOT_READY, refused_with, region_of},
    caller::{Caller, explain},
    permissions::Deed,
    team::Place,
    undo::{Made, Steps, is_refused_with},
};

/// What S3 says when an object is not what it was.
const CHANGED: [&str; 2] = ["PreconditionFailed", "ConditionalRequestConflict"];
/// A longer object is no file of ours, and is not shown.
const LONGEST: i64 = 1 << 20;

/// What is to be done with the master copy.
pub(super) struct Copy {
    place: Place,
    /// Of the bucket.
    region: String,
    has_bucket: bool,
    is_versioned: bool,
    /// The file that is applied.
    text: String,
    before: Option<Object>,
}

/// The copy that is there.
struct Object {
    /// `None`: too long, or no text.
    text: Option<String>,
    version: Option<String>,
    etag: Option<String>,
}

impl Copy {
    /// Looks what is there of it.
    pub(super) fn look(caller: &Caller, place: &Place, text: &str) -> Result<Self> {
        let name = &place.bucket;
        let mut copy = Self {
            place: place.clone(),
            region: caller.region().to_owned(),
            has_bucket: false,
            is_versioned: false,
            text: text.to_owned(),
            before: None,
        };
        let failed = |failure: &Failure| explain(failure, &format!("look at the bucket {name}"));
        match region_of(caller, name) {
            Ok(region) => copy.region = region,
            Err(failure) if refused_with(&failure, "NoSuchBucket") => return Ok(copy),
            Err(failure) => {
                let error = failed(&failure);
                return Err(match error.kind() {
                    Kind::Denied => {
                        error.hint("it is another account's, or you lack s3:GetBucketLocation")
                    }
                    _ => error,
                });
            }
        }
        copy.has_bucket = true;
        let s3 = caller.s3_in(&copy.region);
        copy.is_versioned = is_versioned(caller, &s3, name).map_err(|failure| failed(&failure))?;
        copy.before = object(caller, &s3, place)?;
        Ok(copy)
    }

    /// What the copy that is there says.
    pub(super) fn text_before(&self) -> Option<&str> {
        self.before.as_ref()?.text.as_deref()
    }

    fn is_same(&self) -> bool {
        self.text_before() == Some(&*self.text)
    }

    /// Whether nothing is to be done.
    pub(super) fn is_there(&self) -> bool {
        self.has_bucket && self.is_versioned && self.is_same()
    }

    /// What is made anew and changed.
    pub(super) fn counts(&self) -> [usize; 3] {
        let object = usize::from(!self.is_same());
        let (new, changed) = if self.before.is_some() { (0, object) } else { (object, 0) };
        let versioning = usize::from(self.has_bucket && !self.is_versioned);
        [new + usize::from(!self.has_bucket), changed + versioning, 0]
    }

    /// What is to be done, as people read it.
    pub(super) fn tell(&self) -> String {
        let (bucket, region) = (&self.place.bucket, &self.region);
        let mut text = String::new();
        if !self.has_bucket {
            text +=
                &format!("+ bucket {bucket} in {region}\n    + closed to the public, encrypted\n");
            text += "    + keeps former versions\n";
        } else if !self.is_versioned {
            text += &format!("~ bucket {bucket}\n    + keeps former versions\n");
        }
        if self.is_same() {
            return text;
        }
        let sign = if self.before.is_some() { '~' } else { '+' };
        text += &escape(&format!("{sign} master copy {}", self.place));
        text.push('\n');
        match &self.before {
            Some(Object { text: Some(before), .. }) => {
                let diff = unified_diff("", before, &self.text);
                for line in diff.lines().skip(2).filter(|line| !line.starts_with("\\ No newline")) {
                    text += &format!("    {}\n", escape(line));
                }
            }
            Some(_) => text += "    ~ what is there is no such file: it is put in its place\n",
            None => {}
        }
        text
    }

    /// What must be allowed to the caller.
    pub(super) fn deeds(&self, identity: &Identity) -> Vec<Deed> {
        let bucket = format!("arn:{}:s3:::{}", partition_of(&identity.arn), self.place.bucket);
        let object = format!("{bucket}/{}", self.place.key);
        let mut deeds = Vec::new();
        if !self.has_bucket {
            for action in [
                "s3:CreateBucket",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutEncryptionConfiguration",
            ] {
                deeds.push((action, bucket.clone()));
            }
        }
        if !self.is_versioned {
            deeds.push(("s3:PutBucketVersioning", bucket));
        }
        if !self.is_same() {
            deeds.push(("s3:PutObject", object));
        }
        deeds
    }

    /// Makes the bucket, and has it keep versions.
    pub(super) fn make_bucket(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
        let (bucket, region) = (&self.place.bucket, &self.region);
        if !self.has_bucket {
            buckets::make(steps, bucket, region, &BucketIs::Missing)?;
        }
        if self.is_versioned {
            return Ok(());
        }
        let s3 = steps.caller().s3_in(region);
        let made = Made::Versioning { bucket: bucket.clone(), region: region.clone() };
        let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        steps
            .make_when_ready(&made, &NOT_READY, "S3 to know the bucket", || {
                s3.put_bucket_versioning()
                    .bucket(bucket)
                    .versioning_configuration(on.clone())
                    .send()
            })
            .map_err(|failure| {
                explain(&failure, &format!("have the bucket {bucket} keep versions"))
            })?;
        steps.say(&format!("The bucket {bucket} keeps former versions from now on"));
        Ok(())
    }

    /// Puts the file there.
    pub(super) fn put(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
        if self.is_same() {
            return Ok(());
        }
        let (bucket, key) = (&self.place.bucket, &self.place.key);
        let s3 = steps.caller().s3_in(&self.region);
        let before = self.before.as_ref().map(|before| match &before.version {
            Some(version) => version.clone(),
            // Rule: Amazon S3 User Guide, "Retaining multiple versions": what was there before.
            None => "null".to_owned(),
        });
        let made = |id| Made::Version {
            bucket: bucket.clone(),
            region: self.region.clone(),
            key: key.clone(),
            id,
            before: before.clone(),
        };
        let answer = steps
            .make_when_ready(&made(None), &NOT_READY, "S3 to know the bucket", || {
                let body = ByteStream::from(self.text.clone().into_bytes());
                // Only over the copy that was compared with. Rule: Amazon S3 User Guide, "Conditional
                // writes".
                let call = s3.put_object().bucket(bucket).key(key).body(body);
                let call = match &self.before {
                    Some(before) => call.set_if_match(before.etag.clone()),
                    None => call.if_none_match("*"),
                };
                call.content_type("application/toml").send()
            })
            .map_err(|failure| {
                if is_refused_with(&failure, &CHANGED) {
                    let text = format!("{} was changed by somebody else meanwhile", self.place);
                    return Error::new(Kind::Other, text).hint("look at it, then try again");
                }
                explain(&failure, &format!("put the file at {}", self.place))
            })?;
        if let Some(id) = answer.version_id() {
            steps.amend(made(Some(id.to_owned())));
        }
        steps.say(&format!("Put the file at {}", self.place));
        Ok(())
    }
}

/// Whether the bucket keeps former versions.
fn is_versioned(
    caller: &Caller,
    s3: &aws_sdk_s3::Client,
    bucket: &str,
) -> std::result::Result<bool, Failure> {
    caller.call(async {
        let answer = s3.get_bucket_versioning().bucket(bucket).send().await;
        // Another server than AWS's may give the answer another name.
        let raw = answer.as_ref().err().and_then(SdkError::raw_response);
        let raw = raw.filter(|raw| raw.status().is_success()).and_then(|raw| raw.body().bytes());
        if let Some(body) = raw.and_then(|bytes| std::str::from_utf8(bytes).ok()) {
            return Ok(body.contains("<Status>Enabled</Status>"));
        }
        answer.map(|answer| answer.status() == Some(&BucketVersioningStatus::Enabled))
    })
}

/// The object that is there.
fn object(caller: &Caller, s3: &aws_sdk_s3::Client, place: &Place) -> Result<Option<Object>> {
    let what = format!("read {place}");
    let call = async {
        let answer = s3.get_object().bucket(&place.bucket).key(&place.key).send().await?;
        let version = answer.version_id().map(str::to_owned);
        let etag = answer.e_tag().map(str::to_owned);
        if answer.content_length().is_none_or(|length| length > LONGEST) {
            return Ok((version, etag, None));
        }
        Ok((version, etag, Some(answer.body.collect().await)))
    };
    let (version, etag, body) = match caller.call(call) {
        Ok(answer) => answer,
        Err(failure) if refused_with(&failure, "NoSuchKey") => return Ok(None),
        Err(failure) => return Err(explain(&failure, &what)),
    };
    let text = match body {
        Some(Ok(bytes)) => String::from_utf8(bytes.to_vec()).ok(),
        Some(Err(error)) => {
            return Err(Error::new(Kind::Unreachable, format!("cannot {what}: {error}")));
        }
        None => None,
    };
    Ok(Some(Object { text, version, etag }))
}
