//! Where a request came from.

use std::net::IpAddr;

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The address at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Where a request came from: the other end of the connection or, where that is a proxy that is trusted, the
/// last address before it that is none.
pub(super) fn origin(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address.to_canonical()));
    let mut origin = peer;
    let said: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    let mut said = said.iter().rev().flat_map(|value| value.rsplit(','));
    while is_trusted(origin) {
        // Whoever stands further left was not seen by a proxy of ours.
        let Some(before) = said.next().and_then(|text| text.trim().parse().ok()) else { break };
        origin = before;
    }
    origin
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::origin;

    #[test]
    fn only_trusted_proxies_say_where_a_request_came_from() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "203.0.113.9, 198.51.100.7".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.2".parse().unwrap());
        let from = |peer: &str, trusted: &[&str]| {
            let trusted: Vec<_> = trusted.iter().map(|net| net.parse().unwrap()).collect();
            origin(peer.parse().unwrap(), &headers, &trusted).to_string()
        };
        assert_eq!(from("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(from("10.0.0.1", &["10.0.0.1/32"]), "10.0.0.2");
        assert_eq!(
            from("10.0.0.1", &["10.0.0.0/8"]),
            "198.51.100.7",
            "what the client itself says is not believed"
        );
        assert_eq!(from("192.0.2.1", &["10.0.0.0/8"]), "192.0.2.1");
    }
}
