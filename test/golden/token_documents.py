"""Writes documents of tokens as AlgoPerf's preparation of FineWeb-Edu leaves them, for test/workloads/token-documents.test.ts: an
Arrow stream by Hugging Face's datasets, and tf.data snapshots by TensorFlow.

    pip install datasets tensorflow-cpu && python test/golden/token_documents.py
"""

import json
import pathlib
import shutil

import datasets
import tensorflow as tf

HERE = pathlib.Path(__file__).parent
OUT = HERE / 'token_documents'
END = 50256


def document(i: int) -> list[int]:
  return [(7919 * (i + 1) * (j + 1)) % 50257 for j in range(3 * i)] + [END]


def main() -> None:
  shutil.rmtree(OUT, ignore_errors=True)
  documents = [document(i) for i in range(24)]
  documents[5] = []  # AlgoPerf adds no end to a text without a character
  tokenized = datasets.Dataset.from_dict(
    {'input_ids': documents},
    features=datasets.Features({'input_ids': datasets.List(datasets.Value('int32'))}),
  )
  tokenized.save_to_disk(OUT / 'fwedu_10B_tokenized', num_shards=2)
  tensors = tokenized.to_tf_dataset()
  # AlgoPerf shuffles again at each pass, so that documents are in both parts; here some are so by intention.
  tensors.take(18).save(str(OUT / 'train'))
  tensors.skip(14).save(str(OUT / 'val'))
  made_by = f'datasets {datasets.__version__}, TensorFlow {tf.__version__}'
  (HERE / 'token_documents.json').write_text(json.dumps({'madeBy': made_by, 'documents': documents}) + '\n')


main()
