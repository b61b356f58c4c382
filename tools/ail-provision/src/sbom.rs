//! A software bill of materials in CycloneDX 1.6 (ECMA-424): a pure function of what was
//! found, so that the same packages give the same bytes.

mod purl;
mod serial;

use std::collections::BTreeMap;

use lib_common::AssetId;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What is inside a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    pub system: System,
    pub debs: Vec<DebPackage>,
    pub python: Vec<PythonPackage>,
}

/// The operating system: `debian`, `12`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    pub id: String,
    pub version: Option<String>,
}

impl System {
    /// `debian-12`
    pub fn label(&self) -> String {
        match &self.version {
            Some(version) => format!("{}-{version}", self.id),
            None => self.id.clone(),
        }
    }
}

/// A package of dpkg, and the source that it was built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebPackage {
    pub name: String,
    pub version: String,
    pub architecture: String,
    pub source: String,
    pub source_version: String,
}

/// A package of Python, and the directory that it lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonPackage {
    pub name: String,
    pub version: String,
    pub path: String,
}

/// A bill of materials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sbom {
    pub text: String,
    /// How many packages of dpkg it names.
    pub deb: u64,
    /// How many of Python; one that lies in two environments is one.
    pub pypi: u64,
}

impl Sbom {
    /// The bill of the image of an asset.
    pub fn of(asset_id: &AssetId, contents: &Contents) -> Self {
        let debs = debs(contents);
        let python = python(contents);
        let (deb, pypi) = (debs.len() as u64, python.len() as u64);
        let mut components = vec![system(&contents.system)];
        components.extend(debs.into_values().chain(python.into_values()));
        let mut bom = json!({
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": "",
            "version": 1,
            "metadata": metadata(asset_id),
            "components": components,
        });
        let hash = sha256(bom.to_string().as_bytes());
        bom["serialNumber"] = serial::serial(asset_id.as_str(), &hash).into();
        Self { text: format!("{bom:#}\n"), deb, pypi }
    }

    /// The SHA-256 of its bytes, in hex.
    pub fn sha256(&self) -> String {
        sha256(self.text.as_bytes())
    }
}

/// Without a time: it would differ from run to run.
fn metadata(asset_id: &AssetId) -> Value {
    json!({
        "tools": {"components": [{
            "type": "application",
            "name": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
        }]},
        // "isolates software inside of the container from software outside of it through
        // virtualization technology": CycloneDX has no type that is nearer to an image.
        "component": {
            "bom-ref": "image",
            "type": "container",
            "name": asset_id.image_name(),
            "version": asset_id.as_str(),
        },
    })
}

fn system(system: &System) -> Value {
    let mut component = json!({
        "bom-ref": "operating-system",
        "type": "operating-system",
        "name": system.id,
    });
    if let Some(version) = &system.version {
        component["version"] = version.as_str().into();
    }
    component
}

/// The packages of dpkg, by package URL.
fn debs(contents: &Contents) -> BTreeMap<String, Value> {
    let component = |package: &DebPackage| {
        let DebPackage { name, version, architecture, source, source_version } = package;
        let purl = purl::deb(&contents.system, name, version, architecture);
        // Security notices of Debian and Ubuntu name sources.
        let ancestor = json!({
            "type": "library",
            "name": source,
            "version": source_version,
            "purl": purl::deb(&contents.system, source, source_version, "source"),
        });
        let component = json!({
            "bom-ref": purl,
            "type": "library",
            "name": name,
            "version": version,
            "purl": purl,
            "pedigree": {"ancestors": [ancestor]},
        });
        (purl, component)
    };
    contents.debs.iter().map(component).collect()
}

/// The packages of Python, by package URL, each with the directories that it lies in.
fn python(contents: &Contents) -> BTreeMap<String, Value> {
    let mut packages: Vec<_> = contents.python.iter().collect();
    packages.sort_by_key(|package| (&package.path, &package.name, &package.version));
    packages.dedup();
    let mut components = BTreeMap::new();
    for PythonPackage { name, version, path } in packages {
        let purl = purl::pypi(name, version);
        let component = components.entry(purl.clone()).or_insert_with(|| {
            json!({
                "bom-ref": purl,
                "type": "library",
                "name": name,
                "version": version,
                "purl": purl,
                "evidence": {"occurrences": []},
            })
        });
        let occurrences = component["evidence"]["occurrences"].as_array_mut();
        occurrences.expect("it was made as a list").push(json!({"location": path}));
    }
    components
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
