//! `rolecall sso configure`: from a start URL to a working profile.

use std::{path::Path, time::Duration};

use super::{
    meant::{meant_account, meant_role},
    notice::{WantedSignIn, flags_of, sign_in},
};
use crate::{
    app::{self, Assignment, DEFAULT_TEMPLATE, Directory, Fields, Selection, Services, Template},
    cli::{args, invocation::Invocation},
    context::Context,
    error::{Error, Kind, Result},
    identity_center::{SsoAccount, likely_region},
    ini::Document,
    output::Streams,
    plan::{AwsSettings, Environment, SsoSession, check_flag, settings_of},
    profile::{
        DEFAULT_PROFILE, Edited, FileEdit, Files, Key, ProfileSet, Which, check_new_name,
        process_line,
    },
    prompt::{List, Question, Row, Terminal, Unanswered, can_ask_line, can_choose},
    rules::{self, check_start_url, region_of_start_url},
};

/// The name of a section if the user does not choose one.
const DEFAULT_SESSION: &str = "sso";

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::SsoConfigure,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    if let Some(region) = &args.region {
        check_flag(Key::Region, region)?;
    }
    let files = Files::read(context)?;
    let set = ProfileSet::new(&files);
    let asker = Asker::of(context);
    let settings = settings_of(DEFAULT_PROFILE, &set, Environment::of(context))?;
    let session =
        session(&WantedSession { asker: &asker, set: &set, args: &args, settings: &settings })?;
    let store = selection.store(context)?;
    let services = Services::of(session, &settings);
    let directory = Directory::of(context, services, selection.store(context)?);
    let accounts = match directory.accounts(false) {
        Err(error) if error.kind() == Kind::NeedsHuman => {
            let wanted = WantedSignIn {
                session: &directory.session,
                settings: &settings,
                store: &*store,
                flags: flags_of(args.sign_in),
                aws_cache: false,
            };
            sign_in(context, &wanted, streams)?;
            directory.accounts(false)?
        }
        other => other?,
    };
    let account = account(&asker, &accounts, args.account.as_deref())?;
    let is_it = |other: &SsoAccount| other.id == account.id;
    let listed = directory.roles(Some(&is_it))?;
    if let Some(error) = directory.partial(&listed, streams) {
        return Err(error);
    }
    let roles = listed.into_iter().find(|listed| listed.account.id == account.id);
    let roles = roles.and_then(|listed| listed.roles.ok()).unwrap_or_default();
    let role_name = match &args.role {
        Some(wanted) => named_role(wanted, &roles, account)?,
        None => chosen_role(&asker, &roles)?,
    };
    let assignment = Assignment { account_id: account.id.clone(), role_name };
    let name = profile_name(
        &asker,
        &Named { selection, account, assignment: &assignment, session: &directory.session },
    )?;
    let section = Section {
        session: &directory.session,
        name: &name,
        assignment: &assignment,
        region: args.region.as_deref(),
        line: process_line(&app::program(context, args.bare)?, &name)?,
    };
    let path = Which::Config.path(context)?;
    let edited = FileEdit { path: &path, dry_run: false }
        .apply(context, |document| section.write(document, &path))?;
    let file = context.shown_path(&path);
    let session = directory.session.token_name();
    streams.print(&match edited {
        Edited::Unchanged => format!("profile '{name}' is already in {file}\n"),
        _ => format!("wrote profile '{name}', with the sso-session '{session}', to {file}\n"),
    })?;
    streams.note(&format!("To use it:\n  aws s3 ls --profile {name}\n  rolecall exec {name}\n"));
    Ok(())
}

/// What says which sign-in is wanted.
struct WantedSession<'w> {
    asker: &'w Asker<'w>,
    set: &'w ProfileSet<'w>,
    args: &'w args::SsoConfigure,
    settings: &'w AwsSettings,
}

