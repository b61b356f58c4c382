//! Whether a launch configuration can be made in this account at all, told before an image is.
//!
//! Accounts made since October 2024 cannot make any, and no call says so but the one that makes
//! one (Auto Scaling User Guide, "Launch configurations"): so one is made of the public image and
//! deleted again. It starts nothing and costs nothing.

use std::sync::Arc;

use lib_common::Result;
use lib_common::aws::During;

use crate::classic;
use crate::world::World;

/// Makes one and deletes it.
pub async fn launch_configuration(world: &Arc<World>) -> Result<()> {
    let undo = world.context.undo();
    // With a space, which no team has in its name.
    let name = format!("{} probe", world.names.configuration);
    let ticket = undo.push(
        format!("delete the launch configuration {name}"),
        format!(
            "aws autoscaling delete-launch-configuration --launch-configuration-name '{name}' \
             --region {}",
            world.place()
        ),
        delete(world.clone(), name.clone()),
    );
    let (maker, called) = (world.clone(), name.clone());
    let made = async move {
        let request = maker.clients.autoscaling.create_launch_configuration();
        let request = request
            .launch_configuration_name(called)
            .image_id(&maker.recipe.source)
            .instance_type(&maker.wish.instance_type);
        request.send().await.during("CreateLaunchConfiguration").map(drop)
    };
    match undo.finish(made).await {
        Ok(()) => {}
        // One that a killed run left.
        Err(error) if error.code() == Some("AlreadyExists") => {}
        Err(error) => {
            let (own, place) = (&world.names.configuration, world.place());
            let what = format!("cannot create the launch configuration {own} ({place})");
            return Err(classic::advise(error.context(what), &world.wish));
        }
    }
    undo.finish(delete(world.clone(), name)).await?;
    undo.settle(ticket);
    Ok(())
}

async fn delete(world: Arc<World>, name: String) -> Result<()> {
    let request = world.clients.autoscaling.delete_launch_configuration();
    let request = request.launch_configuration_name(name);
    match request.send().await.during("DeleteLaunchConfiguration") {
        Err(error) if error.to_string().contains("not found") => Ok(()),
        answer => answer.map(drop),
    }
}
