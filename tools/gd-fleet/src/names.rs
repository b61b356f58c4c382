//! What the parts of a fleet are called.

use lib_common::team::Team;

/// The team whose resources bear the names of the GameDay's instructions, without a suffix.
const FIRST: &str = "gameday";

/// The names that services know the parts by.
#[derive(Clone, Debug)]
pub struct Names {
    pub role: String,
    pub profile: String,
    pub security_group: String,
    pub template: String,
    pub configuration: String,
    pub group: String,
    pub image: String,
    pub master: String,
}

impl Names {
    /// The names for a team. `recipe` is the hash of what goes into the image: of one name
    /// there is but one content.
    pub fn new(team: &Team, recipe: &str) -> Self {
        let own = |name: &str| match team.as_str() {
            FIRST => name.to_owned(),
            team => format!("{name}-{team}"),
        };
        Self {
            role: own("BatchProcessing"),
            profile: own("BatchProcessing"),
            security_group: own("Workers"),
            template: own("Workers"),
            configuration: own("Workers"),
            group: own("worker-group"),
            image: format!("Worker Image {team} {}", &recipe[..8]),
            master: own("Worker Master"),
        }
    }

    /// The name of something of the group, such as a policy.
    pub fn of_group(&self, part: &str) -> String {
        format!("{}-{part}", self.group)
    }
}
