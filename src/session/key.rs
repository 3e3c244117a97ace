//! The key of a session: a digest of everything that decides what AWS returns, and of nothing else.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::{
    plan::{Hop, KeySession, MFA_SESSION_SECONDS, Mfa, Plan, SessionAttributes, Source},
    secret::hex,
};

/// 64 hexadecimal digits under which a session is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionKey(String);

impl SessionKey {
    /// Returns the keys of all sessions of `plan`, in the order of its steps. `answer` is what only the
    /// base itself knows of its identity (`BaseAnswer`).
    ///
    /// A hop's key covers its base and all hops before it, so profiles that share the first hops
    /// share their sessions; the key of a base that is fetched only covers the base. The region is
    /// not included: tokens of a regional STS are valid in the whole partition, so another
    /// `AWS_REGION` needs no other session. Tokens of the old global endpoint are not.
    pub(super) fn of_steps(plan: &Plan, answer: Option<&str>) -> Vec<Self> {
        let mut digest = Sha256::new();
        field(&mut digest, "rolecall session", Some("2"));
        field(&mut digest, "base", Some(plan.base.source.kind()));
        for (name, value) in plan.base.source.identity() {
            field(&mut digest, name, value);
        }
        // What a program will print is not known when its last output is looked for.
        let is_program = matches!(plan.base.source, Source::Process { .. });
        if let Some(answer) = answer.filter(|_| !is_program) {
            field(&mut digest, "answer", Some(answer));
        }
        let fetched = plan.base.source.is_fetched().then(|| {
            let mut digest = digest.clone();
            if let Source::Sso(_) = plan.base.source {
                field(&mut digest, "endpoint", plan.aws.sso_url.as_deref());
            }
            Self::finish(digest)
        });
        if let Some(answer) = answer.filter(|_| is_program) {
            field(&mut digest, "answer", Some(answer));
        }
        field(&mut digest, "partition", Some(plan.partition()));
        field(&mut digest, "endpoint", plan.aws.endpoint_url.as_deref());
        field(&mut digest, "global", plan.aws.global_sts.then_some("1"));
        let with_mfa = plan.mfa.as_ref().map(|mfa| {
            // Destructured, so that adding a field doesn't compile until it is handled here.
            let Mfa { serial, seconds, direct: _, at: _, profile: _, command: _, max_age: _ } = mfa;
            field(&mut digest, "MFA", Some(serial));
            if *seconds != MFA_SESSION_SECONDS {
                field(&mut digest, "MFA seconds", Some(&seconds.to_string()));
            }
            Self::finish(digest.clone())
        });
        let key_session = plan.session.as_ref().map(|session| {
            let KeySession { seconds, profile: _, at: _ } = session;
            field(&mut digest, "session seconds", Some(&seconds.to_string()));
            Self::finish(digest.clone())
        });
        let session = with_mfa.filter(|_| plan.direct_mfa(0).is_none()).or(key_session);
        // A role session created with its own code may last longer than one from an MFA session.
        field(&mut digest, "own code", plan.direct_mfa(0).map(|_| "1"));
        if let Some(mfa) = plan.mfa.as_ref().filter(|mfa| mfa.max_age < MFA_SESSION_SECONDS) {
            // A profile that requires recent codes must not get a session created with an old one.
            field(&mut digest, "MFA age", Some(&mfa.max_age.to_string()));
        }
        let hops = plan.hops.iter().map(|hop| {
            add_hop(&mut digest, hop);
            Self::finish(digest.clone())
        });
        fetched.into_iter().chain(session).chain(hops).collect()
    }

    /// Returns a digest of what a plan hands out, and of how long one answer of a person counts. It is no session's
    /// key: a session's name and length, or how it is created, make no other question.
    pub(super) fn of_hand_out(plan: &Plan) -> Self {
        let mut digest = Sha256::new();
        field(&mut digest, "rolecall hand-out", Some("1"));
        let seconds = plan.confirm.as_ref().and_then(|confirm| confirm.seconds);
        field(&mut digest, "seconds", seconds.map(|seconds| seconds.to_string()).as_deref());
        field(&mut digest, "profile", plan.profile.as_deref());
        field(&mut digest, "base", Some(plan.base.source.kind()));
        for (name, value) in plan.base.source.identity() {
            field(&mut digest, name, value);
        }
        for hop in &plan.hops {
            // Destructured, so that adding a field doesn't compile until it is handled here.
            let Hop {
                role_arn,
                external_id,
                attributes,
                session_name: _,
                duration_seconds: _,
                profile: _,
                capped_from: _,
                places: _,
            } = hop;
            field(&mut digest, "role", Some(role_arn));
            field(&mut digest, "external id", external_id.as_deref());
            add_attributes(&mut digest, attributes);
        }
        Self::finish(digest)
    }

