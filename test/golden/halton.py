"""The points that a search space gives, by numpy's legacy generator and Python's own math.

Run: pip install "numpy==2.4.6" && python test/golden/halton.py
Writes test/golden/halton.json: the generator's first numbers, points of AlgoPerf's Halton sequence in several dimensions,
trials of a search space in the order of a seed, and values of exp and log.
"""

import json
import math
import pathlib

import numpy as np

SPACE = {
    "learning_rate": {"min": 1e-4, "max": 1e-2, "scaling": "log"},
    "one_minus_beta1": {"min": 0.02, "max": 0.5, "scaling": "log"},
    "warmup_factor": {"min": 0.01, "max": 0.1, "scaling": "linear"},
    "schedule.decay_schedule_fns": {"feasible_points": [["cosine"], ["linear"], ["constant"]]},
}


def bases(dimensions):
    limit = 1000
    while True:
        primes = [n for n in range(3, limit, 2) if all(n % i for i in range(3, math.isqrt(n) + 1, 2))]
        if len(primes) > dimensions:
            return primes[-dimensions - 1 : -1]
        limit += 1000


def coordinate(count, base):
    random = np.random.RandomState(base)
    digits = list(range(1, base))
    random.shuffle(digits)
    digits = [0] + digits
    shift = random.random_sample()
    values = []
    for i in range(101, 101 + count):
        total, denominator = 0.0, base
        while i:
            total += digits[i % base] / denominator
            denominator *= base
            i //= base
        values.append(math.fmod(total + shift, 1.0))
    return values


def unit_points(count, dimensions):
    return list(zip(*(coordinate(count, base) for base in bases(dimensions))))


def value(dimension, u):
    if "feasible_points" in dimension:
        points = dimension["feasible_points"]
        return points[int(math.floor(u * len(points)))]
    low, high = dimension["min"], dimension["max"]
    if dimension["scaling"] == "log":
        return low * math.exp(u * math.log(high / low))
    return u * (high - low) + low


def trials(count, seed):
    points = [
        {name: value(dimension, u) for (name, dimension), u in zip(SPACE.items(), point)}
        for point in unit_points(count, len(SPACE))
    ]
    np.random.seed(seed)
    np.random.shuffle(points)
    return points


def numbers(seed):
    random = np.random.RandomState([seed % 2**32, seed // 2**32] if seed >= 2**32 else seed)
    order = list(range(10))
    random.shuffle(order)
    return {"seed": seed, "order": order, "double": random.random_sample()}


def with_library(x, function):
    return {"x": x, "value": function(x)}


GOLDEN = {
    "madeBy": f"numpy {np.__version__}",
    "generator": [numbers(seed) for seed in (0, 1, 991, 2**32 - 1, 2**32, 2**53 - 1)],
    "unitPoints": [
        {"dimensions": dimensions, "points": unit_points(count, dimensions)}
        for count, dimensions in ((3, 1), (5, 7), (1, 170))
    ],
    "space": SPACE,
    "trials": [
        {"numTrials": count, "seed": seed, "points": trials(count, seed)}
        for count, seed in ((5, 0), (20, 12345))
    ],
    "exp": [with_library(x, math.exp) for x in np.linspace(0, 30, 60).tolist() + [700.0]],
    "log": [with_library(x, math.log) for x in np.geomspace(1, 1e12, 60).tolist() + [1.7e308]],
}

file = pathlib.Path(__file__).with_suffix(".json")
file.write_text(json.dumps(GOLDEN) + "\n")
