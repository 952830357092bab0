"""Quantiles, intervals by the bootstrap and p-values by signs, as numpy and scipy have them.

Run: pip install numpy scipy && python test/golden/bootstrap.py > test/golden/bootstrap.json
`intervals` are the percentiles of the median over every possible sample; `means` those of scipy's bootstrap, with `error` four times the
standard error of an end with 20,000 samples.
"""
import itertools
import json

import numpy as np
import scipy
from scipy import stats

LEVEL = 0.95
ENDS = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]


def quantiles(values):
    shares = [0, 0.025, 0.1, 0.25, 0.5, 0.6, 0.975, 1]
    return {"sorted": values, "shares": shares, "values": list(np.quantile(values, shares))}


def interval(values):
    medians = [np.median(sample) for sample in itertools.product(values, repeat=len(values))]
    low, high = np.quantile(medians, ENDS)
    return {"values": values, "low": low, "high": high}


def mean(values):
    ends = []
    for seed in range(40):
        found = stats.bootstrap(
            (values,), np.mean, n_resamples=20_000, method="percentile", confidence_level=LEVEL,
            rng=np.random.default_rng(seed),
        ).confidence_interval
        ends.append([found.low, found.high])
    (low, high), error = np.mean(ends, axis=0), 4 * np.std(ends, axis=0).max()
    return {"values": values, "low": low, "high": high, "error": error}


def paired(first, second):
    found = stats.permutation_test(
        (np.array(first), np.array(second)), lambda a, b, axis: np.sum(b - a, axis=axis),
        permutation_type="samples", vectorized=True, n_resamples=np.inf, alternative="two-sided",
    )
    return {"first": first, "second": second, "pValue": found.pvalue}


print(json.dumps({
    "madeBy": f"numpy {np.__version__}, scipy {scipy.__version__}",
    "quantiles": [quantiles([1.0, 2.5, 4.0, 8.0]), quantiles([3.0]), quantiles([float(n * n) for n in range(11)])],
    "intervals": [interval([1.0, 5.0, 9.0]), interval([2.0, 3.0, 10.0, 40.0, 41.0])],
    "means": [mean([1.03, 4.41, 2.17, 8.59, 5.26, 7.73, 6.11, 3.07, 9.99, 0.53]), mean([1.1 ** n for n in range(15)])],
    "paired": [
        paired([1.0, 2.0, 3.0, 4.0], [1.5, 2.25, 2.5, 5.0]),
        paired([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], [0.3, 0.1, 0.9, 0.5, 0.55, 0.61, 0.9]),
        paired([1.0, 2.0], [2.0, 1.0]),
    ],
}, indent=1))
