"""A user that holds something is not deleted (IAM API Reference, "DeleteUser")."""

from __future__ import annotations

from services import refused

GIT = "codecommit.amazonaws.com"


def key(iam, user):
    made = iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
    return lambda: iam.delete_access_key(UserName=user, AccessKeyId=made)


def password(iam, user):
    iam.create_login_profile(UserName=user, Password="Zx81-and-a-Spectrum")
    return lambda: iam.delete_login_profile(UserName=user)


def device(iam, user):
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]["SerialNumber"]
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    iam.enable_mfa_device(UserName=user, SerialNumber=made, **codes)
    return lambda: iam.deactivate_mfa_device(UserName=user, SerialNumber=made)


def ssh_key(iam, user):
    made = iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody="ssh-rsa AAAA")["SSHPublicKey"]["SSHPublicKeyId"]
    return lambda: iam.delete_ssh_public_key(UserName=user, SSHPublicKeyId=made)


def git(iam, user):
    made = iam.create_service_specific_credential(UserName=user, ServiceName=GIT)["ServiceSpecificCredential"]
    credential = {"UserName": user, "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    return lambda: iam.delete_service_specific_credential(**credential)


def group(iam, user):
    iam.create_group(GroupName="helpers")
    iam.add_user_to_group(GroupName="helpers", UserName=user)
    return lambda: iam.remove_user_from_group(GroupName="helpers", UserName=user)


def test_a_user_that_holds_something_is_not_deleted(cloud):
    iam = cloud.client("iam")
    iam.create_user(UserName="support")
    for hold in (key, password, device, ssh_key, git, group):
        let_go = hold(iam, "support")
        assert refused(iam.delete_user, UserName="support")[0] == "DeleteConflict", hold
        let_go()
    iam.delete_user(UserName="support")


def test_credentials_for_a_service_are_made_listed_and_deleted_once(cloud):
    iam = cloud.client("iam")
    iam.create_user(UserName="support")
    delete = git(iam, "support")
    listed = iam.list_service_specific_credentials(UserName="support")["ServiceSpecificCredentials"]
    assert [(one["ServiceName"], one["Status"]) for one in listed] == [(GIT, "Active")]
    assert "ServicePassword" not in listed[0], "it is told once"
    other = iam.list_service_specific_credentials(UserName="support", ServiceName="cassandra.amazonaws.com")
    assert other["ServiceSpecificCredentials"] == []
    delete()
    assert iam.list_service_specific_credentials(UserName="support")["ServiceSpecificCredentials"] == []
    assert refused(delete)[0] == "NoSuchEntity"
    assert refused(iam.list_service_specific_credentials, UserName="nobody")[0] == "NoSuchEntity"
