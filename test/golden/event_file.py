"""Records of an event file as TensorBoard's own code writes them.

Run: pip install "tensorboard==2.21.0" && python test/golden/event_file.py
Writes test/golden/event_file.json: each record in hex, and the picture that one of them holds.
"""
import io
import json
import pathlib

from google.protobuf.struct_pb2 import Value
from tensorboard import version
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

# A PNG of one pixel, as far as its header.
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000003000000020806000000")


def hparams(tag, **info):
    data = plugin_data_pb2.HParamsPluginData(version=0, **info)
    value = Summary.Value(tag=tag, tensor=metadata.NULL_TENSOR, metadata=metadata.create_summary_metadata(data))
    return Summary(value=[value])


def session_start(value):
    info = plugin_data_pb2.SessionStartInfo(hparams={"name": value}, start_time_secs=1795920780.5)
    return hparams(metadata.SESSION_START_INFO_TAG, session_start_info=info)


def session_end(status):
    info = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=1795920790.25)
    return hparams(metadata.SESSION_END_INFO_TAG, session_end_info=info)


IMAGE = Summary.Image(height=2, width=3, colorspace=4, encoded_image_string=PNG)
AT = {"wall_time": 1795920780.125}
EVENTS = {
    "fileVersion": Event(file_version="brain.Event:2", **AT),
    "sessionStart": Event(session_log=SessionLog(status=SessionLog.START), **AT),
    "scalars": Event(
        step=300,
        summary=Summary(
            value=[
                Summary.Value(tag="validation/loss", simple_value=0.1),
                Summary.Value(tag="größe", simple_value=float("nan")),
            ]
        ),
        **AT,
    ),
    "image": Event(step=1, summary=Summary(value=[Summary.Value(tag="lr-schedule-0", image=IMAGE)]), **AT),
    "number": Event(step=1, summary=session_start(Value(number_value=0.25)), **AT),
    "text": Event(step=1, summary=session_start(Value(string_value="adamw")), **AT),
    "boolean": Event(step=1, summary=session_start(Value(bool_value=True)), **AT),
    "success": Event(step=1, summary=session_end(api_pb2.STATUS_SUCCESS), **AT),
    "failure": Event(step=1, summary=session_end(api_pb2.STATUS_FAILURE), **AT),
}


def record(message):
    file = io.BytesIO()
    RecordWriter(file).write(message.SerializeToString(deterministic=True))
    return file.getvalue().hex()


records = {name: record(event) for name, event in EVENTS.items()}
golden = {"madeBy": f"tensorboard {version.VERSION}", "png": PNG.hex(), "records": records}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
