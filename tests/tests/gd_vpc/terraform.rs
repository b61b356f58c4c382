//! Terraform, where there is one: an independent reader that gets the ids from the record,
//! and what they should name from a wish of its own (`terraform/*.tf`).

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::Tool;

use crate::stage::{Stage, at};

/// Terraform in a directory of its own.
struct Terraform<'a> {
    stage: &'a Stage,
    place: PathBuf,
}

impl<'a> Terraform<'a> {
    fn new(stage: &'a Stage) -> Self {
        Self { stage, place: stage.lab.home().join("terraform") }
    }

    /// Gives it its provider, the wish, and the ids of the record.
    fn prepare(&self, mirror: Vec<String>, record: &Value) {
        self.write(record);
        let mut arguments = vec!["init".to_owned(), "-input=false".to_owned()];
        arguments.extend(mirror);
        self.program("terraform").args(arguments).current_dir(&self.place).run().exits(0);
    }

    fn program(&self, name: &str) -> Tool {
        let own = std::env::vars().filter(|(name, _)| name.starts_with("TF_"));
        let program = self.stage.lab.program("/bin/sh").args(["-c", "exec \"$0\" \"$@\"", name]);
        own.fold(program, |program, (name, value)| program.env(name, value))
            // So that the tool's own calls can be told from these.
            .env("AWS_ACCESS_KEY_ID", "reader")
            // Asks its maker's server whether there is a newer one.
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_DATA_DIR", self.place.join("data"))
    }

    /// What `init` needs to find the provider: as the benchmark finds it.
    fn mirror(&self) -> Result<Vec<String>, &'static str> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        if !std::env::split_paths(&path).any(|directory| directory.join("terraform").is_file()) {
            return Err("it is not on the PATH");
        }
        let look = "import json; from bench.contenders import mirror; print(json.dumps(mirror()))";
        let found = self.program("python").args(["-c", look]).env("PYTHONPATH", root("scripts"));
        let found: Vec<String> =
            serde_json::from_value(found.run().exits(0).json()).expect("a list of texts");
        if found.is_empty() && std::env::var_os("TF_CLI_ARGS_init").is_none() {
            return Err("there is no mirror of its provider; tell it of one by \
                        TF_CLI_ARGS_init=-plugin-dir=DIRECTORY");
        }
        Ok(found)
    }

    /// The wish, and which things it is about.
    fn write(&self, record: &Value) {
        let network = &record["network"];
        std::fs::create_dir(&self.place).expect("it is not there yet");
        let wish = root("tests/tests/gd_vpc/terraform");
        let way_out = format!("{}.tf", at(network, "/nat/kind"));
        for file in [wish.join("network.tf"), wish.join(way_out), root("tools/gd-vpc/src/nat.sh")] {
            let name = file.file_name().expect("it has a name");
            std::fs::copy(&file, self.place.join(name)).expect("it can be copied");
        }
        let resources = network["resources"].as_array().expect("a list");
        let ids = resources.iter().map(|it| (at(it, "/name").to_owned(), it["id"].clone()));
        let keygen = ["-y", "-f", at(network, "/key_pair/file")];
        let public = self.stage.lab.program("/usr/bin/ssh-keygen").args(keygen).run().exits(0);
        let vpc = &self.stage.tagged("describe-vpcs", "Vpcs")[0];
        let tags = vpc["Tags"].as_array().expect("a list");
        let run = tags.iter().find(|tag| tag["Key"] == "ail:run").expect("it is tagged");
        let variables = json!({
            "ids": ids.collect::<serde_json::Map<_, _>>(),
            "association": self.stage.tagged("describe-addresses", "Addresses")[0]["AssociationId"],
            "public_key": public.stdout_text(),
            "team": self.stage.team,
            "run": run["Value"],
        });
        let file = self.place.join("terraform.tfvars.json");
        std::fs::write(file, variables.to_string()).expect("it can be written");
    }

    /// What it would do with each resource: `import`, and what else.
    fn plan(&self) -> Vec<String> {
        // Status 2: there is something to do, of which importing is a part.
        let plan = ["plan", "-input=false", "-no-color", "-detailed-exitcode", "-out=plan"];
        self.program("terraform").args(plan).current_dir(&self.place).run().exits(2);
        let show = self.program("terraform").args(["show", "-json", "plan"]);
        let told = show.current_dir(&self.place).run().exits(0).json();
        assert_eq!(told["errored"], false);
        let changes = told["resource_changes"].as_array().expect("a list");
        let mut all: Vec<_> = changes
            .iter()
            .map(|one| {
                let imported = one["change"]["importing"]["id"].is_string();
                let what = if imported { "import" } else { "-" };
                let actions = one["change"]["actions"].as_array().expect("a list");
                let actions: Vec<_> = actions.iter().filter_map(Value::as_str).collect();
                format!("{} {what} {}", at(one, "/address"), actions.join("+"))
            })
            .collect();
        all.sort();
        all
    }
}

/// A path in the repository.
fn root(path: &str) -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("tests/ lies in the repository").join(path)
}

/// What every network of one zone has, whatever its way out.
const COMMON: [&str; 13] = [
    "aws_default_network_acl.default",
    "aws_default_route_table.main",
    "aws_default_security_group.default",
    "aws_eip.nat",
    "aws_internet_gateway.gateway",
    "aws_key_pair.key",
    "aws_route_table.private",
    "aws_route_table.public",
    "aws_route_table_association.private",
    "aws_route_table_association.public",
    "aws_subnet.private",
    "aws_subnet.public",
    "aws_vpc.vpc",
];

/// Builds a network, has it read, damages it at two places, and has it read again.
fn is_read(nat: &str, way_out: &[&str], instance: &str) {
    let stage = Stage::new();
    let terraform = Terraform::new(&stage);
    let mirror = match terraform.mirror() {
        Ok(mirror) => mirror,
        Err(why) => {
            // Past the test harness, which swallows what a test prints that passes.
            let mut stderr = std::io::stderr();
            writeln!(stderr, "Terraform reads nothing here: {why}").expect("stderr is there");
            return;
        }
    };
    let record = stage.vpc(&["up", "--nat", nat]).run().record();
    terraform.prepare(mirror, &record);
    let expected = |changed: &[&str]| {
        let all = COMMON.iter().chain(way_out).chain(&["aws_security_group.nat"]);
        let mut all: Vec<_> = all
            .map(|name| {
                let action = if changed.contains(name) { "update" } else { "no-op" };
                format!("{name} import {action}")
            })
            .collect();
        all.sort();
        all
    };
    assert_eq!(terraform.plan(), expected(&[]));

    let network = &record["network"];
    let is_device = nat == "instance";
    stage.call(&json!([
        ["modify_instance_attribute", {
            "InstanceId": network["bastion"]["id"], "SourceDestCheck": {"Value": is_device}}],
        ["authorize_security_group_ingress", {
            "GroupId": network["bastion"]["security_group"], "IpProtocol": "tcp",
            "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}],
    ]));
    assert_eq!(terraform.plan(), expected(&[instance, "aws_security_group.nat"]));
    stage.vpc(&["repair"]).record(&record).run().exits(0);
    assert_eq!(terraform.plan(), expected(&[]));
    stage.down();
}

#[test]
fn terraform_imports_a_network_with_a_nat_instance_and_plans_no_change() {
    is_read("instance", &["aws_instance.nat", "aws_eip_association.nat"], "aws_instance.nat");
}

#[test]
fn terraform_imports_a_network_with_a_nat_gateway_and_plans_no_change() {
    is_read("gateway", &["aws_instance.bastion", "aws_nat_gateway.nat"], "aws_instance.bastion");
}