    /// Parses a key from a stored item or the name of a record.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 64 && text.bytes().all(is_hex)).then(|| Self(text.to_owned()))
    }

    /// Returns the digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn finish(digest: Sha256) -> Self {
        Self(hex(&digest.finalize()))
    }
}

impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn add_hop(digest: &mut Sha256, hop: &Hop) {
    // Destructured, so that adding a field doesn't compile until it is handled here.
    let Hop {
        role_arn,
        external_id,
        session_name,
        duration_seconds,
        attributes,
        profile: _,
        capped_from: _,
        places: _,
    } = hop;
    field(digest, "role", Some(role_arn));
    field(digest, "external id", external_id.as_deref());
    field(digest, "session name", Some(session_name));
    field(digest, "duration", duration_seconds.map(|seconds| seconds.to_string()).as_deref());
    add_attributes(digest, attributes);
}

fn add_attributes(digest: &mut Sha256, attributes: &SessionAttributes) {
    let SessionAttributes { policy, policy_arns, tags, transitive_tag_keys, source_identity } =
        attributes;
    field(digest, "policy", policy.as_deref());
    for arn in policy_arns {
        field(digest, "policy ARN", Some(arn));
    }
    for (tag, value) in tags {
        field(digest, "tag", Some(tag));
        field(digest, "value", Some(value));
    }
    for tag in transitive_tag_keys {
        field(digest, "transitive", Some(tag));
    }
    field(digest, "source identity", source_identity.as_deref());
}

