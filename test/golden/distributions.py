"""Quantiles of a sweep's distributions of numbers, as scipy and numpy have them.

Run: pip install numpy scipy && python test/golden/distributions.py > test/golden/distributions.json
Each case: `distribution`, the parameter's numbers, and the values at the quantiles `u`. Quantized distributions are W&B's: the multiple
of q that is nearest.
"""
import json

import numpy as np
import scipy
from scipy import stats

U = [0.0, 1e-12, 1e-4, 0.02425, 0.074, 0.0751, 0.3, 0.5, 0.61, 0.9, 0.925, 0.97575, 0.9999, 1 - 2.0**-53]
NORMAL_U = U[1:]
RANGES = [(0.0001, 0.1), (1.0, 1000.0)]


def case(distribution, u, values, **numbers):
    return {"distribution": distribution, **numbers, "u": u, "values": [float(value) for value in values]}


def multiples(values, q):
    return [round(float(value / q)) * q for value in values]


cases = [case("int_uniform", U, [3 + int(u * 5) for u in U], min=3, max=7)]
for low, high in RANGES:
    uniform = stats.uniform.ppf(U, low, high - low)
    log_uniform = stats.loguniform.ppf(U, low, high)
    inverse = 1 / stats.loguniform.ppf(U, 1 / high, 1 / low)
    ends = {"min": low, "max": high}
    cases += [
        case("uniform", U, uniform, **ends),
        case("q_uniform", U, multiples(uniform, 0.3), **ends, q=0.3),
        case("log_uniform_values", U, log_uniform, **ends),
        case("q_log_uniform_values", U, multiples(log_uniform, 0.25), **ends, q=0.25),
        case("inv_log_uniform_values", U, inverse, **ends),
    ]
for mu, sigma in [(0.0, 1.0), (-2.0, 0.5)]:
    normal = stats.norm.ppf(NORMAL_U, mu, sigma)
    shape = {"mu": mu, "sigma": sigma}
    cases += [
        case("normal", NORMAL_U, normal, **shape),
        case("q_normal", NORMAL_U, multiples(normal, 0.1), **shape, q=0.1),
        case("log_normal", NORMAL_U, np.exp(normal), **shape),
        case("q_log_normal", NORMAL_U, multiples(np.exp(normal), 0.5), **shape, q=0.5),
    ]
print(json.dumps({"madeBy": f"scipy {scipy.__version__}, numpy {np.__version__}", "cases": cases}, indent=1))
