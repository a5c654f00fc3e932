//! SASL (RFC 6120, section 6): SCRAM with SHA-256 or SHA-1 (RFC 5802, RFC 7677), or PLAIN.
//!
//! The variants with channel binding are not used: they add nothing to what a rehearsal sees.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};

use super::Account;
use super::element::Element;
use super::failure::Failure;
use super::stream::Stream;

const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
/// More iterations would take longer than a second.
const MOST_ITERATIONS: u32 = 1_000_000;
/// The start of a SCRAM message: no channel binding, no other identity.
const GS2: &str = "n,,";

/// One kind of SCRAM.
struct Scram {
    mechanism: &'static str,
    hmac: hmac::Algorithm,
    pbkdf2: pbkdf2::Algorithm,
    digest: &'static digest::Algorithm,
}

/// The better one first.
fn scrams() -> [Scram; 2] {
    [
        Scram {
            mechanism: "SCRAM-SHA-256",
            hmac: hmac::HMAC_SHA256,
            pbkdf2: pbkdf2::PBKDF2_HMAC_SHA256,
            digest: &digest::SHA256,
        },
        Scram {
            mechanism: "SCRAM-SHA-1",
            hmac: hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            pbkdf2: pbkdf2::PBKDF2_HMAC_SHA1,
            digest: &digest::SHA1_FOR_LEGACY_USE_ONLY,
        },
    ]
}

/// Logs in with the best mechanism that both sides know. The stream is to be opened again afterwards.
pub(super) fn log_in(
    stream: &mut Stream,
    features: &Element,
    account: &Account<'_>,
) -> Result<(), Failure> {
    let mechanisms = features.child("mechanisms", SASL);
    let offered: Vec<_> = mechanisms
        .iter()
        .flat_map(|list| list.mechanisms())
        .collect();
    let scram = scrams()
        .into_iter()
        .find(|scram| offered.contains(&scram.mechanism));
    if let Some(scram) = scram {
        return scram.log_in(stream, account);
    }
    if offered.contains(&"PLAIN") {
        let message = format!("\0{}\0{}", account.user, account.password);
        send(stream, "auth", "PLAIN", &message)?;
        return match answer(stream)? {
            Reply::Success(_) => Ok(()),
            Reply::Challenge(_) => Err(Failure::Unexpected("`success`", "challenge".to_owned())),
        };
    }
    Err(Failure::Refused(match offered[..] {
        [] => "the server offers no login with a password".to_owned(),
        _ => format!(
            "expected SCRAM-SHA-256, SCRAM-SHA-1 or PLAIN, found only {}",
            offered.join(", ")
        ),
    }))
}

impl Scram {
    fn log_in(&self, stream: &mut Stream, account: &Account<'_>) -> Result<(), Failure> {
        let user = account.user.replace('=', "=3D").replace(',', "=2C");
        let nonce = nonce()?;
        let first = format!("n={user},r={nonce}");
        send(stream, "auth", self.mechanism, &format!("{GS2}{first}"))?;
        let challenge = match answer(stream)? {
            Reply::Challenge(text) => text,
            Reply::Success(_) => {
                return Err(Failure::Unexpected("`challenge`", "success".to_owned()));
            }
        };
        let proof = self.proof(&first, &challenge, &nonce, account.password)?;
        send(stream, "response", self.mechanism, &proof.message)?;
        let last = match answer(stream)? {
            Reply::Success(text) => text,
            Reply::Challenge(text) => {
                // A server may send its signature separately from the success.
                send(stream, "response", self.mechanism, "")?;
                match answer(stream)? {
                    Reply::Success(_) => text,
                    Reply::Challenge(_) => {
                        return Err(Failure::Unexpected("`success`", "challenge".to_owned()));
                    }
                }
            }
        };
        let signature = last.strip_prefix("v=").and_then(|v| BASE64.decode(v).ok());
        let verified = signature.is_some_and(|signature| {
            hmac::verify(&proof.server_key, proof.signed.as_bytes(), &signature).is_ok()
        });
        match verified {
            true => Ok(()),
            false => Err(Failure::Refused(
                "the server's signature is wrong".to_owned(),
            )),
        }
    }

