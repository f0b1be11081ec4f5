//! Distribution functions: normal, Student's t, Fisher's F.
//!
//! Everything rests on the regularised incomplete beta function, computed by its continued fraction
//! with a prefactor free of cancellation, so that even millions of degrees of freedom keep ten
//! digits. Elementary functions come from `libm`, the same on every machine.

/// `ln(n!)` less its Stirling approximation.
///
/// Source: Loader, Fast and Accurate Computation of Binomial Probabilities (2000).
fn stirling_error(n: f64) -> f64 {
    if n <= 15.0 {
        return libm::lgamma(n + 1.0) - (n + 0.5) * libm::log(n) + n - 0.918_938_533_204_672_8;
    }
    let nn = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * nn)) / nn) / nn) / nn) / n
}

/// The deviance `x ln(x / m) + m - x`, without cancellation near `x = m`.
///
/// Source: Loader (2000).
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() < 0.1 * (x + m) {
        let v = (x - m) / (x + m);
        let mut sum = (x - m) * v;
        let mut term = 2.0 * x * v;
        for j in 1..1000 {
            term *= v * v;
            let next = sum + term / f64::from(2 * j + 1);
            if next == sum {
                break;
            }
            sum = next;
        }
        return sum;
    }
    x * libm::log(x / m) + m - x
}

/// `x^a y^b / B(a, b)` with `y = 1 - x`.
fn beta_kernel(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 || y <= 0.0 {
        return 0.0;
    }
    let n = a + b;
    let exponent =
        stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y);
    // a b / n times the binomial density, whose own factor is sqrt(n / (2 pi a b)).
    libm::exp(exponent) * (a * b / n / std::f64::consts::TAU).sqrt()
}

/// The continued fraction of the incomplete beta function by Lentz's method.
///
/// Source: Press et al., Numerical Recipes (3rd ed. 2007), section 6.4.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for i in 1..100_000 {
        let m = f64::from(i);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let step = d * c;
        h *= step;
        if (step - 1.0).abs() < 2e-16 {
            break;
        }
    }
    h
}

/// The regularised incomplete beta function and its complement, given `x` and `y = 1 - x`.
fn beta_regularised(a: f64, b: f64, x: f64, y: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if y <= 0.0 {
        return (1.0, 0.0);
    }
    let kernel = beta_kernel(a, b, x, y);
    if x * (a + b + 2.0) < a + 1.0 {
        let lower = kernel / a * beta_fraction(a, b, x);
        (lower, 1.0 - lower)
    } else {
        let upper = kernel / b * beta_fraction(b, a, y);
        (1.0 - upper, upper)
    }
}

/// Two-sided tail of Student's t: `P(|T| > |t|)`.
pub(crate) fn t_two_sided(t: f64, df: f64) -> f64 {
    let tt = t * t;
    beta_regularised(df / 2.0, 0.5, df / (df + tt), tt / (df + tt)).0
}

/// The `t` with `P(|T| ≤ t) = level`.
pub(crate) fn t_quantile_central(level: f64, df: f64) -> f64 {
    // |T|² is F(1, df).
    f_quantile(level, 1.0, df).sqrt()
}

/// Upper tail of Fisher's F.
pub(crate) fn f_upper(f: f64, df1: f64, df2: f64) -> f64 {
    let sum = df1 * f + df2;
    beta_regularised(df1 / 2.0, df2 / 2.0, df1 * f / sum, df2 / sum).1
}

/// The `f` with `P(F ≤ f) = p`, by Newton's method in `ln f`, kept inside a bracket.
pub(crate) fn f_quantile(p: f64, df1: f64, df2: f64) -> f64 {
    let (a, b) = (df1 / 2.0, df2 / 2.0);
    let at = |u: f64| {
        let ratio = df1 / df2 * libm::exp(u);
        (ratio / (1.0 + ratio), 1.0 / (1.0 + ratio))
    };
    let excess = |u: f64| {
        let (x, y) = at(u);
        let (lower, upper) = beta_regularised(a, b, x, y);
        if p < 0.5 { lower - p } else { (1.0 - p) - upper }
    };
    let (mut low, mut high) = (-1.0, 1.0);
    while excess(low) > 0.0 && low > -1400.0 {
        low *= 2.0;
    }
    while excess(high) < 0.0 && high < 1400.0 {
        high *= 2.0;
    }
    let mut u = 0.5 * (low + high);
    for _ in 0..200 {
        let off = excess(u);
        if off > 0.0 {
            high = u;
        } else {
            low = u;
        }
        let (x, y) = at(u);
        // dP/du = x^a y^b / B(a, b).
        let newton = u - off / beta_kernel(a, b, x, y);
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let step = (next - u).abs();
        u = next;
        if step <= 1e-15 * u.abs().max(1.0) {
            break;
        }
    }
    libm::exp(u)
}

/// Two-sided tail of the standard normal: `P(|Z| > |z|)`.
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The standard normal distribution function.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// The `z` with `P(Z ≤ z) = p`, by Newton's method from a rational start.
///
/// Source of the start: Abramowitz & Stegun, 26.2.23.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let tail = p.min(1.0 - p);
    let t = (-2.0 * libm::log(tail)).sqrt();
    let start = t
        - (2.515_517 + t * (0.802_853 + t * 0.010_328))
            / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    let mut z = start;
    for _ in 0..6 {
        let density = libm::exp(-0.5 * z * z) * 0.398_942_280_401_432_7;
        z += (0.5 * libm::erfc(z / std::f64::consts::SQRT_2) - tail) / density;
    }
    if p < 0.5 { -z } else { z }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, relative: f64) {
        assert!((a - b).abs() <= relative * b.abs(), "{a} is not {b}");
    }

    #[test]
    fn quantiles_match_published_tables() {
        close(t_quantile_central(0.95, 1.0), 12.706_204_736_174_7, 1e-12);
        close(t_quantile_central(0.95, 10.0), 2.228_138_851_986_274, 1e-13);
        // Cornish and Fisher's expansion around the normal quantile.
        let z: f64 = 1.959_963_984_540_054;
        close(t_quantile_central(0.95, 1e6), z + (z.powi(3) + z) / 4e6, 1e-10);
        close(normal_quantile(0.975), 1.959_963_984_540_054, 1e-15);
        close(f_quantile(0.975, 3.0, 7.0), 5.889_819_2, 1e-6);
        close(f_quantile(0.95, 1.0, 1.0), 161.447_638_797_588, 1e-11);
    }

    #[test]
    fn a_quantile_is_the_inverse_of_its_distribution() {
        for (df1, df2) in [(1.0, 2.0), (5.0, 5.5), (199.0, 796.0), (1e6, 2e6), (2.0, 1e6), (0.7, 3.0)] {
            for p in [0.001, 0.025, 0.5, 0.975, 0.999] {
                let f = f_quantile(p, df1, df2);
                close(1.0 - f_upper(f, df1, df2), p, 1e-9);
            }
        }
    }

    #[test]
    fn tails_stay_relative_far_out() {
        close(t_two_sided(10.0, 5.0), 0.000_170_947_575_743, 1e-11);
        close(normal_two_sided(8.0), 1.244_192_114_854_357e-15, 1e-12);
        assert!(t_two_sided(50.0, 1e6) < 1e-200);
    }
}
