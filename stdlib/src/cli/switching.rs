//! The command line's words on the GIL: `--era`, `--gil`, `--switch-points`, `--gil-stats`, `-X gil`, `TOY_GIL`, `TOY_ERA`.
//!
//! In: words and the environment. Out: the policy, the placement, and whether the ledger is shown at the end. The one invariant: an
//! era sets both knobs, what is more special overrides it, and the command line overrides the environment.

use super::options::{Options, Refusal};
use super::usage;
use crate::gil::{self, Form};
use interpreter::sync::points::{self, Era, Placement};
use interpreter::sync::policy;
use std::ffi::OsString;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Switching {
    era: Option<String>,
    gil: Option<String>,
    switch_points: Option<String>,
    stats: Option<Form>,
}

impl Switching {
    /// Takes one long option, without its dashes; false if it is none of ours.
    pub fn option(&mut self, word: &str, words: &mut impl Iterator<Item = OsString>) -> Result<bool, Refusal> {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        let place = match name {
            "gil-stats" => {
                self.stats = Some(form(value.as_deref())?);
                return Ok(true);
            }
            "era" => &mut self.era,
            "gil" => &mut self.gil,
            "switch-points" => &mut self.switch_points,
            _ => return Ok(false),
        };
        let value = value.or_else(|| words.next().map(|word| word.to_string_lossy().into_owned()));
        let Some(value) = value else {
            return Err(usage::mistake(&format!("Argument expected for the --{name} option")));
        };
        *place = Some(value);
        Ok(true)
    }

    /// Puts it in force, before there is any thread.
    pub fn apply(&self, options: &Options) -> Result<(), Refusal> {
        let environment = |name: &str| {
            let value = if options.ignore_environment { None } else { std::env::var(name).ok() };
            value.filter(|value| !value.is_empty())
        };
        let named = environment("TOY_GIL");
        let switch = options.xoptions.iter().rev().find_map(|option| option.strip_prefix("gil="));
        let by_environment = named.as_deref().filter(|word| ["0", "1"].contains(word));
        check_switch(switch.or(by_environment))?;
        let wants_policy = self.gil.is_some() || self.era.is_some() || self.switch_points.is_some();
        let switch = switch.or(by_environment.filter(|_| !wants_policy));
        let era = self.era.clone().or_else(|| environment("TOY_ERA").filter(|_| self.gil.is_none()));
        let chosen = self.gil.clone().or_else(|| named.clone().filter(|word| !["0", "1"].contains(&word.as_str())));
        // The environment's policy gives way to the command line's era.
        let chosen = if self.era.is_some() { self.gil.clone() } else { chosen };
        put_in_force(era.as_deref(), chosen.as_deref(), self.switch_points.as_deref())
            .map_err(|message| usage::mistake(&message))?;
        match switch {
            Some(switch) => interpreter::sync::set_free(switch == "0"),
            // Whoever asks for a policy wants the GIL.
            None if wants_policy || era.is_some() || chosen.is_some() => interpreter::sync::set_free(false),
            None => (),
        }
        if let Some(form) = self.stats {
            gil::show_at_exit(form);
        }
        Ok(())
    }
}

fn form(value: Option<&str>) -> Result<Form, Refusal> {
    match value {
        None | Some("table") => Ok(Form::Table),
        Some("json") => Ok(Form::Json),
        Some(other) => Err(usage::mistake(&format!("no form '{other}' of --gil-stats; there are table and json"))),
    }
}

/// `-X gil=0` and `TOY_GIL=0` want a build that can do without.
fn check_switch(switch: Option<&str>) -> Result<(), Refusal> {
    let refused = |why: &str| Err(Refusal::Fatal(format!("Fatal Python error: config_read_gil: {why}\n")));
    match switch {
        Some("0") if !interpreter::sync::CAN_BE_FREE => refused("Disabling the GIL is not supported by this build"),
        None | Some("0" | "1") => Ok(()),
        Some(_) => refused("PYTHON_GIL / -X gil must be \"0\" or \"1\""),
    }
}

fn put_in_force(era: Option<&str>, gil: Option<&str>, switch_points: Option<&str>) -> Result<(), String> {
    let era = era.map(Era::parse).transpose()?;
    let policy = match (gil, era) {
        (Some(text), _) => Some(policy::parse(text)?),
        (None, Some(era)) => Some(era.policy()?),
        (None, None) => None,
    };
    let placement = match (switch_points, era) {
        (Some(text), _) => Placement::parse(text)?,
        (None, Some(era)) => era.placement,
        (None, None) => points::placement(),
    };
    points::set_placement(placement, era.is_none_or(|era| era.spares_try));
    if let Some(policy) = policy {
        points::put_in_force(policy);
    }
    Ok(())
}
