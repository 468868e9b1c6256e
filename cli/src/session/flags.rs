//! The flags of the settings, which every command has.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::session::settings::{NO_CACHE_VARIABLE, PASSWORD_VARIABLE, Setting};

/// The settings given as flags.
#[derive(Clone, Default)]
pub struct Flags {
    values: BTreeMap<Setting, String>,
    pub password_stdin: bool,
    pub no_cache: bool,
}

const HEADING: &str = "Server";
pub const PASSWORD_STDIN: &str = "password-stdin";
const NO_CACHE: &str = "no-cache";

impl Flags {
    /// Only the profile is given.
    pub fn of_profile(name: &str) -> Self {
        Self { values: BTreeMap::from([(Setting::Profile, name.into())]), ..Self::default() }
    }

    pub fn get(&self, setting: Setting) -> Option<&String> {
        self.values.get(&setting)
    }

    /// How to run this program again for the same server and account.
    pub fn program(&self) -> String {
        let mut program = "nebula-explorer".to_string();
        for (setting, value) in self.values.iter().filter(|(setting, _)| !setting.is_secret()) {
            // Quoting fails for NUL bytes only, which no argument can contain.
            let quoted = shlex::try_quote(value).unwrap_or_default();
            program += &format!(" {} {quoted}", setting.flag());
        }
        if self.password_stdin {
            program += &format!(" --{PASSWORD_STDIN}");
        }
        if self.no_cache {
            program += &format!(" --{NO_CACHE}");
        }
        program
    }
}

impl Args for Flags {
    fn augment_args(mut command: Command) -> Command {
        for setting in Setting::all() {
            let mut flag = Arg::new(setting.long())
                .long(setting.long())
                .help(format!("{} [env: {}]", setting.help(), setting.variable()))
                .help_heading(HEADING)
                .value_name(setting.placeholder())
                .value_hint(setting.hint())
                .global(true);
            if setting.is_secret() {
                flag = flag.action(ArgAction::Append);
            }
            if !setting.allowed().is_empty() {
                flag = flag.value_parser(setting.allowed().to_vec());
            }
            command = command.arg(flag);
        }
        let password = Arg::new(PASSWORD_STDIN)
            .long(PASSWORD_STDIN)
            .help(format!("Read the password from standard input [env: {PASSWORD_VARIABLE}]"))
            .help_heading(HEADING)
            .action(ArgAction::SetTrue)
            .global(true);
        let no_cache = Arg::new(NO_CACHE)
            .long(NO_CACHE)
            .help(format!(
                "Without a profile, sign in for this command only instead of keeping the token [env: {NO_CACHE_VARIABLE}]"
            ))
            .help_heading(HEADING)
            .action(ArgAction::SetTrue)
            .global(true);
        command.arg(password).arg(no_cache)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for setting in Setting::all() {
            // A command may have an argument of another type under the same name, such as the emulator's --graph.
            if let Ok(Some(values)) = matches.try_get_many::<String>(setting.long()) {
                self.values.insert(setting, values.cloned().collect::<Vec<_>>().join("\n"));
            }
        }
        self.password_stdin = matches.get_flag(PASSWORD_STDIN);
        self.no_cache = matches.get_flag(NO_CACHE);
        Ok(())
    }
}
