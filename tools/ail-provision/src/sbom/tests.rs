use proptest::prelude::*;

use super::*;

fn asset() -> AssetId {
    "5.0.0".parse().expect("valid")
}

fn system() -> System {
    System { id: "debian".to_owned(), version: Some("12".to_owned()) }
}

fn deb(name: &str, architecture: &str) -> DebPackage {
    DebPackage {
        name: name.to_owned(),
        version: "1:1.0".to_owned(),
        architecture: architecture.to_owned(),
        source: format!("{name}-source"),
        source_version: "1.0".to_owned(),
    }
}

fn pypi(name: &str, path: &str) -> PythonPackage {
    PythonPackage { name: name.to_owned(), version: "2.0".to_owned(), path: path.to_owned() }
}

fn bill(debs: Vec<DebPackage>, python: Vec<PythonPackage>) -> (Sbom, Value) {
    let sbom = Sbom::of(&asset(), &Contents { system: system(), debs, python });
    let value = serde_json::from_str(&sbom.text).expect("JSON");
    (sbom, value)
}

#[test]
fn a_bill_has_the_image_its_system_and_its_packages() {
    let (sbom, value) = bill(vec![deb("b", "amd64")], vec![pypi("Foo_Bar", "/v")]);
    assert_eq!((sbom.deb, sbom.pypi), (1, 1));
    assert_eq!(value["metadata"]["component"]["name"], "ail-5.0.0");
    let purl = "pkg:deb/debian/b@1:1.0?arch=amd64&distro=debian-12";
    assert_eq!(
        value["components"],
        json!([
            {
                "bom-ref": "operating-system",
                "type": "operating-system",
                "name": "debian",
                "version": "12",
            },
            {
                "bom-ref": purl,
                "type": "library",
                "name": "b",
                "version": "1:1.0",
                "purl": purl,
                "pedigree": {"ancestors": [{
                    "type": "library",
                    "name": "b-source",
                    "version": "1.0",
                    "purl": "pkg:deb/debian/b-source@1.0?arch=source&distro=debian-12",
                }]},
            },
            {
                "bom-ref": "pkg:pypi/foo-bar@2.0",
                "type": "library",
                "name": "Foo_Bar",
                "version": "2.0",
                "purl": "pkg:pypi/foo-bar@2.0",
                "evidence": {"occurrences": [{"location": "/v"}]},
            },
        ])
    );
}

#[test]
fn what_lies_in_two_environments_is_one_package_and_two_architectures_are_two() {
    let debs = vec![deb("libc6", "i386"), deb("libc6", "amd64")];
    let python = vec![pypi("a-b", "/v"), pypi("A_b", "/u"), pypi("a-b", "/v")];
    let (sbom, value) = bill(debs, python);
    assert_eq!((sbom.deb, sbom.pypi), (2, 1));
    let package = &value["components"][3];
    assert_eq!(package["name"], "A_b");
    assert_eq!(package["evidence"]["occurrences"], json!([{"location": "/u"}, {"location": "/v"}]));
}

#[test]
fn other_contents_and_other_assets_have_other_numbers() {
    let contents = |name: &str| Contents {
        system: system(),
        debs: vec![deb(name, "all")],
        python: Vec::new(),
    };
    let number = |id: &str, name: &str| {
        let sbom = Sbom::of(&id.parse().expect("valid"), &contents(name));
        let value: Value = serde_json::from_str(&sbom.text).expect("JSON");
        value["serialNumber"].as_str().expect("text").to_owned()
    };
    let one = number("5.0.0", "a");
    assert_eq!(one, number("5.0.0", "a"));
    assert_ne!(one, number("5.0.0", "b"));
    assert_ne!(one, number("5.0.1", "a"));
}

proptest! {
    /// The order in which packages are found leaves no trace, and no reference is given twice.
    #[test]
    fn the_same_packages_give_the_same_bytes(
        names in proptest::collection::vec("[a-c]{1,2}", 1..12),
        turn in 0_usize..12,
    ) {
        let debs: Vec<_> = names.iter().map(|name| deb(name, "all")).collect();
        let python: Vec<_> = names.iter().map(|name| pypi(name, &format!("/{name}"))).collect();
        let (sbom, value) = bill(debs.clone(), python.clone());
        let turned = |n: usize| n % names.len();
        let (mut debs, mut python) = (debs, python);
        debs.rotate_left(turned(turn));
        python.rotate_left(turned(turn));
        prop_assert_eq!(&bill(debs, python).0, &sbom);

        let components = value["components"].as_array().expect("a list").iter();
        let references: Vec<_> =
            components.map(|c| c["bom-ref"].as_str().expect("text").to_owned()).collect();
        let mut sorted = references.clone();
        sorted.sort();
        sorted.dedup();
        prop_assert_eq!(references, sorted);
    }
}