    fn proof(
        &self,
        first: &str,
        challenge: &str,
        nonce: &str,
        password: &str,
    ) -> Result<Proof, Failure> {
        let field = |key: &str| {
            let mut fields = challenge.split(',');
            let value = fields.find_map(|field| field.strip_prefix(key)?.strip_prefix('='));
            value.ok_or_else(|| Failure::Refused(format!("the challenge has no `{key}`")))
        };
        let invalid = |key: &str| Failure::Refused(format!("invalid `{key}` in the challenge"));
        let both = Some(field("r")?)
            .filter(|both| both.starts_with(nonce) && both.len() > nonce.len())
            .ok_or_else(|| invalid("r"))?;
        let salt = BASE64.decode(field("s")?).map_err(|_| invalid("s"))?;
        let iterations = field("i")?.parse::<NonZeroU32>().ok();
        let iterations = iterations
            .filter(|iterations| iterations.get() <= MOST_ITERATIONS)
            .ok_or_else(|| invalid("i"))?;

        let password = stringprep::saslprep(password)
            .map_err(|_| Failure::Refused("the password cannot be used with SCRAM".to_owned()))?;
        let mut salted = vec![0; self.digest.output_len()];
        pbkdf2::derive(
            self.pbkdf2,
            iterations,
            &salt,
            password.as_bytes(),
            &mut salted,
        );
        let salted = hmac::Key::new(self.hmac, &salted);
        let client_key = hmac::sign(&salted, b"Client Key");
        let stored_key = digest::digest(self.digest, client_key.as_ref());
        let without_proof = format!("c={},r={both}", BASE64.encode(GS2));
        let signed = format!("{first},{challenge},{without_proof}");
        let stored_key = hmac::Key::new(self.hmac, stored_key.as_ref());
        let signature = hmac::sign(&stored_key, signed.as_bytes());
        let pairs = client_key.as_ref().iter().zip(signature.as_ref());
        let proof: Vec<u8> = pairs.map(|(key, signature)| key ^ signature).collect();
        let server_key = hmac::sign(&salted, b"Server Key");
        Ok(Proof {
            message: format!("{without_proof},p={}", BASE64.encode(proof)),
            signed,
            server_key: hmac::Key::new(self.hmac, server_key.as_ref()),
        })
    }
}

/// What shows the server that the password is known, and what the server's own signature must fit.
struct Proof {
    message: String,
    signed: String,
    server_key: hmac::Key,
}

fn nonce() -> Result<String, Failure> {
    let mut bytes = [0; 18];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Failure::Io("no random numbers available".to_owned()))?;
    Ok(BASE64.encode(bytes))
}

fn send(stream: &mut Stream, name: &str, mechanism: &str, message: &str) -> Result<(), Failure> {
    let mechanism = match name {
        "auth" => format!(" mechanism='{mechanism}'"),
        _ => String::new(),
    };
    let message = BASE64.encode(message);
    stream.send(&format!(
        "<{name} xmlns='{SASL}'{mechanism}>{message}</{name}>"
    ))
}

/// What a server says, decoded.
enum Reply {
    Challenge(String),
    Success(String),
}

fn answer(stream: &mut Stream) -> Result<Reply, Failure> {
    let answer = stream.next_stanza()?;
    let text = || {
        let bytes = BASE64.decode(answer.text.trim());
        let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        text.ok_or_else(|| Failure::Refused(format!("invalid text in `{}`", answer.name)))
    };
    match answer.name.as_str() {
        _ if answer.namespace != SASL => {
            Err(Failure::Unexpected("an answer to the login", answer.name))
        }
        "challenge" => text().map(Reply::Challenge),
        "success" => text().map(Reply::Success),
        "failure" => Err(Failure::Refused(answer.reason())),
        _ => Err(Failure::Unexpected("an answer to the login", answer.name)),
    }
}