/// Returns the sign-in: that of the section, if it exists, else what the flags and answers say.
fn session(wanted: &WantedSession<'_>) -> Result<SsoSession> {
    let WantedSession { asker, set, args, settings } = *wanted;
    let known = set.sso_session_names();
    let name = if let Some(name) = &args.sso_session {
        name.clone()
    } else {
        let default = match &known[..] {
            [only] => only,
            _ => DEFAULT_SESSION,
        };
        asker.line(&Asked {
            wanted: "Name of the sso-session",
            flag: "--sso-session",
            default: Some(default),
            check: &check_new_name,
        })?
    };
    check_new_name(&name)?;
    let check_url = |url: &str| -> Result<()> {
        check_start_url(url).map_err(|invalid| invalid.error(Kind::Usage, "the start URL"))
    };
    let check_region = |region: &str| {
        rules::check_region(region).map_err(|invalid| invalid.error(Kind::Usage, "--sso-region"))
    };
    if known.iter().any(|known| *known == name) {
        let session = SsoSession::named(&name, set)?;
        let differs =
            |given: &Option<String>, own: &str| given.as_ref().is_some_and(|it| it != own);
        if differs(&args.start_url, &session.start_url)
            || differs(&args.sso_region, &session.region)
        {
            let message = format!("[sso-session {name}] has another start URL or region");
            return Err(
                Error::config(message).hint("choose another --sso-session, or edit that section")
            );
        }
        return Ok(session);
    }
    let ask = |wanted, flag, default, check| asker.line(&Asked { wanted, flag, default, check });
    let start_url = match &args.start_url {
        Some(url) => url.clone(),
        None => ask("Start URL", "--start-url", None, &check_url)?,
    };
    check_url(&start_url)?;
    let region = if let Some(region) = &args.sso_region {
        region.clone()
    } else {
        let known = if asker.is_there {
            likely_region(&start_url, settings.ca_bundle.clone())
        } else {
            region_of_start_url(&start_url).map(str::to_owned)
        };
        let known = known.as_deref();
        ask("Region of IAM Identity Center", "--sso-region", known, &check_region)?
    };
    check_region(&region)?;
    Ok(SsoSession::new(name, start_url, region))
}

fn account<'a>(
    asker: &Asker<'_>,
    accounts: &'a [SsoAccount],
    wanted: Option<&str>,
) -> Result<&'a SsoAccount> {
    if let Some(wanted) = wanted {
        let mut found = accounts.iter().filter(|it| it.id == wanted || it.name == wanted);
        return match (found.next(), found.next()) {
            (Some(account), None) => Ok(account),
            (Some(_), Some(_)) => {
                Err(Error::new(Kind::Usage, format!("several accounts are called '{wanted}'"))
                    .hint("use the account's ID"))
            }
            _ => Err(Error::new(
                Kind::Denied,
                format!("this sign-in has no access to an account '{wanted}'"),
            )
            .hint(meant_account(
                wanted,
                accounts,
                "omit --account to choose from a list",
            ))),
        };
    }
    let rows = accounts.iter().map(|account| Row {
        name: account.id.clone(),
        number: String::new(),
        label: account.name.clone(),
        details: [account.id.clone(), account.email.clone(), String::new()],
        search: format!("{} {} {}", account.name, account.id, account.email),
    });
    let rows: Vec<Row> = rows.collect();
    let chosen =
        asker.choose(&rows, &Choice { heading: "Account", item: "account", flag: "--account" })?;
    Ok(&accounts[chosen])
}

fn named_role(wanted: &str, roles: &[String], account: &SsoAccount) -> Result<String> {
    if roles.iter().any(|role| role == wanted) {
        return Ok(wanted.to_owned());
    }
    let message = format!("account {} has no role '{wanted}' for this sign-in", account.id);
    let known = format!("it has: {}", roles.join(", "));
    let meant = meant_role(wanted, roles.iter().map(String::as_str), &known);
    let error = Error::new(Kind::Denied, message).hint(meant.clone());
    Err(if meant == known { error } else { error.hint(known) })
}

fn chosen_role(asker: &Asker<'_>, roles: &[String]) -> Result<String> {
    let rows = roles.iter().map(|role| Row {
        name: role.clone(),
        number: String::new(),
        label: role.clone(),
        details: Default::default(),
        search: role.clone(),
    });
    let rows: Vec<Row> = rows.collect();
    let chosen = asker.choose(&rows, &Choice { heading: "Role", item: "role", flag: "--role" })?;
    Ok(roles[chosen].clone())
}

/// What a profile is named after.
struct Named<'n> {
    selection: &'n Selection,
    account: &'n SsoAccount,
    assignment: &'n Assignment,
    session: &'n SsoSession,
}

fn profile_name(asker: &Asker<'_>, named: &Named<'_>) -> Result<String> {
    if let Some(name) = &named.selection.profile {
        check_new_name(name)?;
        return Ok(name.clone());
    }
    let default = Template::parse(DEFAULT_TEMPLATE)?.name(&Fields {
        account_id: &named.account.id,
        account_name: &named.account.name,
        email: &named.account.email,
        role_name: &named.assignment.role_name,
        session: named.session.token_name(),
    });
    if !asker.is_there {
        return Ok(default);
    }
    asker.line(&Asked {
        wanted: "Name of the profile",
        flag: "--profile",
        default: Some(&default),
        check: &check_new_name,
    })
}

/// What is written.
struct Section<'s> {
    session: &'s SsoSession,
    name: &'s str,
    assignment: &'s Assignment,
    region: Option<&'s str>,
    /// The `credential_process`.
    line: String,
}

