//! What stands on what in the network.

use std::sync::Arc;

use lib_common::reconcile::{Graph, Resource, Seals};
use lib_common::record::NatKind;

use crate::choice::Choice;
use crate::layout::*;
use crate::resource::acl_association::AclAssociation;
use crate::resource::address::Address;
use crate::resource::address_association::AddressAssociation;
use crate::resource::association::Association;
use crate::resource::default_acl::DefaultAcl;
use crate::resource::default_group::DefaultGroup;
use crate::resource::dhcp::Dhcp;
use crate::resource::group::Group;
use crate::resource::instance::Instance;
use crate::resource::internet_gateway::InternetGateway;
use crate::resource::key_pair::{self, KeyPair};
use crate::resource::main_table::MainTable;
use crate::resource::nat_gateway::NatGateway;
use crate::resource::route::{Route, Way};
use crate::resource::route_table::RouteTable;
use crate::resource::subnet::Subnet;
use crate::resource::vpc::Vpc;
use crate::rule::Rule;
use crate::settings::Settings;
use crate::site::Site;
use crate::strangers::Neighbours;

/// The network as these settings have it. What others make, and these do not, is unwanted.
pub fn graph(
    site: &Arc<Site>,
    choice: &Arc<Choice>,
    neighbours: &Arc<Neighbours>,
    settings: &Settings,
    seals: &Seals,
) -> Graph {
    let architect = Architect { site, choice, neighbours, settings, seals };
    let mut wanted = architect.common();
    wanted.extend(architect.device(settings.nat));
    wanted.push(architect.way_out(settings.nat));
    let mut unwanted = architect.device(other(settings.nat));
    for plot in plots(MOST_ZONES).into_iter().skip(plots(settings.zones).len()) {
        unwanted.push(architect.subnet(plot));
    }
    if settings.own_key.is_some() {
        unwanted.push(Arc::new(architect.key_pair()));
    }
    Graph::with_unwanted(wanted, unwanted)
}

/// Everything that any settings make, to be taken down.
pub fn everything(site: &Arc<Site>, own_key: bool, nat: NatKind) -> Graph {
    let settings = Settings::of_everything(own_key);
    let choice = Arc::new(Choice::new(site.clone(), &settings));
    let seals = Seals::default();
    let neighbours = Arc::new(Neighbours::new(&site.team, None));
    let (choice, neighbours) = (&choice, &neighbours);
    let architect = Architect { site, choice, neighbours, settings: &settings, seals: &seals };
    let mut all = architect.common();
    all.extend(architect.device(nat));
    all.extend(architect.device(other(nat)));
    // The private table has one default route, whatever it leads to.
    all.push(architect.way_out(nat));
    Graph::new(all)
}

fn other(nat: NatKind) -> NatKind {
    match nat {
        NatKind::Instance => NatKind::Gateway,
        NatKind::Gateway => NatKind::Instance,
    }
}

type Part = Arc<dyn Resource>;

struct Architect<'a> {
    site: &'a Arc<Site>,
    choice: &'a Arc<Choice>,
    neighbours: &'a Arc<Neighbours>,
    settings: &'a Settings,
    seals: &'a Seals,
}

