//! Names to addresses, which are checked here: those and no others are connected to.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use dns_lookup::{LookupErrorKind, lookup_host};
use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

use super::address::Addresses;
use super::failure::Failure;

/// The resolver of the connector. A name is looked up once for a connection; every one of
/// its addresses must be admitted, or none is used.
#[derive(Clone, Debug)]
pub struct Resolver(pub Arc<Addresses>);

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let addresses = self.0.clone();
        Box::pin(async move {
            // The system's resolver blocks.
            let looked_up = tokio::task::spawn_blocking(move || look_up(name.as_str()));
            let found = looked_up.await.map_err(|error| Failure::passing(error.to_string()))??;
            check(&addresses, &found)?;
            // The port is the connector's.
            let found: Vec<_> = found.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect();
            Ok(found.into_iter())
        })
    }
}

/// Refuses a host of which any address is not admitted.
pub fn check(addresses: &Addresses, found: &[IpAddr]) -> Result<(), Failure> {
    match found.iter().find(|&&address| !addresses.admit(address)) {
        Some(address) => {
            Err(Failure::lasting(format!("its address {address} is not a public one")))
        }
        None => Ok(()),
    }
}

fn look_up(name: &str) -> Result<Vec<IpAddr>, Failure> {
    match lookup_host(name) {
        Ok(found) => Ok(found.collect()),
        Err(error) if matches!(error.kind(), LookupErrorKind::Again) => {
            Err(Failure::passing(format!("the name {name} cannot be looked up at the moment")))
        }
        Err(_) => Err(Failure::lasting(format!("the name {name} is not known"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_that_is_not_public_refuses_the_whole_name() {
        let found = ["1.1.1.1", "10.0.0.1"].map(|a| a.parse().expect("an address"));
        let failure = check(&Addresses::default(), &found).expect_err("it is refused");
        assert_eq!(failure.to_string(), "its address 10.0.0.1 is not a public one");
    }
}
