//! What needs no database: completions, man page, sample file.

use std::io::{self, Write};

use clap::{Args as ClapArgs, Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use serde_json::json;

use super::{Exit, Failure, args::Args, output::Out};

/// For which shell.
#[derive(ClapArgs)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn completions(&self, out: Out) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Args::command(), "seatbook", &mut script);
        print(out, "completions", &script)
    }
}

/// One page: the command, and after it every subcommand.
pub(super) fn man(out: Out) -> Result<Exit, Failure> {
    let mut command = Args::command();
    command.build();
    let mut page = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    subcommands(&command, &mut page)?;
    man.render_extra_section(&mut page)?;
    print(out, "man", &page)
}

fn subcommands(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        if sub.has_subcommands() {
            subcommands(sub, page)?;
            continue;
        }
        let name = sub.get_bin_name().unwrap_or(sub.get_name());
        // What goes with every command stands on the page once.
        let own = sub.clone().mut_args(|arg| {
            let everywhere = ["database", "json", "help", "version"].contains(&arg.get_id().as_str());
            arg.hide(everywhere)
        });
        let (mut section, has_options) = (Vec::new(), own.get_arguments().any(|arg| !arg.is_hide_set()));
        let man = Man::new(own);
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        if has_options {
            man.render_options_section(&mut section)?;
        }
        let section = String::from_utf8_lossy(&section).replace(".SH ", ".SS ");
        // The definition of the apostrophe comes with each part; the page's title has it already.
        let lines = section.lines().filter(|line| !line.starts_with(".ie ") && !line.starts_with(".el "));
        let section: String = lines.flat_map(|line| [line, "\n"]).collect();
        write!(page, ".SH {}\n{section}", name.to_uppercase())?;
    }
    Ok(())
}

pub(super) fn sample_csv(out: Out) -> Result<Exit, Failure> {
    print(out, "sample_csv", crate::app::SAMPLE_CSV.as_bytes())
}

fn print(out: Out, name: &str, text: &[u8]) -> Result<Exit, Failure> {
    if out.json {
        out.data(json!({ name: String::from_utf8_lossy(text) }).to_string().as_bytes())?;
    } else {
        out.data(text)?;
    }
    Ok(Exit::Done)
}
