//! A name server that changes its mind.

use std::collections::HashMap;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::{Arc, Mutex};

/// What a name is answered with.
pub enum Answers {
    /// These addresses, at each look-up the next ones; the last ones for ever.
    In(Vec<Vec<Ipv4Addr>>),
    /// That the server failed.
    Fault,
}

pub struct NameServer {
    asked: Arc<Mutex<HashMap<String, usize>>>,
}

impl NameServer {
    /// Serves these names on port 53 of an address.
    pub fn start(address: Ipv4Addr, names: Vec<(&str, Answers)>) -> Self {
        let socket = UdpSocket::bind((address, 53)).expect("port 53 of an own address is free");
        let names: HashMap<_, _> =
            names.into_iter().map(|(name, answers)| (name.to_owned(), answers)).collect();
        let asked = Arc::new(Mutex::new(HashMap::new()));
        let server = Self { asked: asked.clone() };
        std::thread::spawn(move || {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let reply = reply(&buffer[..length], &names, &asked);
                let _ = socket.send_to(&reply, from);
            }
        });
        server
    }

    /// How often the IPv4 addresses of a name were asked for.
    pub fn asked(&self, name: &str) -> usize {
        self.asked.lock().expect("unpoisoned").get(name).copied().unwrap_or_default()
    }
}

/// An answer by RFC 1035, section 4.
fn reply(
    query: &[u8],
    names: &HashMap<String, Answers>,
    asked: &Mutex<HashMap<String, usize>>,
) -> Vec<u8> {
    let mut at = 12;
    let mut labels = Vec::new();
    while query[at] > 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).into_owned());
        at = end;
    }
    let name = labels.join(".").to_lowercase();
    let question = &query[12..at + 5];
    let wants_addresses = query[at + 1..at + 3] == [0, 1];

    let (code, addresses) = match names.get(&name) {
        None => (3, &Vec::new()),
        Some(Answers::Fault) => (2, &Vec::new()),
        Some(Answers::In(_)) if !wants_addresses => (0, &Vec::new()),
        Some(Answers::In(answers)) => {
            let mut asked = asked.lock().expect("unpoisoned");
            let times = asked.entry(name).or_default();
            let now = &answers[(*times).min(answers.len() - 1)];
            *times += 1;
            (0, now)
        }
    };
    let mut reply = query[..2].to_vec();
    // An answer, recursion asked for and had; one question.
    reply.extend([0x81, 0x80 | code, 0, 1, 0, addresses.len() as u8, 0, 0, 0, 0]);
    reply.extend(question);
    for address in addresses {
        // The name of the question; A, IN, to be kept for no time, four bytes.
        reply.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        reply.extend(address.octets());
    }
    reply
}
