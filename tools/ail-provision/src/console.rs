//! The host keys that an instance printed on its console, which only AWS can show.

use aws_sdk_ec2::Client;
use lib_common::aws::During;
use lib_common::{Error, Exit, Result};

use crate::host_key::{self, HostKey};

/// The host keys on the console of an instance, as far as it is written.
pub async fn host_keys(ec2: &Client, id: &str) -> Result<Vec<HostKey>> {
    let text = match output(ec2, id, true).await {
        // Only instances on Nitro show the console as it is now; the others show it as it
        // was some minutes ago (GetConsoleOutput, Latest).
        Err(error) if error.code() == Some("UnsupportedOperation") => {
            output(ec2, id, false).await?
        }
        text => text?,
    };
    Ok(host_key::on_console(&text))
}

async fn output(ec2: &Client, id: &str, latest: bool) -> Result<String> {
    let answer = ec2
        .get_console_output()
        .instance_id(id)
        .latest(latest)
        .send()
        .await
        .during("GetConsoleOutput")?;
    let Some(encoded) = answer.output() else {
        return Ok(String::new());
    };
    let bytes = aws_smithy_types::base64::decode(encoded).map_err(|error| {
        Error::new(Exit::Refused, format!("the console output of {id} is not Base64"))
            .caused_by(&error)
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The state of an instance from which no SSH server answers any more, if it is in one.
pub async fn lifeless(ec2: &Client, id: &str) -> Result<Option<String>> {
    let answer =
        ec2.describe_instances().instance_ids(id).send().await.during("DescribeInstances")?;
    let state = answer
        .reservations()
        .iter()
        .flat_map(|reservation| reservation.instances())
        .find_map(|instance| instance.state()?.name())
        .map(|name| name.as_str().to_owned());
    let alive = |name: &str| matches!(name, "pending" | "running");
    Ok(state.filter(|name| !alive(name)))
}
