"""GPT-2's tokens of white space that JavaScript's `\\s` has otherwise, by tiktoken's engine with the ranks that the tool has.

Run: pip install tiktoken==0.14.0 && python gpt2_spaces.py <gpt-tokenizer>/data/r50k_base.tiktoken > gpt2_spaces.json
"""

import base64
import json
import sys

import tiktoken

TEXTS = [
    "\ufeff# Title",
    "\ufeff\n\nHello",
    "a \ufeffb",
    "x\n\n\ufeffy",
    "\ufeff'll",
    "line\u0085line",
    "a \u0085b",
    " \u0085 \ufeff \u2028\u2029\u180e\u200b\u3000.",
    "\x1c\x1f \x0b\x0c\xa0b",
    "\ufeff" * 3 + "\u0085" * 3 + "1 2",
]
PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""

with open(sys.argv[1], "rb") as file:
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in file if line.strip())}
encoding = tiktoken.Encoding("gpt2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 50256})
cases = [{"text": text, "tokens": encoding.encode(text, disallowed_special=())} for text in TEXTS]
print(json.dumps({"madeBy": f"tiktoken {tiktoken.__version__}", "cases": cases}))
