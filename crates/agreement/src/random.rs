//! Chance that repeats: the same numbers for a seed on every machine.
//!
//! Only integer arithmetic, the exactly rounded operations of IEEE 754 and `libm` are used, so neither
//! the processor nor the system's mathematical library can change a draw.

/// The xoshiro256++ generator.
///
/// Source: Blackman & Vigna, Scrambled Linear Pseudorandom Number Generators (2021).
#[derive(Debug, Clone)]
pub(crate) struct Random([u64; 4]);

impl Random {
    /// The `stream`-th of many independent generators of a seed.
    pub fn new(seed: u64, stream: u64) -> Self {
        // SplitMix64 spreads seed and stream over the state, as its authors advise.
        let mut x = seed ^ stream.wrapping_mul(0xD129_0D3F_2C4A_91B5).rotate_left(17);
        let mut next = || {
            x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = x;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        };
        Self([next(), next(), next(), next()])
    }

    pub fn next(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform on [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform on 0 to `bound - 1`.
    ///
    /// Source: Lemire, Fast Random Integer Generation in an Interval (2019).
    pub fn below(&mut self, bound: u64) -> u64 {
        let mut product = u128::from(self.next()) * u128::from(bound);
        if (product as u64) < bound {
            let threshold = bound.wrapping_neg() % bound;
            while (product as u64) < threshold {
                product = u128::from(self.next()) * u128::from(bound);
            }
        }
        (product >> 64) as u64
    }

    /// Number of successes in `n` trials of probability `p`.
    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        if n == 0 || p <= 0.0 {
            return 0;
        }
        if p >= 1.0 {
            return n;
        }
        if p > 0.5 {
            return n - self.binomial(n, 1.0 - p);
        }
        if n as f64 * p < 10.0 { self.binomial_by_inversion(n, p) } else { self.binomial_by_rejection(n, p) }
    }

    fn binomial_by_inversion(&mut self, n: u64, p: f64) -> u64 {
        let odds = p / (1.0 - p);
        let none = libm::exp(n as f64 * libm::log1p(-p));
        loop {
            let (mut u, mut probability) = (self.uniform(), none);
            // So far out the tail has no weight that a double could hold.
            for k in 0..=n.min(200) {
                if u < probability {
                    return k;
                }
                u -= probability;
                probability *= odds * (n - k) as f64 / (k + 1) as f64;
            }
        }
    }

    /// Source: Hörmann, The Generation of Binomial Random Variates (1993), algorithm BTRS.
    fn binomial_by_rejection(&mut self, n: u64, p: f64) -> u64 {
        let count = n as f64;
        let odds = p / (1.0 - p);
        let spread = (count * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * spread;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let centre = count * p + 0.5;
        let accept = 0.92 - 4.2 / b;
        let alpha = (2.83 + 5.1 / b) * spread;
        let mode = ((count + 1.0) * p).floor();
        loop {
            let u = self.uniform() - 0.5;
            let v = self.uniform();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + centre).floor();
            if k < 0.0 || k > count {
                continue;
            }
            if us >= 0.07 && v <= accept {
                return k as u64;
            }
            let v = libm::log(v * alpha / (a / (us * us) + b));
            let bound = (mode + 0.5) * libm::log((mode + 1.0) / (odds * (count - mode + 1.0)))
                + (count + 1.0) * libm::log((count - mode + 1.0) / (count - k + 1.0))
                + (k + 0.5) * libm::log(odds * (count - k + 1.0) / (k + 1.0))
                + stirling_tail(mode)
                + stirling_tail(count - mode)
                - stirling_tail(k)
                - stirling_tail(count - k);
            if v <= bound {
                return k as u64;
            }
        }
    }
}

/// What Stirling's formula for `ln k!` leaves over.
fn stirling_tail(k: f64) -> f64 {
    const SMALL: [f64; 10] = [
        0.081_061_466_795_327_8,
        0.041_340_695_955_409_3,
        0.027_677_925_684_998_3,
        0.020_790_672_103_765_1,
        0.016_644_691_189_821_2,
        0.013_876_128_823_070_7,
        0.011_896_709_945_891_8,
        0.010_411_265_261_972_1,
        0.009_255_462_182_712_73,
        0.008_330_563_433_362_87,
    ];
    if k < 10.0 {
        return SMALL[k as usize];
    }
    let next = k + 1.0;
    let square = next * next;
    (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / next
}

/// Draws as many units as there are, with replacement, counted by class.
#[derive(Debug)]
pub(crate) struct Resampler {
    times: Vec<u64>,
    units: u64,
    /// The class of each unit, where drawing units one by one is the cheaper way.
    class_of_unit: Vec<u32>,
}

impl Resampler {
    pub fn new(times: Vec<u64>) -> Self {
        let units: u64 = times.iter().sum();
        // A binomial costs about as much as six single draws; the choice depends on the data alone.
        let one_by_one = units <= 6 * times.len() as u64;
        let class_of_unit = if one_by_one {
            times.iter().enumerate().flat_map(|(class, n)| (0..*n).map(move |_| class as u32)).collect()
        } else {
            Vec::new()
        };
        Self { times, units, class_of_unit }
    }

    pub fn draw(&self, random: &mut Random, drawn: &mut [f64]) {
        drawn.fill(0.0);
        if !self.class_of_unit.is_empty() {
            for _ in 0..self.units {
                drawn[self.class_of_unit[random.below(self.units) as usize] as usize] += 1.0;
            }
            return;
        }
        let (mut units_left, mut weight_left) = (self.units, self.units);
        for (class, times) in self.times.iter().enumerate() {
            if units_left == 0 {
                break;
            }
            let n = if *times == weight_left {
                units_left
            } else {
                random.binomial(units_left, *times as f64 / weight_left as f64)
            };
            drawn[class] = n as f64;
            units_left -= n;
            weight_left -= times;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_sequence() {
        let mut random = Random([1, 2, 3, 4]);
        let drawn: Vec<u64> = (0..4).map(|_| random.next()).collect();
        assert_eq!(drawn, [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]);
    }

    #[test]
    fn binomial_draws_have_their_mean_and_variance() {
        for (n, p) in [(20_u64, 0.1), (50, 0.5), (1000, 0.03), (1_000_000, 0.3), (40, 0.9)] {
            let mut random = Random::new(1, n);
            let draws: Vec<f64> = (0..40_000).map(|_| random.binomial(n, p) as f64).collect();
            let mean = draws.iter().sum::<f64>() / 40_000.0;
            let variance = draws.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / 40_000.0;
            let (m, v) = (n as f64 * p, n as f64 * p * (1.0 - p));
            assert!((mean - m).abs() < 5.0 * (v / 40_000.0).sqrt(), "{n} {p}: mean {mean}");
            assert!((variance / v - 1.0).abs() < 0.05, "{n} {p}: variance {variance}");
        }
    }

    #[test]
    fn a_resample_has_as_many_units_whichever_way_it_is_drawn() {
        for times in [vec![1, 1, 1, 2], vec![100, 300, 5000]] {
            let resampler = Resampler::new(times.clone());
            let mut drawn = vec![0.0; times.len()];
            let mut sums = vec![0.0; times.len()];
            for stream in 0..4000 {
                resampler.draw(&mut Random::new(7, stream), &mut drawn);
                assert_eq!(drawn.iter().sum::<f64>(), times.iter().sum::<u64>() as f64);
                sums.iter_mut().zip(&drawn).for_each(|(sum, n)| *sum += n / 4000.0);
            }
            for (mean, n) in sums.iter().zip(&times) {
                let off = (mean - *n as f64).abs();
                assert!(off < 6.0 * (*n as f64 / 4000.0).sqrt(), "mean {mean} of {n}");
            }
        }
    }

    #[test]
    fn draws_are_the_same_everywhere() {
        let mut random = Random::new(42, 3);
        let drawn = [random.binomial(1_000_000, 0.37), random.binomial(30, 0.2), random.below(1000)];
        assert_eq!(drawn, DRAWN);
    }

    const DRAWN: [u64; 3] = [370_034, 2, 982];
}
