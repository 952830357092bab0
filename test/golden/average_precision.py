"""Average precisions by scikit-learn.

Run: pip install scikit-learn && python test/golden/average_precision.py > test/golden/average_precision.json
Scores are multiples of 1/4, so that many are equal.
"""
import json

import numpy as np
import sklearn
from sklearn.metrics import average_precision_score

random = np.random.default_rng(0)


def case(count, share, levels):
    answers = (random.random(count) < share).astype(int)
    answers[random.integers(count)] = 1
    scores = random.integers(-levels, levels + 1, count) / 4
    return {
        "scores": scores.tolist(),
        "answers": answers.tolist(),
        "value": average_precision_score(answers, scores),
    }


cases = [case(60, 0.3, 4), case(60, 0.05, 100), case(40, 0.9, 2), case(1, 1, 1), case(30, 0.5, 0), case(12, 1, 9)]
print(json.dumps({"madeBy": f"scikit-learn {sklearn.__version__}", "cases": cases}))
