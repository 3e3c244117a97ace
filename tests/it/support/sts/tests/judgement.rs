//! Whom the stand-in lets in, and in which words it refuses.

use chrono::Duration;

use super::super::{Role, Sts, User, World};
use super::client::{Answer, Signer, form, send};

const ROLE: &str = "arn:aws:iam::222222222222:role/MyApp/MyS3Access";
const OTHER: &str = "arn:aws:iam::333333333333:role/Other";
const SERIAL: &str = "arn:aws:iam::111111111111:mfa/natan";
const WHO: [(&str, &str); 1] = [("Action", "GetCallerIdentity")];

fn assume(role: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let base = [("Action", "AssumeRole"), ("RoleArn", role), ("RoleSessionName", "me@work")];
    base.iter().chain(more).map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn ask(sts: &Sts, signer: &Signer, params: &[(String, String)]) -> Answer {
    let params: Vec<_> = params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    send(sts, &signer.post(&params))
}

fn world() -> World {
    let mut world = World::sample();
    world.roles.push(Role {
        max_duration: 7200,
        ..Role::new(OTHER, &["arn:aws:iam::111111111111:user/natan", ROLE])
    });
    world
}

#[test]
fn recognises_whoever_signs_rightly() {
    let sts = Sts::start(world());
    let natan = Signer::natan(&sts);
    let answer = send(&sts, &natan.post(&WHO));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.element("Arn"), "arn:aws:iam::111111111111:user/natan");
    assert!(answer.element("UserId").starts_with("AIDA"));
    assert!(answer.head.contains("\r\nx-amzn-RequestId: "));
    let get = send(&sts, &natan.raw("GET", &format!("/?{}", form(&WHO)), ""));
    assert_eq!(get.element("Account"), "111111111111");
}

#[test]
fn refuses_whoever_does_not() {
    let sts = Sts::start(world());
    let natan = Signer::natan(&sts);
    let code = |signer: Signer| {
        let (status, code, _) = send(&sts, &signer.post(&WHO)).error();
        format!("{status} {code}")
    };
    let secret = "x".to_owned();
    assert_eq!(code(Signer { secret, ..natan.clone() }), "403 SignatureDoesNotMatch");
    let key = "AKIAUNKNOWN".to_owned();
    assert_eq!(code(Signer { key, ..natan.clone() }), "403 InvalidClientTokenId");
    let token = Some("token".to_owned());
    assert_eq!(code(Signer { token, ..natan.clone() }), "403 InvalidClientTokenId");
    let region = "cn-north-1".to_owned();
    assert_eq!(code(Signer { region, ..natan.clone() }), "403 InvalidClientTokenId");
    let service = "iam".to_owned();
    let answer = send(&sts, &Signer { service, ..natan.clone() }.post(&WHO));
    assert_eq!(answer.error().2, "Credential should be scoped to correct service: 'sts'.");
    let bare = send(&sts, "GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\n\r\n");
    assert_eq!(bare.error().1, "MissingAuthenticationToken");
    let forged = natan.post(&WHO).replace("Identity&", "Identity&a=b&").replace(": 43", ": 47");
    assert_eq!(send(&sts, &forged).error().1, "SignatureDoesNotMatch");
    sts.with_world(|world| world.users[0].active = false);
    assert_eq!(code(natan), "403 InvalidClientTokenId");
}

#[test]
fn judges_by_its_own_clock() {
    let sts = Sts::start(world());
    let natan = Signer::natan(&sts);
    sts.set_clock_offset(Duration::minutes(6));
    let late = send(&sts, &natan.post(&WHO)).error();
    assert_eq!(late.1, "SignatureDoesNotMatch");
    assert!(late.2.starts_with("Signature expired: ") && late.2.ends_with(" - 5 min.)"));
    sts.set_clock_offset(Duration::minutes(-6));
    let early = send(&sts, &natan.post(&WHO)).error().2;
    assert!(early.starts_with("Signature not yet current: ") && early.ends_with(" + 5 min.)"));
    sts.set_clock_offset(Duration::minutes(4));
    assert_eq!(send(&sts, &natan.post(&WHO)).status, 200);
}

