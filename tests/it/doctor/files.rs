//! What is wrong in the two files: for each check one that has it, and one that doesn't.

use std::os::unix::fs::PermissionsExt as _;

use super::{ROLE, healthy, ids, report, sandbox, troubles};
use crate::support::sandbox::Sandbox;

/// A config that one check finds something in.
struct Case {
    id: &'static str,
    severity: &'static str,
    /// What is appended to a healthy config.
    config: &'static str,
    credentials: &'static str,
    /// Where it is: the file, and the text of its line.
    at: (&'static str, &'static str),
    exit_code: i64,
}

const NOTHING: Case = Case {
    id: "",
    severity: "problem",
    config: "",
    credentials: "",
    at: ("config", ""),
    exit_code: 5,
};

const CASES: &[Case] = &[
    Case {
        id: "duplicate-section",
        config: "[profile x]\nregion = a-b-1\n[profile y]\nregion = a-b-1\n[profile x]\n",
        at: ("config", "[profile x]"),
        ..NOTHING
    },
    Case {
        id: "duplicate-key",
        config: "[profile x]\ncredential_process = /bin/true\nregion = eu-west-1\nRegion = eu-west-2\n",
        at: ("config", "Region = eu-west-2"),
        ..NOTHING
    },
    Case {
        id: "ignored-section",
        severity: "warning",
        config: "[work]\nregion = eu-west-1\n",
        at: ("config", "[work]"),
        exit_code: 0,
        ..NOTHING
    },
    Case {
        id: "padded-header",
        severity: "warning",
        config: "[ profile x ]\ncredential_process = /bin/true\n",
        at: ("config", "[ profile x ]"),
        exit_code: 0,
        ..NOTHING
    },
    Case {
        id: "ignored-default",
        severity: "warning",
        config: "[default]\nregion = eu-west-1\n[profile default]\ncredential_process = /bin/true\n",
        at: ("config", "[default]"),
        exit_code: 0,
        ..NOTHING
    },
    Case {
        id: "misspelt-key",
        severity: "warning",
        config: "[profile x]\ncredential_process = /bin/true\nregoin = eu-west-1\n",
        at: ("config", "regoin = eu-west-1"),
        exit_code: 0,
        ..NOTHING
    },
    Case {
        id: "quoted-value",
        config: "[profile x]\ncredential_process = /bin/true\nregion = \"eu-west-1\"\n",
        at: ("config", "region = \"eu-west-1\""),
        ..NOTHING
    },
    Case {
        id: "invalid-value",
        config: "[profile x]\nrole_arn = arn:aws:iam::22:role/x\nsource_profile = base\n",
        at: ("config", "role_arn = arn:aws:iam::22:role/x"),
        ..NOTHING
    },
    Case {
        id: "invalid-value",
        config: "[profile x]\ncredential_process = /bin/true\nmax_attempts = some\n",
        at: ("config", "max_attempts = some"),
        ..NOTHING
    },
    Case {
        id: "inline-comment",
        config: "[profile x]\ncredential_process = /bin/true\nregion = eu-west-1 # east\n",
        at: ("config", "region = eu-west-1 # east"),
        ..NOTHING
    },
    Case { id: "syntax", config: "[profile x]\nnonsense\n", at: ("config", "nonsense"), ..NOTHING },
    Case {
        id: "missing-source",
        config: "[profile x]\nrole_arn = ROLE\nsource_profile = nowhere\n",
        at: ("config", "source_profile = nowhere"),
        ..NOTHING
    },
    Case {
        id: "no-source",
        config: "[profile x]\nrole_arn = ROLE\n",
        at: ("config", "role_arn = ROLE"),
        ..NOTHING
    },
    Case {
        id: "loop",
        config: "[profile x]\nrole_arn = ROLE\nsource_profile = y\n\
                 [profile y]\nrole_arn = ROLE\nsource_profile = x\n\
                 [profile z]\nrole_arn = ROLE\nsource_profile = x\n",
        at: ("config", "source_profile = x"),
        ..NOTHING
    },
    Case {
        id: "half-keys",
        credentials: "[x]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
        at: ("credentials", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE"),
        ..NOTHING
    },
    Case {
        id: "unusable-mfa",
        config: "[profile x]\nrole_arn = ROLE\nsource_profile = base\n\
                 mfa_serial = arn:aws:iam::111111111111:mfa/natan\n",
        at: ("config", "mfa_serial = arn:aws:iam::111111111111:mfa/natan"),
        ..NOTHING
    },
    Case {
        id: "mfa-account",
        config: "[profile y]\nrole_arn = ROLE\nsource_profile = x\n\
                 mfa_serial = arn:aws:iam::222222222222:mfa/natan\n",
        credentials: "[x]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n\
                      aws_account_id = 111111111111\n",
        at: ("config", "mfa_serial = arn:aws:iam::222222222222:mfa/natan"),
        ..NOTHING
    },
    Case {
        id: "no-credentials",
        config: "[profile x]\ncredential_process = rolecall credential-process x\n",
        at: ("config", "[profile x]"),
        ..NOTHING
    },
    Case {
        id: "identity-center",
        config: "[profile x]\nsso_session = corp\nsso_account_id = 222222222222\nsso_role_name = A\n",
        at: ("config", "sso_session = corp"),
        ..NOTHING
    },
    Case {
        id: "expired-keys",
        credentials: "[x]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n\
                      aws_session_token = t\naws_expiration = 2020-01-02T03:04:05.000Z\n",
        at: ("credentials", "aws_expiration = 2020-01-02T03:04:05.000Z"),
        ..NOTHING
    },
    Case {
        id: "hiding-keys",
        credentials: "[my-role]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\n\
                      aws_secret_access_key = s\naws_session_token = t\n",
        at: ("credentials", "aws_access_key_id = ASIAIOSFODNN7EXAMPLE"),
        ..NOTHING
    },
    Case {
        id: "earlier-setting",
        config: "[profile x]\ncredential_process = /bin/rolecall credential-process x\n\
                 role_arn = ROLE\nsource_profile = base\n",
        at: ("config", "role_arn = ROLE"),
        ..NOTHING
    },
    Case {
        id: "process-path",
        config: "[profile x]\ncredential_process = ~/bin/creds x\n",
        at: ("config", "credential_process = ~/bin/creds x"),
        ..NOTHING
    },
    Case {
        id: "capped-duration",
        severity: "warning",
        config: "[profile x]\nrole_arn = ROLE\nsource_profile = my-role\nduration_seconds = 7200\n",
        at: ("config", "duration_seconds = 7200"),
        exit_code: 0,
        ..NOTHING
    },
];

#[test]
fn each_broken_config_is_found_where_it_is() {
    for case in CASES {
        let sandbox = Sandbox::new();
        let config = format!("{}\n{}", healthy(), case.config).replace("ROLE", ROLE);
        sandbox.config(&config).credentials(case.credentials);
        let report = report(&sandbox, &[]);
        let found: Vec<_> =
            troubles(&report).into_iter().filter(|it| it["id"] == case.id).cloned().collect();
        let [found] = &*found else { panic!("{}: {report:#}", case.id) };
        assert_eq!(found["severity"], case.severity, "{found:#}");
        let (file, line) = case.at;
        let text = if file == "config" { &*config } else { case.credentials };
        let line = line.replace("ROLE", ROLE);
        let lines = text.lines().zip(1..).filter(|(text, _)| *text == line).map(|(_, at)| at);
        assert!(found["file"].as_str().unwrap().ends_with(file), "{found:#}");
        assert!(lines.into_iter().any(|at| found["line"] == at), "{found:#}");
        assert_eq!(report["exit_code"], case.exit_code, "{report:#}");
        assert!(found["meaning"].is_string() && found["remedy"].is_string(), "{found:#}");
        if case.severity == "warning" {
            assert_eq!(super::report(&sandbox, &["--strict"])["exit_code"], 1);
        }
    }
}

#[test]
fn what_is_wrong_elsewhere_is_not_reported_for_a_profile() {
    for case in CASES {
        // A file with these can't be used by anyone.
        if ["duplicate-section", "duplicate-key", "ignored-section", "hiding-keys"]
            .contains(&case.id)
        {
            continue;
        }
        let sandbox = Sandbox::new();
        let config = format!("{}\n{}", healthy(), case.config).replace("ROLE", ROLE);
        sandbox.config(config).credentials(case.credentials);
        let report = report(&sandbox, &["my-role"]);
        assert_eq!(ids(&report), [""; 0], "{}: {report:#}", case.id);
    }
}

#[test]
fn a_profile_that_does_not_exist_is_exit_5_with_the_nearest_name() {
    let report = report(&sandbox(), &["my-rol"]);
    assert_eq!(ids(&report), ["missing-profile"]);
    assert_eq!(report["exit_code"], 5);
    assert!(troubles(&report)[0]["remedy"].as_str().unwrap().contains("'my-role'"), "{report:#}");
}

#[test]
fn files_in_another_encoding_are_named_for_it() {
    let utf16 = |text: &str| {
        let units = [0xfeff].into_iter().chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    let sandbox = Sandbox::new();
    sandbox.config(utf16(&healthy()));
    let found = report(&sandbox, &[]);
    assert_eq!(ids(&found), ["not-utf8"], "{found:#}");
    assert!(troubles(&found)[0]["remedy"].as_str().unwrap().contains("iconv"), "{found:#}");
    sandbox.config([&[0xef, 0xbb, 0xbf][..], healthy().as_bytes()].concat());
    let found = report(&sandbox, &[]);
    assert_eq!(ids(&found), ["bom"], "{found:#}");
    assert_eq!(found["exit_code"], 5);
}

#[test]
fn a_file_that_others_can_use_is_a_warning() {
    let sandbox = sandbox();
    sandbox.credentials("");
    let mode = |path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(sandbox.credentials_path(), 0o644);
    let found = report(&sandbox, &[]);
    assert_eq!(ids(&found), ["open-file"], "{found:#}");
    mode(sandbox.credentials_path(), 0o600);
    mode(sandbox.config_path(), 0o664);
    assert_eq!(ids(&report(&sandbox, &[])), ["open-file"]);
    mode(sandbox.config_path(), 0o644);
    assert_eq!(ids(&report(&sandbox, &[])), [""; 0]);
}

#[test]
fn only_comments_behind_values_that_tools_read_are_found() {
    let sandbox = Sandbox::new();
    let corp = "[sso-session corp] # mine\nsso_region = eu-west-1 ; near\nsso_start_url = https://x.awsapps.com/start#/\n";
    let config = format!(
        "{}rolecall_external_id = a #b\nmy_note = x # y\n# region = z # w\noutput=json#x\n[work] # note\nregion = a-b-1 # x\n{corp}",
        healthy()
    );
    sandbox.config(&config);
    let found = report(&sandbox, &[]);
    let comments = troubles(&found).into_iter().filter(|it| it["id"] == "inline-comment");
    let texts: Vec<_> = comments.map(|it| it["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["there is a comment after the value of 'sso_region' in [sso-session corp]"]);
    // What a shell reads as a comment may be meant for it.
    sandbox.config("[profile x]\ncredential_process = sh -c \"cat /x # y\"\n");
    let found = report(&sandbox, &[]);
    let comment = troubles(&found).into_iter().find(|it| it["id"] == "inline-comment").unwrap();
    assert_eq!(comment["fixable"], false, "{found:#}");
}

#[test]
fn sections_of_others_are_left_in_peace() {
    let sandbox = Sandbox::new();
    sandbox.config(format!(
        "{}\n[plugins]\ncli_legacy_plugin_path = /x\n[services here]\nsts =\n  endpoint_url = http://x\n\
         [sso-session corp]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n\
         [granted_registry x]\nurl = y\n",
        healthy()
    ));
    assert_eq!(ids(&report(&sandbox, &[])), [""; 0]);
}
