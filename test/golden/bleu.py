"""BLEU of corpora with odd ends, entities and blanks, by sacreBLEU.

Run: pip install sacrebleu && python test/golden/bleu.py > test/golden/bleu.json
"""
import json
import random

import sacrebleu

random.seed(7)
ENDS = ["", " ", "\n", "-\n", "-\n ", "- \n", "\r\n", "-\r\n", "\t", "\u00a0", "-\u2003", "\x1c", "-\n\x85", "\u3000", "\ufeff", "\u200b"]
WORDS = [
    *["the", "cat", '"sat"', "on", "mat.", "3.5", "1,000", "U.S.", "don't", "\u00e4", "\u2014", "&quot;", "&amp;", "&lt;x&gt;"],
    *["<skipped>", "a-b", "5-3", "-\n", "\n", "\t", "\u00a0", "\u2003", "\x1f", "\u3002", "\u6f22\u5b57", "(x)", "{|}~", ".5", "$5", "[z]"],
]


def sentence():
    words = [random.choice(WORDS) + random.choice([" ", " ", " ", ""]) for _ in range(random.choice([1, 3, 5, 8, 12]))]
    return "".join(words) + random.choice(ENDS)


def translated(reference):
    """The reference, with words left out and another end."""
    kept = " ".join(word for word in reference.split(" ") if random.random() < 0.85)
    return reference if random.random() < 0.3 else kept + random.choice(ENDS)


def case():
    references = [sentence() for _ in range(random.choice([1, 2, 4]))]
    translations = [translated(reference) for reference in references]
    score = sacrebleu.corpus_bleu(translations, [references])
    return {
        "translations": translations,
        "references": references,
        "bleu": score.score,
        "matches": score.counts,
        "totals": score.totals,
        "length": score.sys_len,
        "referenceLength": score.ref_len,
    }


print(json.dumps({"madeBy": f"sacrebleu {sacrebleu.__version__}", "cases": [case() for _ in range(60)]}, indent=1))
