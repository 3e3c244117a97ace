//! Whether it asks GitHub where a program was built.

use std::fs;

use super::Machine;

#[test]
fn where_a_program_was_built_is_checked_if_there_is_a_gh() {
    let gh = |verify: &str, auth: &str, help: &str| {
        format!(
            "case \"$1 $2 $3\" in 'attestation verify --help') echo '{help}' ;; 'auth status '*) \
             [ \"$*\" != 'auth status --hostname github.com' ] || exit {auth}; exit 1 ;; \
             *) echo \"$GH_HOST $*\" >> \"$HOME/gh\"; echo 'Error: no attestations found' >&2; \
             exit {verify} ;; esac"
        )
    };
    let new = "      --source-ref string   Ref associated with the source workflow";
    for (text, code, told) in [
        (gh("0", "0", new), 0, "checked: built by the release workflow"),
        (gh("1", "0", new), 1, "the release workflow did not build rolecall-1.2.0-"),
        (gh("1", "1", new), 0, "'gh auth login' first"),
        (gh("1", "0", "      --repo"), 0, "this gh is too old"),
    ] {
        let machine = Machine::new("1.2.0");
        machine.path_with(&[("gh", &text)]);
        let output = machine.script(&[]).env("GH_HOST", "ghe.example.com").run().code(code);
        let all = format!("{}{}", output.stdout, output.stderr);
        assert!(all.contains(told), "{output:?}");
        assert_eq!(machine.to().join("rolecall").exists(), code == 0, "{told}");
        let asked = fs::read_to_string(machine.sandbox.home().join("gh")).unwrap_or_default();
        let signer = "--repo rolecall/rolecall --signer-workflow rolecall/rolecall/.github/workflows/release.yml \
                      --source-ref refs/tags/v1.2.0 --deny-self-hosted-runners\n";
        assert!(asked.is_empty() || asked.starts_with("github.com attestation verify "), "{asked}");
        assert_eq!(asked.contains(signer), told.contains("release workflow"), "{asked}");
    }
}

#[test]
fn a_check_that_can_not_be_done_accuses_nobody_and_can_be_skipped() {
    let gh = |said: &str| {
        format!(
            "case \"$1 $2 $3\" in *' verify --help') echo '  --source-ref string' ;; *' status '*) ;; \
             *) echo '{said}' >&2; exit 1 ;; esac"
        )
    };
    let accused = "the release workflow did not build rolecall-1.2.0-";
    let unknown = "was built could not be checked, so nothing was installed";
    for (said, told) in [
        ("Error: HTTP 404: Not Found (https://api.github.com/repos/)", accused),
        ("Error: no attestations found for rolecall", accused),
        ("Error: verifying with issuer \"sigstore.dev\"", accused),
        ("Error: expected SourceRepositoryURI to be x, got y", accused),
        ("HTTP 403: API rate limit exceeded", unknown),
        ("error connecting to api.github.com", unknown),
        ("unknown flag: --signer-workflow", unknown),
    ] {
        let machine = Machine::new("1.2.0");
        machine.path_with(&[("gh", &gh(said))]);
        let output = machine.script(&[]).run().code(1);
        assert!(output.stderr.contains(told) && output.stderr.contains(said), "{output:?}");
        assert_eq!(output.stderr.contains("please report"), told == accused, "{output:?}");
        assert_eq!(output.stderr.contains("--no-provenance"), told == unknown, "{output:?}");
        assert_eq!(machine.installed().1, [""; 0]);
        machine.install(&["--no-provenance"]);
        assert_eq!(machine.installed().0, "rolecall 1.2.0");
    }
}
