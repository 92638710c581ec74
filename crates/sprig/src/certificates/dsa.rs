//! DSA keys of 2048 and 256 bits, FIPS 186-3: nobody signs with them any more, but `genPrivateKey "dsa"` makes them.

use num_bigint::BigUint;

use super::der;
use crate::ambient::Random;

const P_BITS: u64 = 2048;
const Q_BYTES: usize = 32;
/// A composite passes with a chance below 2^-80.
const ROUNDS: usize = 40;

/// A new key as OpenSSL writes it: version, p, q, g, y, x.
pub(super) fn generate(random: &mut Random) -> Vec<u8> {
    let sieve = small_primes();
    let (p, q) = primes(random, &sieve);
    let one = BigUint::from(1u8);
    let exponent = (&p - &one) / &q;
    let mut base = BigUint::from(2u8);
    let mut generator = base.modpow(&exponent, &p);
    while generator == one {
        base += 1u8;
        generator = base.modpow(&exponent, &p);
    }
    let secret = BigUint::from_bytes_be(&bytes(random, Q_BYTES + 8)) % (&q - &one) + &one;
    let public = generator.modpow(&secret, &p);
    let numbers = [p, q, generator, public, secret];
    let numbers = numbers.map(|number| der::integer(&number.to_bytes_be()));
    let version = der::integer(&[0]);
    der::sequence(&[&version, &numbers.concat()])
}

fn bytes(random: &mut Random, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    random.fill(&mut bytes);
    bytes
}

/// A number of that many bytes with the highest bit set.
fn large(random: &mut Random, count: usize) -> Vec<u8> {
    let mut bytes = bytes(random, count);
    bytes[0] |= 0x80;
    bytes
}

/// Primes p and q such that q divides p - 1.
fn primes(random: &mut Random, sieve: &[u32]) -> (BigUint, BigUint) {
    loop {
        let mut candidate = large(random, Q_BYTES);
        candidate[Q_BYTES - 1] |= 1;
        let q = BigUint::from_bytes_be(&candidate);
        if !is_prime(&q, random, sieve) {
            continue;
        }
        let step = &q * 2u8;
        for _ in 0..4 * P_BITS {
            let x = BigUint::from_bytes_be(&large(random, P_BITS as usize / 8));
            let p = &x - &x % &step + 1u8;
            if p.bits() == P_BITS && is_prime(&p, random, sieve) {
                return (p, q);
            }
        }
    }
}

fn small_primes() -> Vec<u32> {
    let mut primes: Vec<u32> = Vec::new();
    for n in 3..4000 {
        if n % 2 == 1 && primes.iter().all(|p| n % p != 0) {
            primes.push(n);
        }
    }
    primes
}

/// Miller and Rabin's test, for odd numbers above 4000.
fn is_prime(n: &BigUint, random: &mut Random, sieve: &[u32]) -> bool {
    let zero = BigUint::ZERO;
    if sieve.iter().any(|p| n % *p == zero) {
        return false;
    }
    let (one, two) = (BigUint::from(1u8), BigUint::from(2u8));
    let last = n - &one;
    let twos = last.trailing_zeros().unwrap_or(0);
    let odd = &last >> twos;
    let length = n.to_bytes_be().len();
    (0..ROUNDS).all(|_| {
        let base = BigUint::from_bytes_be(&bytes(random, length)) % (&last - &two) + &two;
        let mut power = base.modpow(&odd, n);
        if power == one || power == last {
            return true;
        }
        (1..twos).any(|_| {
            power = power.modpow(&two, n);
            power == last
        })
    })
}