impl Architect<'_> {
    fn site(&self) -> Arc<Site> {
        self.site.clone()
    }

    /// What is there whatever translates addresses.
    fn common(&self) -> Vec<Part> {
        let classic = self.settings.classic;
        let mut all: Vec<Part> = vec![
            Arc::new(Vpc {
                site: self.site(),
                choice: self.choice.clone(),
                neighbours: self.neighbours.clone(),
            }),
            Arc::new(Dhcp { site: self.site(), sealed: self.seals.found(DHCP) }),
            Arc::new(InternetGateway { site: self.site() }),
            Arc::new(DefaultAcl { site: self.site() }),
            Arc::new(DefaultGroup { site: self.site(), classic }),
            Arc::new(RouteTable { site: self.site(), name: PUBLIC_TABLE }),
            Arc::new(RouteTable { site: self.site(), name: PRIVATE_TABLE }),
            Arc::new(MainTable { site: self.site() }),
            Arc::new(Route {
                site: self.site(),
                name: "public-default-route",
                table: PUBLIC_TABLE,
                way: Way::InternetGateway,
                to: INTERNET_GATEWAY,
            }),
            self.group(),
        ];
        if self.settings.own_key.is_none() {
            all.push(Arc::new(self.key_pair()));
        }
        for plot in plots(self.settings.zones) {
            all.push(Arc::new(Association {
                site: self.site(),
                name: format!("{}-association", plot.name),
                subnet: plot.name.clone(),
                table: if plot.public { PUBLIC_TABLE } else { PRIVATE_TABLE },
            }));
            all.push(Arc::new(AclAssociation {
                site: self.site(),
                name: format!("{}-acl", plot.name),
                subnet: plot.name.clone(),
            }));
            all.push(self.subnet(plot));
        }
        all
    }

    fn key_pair(&self) -> KeyPair {
        KeyPair::new(self.site(), self.seals.found(KEY_PAIR).as_ref())
    }

    fn subnet(&self, plot: Plot) -> Part {
        Arc::new(Subnet { site: self.site(), choice: self.choice.clone(), plot })
    }

    /// The group of the instance that is the way in, whatever else it does: the groups of the
    /// private instances name it, so it outlives a change of what translates addresses.
    fn group(&self) -> Part {
        let private = plots(self.settings.zones).into_iter().filter(|plot| !plot.public);
        let mut ingress: Vec<_> =
            private.flat_map(|plot| [80, 443].map(|port| Rule::tcp(port, &plot.cidr))).collect();
        ingress.extend(self.settings.admin_cidrs.iter().map(|cidr| Rule::tcp(22, cidr)));
        let title = "NAT Security Group";
        Arc::new(Group { site: self.site(), name: NAT_GROUP, title, ingress })
    }

    /// What translates addresses, and what that needs.
    fn device(&self, nat: NatKind) -> Vec<Part> {
        let address =
            |name: &'static str| -> Part { Arc::new(Address { site: self.site(), name }) };
        match nat {
            NatKind::Instance => vec![
                address(ADDRESS),
                Arc::new(self.instance(NAT_INSTANCE)),
                Arc::new(AddressAssociation { site: self.site() }),
            ],
            // With an address of its own: that of an instance is in use until the private
            // subnets go by the gateway.
            NatKind::Gateway => vec![
                address(GATEWAY_ADDRESS),
                Arc::new(NatGateway { site: self.site(), subnet: plots(1).remove(0).name }),
                Arc::new(self.instance(BASTION)),
            ],
        }
    }

    /// The default route of the private subnets.
    fn way_out(&self, nat: NatKind) -> Part {
        let (way, to) = match nat {
            NatKind::Instance => (Way::Interface, NAT_INSTANCE),
            NatKind::Gateway => (Way::NatGateway, NAT_GATEWAY),
        };
        let name = "private-default-route";
        Arc::new(Route { site: self.site(), name, table: PRIVATE_TABLE, way, to })
    }

    fn instance(&self, name: &'static str) -> Instance {
        let forwards = name == NAT_INSTANCE;
        let own_key = self.settings.own_key.as_ref();
        let made = || key_pair::name_of(self.site);
        Instance {
            site: self.site(),
            choice: self.choice.clone(),
            name,
            subnet: plots(1).remove(0).name,
            group: NAT_GROUP,
            key_name: own_key.map_or_else(made, |key| key.name.clone()),
            key_is_made: own_key.is_none(),
            instance_type: self.settings.instance_type.clone(),
            user_data: forwards.then_some(include_str!("nat.sh")),
            forwards,
            classic: self.settings.classic,
            sealed: self.seals.found(name),
        }
    }
}
