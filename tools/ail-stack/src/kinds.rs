//! `ail-stack kinds`.

use lib_common::lines::List;
use lib_common::{Context, Outcome, Result};

use crate::kind::Kind;
use crate::line::KindLine;
use crate::machine;

pub fn run(context: &Context) -> Result<Outcome> {
    let mut list = List::new(context.format());
    for kind in Kind::ALL {
        let template = kind.template();
        list.push(KindLine {
            kind: kind.name().to_owned(),
            parameter: None,
            option: None,
            default: None,
            description: match kind.permanent_name() {
                Some(name) => format!("{} Permanent, named {name}.", template.description()),
                None => format!("{} Passes with its run.", template.description()),
            },
        })?;
        for (name, parameter) in template.parameters() {
            list.push(KindLine {
                kind: kind.name().to_owned(),
                parameter: Some(name.clone()),
                option: machine::option_of(name).map(str::to_owned),
                default: template.default_of(name),
                description: parameter.description.clone(),
            })?;
        }
    }
    list.finish()?;
    Ok(Outcome::printed())
}
