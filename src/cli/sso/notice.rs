//! Tells a person how to sign in.

use std::{cell::RefCell, time::Duration};

use chrono::{DateTime, Utc};
use qrcode::{EcLevel, QrCode, render::unicode};

use crate::{
    app,
    cli::{args, time},
    context::Context,
    error::Result,
    identity_center::{SignInFlags, SignInNotice, SignInRequest, SignIns, SignedIn, oidc_endpoint},
    output::{Streams, escape},
    plan::{AwsSettings, SsoSession},
    store::Store,
};

/// The time limit for signing in.
///
/// Rule: as the AWS CLI; a device code has its own end.
const LIMIT: Duration = Duration::from_mins(10);
/// A larger QR code does not fit into most terminals.
const MOST_QR_COLUMNS: usize = 76;

/// For a browser on another machine.
const PASTE: &str = "A browser on another machine will be sent to an address that it can't open. Paste\n\
    that address (http://127.0.0.1:…) here, and press Enter. It is not shown.\n";

/// A sign-in that a command asks for.
pub(in crate::cli) struct WantedSignIn<'w> {
    pub(in crate::cli) session: &'w SsoSession,
    pub(in crate::cli) settings: &'w AwsSettings,
    pub(in crate::cli) store: &'w dyn Store,
    pub(in crate::cli) flags: SignInFlags,
    pub(in crate::cli) aws_cache: bool,
}

/// Returns what the command line asks for.
pub(super) fn flags_of(args: args::SignIn) -> SignInFlags {
    let args::SignIn { device_code, browser, no_browser, redirect_port } = args;
    SignInFlags { device_code, browser, no_browser, redirect_port }
}

/// Signs in, and says on stderr what there is to do; then prints until when the sign-in lasts, and where
/// it is saved.
pub(in crate::cli) fn sign_in(
    context: &Context,
    wanted: &WantedSignIn<'_>,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let oidc = oidc_endpoint(wanted.session, wanted.settings);
    app::warn_about_plain_http(oidc.url.as_deref(), streams);
    let streams = RefCell::new(streams);
    let name = wanted.session.token_name();
    let notify = |notice: &SignInNotice<'_>| {
        let text = text_of(context, name, notice);
        streams.borrow_mut().note(&text);
    };
    let signed_in = SignIns::new(context, wanted.store).sign_in(&SignInRequest {
        session: wanted.session,
        oidc: &oidc,
        flags: wanted.flags,
        deadline: context.elapsed() + LIMIT,
        aws_cache: wanted.aws_cache,
        notify: &notify,
    })?;
    let streams = streams.into_inner();
    if let Some(why) = &signed_in.unsaved {
        streams.warn(&format!("the sign-in is not saved in a store: {why}"));
    }
    streams.print(&success(name, &signed_in, context.now()))
}

fn success(name: &str, signed_in: &SignedIn, now: DateTime<Utc>) -> String {
    let SignedIn { record, aws_cache, .. } = signed_in;
    let ends = record.ends.unwrap_or(now);
    let store = record.store.as_ref().map(|store| format!(", saved in {store}"));
    let renewed = if record.renewable_until.is_some() {
        "; renewed automatically until the IAM Identity Center session expires"
    } else {
        ""
    };
    let mut text = format!(
        "{}: signed in until {} ({}){}{renewed}\n",
        escape(name),
        time::local(ends, now),
        time::length(ends - now),
        store.unwrap_or_default(),
    );
    if let Some(path) = aws_cache {
        let path = path.display().to_string();
        text.push_str(&format!("the token is in plain text in {}\n", escape(&path)));
    }
    text
}

/// Addresses are alone on their lines, so that terminals recognize all of them.
fn text_of(context: &Context, name: &str, notice: &SignInNotice<'_>) -> String {
    let name = escape(name);
    match notice {
        SignInNotice::Waiting => {
            format!("waiting: another rolecall is signing in to '{name}'\n")
        }
        SignInNotice::NoBrowser(why) => {
            format!("The browser could not be opened: {}\n", escape(why))
        }
        SignInNotice::Address { address, is_opened: true, .. } => format!(
            "Opening a browser to sign in to '{name}'. If none appears, open this address:\n\n\
             {}\n\n",
            escape(address)
        ),
        SignInNotice::Address { address, is_opened: false, can_paste } => {
            let paste = if *can_paste { PASTE } else { "" };
            format!(
                "To sign in to '{name}', open this address in a browser on this machine:\n\n{}\n\n\
                 {paste}",
                escape(address)
            )
        }
        SignInNotice::NotTheAddress => {
            "This is not the address that the sign-in redirects to (http://127.0.0.1:…).\n"
                .to_owned()
        }
        SignInNotice::Code { reason, code, address, complete, is_opened } => {
            let reason = reason.map(|reason| format!("Using a code, because {reason}.\n"));
            let mut text = reason.unwrap_or_default();
            text.push_str(&format!(
                "To sign in to '{name}', open this address in any browser:\n\n{}\n\n\
                 and enter this code:\n\n{}\n\n",
                escape(address),
                escape(code)
            ));
            if let Some(complete) = complete {
                text.push_str(&format!(
                    "This address includes the code:\n\n{}\n\n",
                    escape(complete)
                ));
                text.push_str(&qr_code(context, complete).unwrap_or_default());
            }
            if *is_opened {
                text.push_str("A browser is being opened. ");
            }
            text.push_str("Check that the page shows the same code.\n");
            text
        }
    }
}

/// Returns `address` as a QR code for a phone's camera, if a person at a terminal can see it.
fn qr_code(context: &Context, address: &str) -> Option<String> {
    if !context.stderr_is_terminal() {
        return None;
    }
    let code = QrCode::with_error_correction_level(address, EcLevel::L).ok()?;
    let text = code
        .render::<unicode::Dense1x2>()
        .dark_color(unicode::Dense1x2::Light)
        .light_color(unicode::Dense1x2::Dark)
        .quiet_zone(true)
        .build();
    let columns = text.lines().next().map_or(0, |line| line.chars().count());
    (columns <= MOST_QR_COLUMNS).then(|| format!("{text}\n\n"))
}