/// Adds a name and a value, each with its length, so that no two lists of fields look alike.
fn field(digest: &mut Sha256, name: &str, value: Option<&str>) {
    let mut add = |text: &str| {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    };
    add(name);
    if let Some(value) = value {
        add(value);
    } else {
        digest.update(u64::MAX.to_be_bytes());
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        credentials::Credentials,
        plan::{Audit, AwsSettings, Base, Confirm},
    };

    pub(in crate::session) fn hop(role: &str) -> Hop {
        Hop {
            profile: Some(role.into()),
            role_arn: format!("arn:aws:iam::222222222222:role/{role}"),
            external_id: None,
            session_name: "natan".into(),
            duration_seconds: None,
            capped_from: None,
            attributes: SessionAttributes::default(),
            places: crate::plan::Places::default(),
        }
    }

    pub(in crate::session) fn plan(hops: Vec<Hop>) -> Plan {
        Plan {
            profile: Some("my-role".into()),
            chain: vec!["my-role".into(), "base".into()],
            base: Base {
                profile: "base".into(),
                at: None,
                source: Source::Keys(Credentials {
                    access_key_id: "AKIA1".into(),
                    secret_access_key: "base-secret".into(),
                    session_token: None,
                    expiration: None,
                    account_id: None,
                }),
                end: None,
            },
            mfa: None,
            session: None,
            confirm: None,
            hops,
            aws: AwsSettings::default(),
            adjusted: false,
            audit: Audit::default(),
            agent_policy: None,
        }
    }

    fn keys(plan: &mut Plan) -> &mut Credentials {
        let Source::Keys(credentials) = &mut plan.base.source else { panic!() };
        credentials
    }

    fn last(plan: &Plan) -> SessionKey {
        SessionKey::of_steps(plan, None).pop().unwrap()
    }

    #[test]
    fn everything_that_changes_the_answer_changes_the_key() {
        let original = plan(vec![hop("a")]);
        let edits: [fn(&mut Plan); 14] = [
            |plan| plan.hops[0].role_arn.push('x'),
            |plan| plan.hops[0].external_id = Some(String::new()),
            |plan| plan.hops[0].session_name.push('x'),
            |plan| plan.hops[0].duration_seconds = Some(3600),
            |plan| plan.aws.endpoint_url = Some("http://localhost".into()),
            |plan| plan.hops.insert(0, hop("b")),
            |plan| keys(plan).access_key_id.push('x'),
            |plan| plan.base.source = Source::WebIdentity { token_file: "AKIA1".into() },
            |plan| plan.aws.global_sts = true,
            |plan| plan.hops[0].attributes.policy = Some("{}".into()),
            |plan| plan.hops[0].attributes.policy_arns.push("arn".into()),
            |plan| plan.hops[0].attributes.tags.push(("a".into(), "b".into())),
            |plan| plan.hops[0].attributes.transitive_tag_keys.push("a".into()),
            |plan| plan.hops[0].attributes.source_identity = Some("me".into()),
        ];
        for (i, edit) in edits.into_iter().enumerate() {
            let mut changed = original.clone();
            edit(&mut changed);
            assert_ne!(last(&original), last(&changed), "edit {i}");
        }
    }

    #[test]
    fn region_profile_names_and_the_secret_do_not_change_the_key() {
        let original = plan(vec![hop("a")]);
        let mut changed = original.clone();
        changed.aws.region = "eu-west-1".into();
        changed.profile = None;
        changed.hops[0].profile = None;
        changed.chain.clear();
        keys(&mut changed).secret_access_key = "rotated".into();
        changed.base.profile.push('x');
        assert_eq!(last(&original), last(&changed));
    }

    #[test]
    fn what_is_handed_out_is_what_it_may_do_and_for_how_long_an_answer_counts() {
        let mut original = plan(vec![hop("a")]);
        original.confirm = Some(Confirm { seconds: Some(900), at: None });
        let others: [fn(&mut Plan); 7] = [
            |plan| plan.hops[0].role_arn.push('x'),
            |plan| plan.hops[0].attributes.policy = Some("{}".into()),
            |plan| plan.hops[0].attributes.policy_arns.push("arn".into()),
            |plan| keys(plan).access_key_id.push('x'),
            |plan| plan.profile = None,
            |plan| plan.confirm = Some(Confirm { seconds: Some(43_200), at: None }),
            |plan| plan.hops.insert(0, hop("b")),
        ];
        let same: [fn(&mut Plan); 3] = [
            |plan| plan.hops[0].session_name.push('x'),
            |plan| plan.hops[0].duration_seconds = Some(3600),
            |plan| plan.aws.region = "eu-west-1".into(),
        ];
        let is_another = |edit: &fn(&mut Plan)| {
            let mut changed = original.clone();
            edit(&mut changed);
            SessionKey::of_hand_out(&original) != SessionKey::of_hand_out(&changed)
        };
        assert_eq!(others.each_ref().map(is_another), [true; 7]);
        assert_eq!(same.each_ref().map(is_another), [false; 3]);
    }

    #[test]
    fn a_shared_first_hop_has_one_key() {
        let one = SessionKey::of_steps(&plan(vec![hop("a"), hop("b")]), None);
        let other = SessionKey::of_steps(&plan(vec![hop("a"), hop("c")]), None);
        assert_eq!(one[0], other[0]);
        assert_eq!(one[0], last(&plan(vec![hop("a")])));
        assert_ne!(one[1], other[1]);
    }

    #[test]
    fn a_fetched_base_has_its_own_key_whichever_role_is_assumed_from_it() {
        let with_process = |role: &str| {
            let command = "get keys".into();
            let source = Source::Process { command, account_id: None, is_kept: true };
            let mut plan = plan(vec![hop(role)]);
            plan.base.source = source;
            plan
        };
        let (mut one, mut other) = (with_process("a"), with_process("b"));
        other.hops[0].role_arn = "arn:aws-cn:iam::222222222222:role/b".into();
        other.aws.endpoint_url = Some("http://localhost".into());
        let keys = |plan: &Plan| SessionKey::of_steps(plan, Some("ASIA1"));
        let (first, second) = (keys(&one), keys(&other));
        assert_eq!((first.len(), &first[0]), (2, &second[0]));
        assert_ne!(first[1], second[1]);
        one.hops.clear();
        assert_eq!(keys(&one), first[..1]);
    }

    #[test]
    fn what_a_base_says_of_itself_changes_the_keys_of_all_that_depend_on_it() {
        let sources = [
            (Source::Process { command: "x".into(), account_id: None, is_kept: true }, 1),
            (Source::Login { session: "x".into() }, 0),
            (Source::WebIdentity { token_file: "x".into() }, 0),
        ];
        for (source, same) in sources {
            let mut plan = plan(vec![hop("a"), hop("b")]);
            plan.base.source = source;
            let keys = |answer: &str| SessionKey::of_steps(&plan, Some(answer));
            let (one, other) = (keys("one"), keys("other"));
            assert_eq!(one[..same], other[..same]);
            assert!(one[same..].iter().zip(&other[same..]).all(|(one, other)| one != other));
        }
    }

    #[test]
    fn neighbouring_fields_cannot_be_confused() {
        let (mut one, mut other) = (hop("a"), hop("a"));
        one.external_id = Some("xy".into());
        one.session_name = "z".into();
        other.external_id = Some("x".into());
        other.session_name = "yz".into();
        assert_ne!(last(&plan(vec![one])), last(&plan(vec![other])));
    }

    #[test]
    fn only_64_lower_case_digits_are_a_key() {
        let key = last(&plan(vec![hop("a")]));
        assert_eq!(SessionKey::parse(key.as_str()), Some(key.clone()));
        for bad in ["", "../../x", &key.as_str()[1..], &key.as_str().to_uppercase()] {
            assert_eq!(SessionKey::parse(bad), None, "{bad:?}");
        }
    }
}
