//! Where this program is, and where others are found.

use std::{
    ffi::OsStr,
    path::{Component, Path, PathBuf},
};

use super::{Context, parent_name};

/// The result of looking for a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// It can be run.
    There,
    /// There is something of that name, but it is not executable.
    NotExecutable,
    /// There is nothing of that name.
    Missing,
}

impl Context {
    /// Returns the absolute path by which this program can be called from now on.
    ///
    /// The system's answer has symlinks resolved, so it may be in the folder of one version that
    /// the next update removes. So prefer the path in `PATH` that leads to the same file, then the
    /// one that the program was called by.
    pub(crate) fn executable(&self) -> Option<PathBuf> {
        let own = self.executable.as_deref()?;
        let Ok(file) = own.canonicalize() else { return Some(own.to_owned()) };
        let is_same = |path: &PathBuf| path.canonicalize().is_ok_and(|other| other == file);
        let name = format!("rolecall{}", std::env::consts::EXE_SUFFIX);
        if let Some(path) = self.programs(&name).find(is_same) {
            return Some(path);
        }
        // A bare name was looked up in PATH, or made up by the caller.
        let called = self.called_as.as_deref().filter(|path| path.components().count() > 1);
        let climbs = |path: &PathBuf| path.components().any(|part| part == Component::ParentDir);
        let called = called.and_then(|path| std::path::absolute(path).ok());
        let called = called.filter(|path| !climbs(path) && is_same(path));
        Some(called.unwrap_or_else(|| own.to_owned()))
    }

    /// Returns the path of `name` in the folder of this program's own file (not of a symlink to
    /// it), whether that exists or not.
    pub(crate) fn beside(&self, name: &str) -> Option<PathBuf> {
        let own = self.executable.as_deref()?;
        let file = own.canonicalize().unwrap_or_else(|_| own.to_owned());
        Some(file.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
    }

    /// Returns the path in `PATH` that leads to the same file as `program`, or else `program`: see
    /// [`Self::executable`].
    pub(crate) fn lasting_path(&self, program: PathBuf) -> PathBuf {
        let Ok(file) = program.canonicalize() else { return program };
        let is_same = |path: &PathBuf| path.canonicalize().is_ok_and(|other| other == file);
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.programs(&name).find(is_same).unwrap_or(program)
    }

    /// Finds the program `name` in the folders of `PATH`. Relative folders are skipped, so that the
    /// result does not depend on the current directory.
    pub(crate) fn find_program(&self, name: &str) -> Option<PathBuf> {
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.programs(&name).next()
    }

    fn programs(&self, file_name: &str) -> impl Iterator<Item = PathBuf> {
        let folders = std::env::split_paths(self.var_os("PATH").unwrap_or_default());
        let folders: Vec<PathBuf> = folders.filter(|folder| folder.is_absolute()).collect();
        folders
            .into_iter()
            .map(move |folder| folder.join(file_name))
            .filter(|path| is_program(path))
    }

    /// Returns the name of the program that started this one, without its folder; `None` if the system
    /// does not tell.
    pub(crate) fn parent_program(&self) -> Option<String> {
        if self.made_up_folders.is_some() {
            return None;
        }
        let name = parent_name()?;
        // A login shell has a hyphen before its name, and ps prints some programs' whole path.
        let name = name.trim().rsplit('/').next()?.trim_start_matches('-').to_owned();
        Some(name).filter(|name| !name.is_empty())
    }

    /// Finds what a shell would run for `name`: a path if it contains a slash, else a program in
    /// `PATH`.
    pub(crate) fn look_for_program(&self, name: &OsStr) -> Program {
        let path = Path::new(name);
        let has_folder = path.parent().is_some_and(|folder| !folder.as_os_str().is_empty());
        let candidates: Vec<PathBuf> = match self.var_os("PATH") {
            // Windows adds extensions of its own.
            _ if cfg!(windows) => return Program::There,
            _ if has_folder => vec![path.to_owned()],
            Some(folders) => {
                std::env::split_paths(folders).map(|folder| folder.join(path)).collect()
            }
            // The system has a default list of its own.
            None => return Program::There,
        };
        if candidates.iter().any(|path| is_program(path)) {
            Program::There
        } else if candidates.iter().any(|path| path.exists()) {
            Program::NotExecutable
        } else {
            Program::Missing
        }
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use rustix::fs::{Access, access};
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn context(environment: &[(&str, &str)]) -> Context {
        Context::made_up(environment.iter().copied(), || DateTime::UNIX_EPOCH)
    }

    #[test]
    #[cfg(unix)]
    fn a_program_is_found_in_absolute_folders_only() {
        let path = |folders| context(&[("PATH", folders)]).find_program("sh");
        assert_eq!(path("/nowhere:/bin"), Some("/bin/sh".into()));
        assert_eq!(path("bin:.:../../../../../../../bin:"), None);
        assert_eq!(context(&[]).find_program("sh"), None);
    }

    #[test]
    #[cfg(unix)]
    fn the_programs_own_path_is_one_that_outlives_its_version() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        for folder in ["cellar/1.0", "bin", "other"] {
            std::fs::create_dir_all(path(folder)).unwrap();
        }
        for program in ["cellar/1.0/rolecall", "other/rolecall"] {
            std::fs::File::create(path(program)).unwrap();
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(path(program), mode).unwrap();
        }
        symlink(path("cellar/1.0/rolecall"), path("bin/rolecall")).unwrap();
        let folders = |names: &[&str]| {
            let paths: Vec<_> = names.iter().map(|name| path(name).display().to_string()).collect();
            paths.join(":")
        };
        let executable = |path_variable: &str, called_as: Option<PathBuf>| {
            let mut context = context(&[("PATH", path_variable)]);
            context.executable = Some(path("cellar/1.0/rolecall"));
            context.called_as = called_as;
            context.executable().unwrap()
        };
        // Another rolecall in front is not this one.
        assert_eq!(executable(&folders(&["other", "bin"]), None), path("bin/rolecall"));
        let called = |name: &str| executable("", Some(path(name)));
        assert_eq!(called("bin/rolecall"), path("bin/rolecall"));
        let own = path("cellar/1.0/rolecall");
        for name in ["other/rolecall", "nowhere/rolecall", "bin/../bin/rolecall"] {
            assert_eq!(called(name), own, "{name}");
        }
        assert_eq!(executable("", Some("rolecall".into())), own);
        assert_eq!(executable("", None), own);
    }
}
