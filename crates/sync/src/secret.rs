//! Tokens and invite codes: random, shown once, kept as hashes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The length of a token as text: 32 random bytes in URL-safe Base64.
pub const TOKEN_LENGTH: usize = 43;

/// A token from 32 random bytes.
pub fn token(random: [u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

/// Whether a text has the form of a token; one that is shorter could be guessed.
pub fn is_token(text: &str) -> bool {
    text.len() == TOKEN_LENGTH && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// The letters of an invite code: none that is taken for another when it is read aloud (Crockford's Base32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// An invite code from 10 random bytes (80 bits): 16 letters in four groups.
pub fn invite_code(random: [u8; 10]) -> String {
    let bits = random.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let letters: Vec<char> =
        (0..16).rev().map(|at| char::from(LETTERS[(bits >> (5 * at) & 31) as usize])).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// A code as it was typed, as it was made: letter case, spaces, dashes and look-alikes do not matter.
pub fn plain_code(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '‐' | '_'))
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            upper => upper,
        })
        .collect()
}

/// Whether a text is the code of an invite alone, as somebody typed it.
pub fn is_code(typed: &str) -> bool {
    let plain = plain_code(typed);
    plain.len() == 16 && plain.bytes().all(|byte| LETTERS.contains(&byte))
}

/// What is kept of a secret. A plain hash is enough for 80 random bits and more.
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::{invite_code, is_token, plain_code, token};

    #[test]
    fn a_code_may_be_typed_in_any_way_in_which_it_can_be_read() {
        let code = invite_code([0xff, 0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0]);
        assert_eq!(code.len(), 19);
        let plain = plain_code(&code);
        assert_eq!(plain.len(), 16);
        let sloppy = code.to_lowercase().replace('0', "o").replace('1', "l").replace('-', " ");
        assert_eq!(plain_code(&sloppy), plain);
        assert_ne!(invite_code([1; 10]), invite_code([2; 10]));
    }

    #[test]
    fn a_token_has_a_form_that_cannot_be_guessed() {
        assert!(is_token(&token([7; 32])));
        assert!(!is_token("password"));
        assert!(!is_token(&"=".repeat(43)));
        assert!(!is_token(""));
    }
}