impl Section<'_> {
    /// Writes both sections, unless they exist already.
    fn write(&self, document: &mut Document, path: &Path) -> Result<()> {
        let refused = |error: crate::ini::EditError| Error::new(Kind::Usage, error.to_string());
        let session = self.session.token_name();
        let files = app::files_of(document, path)?;
        let set = ProfileSet::new(&files);
        if set.sso_session(session)?.is_none() {
            let scopes = self.session.scopes.join(",");
            let properties = [
                ("sso_start_url", &*self.session.start_url),
                ("sso_region", &*self.session.region),
                ("sso_registration_scopes", &*scopes),
            ];
            document
                .add_section(&format!("sso-session {session}"), &properties)
                .map_err(refused)?;
        }
        if let Some(profile) = set.profile(self.name)? {
            let has = |key, wanted: &str| profile.get(key).is_some_and(|(text, _)| text == wanted);
            let is_same = has(Key::SsoSession, session)
                && has(Key::SsoAccountId, &self.assignment.account_id)
                && has(Key::SsoRoleName, &self.assignment.role_name);
            return if is_same { Ok(()) } else { Err(app::exists(self.name, profile.at)) };
        }
        let region = self.region.map(|region| (Key::Region.name(), region.to_owned()));
        let mut properties: Vec<(&str, String)> = region.into_iter().collect();
        properties.extend([
            (Key::CredentialProcess.name(), self.line.clone()),
            (Key::SsoSession.prefixed(), session.to_owned()),
            (Key::SsoAccountId.prefixed(), self.assignment.account_id.clone()),
            (Key::SsoRoleName.prefixed(), self.assignment.role_name.clone()),
        ]);
        app::add_section(document, self.name, &properties)
    }
}

/// Something to type, and the flag that gives it.
#[derive(Clone, Copy)]
struct Asked<'a> {
    wanted: &'a str,
    flag: &'a str,
    /// What Enter alone stands for.
    default: Option<&'a str>,
    check: &'a dyn Fn(&str) -> Result<()>,
}

/// A list to choose from, and the flag that names what is chosen.
struct Choice {
    heading: &'static str,
    item: &'static str,
    flag: &'static str,
}

/// Asks at the terminal, if somebody sits there.
struct Asker<'c> {
    context: &'c Context,
    is_there: bool,
}

impl<'c> Asker<'c> {
    fn of(context: &'c Context) -> Self {
        Self { context, is_there: can_ask_line(context).is_ok() }
    }

    /// Asks until `check` accepts the answer; Enter alone takes `default`. If nobody is there, returns
    /// the default, or an error that names `flag`.
    fn line(&self, asked: &Asked<'_>) -> Result<String> {
        let Asked { wanted, flag, default, check } = *asked;
        if !self.is_there {
            let missing = || Error::new(Kind::Usage, format!("{flag} is missing"));
            return default.map(str::to_owned).ok_or_else(missing);
        }
        let offered = default.map(|default| format!(" [{default}]")).unwrap_or_default();
        let prompt = format!("{wanted}{offered}: ");
        let mut about: Vec<String> = Vec::new();
        loop {
            let lines: Vec<&str> = about.iter().map(String::as_str).collect();
            let question = Question { about: &lines, prompt: &prompt, is_hidden: false };
            let answer = self.at_terminal(|terminal| terminal.ask(&question))?;
            let answer = match (answer.expose().trim(), default) {
                ("", Some(default)) => default.to_owned(),
                (answer, _) => answer.to_owned(),
            };
            match check(&answer) {
                Ok(()) if !answer.is_empty() => return Ok(answer),
                Ok(()) => about.clear(),
                Err(error) => about = vec![format!("  {error}")],
            }
        }
    }

    /// Returns the row that a person chooses; the only one without asking.
    fn choose(&self, rows: &[Row], choice: &Choice) -> Result<usize> {
        let Choice { heading, item, flag } = choice;
        match rows {
            [] => return Err(Error::new(Kind::Denied, format!("the sign-in has no {item}"))),
            [_] => return Ok(0),
            _ => {}
        }
        if !can_choose(self.context).map_err(|why| Error::new(Kind::Usage, why))? {
            return Err(Error::new(Kind::Usage, format!("{flag} is missing"))
                .hint("'rolecall sso roles' lists accounts and roles"));
        }
        let list = List { heading, item, rows, takes_several: false, is_numbered: false };
        let chosen = self.at_terminal(|terminal| terminal.choose(&list))?;
        Ok(chosen.first().copied().unwrap_or_default())
    }

    fn at_terminal<T>(
        &self,
        ask: impl FnOnce(&Terminal<'_>) -> std::result::Result<T, Unanswered>,
    ) -> Result<T> {
        let answer = Terminal::open(self.context, Duration::MAX).and_then(|terminal| {
            let answer = ask(&terminal);
            terminal.close(answer)
        });
        answer.map_err(|unanswered| {
            unanswered.into_error("there is no answer", "cancelled: nothing was written")
        })
    }
}
