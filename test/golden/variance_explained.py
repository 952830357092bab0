"""Shares of variance explained by groups (epsilon squared), from the F of scipy's one-way analysis of variance.

Run: pip install numpy scipy && python test/golden/variance_explained.py > test/golden/variance_explained.json
"""
import json

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(0)


def case(values, outcomes, groups):
    f = stats.f_oneway(*[[o for o, g in zip(outcomes, groups) if g == each] for each in sorted(set(groups))]).statistic
    between, within = len(set(groups)) - 1, len(groups) - len(set(groups))
    share = max(0, (f - 1) * between / (f * between + within))
    return {"values": values, "outcomes": outcomes, "share": share}


names = ["none", "reinit", "multiply"] * 4
numbers = [float(value) for value in rng.permutation(20) ** 2]
fifths = [int(rank // 4) for rank in np.argsort(np.argsort(numbers))]
cases = [
    case(names, [float(x) for x in rng.normal(size=12) + np.tile([0, 1, 3], 4)], names),
    case(names, [float(x) for x in rng.normal(size=12)], names),
    case([1, 1, 2, 2, 2], [0.1, 0.2, 0.9, 0.7, 0.8], [1, 1, 2, 2, 2]),
    case(numbers, [float(x) for x in np.sqrt(numbers) + rng.normal(size=20)], fifths),
]
print(json.dumps({"madeBy": f"scipy {scipy.__version__}", "cases": cases}, indent=1))
