//! The temporary home directory, and the programs that run in it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::Result;

/// A home directory that is deleted at the end.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    rolecall: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Home {
    /// Creates it. Programs in it run this `rolecall`, and send calls to STS to `endpoint`.
    pub(crate) fn new(rolecall: PathBuf, endpoint: String) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("rolecall-tour-").tempdir()?;
        fs::create_dir(folder.path().join(".aws"))?;
        let environment = BTreeMap::from([
            ("AWS_ENDPOINT_URL_STS".to_owned(), endpoint),
            ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()),
            ("AWS_PAGER".to_owned(), String::new()),
            ("COLUMNS".to_owned(), "96".to_owned()),
        ]);
        Ok(Self { folder, rolecall, environment })
    }

    /// Sets an environment variable for all programs from now on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Creates a folder that only the user can access, and returns its path.
    pub(crate) fn private_folder(&self, name: &str) -> Result<PathBuf> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let path = self.path().join(name);
        builder.create(&path)?;
        Ok(path)
    }

    pub(crate) fn read(&self, name: &str) -> Result<String> {
        Ok(fs::read_to_string(self.path().join(name))?)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> Result<()> {
        Ok(fs::write(self.path().join(name), text)?)
    }

    /// Returns a call of rolecall with these arguments.
    pub(crate) fn rolecall(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&self.rolecall);
        command.args(arguments);
        command
    }

    /// Returns a call of `program` in this home directory, without the user's own AWS settings.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let proxies = ["http_proxy", "https_proxy", "all_proxy"];
            let starts = ["AWS_", "ROLECALL_", "XDG_STATE", "XDG_DATA", "XDG_CACHE", "XDG_CONFIG"];
            if starts.iter().any(|start| text.starts_with(start))
                || proxies.contains(&text.to_lowercase().as_str())
            {
                command.env_remove(&name);
            }
        }
        command.env("HOME", self.path()).envs(&self.environment).stdin(Stdio::null());
        command
    }
}
