//! Actions that the real services ask for and the local cloud does not: who does, and where
//! that is written.

/// Of a statement of a policy: all its actions, or one.
pub struct Unseen {
    pub policy: &'static str,
    pub sid: &'static str,
    pub action: Option<&'static str>,
    /// Who needs it.
    pub who: &'static str,
    pub source: &'static str,
}

const CODEBUILD: &str =
    "CodeBuild User Guide, \"Allow CodeBuild to interact with other AWS services\"";
const EXPORT_ROLE: &str = "VM Import/Export User Guide, \"Required service role\"";

/// What CloudFormation reads of what it makes: a test holds the policy against the schemas.
const HANDLERS: &str =
    "CloudFormation registry, the permissions of the handlers of AWS::EC2::Instance";

/// CodeBuild calls as the role of the build, before its first line and beside it.
const fn of_codebuild(policy: &'static str, sid: &'static str) -> Unseen {
    Unseen { policy, sid, action: None, who: "CodeBuild", source: CODEBUILD }
}

/// EC2 takes on the role of the export, and calls whatever it calls.
const fn of_exports(sid: &'static str) -> Unseen {
    Unseen { policy: "image-export", sid, action: None, who: "EC2", source: EXPORT_ROLE }
}

const fn one(
    sid: &'static str,
    action: &'static str,
    who: &'static str,
    source: &'static str,
) -> Unseen {
    Unseen { policy: "release", sid, action: Some(action), who, source }
}

/// The handlers of the instance read, whether or not it has any of it.
const fn of_handlers(sid: &'static str, action: &'static str) -> Unseen {
    one(sid, action, "CloudFormation", HANDLERS)
}

pub const UNSEEN: [Unseen; 22] = [
    of_codebuild("release", "Log"),
    of_codebuild("release", "Source"),
    of_codebuild("release", "Password"),
    of_codebuild("release", "SigningKey"),
    one(
        "Look",
        "ec2:DescribeSubnets",
        "CloudFormation",
        "the group and the instance lie in the default VPC, which is looked up for them",
    ),
    one(
        "Look",
        "ec2:DescribeVpcs",
        "CloudFormation",
        "the group and the instance lie in the default VPC, which is looked up for them",
    ),
    of_handlers("Look", "ec2:DescribeIamInstanceProfileAssociations"),
    of_handlers("Look", "ec2:DescribeInstanceCreditSpecifications"),
    of_handlers("Look", "ec2:DescribeLaunchTemplateVersions"),
    of_handlers("Look", "ec2:DescribeLaunchTemplates"),
    of_handlers("Look", "ec2:DescribeNetworkInterfaces"),
    of_handlers("Look", "ssm:DescribeAssociation"),
    of_handlers("Look", "ssm:ListAssociations"),
    of_handlers("OnlyOfReleases", "ec2:DescribeInstanceAttribute"),
    one(
        "TagInTheStack",
        "ec2:CreateTags",
        "CloudFormation",
        "it may tag what it has made by a call of its own",
    ),
    one(
        "Bucket",
        "s3:GetBucketLocation",
        "`ail-export run`",
        "VM Import/Export User Guide, \"Required permissions\": whoever exports",
    ),
    of_codebuild("ci", "Log"),
    of_codebuild("ci", "Source"),
    of_exports("Bucket"),
    of_exports("Objects"),
    of_exports("Images"),
    of_exports("Look"),
];
