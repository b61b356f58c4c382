//! What stands on what in the network.

use std::sync::Arc;

use lib_common::reconcile::{Graph, Resource, Seals};
use lib_common::record::NatKind;
use serde_json::Value;

use crate::choice::Choice;
use crate::layout::*;
use crate::resource::address::Address;
use crate::resource::address_association::AddressAssociation;
use crate::resource::association::Association;
use crate::resource::group::Group;
use crate::resource::instance::Instance;
use crate::resource::internet_gateway::InternetGateway;
use crate::resource::key_pair::{self, KeyPair};
use crate::resource::nat_gateway::NatGateway;
use crate::resource::route::{Route, Way};
use crate::resource::route_table::RouteTable;
use crate::resource::subnet::Subnet;
use crate::resource::vpc::Vpc;
use crate::rule::Rule;
use crate::settings::Settings;
use crate::site::Site;

/// The network as these settings have it.
pub fn graph(site: &Arc<Site>, choice: &Arc<Choice>, settings: &Settings, seals: &Seals) -> Graph {
    let mut all = common(site, choice, settings, seals);
    match settings.nat {
        NatKind::Instance => all.extend(nat_instance(site, choice, settings)),
        NatKind::Gateway => all.extend(nat_gateway(site, choice, settings)),
    }
    Graph::new(all)
}

type Parts = Vec<Arc<dyn Resource>>;

fn common(site: &Arc<Site>, choice: &Arc<Choice>, settings: &Settings, seals: &Seals) -> Parts {
    let of = |site: &Arc<Site>| site.clone();
    let dhcp_options = seals.get(VPC).and_then(|vpc| vpc.facts.get("dhcp_options"));
    let dhcp_options = dhcp_options.and_then(Value::as_str).map(str::to_owned);
    let mut all: Parts = vec![
        Arc::new(Vpc { site: of(site), choice: choice.clone(), dhcp_options }),
        Arc::new(InternetGateway { site: of(site) }),
        Arc::new(Address { site: of(site) }),
        Arc::new(RouteTable { site: of(site), name: PUBLIC_TABLE }),
        Arc::new(RouteTable { site: of(site), name: PRIVATE_TABLE }),
        Arc::new(Route {
            site: of(site),
            name: "public-default-route",
            table: PUBLIC_TABLE,
            way: Way::InternetGateway,
            to: INTERNET_GATEWAY,
        }),
    ];
    if settings.own_key.is_none() {
        all.push(Arc::new(KeyPair { site: of(site) }));
    }
    for plot in plots(settings.zones) {
        all.push(Arc::new(Association {
            site: of(site),
            name: format!("{}-association", plot.name),
            subnet: plot.name.clone(),
            table: if plot.public { PUBLIC_TABLE } else { PRIVATE_TABLE },
        }));
        all.push(Arc::new(Subnet { site: of(site), choice: choice.clone(), plot }));
    }
    all
}

fn nat_instance(site: &Arc<Site>, choice: &Arc<Choice>, settings: &Settings) -> Parts {
    let private = plots(settings.zones).into_iter().filter(|plot| !plot.public);
    let mut ingress: Vec<_> =
        private.flat_map(|plot| [80, 443].map(|port| Rule::tcp(port, &plot.cidr))).collect();
    ingress.extend(settings.admin_cidrs.iter().map(|cidr| Rule::tcp(22, cidr)));
    vec![
        Arc::new(Group {
            site: site.clone(),
            name: NAT_GROUP,
            title: "NAT Security Group",
            ingress,
        }),
        Arc::new(instance(site, choice, settings, NAT_INSTANCE, NAT_GROUP)),
        Arc::new(AddressAssociation { site: site.clone() }),
        Arc::new(Route {
            site: site.clone(),
            name: "private-default-route",
            table: PRIVATE_TABLE,
            way: Way::Interface,
            to: NAT_INSTANCE,
        }),
    ]
}

fn nat_gateway(site: &Arc<Site>, choice: &Arc<Choice>, settings: &Settings) -> Parts {
    let ingress = settings.admin_cidrs.iter().map(|cidr| Rule::tcp(22, cidr)).collect();
    let subnet = plots(1).remove(0).name;
    vec![
        Arc::new(Group {
            site: site.clone(),
            name: BASTION_GROUP,
            title: "Bastion Security Group",
            ingress,
        }),
        Arc::new(instance(site, choice, settings, BASTION, BASTION_GROUP)),
        Arc::new(NatGateway { site: site.clone(), subnet }),
        Arc::new(Route {
            site: site.clone(),
            name: "private-default-route",
            table: PRIVATE_TABLE,
            way: Way::NatGateway,
            to: NAT_GATEWAY,
        }),
    ]
}

fn instance(
    site: &Arc<Site>,
    choice: &Arc<Choice>,
    settings: &Settings,
    name: &'static str,
    group: &'static str,
) -> Instance {
    let forwards = name == NAT_INSTANCE;
    let own_key = settings.own_key.as_ref();
    Instance {
        site: site.clone(),
        choice: choice.clone(),
        name,
        subnet: plots(1).remove(0).name,
        group,
        key_name: own_key.map_or_else(|| key_pair::name_of(site), |key| key.name.clone()),
        key_is_made: own_key.is_none(),
        instance_type: settings.instance_type.clone(),
        user_data: forwards.then_some(include_str!("nat.sh")),
        forwards,
        classic: settings.classic,
    }
}

/// Everything that any settings make, to be taken down.
pub fn everything(site: &Arc<Site>, own_key: bool, nat: NatKind) -> Graph {
    let settings = Settings::of_everything(own_key);
    let choice = Arc::new(Choice::new(site.clone(), &settings));
    let mut all = common(site, &choice, &settings, &Seals::default());
    let mut other = match nat {
        NatKind::Instance => nat_gateway(site, &choice, &settings),
        NatKind::Gateway => nat_instance(site, &choice, &settings),
    };
    all.extend(match nat {
        NatKind::Instance => nat_instance(site, &choice, &settings),
        NatKind::Gateway => nat_gateway(site, &choice, &settings),
    });
    // The private table has one default route, whatever it leads to.
    other.retain(|part| part.name() != "private-default-route");
    all.extend(other);
    Graph::new(all)
}