#[test]
fn knows_its_operations() {
    let sts = Sts::start(world());
    let natan = Signer::natan(&sts);
    let message = |params: &[(&str, &str)]| send(&sts, &natan.post(params)).error().2;
    assert_eq!(
        message(&[("Action", "AssumeRoot")]),
        "Could not find operation AssumeRoot for version 2011-06-15"
    );
    assert_eq!(
        message(&[("Action", "GetCallerIdentity"), ("Version", "")]),
        "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED"
    );
    assert_eq!(send(&sts, &natan.post(&[("RoleArn", ROLE)])).error().1, "MissingAction");
}

#[test]
fn assumes_with_the_external_id_only() {
    let sts = Sts::start(world());
    let natan = Signer::natan(&sts);
    let refused = ask(&sts, &natan, &assume(ROLE, &[("ExternalId", "ext-43")])).error();
    assert_eq!(
        refused,
        (
            403,
            "AccessDenied".to_owned(),
            format!(
                "User: arn:aws:iam::111111111111:user/natan is not authorized to perform: \
                 sts:AssumeRole on resource: {ROLE}"
            )
        )
    );
    let wish = [
        ("ExternalId", "ext-42"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "blue"),
        ("TransitiveTagKeys.member.1", "team"),
        ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("SourceIdentity", "natan"),
    ];
    let answer = ask(&sts, &natan, &assume(ROLE, &wish));
    assert_eq!(answer.element("Arn"), "arn:aws:sts::222222222222:assumed-role/MyS3Access/me@work");
    assert_eq!(answer.element("SourceIdentity"), "natan");
    let token = answer.element("SessionToken");
    assert!(token.len() > 800 && "+/=".chars().all(|sign| token.contains(sign)));
    let call = sts.calls().pop().unwrap();
    assert_eq!(call.tags, [("team".to_owned(), "blue".to_owned())]);
    assert_eq!(call.transitive_tag_keys, ["team"]);
    assert_eq!(call.policy_arns.len(), 1);
    assert!(sts.secrets().contains(&token));

    let session = Signer::session(&sts, &answer);
    let who = send(&sts, &session.post(&WHO));
    assert!(who.element("UserId").ends_with(":me@work"));
    let without = Signer { token: None, ..session.clone() };
    assert_eq!(send(&sts, &without.post(&WHO)).error().1, "InvalidClientTokenId");
    let chained = ask(&sts, &session, &assume(OTHER, &[("DurationSeconds", "3601")])).error();
    assert!(chained.2.ends_with("role chaining."));
    assert_eq!(ask(&sts, &session, &assume(OTHER, &[])).status, 200);
    let own = [("Action", "GetSessionToken")];
    assert_eq!(
        send(&sts, &session.post(&own)).error().2,
        "Cannot call GetSessionToken with session credentials"
    );
    let s3 = |signer: Signer| {
        let signer = Signer { service: "s3".to_owned(), ..signer };
        send(&sts, &signer.raw("GET", "/", ""))
    };
    assert_eq!(s3(session.clone()).element("Name"), "my-app-data");
    assert_eq!(s3(natan).error().1, "AccessDenied");
    sts.set_clock_offset(Duration::minutes(61));
    let later = Signer { at: sts.now(), ..session };
    assert_eq!(s3(later.clone()).error().1, "ExpiredToken");
    assert_eq!(
        send(&sts, &later.post(&WHO)).error().2,
        "The security token included in the request is expired"
    );
}

