//! How a person signs in: with a browser on this machine, or with a code on any device.

use std::path::Path;

use crate::{browser::Browser, context::Context, plan::SsoSession};

/// What the command line asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignInFlags {
    /// Sign in with a code.
    pub(crate) device_code: bool,
    /// Sign in with a browser, wherever that is.
    pub(crate) browser: bool,
    /// Print the address, and let the person open it.
    pub(crate) no_browser: bool,
    /// The local port that the browser is sent back to.
    pub(crate) redirect_port: Option<u16>,
}

/// How a person signs in.
pub(crate) enum SignInMethod {
    /// With a browser on this machine (authorization code with PKCE).
    Browser {
        /// The browser to open; `None`: the person opens the address.
        browser: Option<Browser>,
        /// The local port; 0: any.
        port: u16,
    },
    /// With a code on any device (device authorization grant).
    DeviceCode {
        /// The browser to open; `None`: the person opens the address.
        browser: Option<Browser>,
        /// Why it is not a browser, if nobody asked for the code.
        reason: Option<&'static str>,
    },
}

impl SignInMethod {
    /// Returns the way to sign in to `session` on this machine.
    pub(crate) fn choose(context: &Context, session: &SsoSession, flags: SignInFlags) -> Self {
        let place = Place::of(context);
        let browser = || match place {
            _ if flags.no_browser => None,
            Place::Elsewhere(_) => None,
            Place::Windows => Browser::of_windows(context).or_else(|| Browser::find(context)),
            Place::Here | Place::Container => Browser::find(context),
        };
        let port = flags.redirect_port.unwrap_or_default();
        let wants_browser = flags.browser || flags.redirect_port.is_some();
        if flags.device_code || session.use_device_code && !wants_browser {
            return Self::DeviceCode { browser: browser(), reason: None };
        }
        if wants_browser {
            return Self::Browser { browser: browser(), port };
        }
        let reason = match place {
            Place::Elsewhere(reason) => reason,
            Place::Windows => "this is the Windows Subsystem for Linux",
            Place::Here if flags.no_browser => return Self::Browser { browser: None, port },
            Place::Container if Browser::find(context).is_none() => "this is a container",
            Place::Here | Place::Container => match Browser::find(context) {
                Some(found) => {
                    let browser = Some(found).filter(|_| !flags.no_browser);
                    return Self::Browser { browser, port };
                }
                None => "no browser can be opened here",
            },
        };
        Self::DeviceCode { browser: browser(), reason: Some(reason) }
    }
}

/// Where this process runs, as seen from the person's browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Here,
    Container,
    /// In the Windows Subsystem for Linux.
    Windows,
    /// Where no browser of the person's can be, and why.
    Elsewhere(&'static str),
}

impl Place {
    fn of(context: &Context) -> Self {
        let is_set = |names: &[&'static str]| context.first_var(names).is_some();
        if is_set(&["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"]) {
            return Self::Elsewhere("this is an SSH session");
        }
        if is_set(&["CODESPACES", "CLOUD_SHELL"])
            || context.var("AWS_EXECUTION_ENV") == Some("CloudShell")
        {
            return Self::Elsewhere("this is a cloud shell");
        }
        if is_set(&["WSL_DISTRO_NAME", "WSL_INTEROP"]) {
            return Self::Windows;
        }
        let marks = ["/.dockerenv", "/run/.containerenv"];
        let is_container = is_set(&["KUBERNETES_SERVICE_HOST", "container"])
            || cfg!(unix) && marks.iter().any(|mark| Path::new(mark).exists());
        if is_container { Self::Container } else { Self::Here }
    }
}

#[cfg(all(test, unix))] // where `true` can stand for a browser
mod tests {
    use super::*;
    use crate::identity_center::token::tests::session;

    fn way(environment: &[(&str, &str)], flags: SignInFlags) -> &'static str {
        let found = [("PATH", "/bin:/usr/bin"), ("BROWSER", "true"), ("DISPLAY", ":0")];
        let environment = found.iter().chain(environment).copied();
        let context = Context::made_up(environment, || chrono::DateTime::UNIX_EPOCH);
        match SignInMethod::choose(&context, &session(Some("corp")), flags) {
            SignInMethod::Browser { browser: Some(_), .. } => "browser",
            SignInMethod::Browser { browser: None, .. } => "address",
            SignInMethod::DeviceCode { reason, .. } => reason.unwrap_or("code"),
        }
    }

    #[test]
    fn a_browser_is_used_where_one_can_come_back() {
        let none = SignInFlags::default();
        assert_eq!(way(&[], none), "browser");
        assert_eq!(way(&[], SignInFlags { no_browser: true, ..none }), "address");
        assert_eq!(way(&[], SignInFlags { device_code: true, ..none }), "code");
        let ssh = ("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22");
        assert_eq!(way(&[ssh], none), "this is an SSH session");
        assert_eq!(way(&[ssh], SignInFlags { redirect_port: Some(8123), ..none }), "address");
        assert_eq!(way(&[ssh], SignInFlags { browser: true, ..none }), "address");
        let wsl = ("WSL_DISTRO_NAME", "Debian");
        assert_eq!(way(&[wsl], SignInFlags { browser: true, ..none }), "browser");
        assert_eq!(way(&[wsl], none), "this is the Windows Subsystem for Linux");
    }
}
