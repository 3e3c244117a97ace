//! The commands of the pages about provisioning, on an account that their comments describe:
//! `bucket:NAME` is a bucket that exists, and `managed` means that AWS's own policies do.
//! The examples with a team are followed, and judged, in `team_page`.

use crate::{
    moto::Account,
    support::{
        keyring::SessionBus,
        pages::{Page, Scene, follow, regions},
        programs,
        sandbox::Sandbox,
    },
};

/// The account that is ours on the pages.
const OURS: &str = "111111111111";

impl Scene for Account {
    fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    fn words(&self) -> Vec<(String, String)> {
        let home = self.sandbox.home().display().to_string();
        vec![(OURS.to_owned(), "123456789012".to_owned()), ("/home/natan".to_owned(), home)]
    }

    fn answer(&self, prompt: &str) -> String {
        // What is offered otherwise is taken.
        if prompt == "[y/N] " { "y".to_owned() } else { String::new() }
    }
}

#[track_caller]
fn follow_all(path: &str) {
    let page = Page::at(path);
    let regions = regions(&page);
    let run: Vec<_> = regions.iter().filter(|region| region.stage.is_some()).collect();
    assert!(!run.is_empty(), "{path} has no command that is run");
    for region in run {
        assert!(region.has("account"), "{path}: {region:?}");
        let account =
            if region.has("managed") { Account::with_managed_policies() } else { Account::new() };
        let account = need!(account);
        let ours = programs::rolecall();
        let path = format!("{}:/usr/bin:/bin", ours.parent().unwrap().display());
        account.sandbox.env("PATH", path).env("AWS_PROFILE", "admin").env("TERM", "dumb");
        account.sandbox.store("secret-service");
        account.sandbox.config("[profile admin]\nregion = eu-central-1\n");
        let _bus = need!(SessionBus::start(&account.sandbox));
        let buckets: Vec<_> =
            region.words().filter_map(|word| word.strip_prefix("bucket:")).collect();
        account.buckets(&buckets);
        follow(&page, region, &account);
    }
}

#[test]
fn credentials_for_a_bucket() {
    follow_all("docs/provision.md");
}

#[test]
fn users() {
    follow_all("docs/provision-users.md");
}

#[test]
fn roles() {
    follow_all("docs/provision-roles.md");
}
