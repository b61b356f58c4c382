//! `gd-attack run`: the attacks themselves.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use lib_common::lines::{self, List};
use lib_common::team::Team;
use lib_common::{Context, Ending, Error, Exit, Outcome, Result};
use rand::RngExt;

use crate::attack::{Attack, Difficulty};
use crate::choice;
use crate::envelope::Envelope;
use crate::guard;
use crate::line::{Done, Sealed};
use crate::world::World;

/// How many attacks a random run makes.
const COUNT: usize = 5;

/// What to do, and to whom.
#[derive(Args)]
pub struct Options {
    /// Attacks to make, in this order
    #[arg(value_name = "ATTACK", required_unless_present = "random", conflicts_with = "random")]
    names: Vec<String>,

    /// Team whose GameDay is attacked; it must be the record's
    #[arg(long, value_name = "NAME")]
    team: Team,

    /// Choose the attacks at random, and tell of them in an envelope alone
    #[arg(long)]
    random: bool,

    /// What the choice follows from [default: one that nobody knows]
    #[arg(long, value_name = "N", requires = "random")]
    seed: Option<u64>,

    /// How many are chosen [default: 5]
    #[arg(long, value_name = "N", requires = "random")]
    count: Option<usize>,

    /// Choose only attacks of this difficulty
    #[arg(long, value_name = "DIFFICULTY", requires = "random")]
    difficulty: Option<Difficulty>,

    /// File to tell in what was done, which stdout then does not [default with --random:
    /// gd-attack-RUN.json]
    #[arg(long, value_name = "FILE")]
    envelope: Option<PathBuf>,
}

impl Options {
    /// The attacks, and the seed that chose them.
    fn choose(&self) -> Result<(Vec<Attack>, Option<u64>)> {
        if !self.random {
            return Ok((choice::named(&self.names)?, None));
        }
        let seed = self.seed.unwrap_or_else(|| rand::rng().random());
        let chosen = choice::random(seed, self.count.unwrap_or(COUNT), self.difficulty)?;
        Ok((chosen, Some(seed)))
    }

    fn envelope(&self, context: &Context) -> Option<PathBuf> {
        let own = || PathBuf::from(format!("gd-attack-{}.json", context.run()));
        self.envelope.clone().or_else(|| self.random.then(own))
    }
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let (attacks, seed) = options.choose()?;
    let mut record = context.record()?;
    let world = World::new(context, &mut record, &options.team).await?;
    if context.options().dry_run {
        return foretell(&world, &attacks).await;
    }
    // Not `confirm`: a question that is answered in passing is not enough for this.
    if !context.options().yes {
        return Err(Error::new(
            Exit::Confirm,
            format!("this would attack the GameDay of the team {}", options.team),
        )
        .next("look at it with --dry-run, then give --yes"));
    }
    // All first, so that nothing is done where one of them is refused.
    for attack in &attacks {
        guard::hand(&world, attack).await?;
    }
    let mut envelope = match options.envelope(context) {
        Some(path) => Some(Envelope::new(path, &options.team, seed)?),
        None => None,
    };
    let ending = context.drains();
    let (done, failed) = make(context, &world, &attacks, &mut envelope, &ending).await;
    tell(context, done, envelope.as_ref())?;
    match failed {
        Some(error) => Err(error),
        None if ending.is_told() => Ok(Outcome::printed().with_code(Exit::Interrupted.code())),
        None => Ok(Outcome::printed()),
    }
}

/// Prints what would be done.
async fn foretell(world: &Arc<World>, attacks: &[Attack]) -> Result<Outcome> {
    let mut said = String::new();
    for attack in attacks {
        let id = guard::hand(world, attack).await?.id;
        said.push_str(&format!("would do {}: {} ({id})\n", attack.name, attack.does));
    }
    lines::print(&said)?;
    Ok(Outcome::printed())
}

/// Makes the attacks, one after another, until one fails or the run is told to end.
async fn make(
    context: &Context,
    world: &Arc<World>,
    attacks: &[Attack],
    envelope: &mut Option<Envelope>,
    ending: &Ending,
) -> (Vec<Done>, Option<Error>) {
    let mut done = Vec::new();
    for attack in attacks {
        if ending.is_told() {
            break;
        }
        match one(context, world, attack, envelope).await {
            Ok(touched) => done.push(Done { attack: attack.name, does: attack.does, touched }),
            Err(error) => {
                let error = match done.len() {
                    0 => error,
                    n => error.done(format!("{n} attacks are made")),
                };
                return (done, Some(error));
            }
        }
    }
    (done, None)
}

async fn one(
    context: &Context,
    world: &Arc<World>,
    attack: &Attack,
    envelope: &mut Option<Envelope>,
) -> Result<Vec<String>> {
    // Read again: the attack before may have been on the same target.
    let hand = guard::hand(world, attack).await?;
    if let Some(envelope) = envelope {
        envelope.begin(attack, hand.touched())?;
    }
    let deed = context.undo().finish((attack.deed)(hand.clone())).await;
    if let Some(envelope) = envelope {
        envelope.end(hand.touched())?;
    }
    deed.map_err(|error| {
        let (target, region) = (attack.target.resource(), &world.region);
        error.context(format!("cannot do {} to {target} ({region})", attack.name))
    })?;
    Ok(hand.touched())
}

fn tell(context: &Context, done: Vec<Done>, envelope: Option<&Envelope>) -> Result<()> {
    let Some(envelope) = envelope else {
        let mut list = List::new(context.format());
        for one in done {
            list.push(one)?;
        }
        return list.finish();
    };
    let mut list = List::new(context.format());
    list.push(Sealed {
        envelope: envelope.path().to_owned(),
        sha256: envelope.seal(),
        attacks: done.len(),
    })?;
    list.finish()
}
