//! What a version of the launch template starts, as a fact and as a call has it.

use aws_sdk_autoscaling::types::LaunchConfiguration;
use aws_sdk_ec2::types::{
    LaunchTemplateBlockDeviceMappingRequest, LaunchTemplateEbsBlockDeviceRequest,
    LaunchTemplateHttpTokensState, LaunchTemplateIamInstanceProfileSpecificationRequest,
    LaunchTemplateInstanceMetadataEndpointState, LaunchTemplateInstanceMetadataOptionsRequest,
    RequestLaunchTemplateData, ResponseLaunchTemplateData,
};
use lib_common::reconcile::Known;
use serde_json::{Value, json};

use super::{IMAGE, SECURITY};
use crate::world::World;

/// What it shall start.
pub fn wish(world: &World, known: &Known) -> Value {
    let root = json!({
        "device": known.fact(IMAGE, "root_device"),
        "encrypted": true,
        "delete": true,
    });
    json!({
        "image": known.id(IMAGE),
        "type": world.wish.instance_type,
        "profile": world.names.profile,
        "groups": [known.id(SECURITY)],
        "key": world.network.key_pair.name,
        "metadata": {
            "endpoint": "enabled",
            "tokens": if world.wish.classic { "optional" } else { "required" },
            "hops": 1,
        },
        "volumes": if world.wish.classic { json!([]) } else { json!([root]) },
        "user_data": null,
        "interfaces": 0,
        "others": [],
    })
}

/// What it starts.
pub fn of(data: Option<&ResponseLaunchTemplateData>) -> Value {
    let Some(data) = data else {
        return Value::Null;
    };
    let profile = data.iam_instance_profile();
    let metadata = data.metadata_options();
    let volume = |mapping: &aws_sdk_ec2::types::LaunchTemplateBlockDeviceMapping| {
        json!({
            "device": mapping.device_name(),
            "encrypted": mapping.ebs().and_then(|ebs| ebs.encrypted()),
            "delete": mapping.ebs().and_then(|ebs| ebs.delete_on_termination()),
        })
    };
    let mut groups = data.security_group_ids().to_vec();
    groups.sort();
    json!({
        "image": data.image_id(),
        "type": data.instance_type().map(|kind| kind.as_str()),
        "profile": profile.and_then(|profile| profile.name().or(profile.arn())),
        "groups": groups,
        "key": data.key_name(),
        "metadata": {
            "endpoint": metadata.and_then(|it| it.http_endpoint()).map(|state| state.as_str()),
            "tokens": metadata.and_then(|it| it.http_tokens()).map(|state| state.as_str()),
            "hops": metadata.and_then(|it| it.http_put_response_hop_limit()),
        },
        "volumes": data.block_device_mappings().iter().map(volume).collect::<Vec<_>>(),
        "user_data": data.user_data().filter(|text| !text.is_empty()),
        "interfaces": data.network_interfaces().len(),
        "others": others(data),
    })
}

/// What else it says, none of which is planned: by another tenancy, market or behaviour at
/// shutdown a worker does not start, or does not stay.
fn others(data: &ResponseLaunchTemplateData) -> Vec<&'static str> {
    let market = data.instance_market_options().is_some();
    let shutdown = data.instance_initiated_shutdown_behavior().is_some();
    let reservation = data.capacity_reservation_specification().is_some();
    [
        ("capacity_reservation", reservation),
        ("cpu_options", data.cpu_options().is_some()),
        ("credit_specification", data.credit_specification().is_some()),
        ("disable_api_stop", data.disable_api_stop() == Some(true)),
        ("disable_api_termination", data.disable_api_termination() == Some(true)),
        ("enclave_options", data.enclave_options().is_some()),
        ("hibernation_options", data.hibernation_options().is_some()),
        ("instance_market_options", market),
        ("instance_requirements", data.instance_requirements().is_some()),
        ("kernel", data.kernel_id().is_some()),
        ("license_specifications", !data.license_specifications().is_empty()),
        ("placement", data.placement().is_some()),
        ("ram_disk", data.ram_disk_id().is_some()),
        ("security_groups", !data.security_groups().is_empty()),
        ("shutdown_behavior", shutdown),
        ("tags", !data.tag_specifications().is_empty()),
    ]
    .into_iter()
    .filter_map(|(name, is_set)| is_set.then_some(name))
    .collect()
}

/// What a launch configuration starts.
pub fn of_configuration(one: &LaunchConfiguration) -> Value {
    let metadata = one.metadata_options();
    let volume = |mapping: &aws_sdk_autoscaling::types::BlockDeviceMapping| {
        json!({
            "device": mapping.device_name(),
            "encrypted": mapping.ebs().and_then(|ebs| ebs.encrypted()),
            "delete": mapping.ebs().and_then(|ebs| ebs.delete_on_termination()),
        })
    };
    let mut groups = one.security_groups().to_vec();
    groups.sort();
    json!({
        "image": one.image_id(),
        "type": one.instance_type(),
        "profile": one.iam_instance_profile(),
        "groups": groups,
        "key": one.key_name().filter(|name| !name.is_empty()),
        "metadata": {
            "endpoint": metadata.and_then(|it| it.http_endpoint()).map(|state| state.as_str()),
            "tokens": metadata.and_then(|it| it.http_tokens()).map(|state| state.as_str()),
            "hops": metadata.and_then(|it| it.http_put_response_hop_limit()),
        },
        "volumes": one.block_device_mappings().iter().map(volume).collect::<Vec<_>>(),
        "user_data": one.user_data().filter(|text| !text.is_empty()),
        "interfaces": 0,
        "others": others_of_configuration(one),
    })
}

fn others_of_configuration(one: &LaunchConfiguration) -> Vec<&'static str> {
    let named = |name: Option<&str>| name.is_some_and(|name| !name.is_empty());
    [
        ("kernel", named(one.kernel_id())),
        ("placement", named(one.placement_tenancy())),
        ("public_address", one.associate_public_ip_address() == Some(true)),
        ("ram_disk", named(one.ramdisk_id())),
        ("spot_price", named(one.spot_price())),
    ]
    .into_iter()
    .filter_map(|(name, is_set)| is_set.then_some(name))
    .collect()
}

/// The wish as a call has it.
pub fn request(world: &World, known: &Known) -> RequestLaunchTemplateData {
    let profile = LaunchTemplateIamInstanceProfileSpecificationRequest::builder()
        .name(&world.names.profile)
        .build();
    let metadata = LaunchTemplateInstanceMetadataOptionsRequest::builder()
        .http_endpoint(LaunchTemplateInstanceMetadataEndpointState::Enabled)
        .http_tokens(LaunchTemplateHttpTokensState::Required)
        .http_put_response_hop_limit(1)
        .build();
    let ebs = LaunchTemplateEbsBlockDeviceRequest::builder()
        .encrypted(true)
        .delete_on_termination(true)
        .build();
    let root = LaunchTemplateBlockDeviceMappingRequest::builder()
        .set_device_name(known.text(IMAGE, "root_device"))
        .ebs(ebs)
        .build();
    RequestLaunchTemplateData::builder()
        .image_id(known.id(IMAGE))
        .instance_type(world.wish.instance_type.as_str().into())
        .iam_instance_profile(profile)
        .security_group_ids(known.id(SECURITY))
        .key_name(&world.network.key_pair.name)
        .metadata_options(metadata)
        .block_device_mappings(root)
        .build()
}
