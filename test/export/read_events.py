"""Prints as JSON what TensorBoard reads from a run's event file, and what its HParams page has of it.

Run: python test/export/read_events.py <the run's folder> <the log folder>
"""
import json
import math
import sys

from google.protobuf import json_format
from tensorboard.backend.event_processing import data_provider, event_accumulator, plugin_event_multiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups, plugin_data_pb2

folder, logs = sys.argv[1:]
ALL = {"scalars": 0, "images": 0, "tensors": 0}


def number(value):
    return value if math.isfinite(value) else str(value)


def hparams(events):
    metadata = events.summary_metadata["_hparams_/session_start_info"]
    data = plugin_data_pb2.HParamsPluginData.FromString(metadata.plugin_data.content)
    return {name: json_format.MessageToDict(value) for name, value in data.session_start_info.hparams.items()}


def page():
    multiplexer = plugin_event_multiplexer.EventMultiplexer(size_guidance=ALL)
    multiplexer.AddRunsFromDirectory(logs)
    multiplexer.Reload()
    context = backend_context.Context(PluginContext(data_provider.MultiplexerDataProvider(multiplexer, logs)))
    request = api_pb2.ListSessionGroupsRequest(start_index=0, slice_size=10, allowed_statuses=range(4))
    groups = list_session_groups.Handler(RequestContext(), context, "", request).run().session_groups
    sessions = [session for group in groups for session in group.sessions]
    return {"sessions": [session.name for session in sessions], "status": api_pb2.Status.Name(sessions[0].status)}


class PluginContext:
    def __init__(self, provider):
        self.data_provider = provider
        self.flags = None


events = event_accumulator.EventAccumulator(folder, size_guidance=ALL)
events.Reload()
tags = events.Tags()
print(
    json.dumps(
        {
            "scalars": {tag: [[e.step, number(e.value)] for e in events.Scalars(tag)] for tag in tags["scalars"]},
            "images": {tag: [[e.step, e.width, e.height] for e in events.Images(tag)] for tag in tags["images"]},
            "hparams": hparams(events),
            "page": page(),
        }
    )
)
