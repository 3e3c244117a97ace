//! `rolecall man`: man pages, generated from the description of the command line.

use std::{io::Write as _, path::Path};

use clap::Command;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use super::{
    args,
    description::command,
    examples::{Example, examples},
    topics,
};
use crate::{
    error::{Error, Kind, Result},
    output::Streams,
};

pub(super) fn run(args: args::Man, streams: &mut Streams<'_>) -> Result<()> {
    // A page for `help` would be pointless.
    let mut root = command().disable_help_subcommand(true);
    root.build();
    if let Some(folder) = args.dir {
        return write_all(&root, &folder);
    }
    let mut command = &root;
    for word in &args.verb {
        command = command.find_subcommand(word).ok_or_else(|| {
            Error::new(Kind::Usage, format!("there is no command '{}'", args.verb.join(" ")))
                .hint("'rolecall --help' lists the commands")
        })?;
    }
    streams.print_bytes(&page(command, &args.verb.join(" ")))
}

fn write_all(root: &Command, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| Error::io("create", folder, error))?;
    let mut pages = Vec::new();
    collect(root, "", &mut pages);
    for (name, page) in pages {
        let path = folder.join(name);
        write(&path, &page).map_err(|error| Error::io("write", &path, error))?;
    }
    Ok(())
}

/// Writes by renaming, because an existing page may be open.
fn write(path: &Path, page: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = readable(&mut tempfile::Builder::new()).tempfile_in(folder)?;
    file.write_all(page)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Man pages are readable by everyone.
fn readable<'b, 'n>(
    builder: &'b mut tempfile::Builder<'n, 'n>,
) -> &'b mut tempfile::Builder<'n, 'n> {
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder
}

fn collect(command: &Command, path: &str, pages: &mut Vec<(String, Vec<u8>)>) {
    let name = command.get_display_name().unwrap_or(command.get_name());
    pages.push((format!("{name}.1"), page(command, path)));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        collect(sub, format!("{path} {}", sub.get_name()).trim_start(), pages);
    }
}

fn page(command: &Command, path: &str) -> Vec<u8> {
    const TO_MEMORY: &str = "BUG: memory takes all";
    let command = command.clone().subcommand_help_heading("Commands");
    let has_verbs = command.has_subcommands();
    let source = concat!("rolecall ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).source(source).manual("AWS role sessions");
    let mut text = Vec::new();
    man.render_title(&mut text).expect(TO_MEMORY);
    man.render_name_section(&mut text).expect(TO_MEMORY);
    let mut synopsis = Roff::new();
    synopsis.control("SH", ["SYNOPSIS"]);
    // The crate's synopsis shows neither value names nor the `--` before a program.
    let usage = command.clone().render_usage().to_string();
    synopsis.text([roman(usage.trim_start_matches("Usage: "))]);
    synopsis.to_writer(&mut text).expect(TO_MEMORY);
    if command.get_long_about().is_some() {
        man.render_description_section(&mut text).expect(TO_MEMORY);
    }
    man.render_options_section(&mut text).expect(TO_MEMORY);
    if has_verbs {
        man.render_subcommands_section(&mut text).expect(TO_MEMORY);
    }
    let mut more = Roff::new();
    more.control("SH", ["EXAMPLES"]);
    for (i, Example { does, line }) in examples(path).iter().enumerate() {
        if i > 0 {
            more.control("PP", []);
        }
        more.text([roman(format!("{does}:"))]);
        more.control("RS", ["4"]).control("nf", []);
        for line in line.lines() {
            more.text([bold(line)]);
        }
        more.control("fi", []).control("RE", []);
    }
    more.control("SH", ["EXIT STATUS"]);
    for (code, means) in topics::EXIT_CODES {
        more.control("TP", ["6"]).text([bold(code)]).text([roman(means)]);
    }
    more.control("SH", ["FILES"]);
    more.text([roman("~/.aws/config and ~/.aws/credentials, or the files in AWS_CONFIG_FILE and")]);
    more.text([roman("AWS_SHARED_CREDENTIALS_FILE.")]);
    more.to_writer(&mut text).expect(TO_MEMORY);
    in_ascii(&String::from_utf8_lossy(&text)).into_bytes()
}

/// Escapes non-ASCII characters, since groff's input encoding depends on the locale.
///
/// Rule: groff_char(7), `\[uXXXX]`.
fn in_ascii(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    for c in page.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            text.push_str(&format!("\\[u{:04X}]", u32::from(c)));
        }
    }
    text
}
