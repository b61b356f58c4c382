//! What a user comes in with: keys, a password, devices, certificates.

use aws_sdk_iam::Client;
use lib_common::Result;
use lib_common::aws::{During, OrGone};

/// In the serial number of a virtual device, which is its ARN (IAM API Reference, "MFADevice").
const VIRTUAL: &str = ":mfa/";

/// Deletes all of it: a user that has any is not deleted (IAM API Reference, "DeleteUser"). The
/// access keys go first, for they are what is most used.
pub async fn delete(iam: &Client, user: &str) -> Result<()> {
    let keys = iam.list_access_keys().user_name(user).into_paginator().items().send();
    let keys: Result<Vec<_>, _> = keys.collect().await;
    for key in keys.during("ListAccessKeys").or_gone()? {
        let request = iam.delete_access_key().user_name(user);
        let request = request.set_access_key_id(key.access_key_id);
        request.send().await.during("DeleteAccessKey").map(drop).or_gone()?;
    }
    let request = iam.delete_login_profile().user_name(user);
    request.send().await.during("DeleteLoginProfile").map(drop).or_gone()?;
    of_services(iam, user).await?;
    devices(iam, user).await
}

/// What opens single services: Git repositories, tables of Keyspaces, interfaces of SOAP.
async fn of_services(iam: &Client, user: &str) -> Result<()> {
    // There are two of a service at most (IAM API Reference, "CreateServiceSpecificCredential"),
    // so they come in one answer.
    let answer = iam.list_service_specific_credentials().user_name(user).send().await;
    let answer = answer.during("ListServiceSpecificCredentials");
    let own = answer.map(|answer| answer.service_specific_credentials).or_gone()?;
    for one in own.unwrap_or_default() {
        let request = iam.delete_service_specific_credential().user_name(user);
        let request = request.service_specific_credential_id(one.service_specific_credential_id);
        request.send().await.during("DeleteServiceSpecificCredential").map(drop).or_gone()?;
    }
    let keys = iam.list_ssh_public_keys().user_name(user).into_paginator().items().send();
    let keys: Result<Vec<_>, _> = keys.collect().await;
    for key in keys.during("ListSSHPublicKeys").or_gone()? {
        let request = iam.delete_ssh_public_key().user_name(user);
        let request = request.ssh_public_key_id(key.ssh_public_key_id);
        request.send().await.during("DeleteSSHPublicKey").map(drop).or_gone()?;
    }
    let own = iam.list_signing_certificates().user_name(user).into_paginator().items().send();
    let own: Result<Vec<_>, _> = own.collect().await;
    for certificate in own.during("ListSigningCertificates").or_gone()? {
        let request = iam.delete_signing_certificate().user_name(user);
        let request = request.certificate_id(certificate.certificate_id);
        request.send().await.during("DeleteSigningCertificate").map(drop).or_gone()?;
    }
    Ok(())
}

/// A virtual device stays in the account when it is taken from its user.
async fn devices(iam: &Client, user: &str) -> Result<()> {
    let devices = iam.list_mfa_devices().user_name(user).into_paginator().items().send();
    let devices: Result<Vec<_>, _> = devices.collect().await;
    for device in devices.during("ListMFADevices").or_gone()? {
        let serial = &device.serial_number;
        let request = iam.deactivate_mfa_device().user_name(user).serial_number(serial);
        request.send().await.during("DeactivateMFADevice").map(drop).or_gone()?;
        if serial.contains(VIRTUAL) {
            let request = iam.delete_virtual_mfa_device().serial_number(serial);
            request.send().await.during("DeleteVirtualMFADevice").map(drop).or_gone()?;
        }
    }
    Ok(())
}
