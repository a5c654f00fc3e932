//! The client's visit: where the server listens, and on which hosts there is an account.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::thread;
use std::time::Duration;

use crate::rehearse::client::{ClientView, view_host};
use crate::rehearse::event::{Event, Service};

/// The services for clients, the one with STARTTLS first.
const SERVICES: [&str; 3] = ["c2s", "c2s_direct_tls", "legacy_ssl"];
/// How long one visit may take. It takes 0.2 s.
const VISIT: Duration = Duration::from_secs(10);

/// What a visit needs to know.
#[derive(Default)]
pub struct Visit {
    services: Vec<Service>,
    hosts: Vec<String>,
}

impl Visit {
    /// Keeps what an event contains about it.
    pub fn note(&mut self, event: &Event) {
        match event {
            Event::Services { services, .. } => self.services.clone_from(services),
            Event::Account { host, made, .. } if *made => self.hosts.push(host.clone()),
            _ => (),
        }
    }

    /// Looks at all hosts side by side; nothing when no port is open for clients.
    pub fn view_hosts(
        &self,
        (user, password): &(String, String),
        left: Duration,
    ) -> Vec<ClientView> {
        let Some((address, is_tls)) = self.address() else {
            return Vec::new();
        };
        let deadline = VISIT.min(left);
        thread::scope(|scope| {
            let visits: Vec<_> = self
                .hosts
                .iter()
                .map(|host| {
                    scope.spawn(move || view_host(address, is_tls, host, user, password, deadline))
                })
                .collect();
            let views = visits.into_iter().filter_map(|visit| visit.join().ok());
            views.collect()
        })
    }

    /// Where clients connect, and whether that begins with TLS.
    fn address(&self) -> Option<(SocketAddr, bool)> {
        let of = |name: &str| self.services.iter().find(|service| service.service == name);
        let service = SERVICES.iter().find_map(|name| of(name))?;
        let ip = match service.interface.as_str() {
            "*" | "0.0.0.0" => IpAddr::V4(Ipv4Addr::LOCALHOST),
            "::" => IpAddr::V6(Ipv6Addr::LOCALHOST),
            other => other.parse().ok()?,
        };
        Some((SocketAddr::new(ip, service.port), service.tls))
    }
}