#[test]
fn refuses_what_has_the_wrong_form() {
    let sts = Sts::start(world());
    let natan = Signer::natan(&sts);
    let message = |params: &[(&str, &str)]| {
        let (status, code, message) = send(&sts, &natan.post(params)).error();
        assert_eq!((status, code.as_str()), (400, "ValidationError"));
        message
    };
    assert_eq!(
        message(&[("Action", "AssumeRole"), ("RoleArn", ROLE), ("RoleSessionName", "a/b")]),
        "1 validation error detected: Value 'a/b' at 'roleSessionName' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
    );
    assert_eq!(
        message(&[("Action", "AssumeRole"), ("RoleArn", ROLE), ("DurationSeconds", "899")]),
        "2 validation errors detected: Value null at 'roleSessionName' failed to satisfy \
         constraint: Member must not be null; Value '899' at 'durationSeconds' failed to satisfy \
         constraint: Member must have value greater than or equal to 900"
    );
    let base = [("Action", "AssumeRole"), ("RoleSessionName", "me")];
    let role = |arn: &'static str| message(&[base[0], base[1], ("RoleArn", arn)]);
    assert_eq!(role("arn:aws:iam::222222222222:user/natan"), "Request ARN is invalid");
    assert_eq!(role("arn:aws-cn:iam::222222222222:role/x"), "Request ARN is invalid");
    let long = ask(&sts, &natan, &assume(OTHER, &[("DurationSeconds", "7201")])).error();
    assert!(long.2.ends_with("exceeds the MaxSessionDuration set for this role."));
}

#[test]
fn takes_each_code_once_and_remembers_mfa() {
    let mut world = world();
    world.roles[1] = Role { max_mfa_age: Some(60), require_mfa: true, ..world.roles[1].clone() };
    let sts = Sts::start(world);
    let natan = Signer::natan(&sts);
    assert_eq!(ask(&sts, &natan, &assume(OTHER, &[])).status, 403);
    let code = sts.totp(SERIAL, sts.now());
    let with_code = [("SerialNumber", SERIAL), ("TokenCode", code.as_str())];
    let half = ask(&sts, &natan, &assume(OTHER, &with_code[..1])).error();
    assert!(half.2.contains("must provide both"));
    let token = [&[("Action", "GetSessionToken")][..], &with_code[..]].concat();
    let answer = send(&sts, &natan.post(&token));
    assert_eq!(answer.status, 200, "{answer:?}");
    let again = ask(&sts, &natan, &assume(OTHER, &with_code)).error();
    assert_eq!(again.2, "MultiFactorAuthentication failed with invalid MFA one time pass code. ");

    let session = Signer::session(&sts, &answer);
    assert_eq!(
        send(&sts, &session.post(&WHO)).element("Arn"),
        "arn:aws:iam::111111111111:user/natan"
    );
    assert_eq!(ask(&sts, &session, &assume(OTHER, &[])).status, 200);
    let long = ask(&sts, &session, &assume(OTHER, &[("DurationSeconds", "7200")])).error();
    assert!(long.2.ends_with("role chaining."));
    sts.set_clock_offset(Duration::seconds(120));
    let later = Signer { at: sts.now(), ..session };
    assert_eq!(ask(&sts, &later, &assume(OTHER, &[])).status, 403);
    let code = sts.totp(SERIAL, sts.now());
    let fresh = [("SerialNumber", SERIAL), ("TokenCode", code.as_str())];
    assert_eq!(ask(&sts, &natan, &assume(OTHER, &fresh)).status, 200);
}

#[test]
fn keeps_partitions_apart() {
    let sts = Sts::start(World {
        users: vec![User {
            partition: "aws-cn".to_owned(),
            ..User::new("AKIACN", "secret", "444444444444", "li")
        }],
        roles: vec![Role::new("arn:aws-cn:iam::444444444444:role/R", &["444444444444"])],
        ..World::default()
    });
    let signer = Signer {
        key: "AKIACN".to_owned(),
        secret: "secret".to_owned(),
        region: "cn-north-1".to_owned(),
        ..Signer::natan(&sts)
    };
    let answer = ask(&sts, &signer, &assume("arn:aws-cn:iam::444444444444:role/R", &[]));
    assert_eq!(answer.element("Arn"), "arn:aws-cn:sts::444444444444:assumed-role/R/me@work");
    assert_eq!(sts.calls()[0].region.as_deref(), Some("cn-north-1"));
}

#[test]
fn ends_sessions_as_told() {
    let sts = Sts::start(world());
    let natan = Signer::natan(&sts);
    sts.set_session_seconds(Some(-1));
    let answer = ask(&sts, &natan, &assume(OTHER, &[]));
    assert_eq!(answer.status, 200);
    let session = Signer::session(&sts, &answer);
    assert_eq!(send(&sts, &session.post(&WHO)).error().1, "ExpiredToken");
}
